#ifndef CORPUSMILL_TOKENIZER_SEARCH_SEGMENTER_H_
#define CORPUSMILL_TOKENIZER_SEARCH_SEGMENTER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/search/best_pieces.h"
#include "tokenizer/search/path_search.h"

namespace corpusmill {

/// Which instructions a search uses: whichever are fastest here, or those of any
/// processor. Results are the same.
enum class Simd { kAuto, kPlain };

/// The most probable segmentation of a text into pieces, and the buffers to find
/// it with.
///
///   Segmenter segmenter;
///   std::vector<uint32_t> values;
///   segmenter.Run(automaton, symbols, /*cut_at_newlines=*/true, &values);
///
/// Scores are sums of doubles from left to right, 0 at the beginning of each line
/// (of the text, without cut_at_newlines). Of equal scores at one position the one
/// with the longest last piece wins. These are the additions and decisions of
/// BytePiece, so that ids agree even where rounding decides.
///
/// Most of it is done by QuickSearch; a line in which that is not sure of the path is
/// searched again by these sums. Results are the same.
///
/// Takes time linear in the text, whatever it is, and about 10 bytes of memory for
/// each symbol of the longest stretch without a sure cut: a line, or less in long
/// ones. Buffers stay for the next text. May be used with one automaton after the
/// other, by one thread at a time.
class Segmenter final : public PathSearch {
 public:
  explicit Segmenter(Simd simd = Simd::kAuto) : simd_(simd) {}

 private:
  /// Scores are kept for this many positions at once, so that they stay in the
  /// first-level cache.
  static constexpr size_t kScores = 1024;

  void BeginText() override;
  void BeginLine() override;
  void Reserve(size_t size) override;
  void MoveToFront(size_t from, size_t to) override;
  void Search(size_t begin, size_t end) override;
  void WritePath(size_t end) override;

  uint16_t* lengths(size_t at) { return lengths_.data() + (at - origin()); }
  /// Searches the line anew from its beginning by exact sums, with which it goes on.
  void SearchExactly();
  void FindExactly(const uint32_t* match_states, size_t count, uint16_t* lengths);

  const Simd simd_;
  bool quick_ = false;   ///< QuickSearch is possible with the automaton.
  bool exact_ = false;   ///< This line is searched by exact sums.
  size_t line_ = 0;      ///< Where it begins.
  size_t searched_ = 0;  ///< The line is searched up to here.
  /// Of the best path's last piece up to each symbol, less 1; or what QuickSearch found.
  std::vector<uint16_t> lengths_;
  QuickSearch quick_search_;
  // Exact sums:
  std::span<const uint32_t> exact_out_of_vocabulary_;  ///< Of what is not yet added up.
  size_t history_ = 0;   ///< Scores before the one of the current position.
  size_t position_ = 0;  ///< Index in scores_ of the current position.
  std::vector<double> scores_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_SEGMENTER_H_
