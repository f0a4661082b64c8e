#ifndef CORPUSMILL_TOKENIZER_BEST_PIECES_H_
#define CORPUSMILL_TOKENIZER_BEST_PIECES_H_

#include <cstddef>
#include <cstdint>

#include "tokenizer/match_automaton.h"

namespace corpusmill {

/// Answers that may be read behind those that are searched, to fetch their rows early.
inline constexpr size_t kAnswersAhead = 24;

/// For each of `count` positions the piece with which the best path ends there.
/// scores[-1] is the best path's score before the first of them, scores[-k] that of
/// the position k - 1 bytes earlier, as far as pieces reach and at least 8;
/// scores[i] and lengths[i], the piece's length less 1, are set.
using FindBestPieces = void (*)(const MatchAutomaton& automaton, const uint32_t* answers,
                                size_t count, double* scores, uint16_t* lengths);

/// In plain C++.
void FindBestPiecesPlain(const MatchAutomaton& automaton, const uint32_t* answers, size_t count,
                         double* scores, uint16_t* lengths);

/// With AVX2. nullptr where the processor has none.
FindBestPieces FindBestPiecesAvx2();

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_BEST_PIECES_H_
