#ifndef CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
#define CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_

#include <cstddef>
#include <cstdint>
#include <span>

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

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
