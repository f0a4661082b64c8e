#ifndef CORPUSMILL_TOKENIZER_SEARCH_QUICK_SEARCH_H_
#define CORPUSMILL_TOKENIZER_SEARCH_QUICK_SEARCH_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

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

#endif  // CORPUSMILL_TOKENIZER_SEARCH_QUICK_SEARCH_H_
