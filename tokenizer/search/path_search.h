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

/// What all searches for a path through the pieces of a text share: they go forward
/// over the answers of the automaton, symbol by symbol, and write the path from the
/// back, at the end of each line, or sooner where a long line has a place that every
/// path passes. So buffers stay small, and are kept for the next text.
///
/// Not thread-safe. Derived classes have the forward and the backward step.
class PathSearch {
 public:
  virtual ~PathSearch() = default;

  /// Appends the values of a path through `symbols`. Each line, with the newlines
  /// behind it, is searched by itself if `cut_at_newlines`, which must be the
  /// automaton's rule. `strangers` has an entry for each kOutOfVocabulary among
  /// the symbols, as SymbolTable writes them.
  void Run(const MatchAutomaton& automaton, std::span<const uint16_t> symbols, bool cut_at_newlines,
           std::vector<uint32_t>* values, std::span<const uint32_t> out_of_vocabulary = {});

 protected:
  /// Symbols that are searched between two looks for a place to write out the path.
  static constexpr size_t kBlock = 16384;

  /// A text begins, or a line, at position written().
  virtual void BeginText() {}
  virtual void BeginLine() = 0;
  /// Makes room for buffers of `size` entries, of which the first is for symbol
  /// origin(); and moves those of [from, to) to the front, where origin() will be `from`.
  virtual void Reserve(size_t size) = 0;
  virtual void MoveToFront(size_t from, size_t to) = 0;
  /// Goes forward over symbols [begin, end) of the line.
  virtual void Search(size_t begin, size_t end) = 0;
  /// The path from position `end` back to written(): calls Put… for each piece, the last first.
  virtual void WritePath(size_t end) = 0;
  /// For searches that use PutSpelled: what it stands for, of at least one byte.
  virtual const MatchAutomaton::Spelling& SpellingOf(uint32_t /*code*/) const {
    return *automaton_->spellings();
  }

  /// Puts the piece of `length` symbols that ends at position `end`, and returns where it
  /// begins. It may have to be spelled.
  size_t PutMatch(size_t end, uint32_t length) {
    const size_t begin = end - std::min<size_t>(length, end - written_);
    path_[begin - written_] = static_cast<uint32_t>(end - begin);
    return begin;
  }
  /// The same for a symbol that is taken by the pieces of its bytes, as SpellingOf says.
  size_t PutSpelled(size_t end) {
    path_[end - 1 - written_] = 0;
    return end - 1;
  }
  /// PutMatch for the whole path, for what cannot wait for calls: `length_of(i)` is that of the
  /// best piece that ends with the i-th symbol from written() on. False when it says 0.
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
  /// The answers from symbol `at` on; kMatchStatesAhead more than were scanned can be read.
  const uint32_t* match_states(size_t at) const { return match_states_.data() + (at - origin_); }
  size_t origin() const { return origin_; }
  size_t written() const { return written_; }
  /// Those behind written().
  std::span<const uint32_t> out_of_vocabulary() const { return out_of_vocabulary_; }

 private:
  void Write(size_t end, std::vector<uint32_t>* values);
  /// Appends the values of the path that was put.
  void LookUp(size_t end, std::vector<uint32_t>* values);

  const MatchAutomaton* automaton_ = nullptr;
  std::span<const uint16_t> symbols_;
  std::span<const uint32_t> out_of_vocabulary_;
  MatchScanner scanner_;
  size_t written_ = 0;  ///< The path up to here is in the values.
  size_t origin_ = 0;   ///< The symbol of match_states_[0].
  std::vector<uint32_t> match_states_;
  /// At the beginning of each piece of the path behind written_ its length, 0 if the symbol is
  /// spelled.
  std::vector<uint32_t> path_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_PATH_SEARCH_H_
