#include "pipelines/stages/text_shape.h"

#include "corpus/text/unicode.h"
#include "pipelines/stages/python_text.h"

namespace corpusmill {

TextShape& TextShape::Of(const StageDocument& document, StageScratch& scratch) {
  static const char kKey = 0;
  TextShape& shape = scratch.Get<TextShape>(&kKey);
  if (!shape.is_set_ || shape.document_number_ != scratch.document_number() ||
      shape.version_ != document.version()) {
    shape.document_number_ = scratch.document_number();
    shape.version_ = document.version();
    shape.is_set_ = true;
    shape.Look(document.text());
  }
  return shape;
}

void TextShape::Look(std::string_view text) {
  text_ = text;
  has_lines_ = false;
  is_valid_ = IsValidUtf8(text);
  characters_ = is_valid_ ? CountValidCharacters(text) : CountCharacters(text);
}

uint64_t TextShape::Characters(std::string_view part) const {
  if (characters_ == text_.size()) return part.size();  // Each byte is a character.
  return is_valid_ ? CountValidCharacters(part) : CountCharacters(part);
}

const std::vector<std::string_view>& TextShape::lines() {
  if (!has_lines_) {
    SplitLines(text_, &lines_);
    has_lines_ = true;
  }
  return lines_;
}

}  // namespace corpusmill
