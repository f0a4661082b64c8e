#ifndef CORPUSMILL_TOKENIZER_SEARCH_MATCH_SCANNER_H_
#define CORPUSMILL_TOKENIZER_SEARCH_MATCH_SCANNER_H_

#include <cstddef>
#include <cstdint>

#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// Runs the automaton over the symbols of a text, block by block.
///
///   MatchScanner scanner;
///   scanner.Scan(automaton, symbols, 0, 4096, states);      // states[0, 4096)
///   scanner.Scan(automaton, symbols, 4096, size, states);   // continues
///   MatchAutomaton::StateOf(states[i]);                       // the pieces that end with symbol
///   4096 + i
///
/// Each step depends on the one before and waits for memory. Therefore up to eight lanes scan parts
/// of a block in parallel. Each lane starts so far before its part that its state is correct there.
/// A failed step takes one more round, without a branch.
class MatchScanner {
 public:
  /// Writes the match states of symbols[begin, end). `begin` is 0, or the end of the previous call
  /// for the same text and automaton.
  void Scan(const MatchAutomaton& automaton, const uint16_t* symbols, size_t begin, size_t end,
            uint32_t* match_states);

 private:
  uint32_t base_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_MATCH_SCANNER_H_
