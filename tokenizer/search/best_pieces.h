#ifndef CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
#define CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// The search may read this many match states past its range, to prefetch their tables.
inline constexpr size_t kMatchStatesAhead = 32;

/// Finds the last piece of the best path to each of `count` positions, with sums of doubles. Sets
/// scores[i] to the path's score and lengths[i] to the piece's length minus 1. scores[-1] is the
/// score before the first position, and scores[-k] that of k - 1 symbols earlier, back to the
/// length of the longest piece. Consumes the positions' entries of `out_of_vocabulary`.
void FindBestPieces(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
                    double* scores, uint16_t* lengths,
                    std::span<const uint32_t>* out_of_vocabulary);

/// The same with fixed-point sums, eight at once. Several times as fast, and reports the positions
/// where rounding or a tie would decide.
///
/// A score is off by at most half a unit per piece, so by at most half the number of symbols since
/// the last position that every path passes. A piece that beats all others by more than twice this
/// bound is the one that exact sums find. A path of such pieces is the exact best path, whatever
/// happens on other paths. Limited to lines of kMaxSymbols, up to which doubles are exact enough.
class QuickSearch {
 public:
  /// True if the processor (AVX2, BMI) and the automaton (quick_bits) support it.
  static bool IsPossible(const MatchAutomaton& automaton);

  /// Results of Find for a position. Below kLong: one flag for each piece of up to eight symbols
  /// that may be the best, the longest in the lowest bit. Otherwise kLong + the length, or kUnsure.
  static constexpr uint16_t kLong = 0x8000;
  static constexpr uint16_t kUnsure = 0xFFFF;
  /// Returns the length of the best piece, 0 if unsure.
  static uint32_t LengthOf(uint16_t found) {
    if (found >= kLong) return found == kUnsure ? 0 : found - kLong;
    if ((found & (found - 1)) != 0 || found == 0) return 0;
    return MatchAutomaton::kQuick - static_cast<uint32_t>(std::countr_zero(found));
  }

  /// Starts a line.
  void Begin(const MatchAutomaton& automaton);

  /// Sets found[i] for `count` more positions of the line.
  void Find(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
            uint16_t* found);

  /// True if the line exceeds kMaxSymbols, which invalidates all its results.
  bool failed() const { return since_line_ > kMaxSymbols; }

 private:
  static constexpr size_t kMaxSymbols = size_t{1} << 20;

  void FindStep(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
                uint16_t* found);

  /// Scores of the last history_ positions, relative to the newest, and space for one step.
  std::vector<int32_t> scores_;
  size_t history_ = 0;
  size_t since_cut_ = 0;   ///< Symbols since the last position that every path passes.
  size_t since_line_ = 0;  ///< Symbols of the line so far.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
