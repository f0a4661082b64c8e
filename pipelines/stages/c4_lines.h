#ifndef CORPUSMILL_PIPELINES_STAGES_C4_LINES_H_
#define CORPUSMILL_PIPELINES_STAGES_C4_LINES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corpusmill {

/// What the line rules of C4 find in a line.
enum class C4Verdict {
  kKept,
  kLongWord,
  kNoTerminalPunctuation,
  kFewWords,
  kLoremIpsum,  ///< Drops the document.
  kJavascript,
  kCurlyBracket,  ///< Drops the document.
  kPolicy,
};

struct C4LineOptions {
  std::optional<uint64_t> max_word_length = 1000;  ///< Code points; nullopt: any.
  bool remove_citations = true;
  bool terminal_punctuation = true;
  std::optional<uint64_t> min_words = 3;  ///< Words between whitespace; nullopt: any.
  bool lorem_ipsum = true;
  bool javascript = true;
  bool curly_bracket = true;
  bool policy = true;
};

/// A line without its citations.
struct C4Line {
  struct Part {
    size_t begin, end;  ///< Offsets in the line.
  };
  /// What remains of the line; views the line or `storage`.
  std::string_view text;
  /// Where `text` comes from: the whole line, or the stretches between citations.
  std::vector<Part> parts;
  uint64_t citations = 0;
  std::string storage;
};

/// Applies the rules to one line, in datatrove's order, and sets `*out` if the verdict is kKept.
/// REQUIRES: `line` is stripped; it must outlive the use of `*out`.
C4Verdict LookAtC4Line(std::string_view line, const C4LineOptions& options, C4Line* out);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_C4_LINES_H_
