#ifndef CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
#define CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// Answers that may be read behind those that are searched, to fetch their rows early.
inline constexpr size_t kMatchStatesAhead = 32;

/// For each of `count` positions the piece with which the best path ends there, by sums
/// of doubles. scores[-1] is the best path's score before the first of them, scores[-k]
/// that of the position k - 1 symbols earlier, as far as pieces reach; scores[i] and
/// lengths[i], the piece's length less 1, are set. Takes the `strangers` of the positions.
void FindBestPieces(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
                    double* scores, uint16_t* lengths,
                    std::span<const uint32_t>* out_of_vocabulary);

/// The same by sums of whole numbers, eight at once, which is several times as fast and
/// tells where it cannot be sure: where rounding, or a tie, decides.
///
/// A score is off by at most half a unit for each piece, so by the number of symbols
/// since the last place that all paths pass. A piece that is better than all others by
/// more than twice that is the one that exact sums find, and so is a path of such
/// pieces, whatever happened beside it. For lines of up to kMaxSymbols, where doubles
/// are exact enough for that.
class QuickSearch {
 public:
  /// Whether this processor and the automaton have what it takes.
  static bool IsPossible(const MatchAutomaton& automaton);

  /// What Find gives for a position: below kLong a flag for each piece of up to eight
  /// symbols that may be the best, the longest lowest; or kLong + a length; or kUnsure.
  static constexpr uint16_t kLong = 0x8000;
  static constexpr uint16_t kUnsure = 0xFFFF;
  /// The length of the piece, 0 if it is not sure.
  static uint32_t LengthOf(uint16_t found) {
    if (found >= kLong) return found == kUnsure ? 0 : found - kLong;
    if ((found & (found - 1)) != 0 || found == 0) return 0;
    return MatchAutomaton::kQuick - static_cast<uint32_t>(std::countr_zero(found));
  }

  /// A line begins.
  void Begin(const MatchAutomaton& automaton);

  /// Sets found[i] for `count` more positions of the line.
  void Find(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
            uint16_t* found);

  /// The line is longer than that: nothing that was found in it is sure.
  bool failed() const { return since_line_ > kMaxSymbols; }

 private:
  static constexpr size_t kMaxSymbols = size_t{1} << 20;

  void FindStep(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
                uint16_t* found);

  /// Scores of the last history_ positions, relative to the newest, and room for a step.
  std::vector<int32_t> scores_;
  size_t history_ = 0;
  size_t since_cut_ = 0;   ///< Symbols since a place that all paths pass.
  size_t since_line_ = 0;  ///< Symbols of the line.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
