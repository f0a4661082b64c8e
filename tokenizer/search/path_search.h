#ifndef CORPUSMILL_TOKENIZER_SEARCH_PATH_SEARCH_H_
#define CORPUSMILL_TOKENIZER_SEARCH_PATH_SEARCH_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/search/match_automaton.h"
#include "tokenizer/search/match_scanner.h"

namespace corpusmill {

/// Base of all searches for a segmentation. A search goes forward over the match states of a text
/// and writes the path backward: at the end of each line, or earlier in a long line at a position
/// that every path passes. So buffers stay small. They are reused for the next text.
///
/// Not thread-safe. Derived classes implement the forward and the backward step.
class PathSearch {
 public:
  virtual ~PathSearch() = default;

  /// Appends the values of a path through `symbols`. With `cut_at_newlines`, which must be as in
  /// MatchAutomaton::Build, searches each line separately with the newlines after it.
  /// `out_of_vocabulary` has an entry for each kOutOfVocabulary symbol, as written by SymbolTable.
  void Run(const MatchAutomaton& automaton, std::span<const uint16_t> symbols, bool cut_at_newlines,
           std::vector<uint32_t>* values, std::span<const uint32_t> out_of_vocabulary = {});

 protected:
  /// Symbols to search before looking for a position at which to write out the path.
  static constexpr size_t kBlock = 16384;

  /// Start a text, or a line, at position written().
  virtual void BeginText() {}
  virtual void BeginLine() = 0;
  /// Reserve grows the buffers to `size` entries, the first of which is for symbol origin().
  /// MoveToFront moves the entries of [from, to) to the front; origin() then becomes `from`.
  virtual void Reserve(size_t size) = 0;
  virtual void MoveToFront(size_t from, size_t to) = 0;
  /// Searches forward over symbols [begin, end) of the line.
  virtual void Search(size_t begin, size_t end) = 0;
  /// Writes the path from position `end` back to written(): calls Put… for each piece, last first.
  virtual void WritePath(size_t end) = 0;
  /// For searches that use PutSpelled: the spelling of a code, at least one byte.
  virtual const MatchAutomaton::Spelling& SpellingOf(uint32_t /*code*/) const {
    return *automaton_->spellings();
  }

  /// Adds the piece of `length` symbols that ends at position `end`, and returns its start. It may
  /// be a spelled character.
  size_t PutMatch(size_t end, uint32_t length) {
    const size_t begin = end - std::min<size_t>(length, end - written_);
    path_[begin - written_] = static_cast<uint32_t>(end - begin);
    return begin;
  }
  /// The same for a symbol that is spelled as SpellingOf says.
  size_t PutSpelled(size_t end) {
    path_[end - 1 - written_] = 0;
    return end - 1;
  }
  /// Calls PutMatch for the whole path, inlined. `length_of(i)` is the length of the best piece
  /// that ends with the i-th symbol from written() on. Returns false if it is 0.
  template <typename LengthOf>
  bool PutPath(size_t end, const LengthOf& length_of) {
    uint32_t* const path = path_.data();
    const uint32_t* const states = match_states(written_);
    const MatchAutomaton::Match* const matches = &automaton_->match(0);
    for (size_t at = end - written_; at > 0;) {
      const uint32_t length = length_of(at - 1);
      if (__builtin_expect(length == 0, 0)) return false;
      const size_t begin = at - std::min<size_t>(length, at);
      path[begin] = static_cast<uint32_t>(at - begin);
      __builtin_prefetch(&matches[MatchAutomaton::StateOf(states[at - 1])]);  // For LookUp.
      at = begin;
    }
    return true;
  }

  const MatchAutomaton& automaton() const { return *automaton_; }
  std::span<const uint16_t> symbols() const { return symbols_; }
  /// The match states from symbol `at` on. kMatchStatesAhead entries past the scanned symbols are
  /// readable.
  const uint32_t* match_states(size_t at) const { return match_states_.data() + (at - origin_); }
  size_t origin() const { return origin_; }
  size_t written() const { return written_; }
  /// Entries for the symbols from written() on.
  std::span<const uint32_t> out_of_vocabulary() const { return out_of_vocabulary_; }

 private:
  void Write(size_t end, std::vector<uint32_t>* values);
  /// Appends the values of the path in path_.
  void LookUp(size_t end, std::vector<uint32_t>* values);

  const MatchAutomaton* automaton_ = nullptr;
  std::span<const uint16_t> symbols_;
  std::span<const uint32_t> out_of_vocabulary_;
  MatchScanner scanner_;
  size_t written_ = 0;  ///< The path up to here has been appended.
  size_t origin_ = 0;   ///< The symbol of match_states_[0].
  std::vector<uint32_t> match_states_;
  /// At the start of each piece of the path from written_ on: its length, 0 if the symbol is
  /// spelled.
  std::vector<uint32_t> path_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_PATH_SEARCH_H_
