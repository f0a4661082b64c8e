#ifndef CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_DIFFERENCES_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_DIFFERENCES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// The tokens of one line on each side; the first and the last token may extend beyond the line.
struct DifferentLine {
  std::string_view text;
  std::span<const uint32_t> a;
  std::span<const uint32_t> b;
  /// Bytes of each side's first token that precede the line.
  size_t a_before = 0;
  size_t b_before = 0;
};

struct LineCounts {
  uint64_t lines = 0;
  uint64_t different = 0;
};

/// Compares the token boundaries of two encodings of one text, line by line. A line includes all
/// newlines that follow it. A line is different if one side has a boundary in it that the other
/// lacks. Calls `different` for each such line; the views are valid during the call only.
///
///   CompareLines("ab\nc\n", vocabulary_a, ids_a, vocabulary_b, ids_b, [](const auto& line) {
///     Print(line.text);
///   });
///
/// REQUIRES: ids_a and ids_b decode to `text`, control symbols to their names.
LineCounts CompareLines(std::string_view text, const Vocabulary& vocabulary_a,
                        std::span<const uint32_t> ids_a, const Vocabulary& vocabulary_b,
                        std::span<const uint32_t> ids_b,
                        const std::function<void(const DifferentLine&)>& different);

/// Writes the tokens around the first difference of a line, with a few common tokens on both
/// sides, as PiecesWithBars does: "…|the| quick|…". At most about 40 tokens.
void ShowDifference(const DifferentLine& line, const Vocabulary& vocabulary_a,
                    const Vocabulary& vocabulary_b, std::string* a, std::string* b);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_DIFFERENCES_H_
