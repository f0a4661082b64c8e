#ifndef CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_DIFFERENCES_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_DIFFERENCES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Tokens of a text.
struct TokenList {
  // NOLINTBEGIN(google-explicit-constructor): ids are a list.
  TokenList(std::span<const uint32_t> ids, std::span<const uint32_t> lengths = {})
      : ids(ids), lengths(lengths) {}
  TokenList(const std::vector<uint32_t>& ids) : ids(ids) {}
  // NOLINTEND(google-explicit-constructor)
  TokenList() = default;

  TokenList Part(size_t begin, size_t count) const {
    return {ids.subspan(begin, count), lengths.empty() ? lengths : lengths.subspan(begin, count)};
  }

  std::span<const uint32_t> ids;
  /// The bytes of text that each token stands for; empty if the tokens decode to the text, control
  /// symbols to their names. A token without bytes is no boundary.
  std::span<const uint32_t> lengths;
};

/// The tokens of one line on each side; the first and the last token may extend beyond the line.
struct DifferentLine {
  std::string_view text;
  TokenList a;
  TokenList b;
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
LineCounts CompareLines(std::string_view text, const Vocabulary& vocabulary_a,
                        const TokenList& tokens_a, const Vocabulary& vocabulary_b,
                        const TokenList& tokens_b,
                        const std::function<void(const DifferentLine&)>& different);

/// Writes the tokens around the first difference of a line, with a few common tokens on both
/// sides, as PiecesWithBars does: "…|the| quick|…". At most about 40 tokens.
void ShowDifference(const DifferentLine& line, const Vocabulary& vocabulary_a,
                    const Vocabulary& vocabulary_b, std::string* a, std::string* b);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_DIFFERENCES_H_
