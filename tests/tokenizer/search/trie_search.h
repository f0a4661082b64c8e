#ifndef CORPUSMILL_TESTS_TOKENIZER_SEARCH_TRIE_SEARCH_H_
#define CORPUSMILL_TESTS_TOKENIZER_SEARCH_TRIE_SEARCH_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/memory.h"
#include "tests/testing.h"
#include "tokenizer/prune/piece_list.h"
#include "tokenizer/prune/piece_trie.h"
#include "tokenizer/prune/viterbi.h"

namespace corpusmill {

/// Finds the best segmentation into pieces with arbitrary scores, with a trie. The code of a piece
/// is its position in the list + 1.
class TrieSearch {
 public:
  TrieSearch(const std::vector<std::string>& pieces, const std::vector<double>& scores) {
    std::map<std::string_view, uint32_t> sorted;
    for (size_t i = 0; i < pieces.size(); ++i) sorted[pieces[i]] = static_cast<uint32_t>(i);
    PieceList list(budget_);
    for (const auto& [bytes, value] : sorted) CM_EXPECT_OK(list.Add({bytes, 1}));
    CM_EXPECT_OK(list.Finish());
    absl::StatusOr<PieceTrie> trie = PieceTrie::Build(
        list, [&](const CountedPiece& piece) { return sorted.at(piece.bytes) + 1; }, budget_);
    CM_EXPECT_OK(trie);
    trie_.push_back(*std::move(trie));

    scores_.by_code = {-std::numeric_limits<double>::infinity()};
    scores_.by_code.insert(scores_.by_code.end(), scores.begin(), scores.end());
    const bool falls = *std::max_element(scores.begin(), scores.end()) <= 0;
    scores_.most_by_pair.assign(1 << 16, (falls ? -1 : 1) * kInfinity);
    values_.resize(pieces.size());
    for (const auto& [bytes, value] : sorted) {
      values_[trie_[0].Index(trie_[0].Find(bytes))] = value;
      const int first = static_cast<uint8_t>(bytes[0]) << 8;
      const int second = bytes.size() > 1 ? static_cast<uint8_t>(bytes[1]) : 0;
      for (int pair = first | second; pair < first + 256; ++pair) {
        double& most = scores_.most_by_pair[pair];
        most = std::max(most, scores[value]);
        if (bytes.size() > 1) break;
      }
    }
  }

  /// The best path as positions in the list.
  std::vector<uint32_t> Segment(std::string_view text) {
    std::vector<uint32_t> parts;
    viterbi_.Segment(trie_[0], scores_, text, &parts);
    for (uint32_t& part : parts) part = values_[part];
    return parts;
  }

  const PieceTrie& trie() const { return trie_[0]; }
  /// By PieceTrie::Index.
  const std::vector<uint32_t>& values() const { return values_; }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  MemoryBudget budget_{uint64_t{1} << 30};
  std::vector<PieceTrie> trie_;
  PieceScores scores_;
  std::vector<uint32_t> values_;
  Viterbi viterbi_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_TOKENIZER_SEARCH_TRIE_SEARCH_H_
