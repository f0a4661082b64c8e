#ifndef CORPUSMILL_PIPELINES_STAGES_TEXT_EDIT_H_
#define CORPUSMILL_PIPELINES_STAGES_TEXT_EDIT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace corpusmill {

/// Makes a changed copy of a text from left to right, and counts the bytes that are removed and
/// added. Copies nothing until the first change.
///
///   TextEdit edit("a  b");
///   edit.KeepTo(2);             // "a "
///   edit.RemoveTo(3);           // leaves out one space
///   document.Replace(&edit);    // "a b", 1 byte removed
///
/// Offsets are in the original text and ascend. Not thread-safe.
class TextEdit {
 public:
  /// `text` must outlive the edit.
  explicit TextEdit(std::string_view text) : text_(text) {}

  /// Copies the text up to the offset `end`.
  void KeepTo(size_t end) { at_ = end; }
  /// Leaves out the text up to the offset `end`.
  void RemoveTo(size_t end) { ReplaceTo(end, {}); }
  /// Writes `with` in place of the text up to the offset `end`. Equal bytes are no change.
  void ReplaceTo(size_t end, std::string_view with);
  /// Writes `with` here.
  void Insert(std::string_view with) { ReplaceTo(at_, with); }

  size_t at() const { return at_; }
  bool changed() const { return changed_; }
  uint64_t removed_bytes() const { return removed_bytes_; }
  uint64_t added_bytes() const { return added_bytes_; }

  /// The new text; the rest of the original is kept. Call it once, last.
  std::string Finish();

 private:
  std::string_view text_;
  size_t at_ = 0;      // All text before was kept, removed or replaced.
  size_t copied_ = 0;  // Text in [copied_, at_) is kept but not yet in out_.
  bool changed_ = false;
  uint64_t removed_bytes_ = 0;
  uint64_t added_bytes_ = 0;
  std::string out_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_TEXT_EDIT_H_
