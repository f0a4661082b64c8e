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

/// The tokens of one line, those of each side; the first and the last may reach beyond it.
struct DifferentLine {
  std::string_view text;
  std::span<const uint32_t> a;
  std::span<const uint32_t> b;
  /// How many bytes of the first token of each precede the line.
  size_t a_before = 0;
  size_t b_before = 0;
};

struct LineCounts {
  uint64_t lines = 0;
  uint64_t different = 0;
};

/// Compares where two encodings of one text cut it, line by line; a line has all newlines
/// that follow it, and is different when one side has a token's end in it where the other
/// has none. `different` is called for each such line; its views last for the call.
///
///   CompareLines("ab\nc\n", vocabulary_a, ids_a, vocabulary_b, ids_b, [](const auto& line) {
///     Print(line.text);
///   });
///
/// REQUIRES: both ids decode to `text`.
LineCounts CompareLines(std::string_view text, const Vocabulary& vocabulary_a,
                        std::span<const uint32_t> ids_a, const Vocabulary& vocabulary_b,
                        std::span<const uint32_t> ids_b,
                        const std::function<void(const DifferentLine&)>& different);

/// The tokens around the first difference of a line, a few common ones on both sides, as
/// PiecesWithBars writes them: "…|the| quick|…". At most about 40 tokens.
void ShowDifference(const DifferentLine& line, const Vocabulary& vocabulary_a,
                    const Vocabulary& vocabulary_b, std::string* a, std::string* b);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_DIFFERENCES_H_
