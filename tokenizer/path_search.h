#ifndef CORPUSMILL_TOKENIZER_PATH_SEARCH_H_
#define CORPUSMILL_TOKENIZER_PATH_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/match_automaton.h"
#include "tokenizer/match_scanner.h"

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
  /// automaton's rule.
  void Run(const MatchAutomaton& automaton, std::span<const uint16_t> symbols, bool cut_at_newlines,
           std::vector<uint32_t>* values);

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
  /// The path from position `end` back to written(): calls Put… for each piece.
  virtual void WritePath(size_t end) = 0;

  /// Puts the next piece before those put since WritePath was called.
  void Put(uint32_t value) { *--first_ = value; }
  /// Takes back all that was put since WritePath was called.
  void Restart() { first_ = reversed_.data() + reversed_.size(); }
  void PutSpelled(const MatchAutomaton::Spelling& spelling) {
    for (uint32_t i = spelling.size; i > 0; --i) Put(spelling.values[i - 1]);
  }
  /// The piece of a row with this length, which may have to be spelled.
  void PutMatch(uint32_t row, uint32_t length) {
    const uint32_t value = automaton_->ValueOf(row, length);
    if (__builtin_expect(MatchAutomaton::IsSpelled(value), 0)) {
      PutSpelled(automaton_->spellings()[value - MatchAutomaton::kSpelled]);
    } else {
      Put(value);
    }
  }

  const MatchAutomaton& automaton() const { return *automaton_; }
  std::span<const uint16_t> symbols() const { return symbols_; }
  /// The answers from symbol `at` on; kAnswersAhead more than were scanned can be read.
  const uint32_t* answers(size_t at) const { return answers_.data() + (at - origin_); }
  size_t origin() const { return origin_; }
  size_t written() const { return written_; }

 private:
  void Write(size_t end, std::vector<uint32_t>* values);

  const MatchAutomaton* automaton_ = nullptr;
  std::span<const uint16_t> symbols_;
  MatchScanner scanner_;
  size_t written_ = 0;  ///< The path up to here is in the values.
  size_t origin_ = 0;   ///< The symbol of answers_[0].
  std::vector<uint32_t> answers_;
  std::vector<uint32_t> reversed_;  ///< A path is put in from its end.
  uint32_t* first_ = nullptr;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PATH_SEARCH_H_
