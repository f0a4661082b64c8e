#ifndef CORPUSMILL_PIPELINES_STAGES_TEXT_SHAPE_H_
#define CORPUSMILL_PIPELINES_STAGES_TEXT_SHAPE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pipelines/stages/stage.h"

namespace corpusmill {

/// The number of characters and the lines of a document's text, found once for all stages until
/// the text changes. Not thread-safe.
///
///   const TextShape& shape = TextShape::Of(document, scratch);
///   shape.characters();               // len(text)
///   shape.Characters(shape.lines()[0]);
class TextShape {
 public:
  /// The shape of the document's text; valid until the next call.
  static TextShape& Of(const StageDocument& document, StageScratch& scratch);

  std::string_view text() const { return text_; }
  /// Code points of the text; a byte that is not UTF-8 is one.
  uint64_t characters() const { return characters_; }
  /// Code points of a part of the text.
  uint64_t Characters(std::string_view part) const;
  /// The lines of Python's splitlines().
  const std::vector<std::string_view>& lines();

 private:
  void Look(std::string_view text);

  uint64_t document_number_ = 0;
  uint64_t version_ = 0;
  bool is_set_ = false;
  std::string_view text_;
  uint64_t characters_ = 0;
  bool is_valid_ = false;
  bool has_lines_ = false;
  std::vector<std::string_view> lines_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_TEXT_SHAPE_H_
