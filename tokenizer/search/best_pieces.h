#ifndef CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
#define CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// Answers that may be read behind those that are searched, to fetch their rows early.
inline constexpr size_t kAnswersAhead = 32;

/// For each of `count` positions the piece with which the best path ends there, by sums
/// of doubles. scores[-1] is the best path's score before the first of them, scores[-k]
/// that of the position k - 1 symbols earlier, as far as pieces reach; scores[i] and
/// lengths[i], the piece's length less 1, are set. Takes the `strangers` of the positions.
void FindBestPieces(const MatchAutomaton& automaton, const uint32_t* answers, size_t count,
                    double* scores, uint16_t* lengths, std::span<const uint32_t>* strangers);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_BEST_PIECES_H_
