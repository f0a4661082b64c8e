#ifndef CORPUSMILL_PIPELINES_STAGES_TEXT_CLEANING_H_
#define CORPUSMILL_PIPELINES_STAGES_TEXT_CLEANING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pipelines/stages/text_edit.h"

/// Removal of control characters and surplus blanks. All functions are thread-safe, take linear
/// time, and leave bytes that are not UTF-8 alone.
namespace corpusmill {

/// Blanks within a line: tab, space, and the Unicode spaces (category Zs), such as U+00A0 and
/// U+3000.
inline bool IsBlank(int32_t code) {
  return code == ' ' || code == '\t' || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F || code == 0x3000;
}
/// Line ends besides \n: \r, U+0085, U+2028, U+2029.
inline bool IsOddLineEnd(int32_t code) {
  return code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}
/// What RemoveControlCharacters may remove or replace.
bool IsRemovableControl(int32_t code);

struct ControlCounts {
  uint64_t controls = 0;    ///< C0 except \t \n \r, DEL, C1 except U+0085; \v and \f become \n.
  uint64_t escapes = 0;     ///< Terminal sequences: ESC [ … letter.
  uint64_t invisible = 0;   ///< U+200B, U+2060, U+FEFF; U+200C and U+200D where they join nothing.
  uint64_t directions = 0;  ///< U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
};

/// Removes control characters. U+200C and U+200D (joiners) are kept behind any character that is
/// not ASCII, where they shape Persian, Indic scripts and emoji.
ControlCounts RemoveControlCharacters(std::string_view text, TextEdit* edit);

struct WhitespaceOptions {
  /// Makes one space of each run of blanks, and none at the beginning of a line.
  bool collapse = false;
  std::optional<uint64_t> max_blank_lines;
};

struct WhitespaceCounts {
  uint64_t line_ends = 0;        ///< Line ends that became \n.
  uint64_t trailing_blanks = 0;  ///< Lines that lost blanks at their end.
  uint64_t blank_runs = 0;       ///< Runs of blanks that were collapsed.
  uint64_t blank_lines = 0;      ///< Blank lines removed.
};

/// Makes every line end \n, and removes blanks before it and at the end of the text, surplus
/// blanks, and surplus blank lines.
WhitespaceCounts CleanWhitespace(std::string_view text, const WhitespaceOptions& options,
                                 TextEdit* edit);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_TEXT_CLEANING_H_
