#include "tokenizer/search/best_pieces.h"

#include <limits>

#include "tokenizer/search/out_of_vocabulary.h"

namespace corpusmill {

void FindBestPieces(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
                    double* scores, uint16_t* lengths,
                    std::span<const uint32_t>* out_of_vocabulary) {
  for (size_t i = 0; i < count; ++i) {
    double* const score = scores + i;
    double best = -std::numeric_limits<double>::infinity();
    uint32_t length = 1;
    // Longest first, so that the longest piece wins ties.
    for (uint32_t state = MatchAutomaton::StateOf(match_states[i]);
         state != MatchAutomaton::kNone;) {
      const MatchAutomaton::Match& match = automaton.match(state);
      double candidate = score[-static_cast<ptrdiff_t>(match.length)] + automaton.score(state);
      if (__builtin_expect(MatchAutomaton::IsSpelled(match.value), 0)) {
        const auto& spelling = automaton.spellings()[match.value - MatchAutomaton::kSpelled];
        candidate = score[-1];
        for (uint32_t k = 0; k < spelling.size; ++k) candidate += spelling.scores[k];
        if (spelling.size == 0) {
          ForEachOutOfVocabularyByte(out_of_vocabulary, [&](uint8_t byte) {
            candidate += automaton.byte_pieces()[byte].score;
          });
        }
      }
      const bool better = candidate > best;
      best = better ? candidate : best;
      length = better ? match.length : length;
      state = match.next;
    }
    *score = best;
    lengths[i] = static_cast<uint16_t>(length - 1);
  }
}

}  // namespace corpusmill
