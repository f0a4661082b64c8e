#include "pipelines/stages/text_edit.h"

#include <utility>

namespace corpusmill {

void TextEdit::ReplaceTo(size_t end, std::string_view with) {
  const std::string_view old = text_.substr(at_, end - at_);
  if (old == with) {
    at_ = end;
    return;
  }
  if (!changed_) out_.reserve(text_.size());
  changed_ = true;
  out_.append(text_.substr(copied_, at_ - copied_)).append(with);
  removed_bytes_ += old.size();
  added_bytes_ += with.size();
  at_ = copied_ = end;
}

std::string TextEdit::Finish() {
  out_.append(text_.substr(copied_));
  at_ = copied_ = text_.size();
  return std::move(out_);
}

}  // namespace corpusmill
