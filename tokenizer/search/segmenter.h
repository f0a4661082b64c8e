#ifndef CORPUSMILL_TOKENIZER_SEARCH_SEGMENTER_H_
#define CORPUSMILL_TOKENIZER_SEARCH_SEGMENTER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/search/path_search.h"
#include "tokenizer/search/quick_search.h"

namespace corpusmill {

/// Instructions for the search: the fastest on this processor, or portable ones. Results are the
/// same.
enum class Simd { kAuto, kPlain };

/// Finds the most probable segmentation of a text, with reusable buffers.
///
///   Segmenter segmenter;
///   std::vector<uint32_t> values;
///   segmenter.Run(automaton, symbols, /*cut_at_newlines=*/true, &values);
///
/// Scores are sums of doubles from left to right, 0 at the beginning of each line (of the text,
/// without cut_at_newlines). Ties at a position go to the longest last piece. Additions and
/// decisions are those of BytePiece, so ids agree even where rounding decides.
///
/// QuickSearch does most of the work. Lines in which it is unsure of the path are searched again
/// with these sums. Results are the same.
///
/// Linear in any text. Memory: about 10 bytes per symbol of the longest stretch without a boundary
/// that every path passes, which is at most a line. Buffers are reused for the next text. May be
/// used with different automata in turn. Not thread-safe.
class Segmenter final : public PathSearch {
 public:
  explicit Segmenter(Simd simd = Simd::kAuto) : simd_(simd) {}

 private:
  /// Number of positions whose scores are kept, few enough for the L1 cache.
  static constexpr size_t kScores = 1024;

  void BeginText() override;
  void BeginLine() override;
  void Reserve(size_t size) override;
  void MoveToFront(size_t from, size_t to) override;
  void Search(size_t begin, size_t end) override;
  void WritePath(size_t end) override;

  uint16_t* lengths(size_t at) { return lengths_.data() + (at - origin()); }
  /// Searches the line again from its start with exact sums, and switches to them.
  void SearchExactly();
  void FindExactly(const uint32_t* match_states, size_t count, uint16_t* lengths);

  const Simd simd_;
  bool quick_ = false;   ///< QuickSearch supports the automaton.
  bool exact_ = false;   ///< This line is searched with exact sums.
  size_t line_ = 0;      ///< Start of the line.
  size_t searched_ = 0;  ///< End of the searched part of the line.
  /// Length minus 1 of the last piece of the best path to each symbol, or the results of
  /// QuickSearch.
  std::vector<uint16_t> lengths_;
  QuickSearch quick_search_;
  // Exact sums:
  std::span<const uint32_t> exact_out_of_vocabulary_;  ///< Entries not yet added up.
  size_t history_ = 0;   ///< Scores before the one of the current position.
  size_t position_ = 0;  ///< Index in scores_ of the current position.
  std::vector<double> scores_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_SEGMENTER_H_
