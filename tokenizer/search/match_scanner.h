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
///   scanner.Scan(automaton, symbols, 4096, size, states);   // goes on
///   MatchAutomaton::StateOf(states[i]);                       // what ends behind 4096 + i
///
/// A step depends on the one before, and each waits for memory: so a block is cut
/// into up to eight lanes that go forward together, each beginning so far before
/// its part that its state is the right one there. A step that fails is a round
/// of its own without a branch.
class MatchScanner {
 public:
  /// Writes the answers for symbols[begin, end): begin is 0, or where the call before
  /// ended, for the same text and automaton.
  void Scan(const MatchAutomaton& automaton, const uint16_t* symbols, size_t begin, size_t end,
            uint32_t* match_states);

 private:
  uint32_t base_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_MATCH_SCANNER_H_
