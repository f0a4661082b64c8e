#ifndef CORPUSMILL_TOKENIZER_PATH_SEARCH_H_
#define CORPUSMILL_TOKENIZER_PATH_SEARCH_H_

#include <algorithm>
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
  /// automaton's rule. `strangers` has a code point for each kStranger among the symbols.
  void Run(const MatchAutomaton& automaton, std::span<const uint16_t> symbols, bool cut_at_newlines,
           std::vector<uint32_t>* values, std::span<const uint32_t> strangers = {});

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

  /// Puts the piece of a row with this length before those put since WritePath was called.
  /// It may have to be spelled.
  void PutMatch(uint32_t row, uint32_t length) { *--first_ = {row, length}; }
  void PutSpelled(const MatchAutomaton::Spelling& spelling) {
    for (uint32_t i = spelling.size; i > 0; --i) *--first_ = {spelling.values[i - 1], 0};
  }
  /// The same for the whole path, for what cannot wait for calls: `length_of(i)` is that of the
  /// best piece that ends with the i-th symbol from written() on. False, with nothing put, when
  /// it says 0.
  template <typename LengthOf>
  bool PutPath(size_t end, const LengthOf& length_of) {
    const uint32_t* const rows = answers(written());
    Part* first = first_;
    for (size_t at = end - written(); at > 0;) {
      const uint32_t length = length_of(at - 1);
      if (__builtin_expect(length == 0, 0)) return false;
      *--first = {MatchAutomaton::RowOf(rows[at - 1]), length};
      at -= std::min<size_t>(length, at);
    }
    first_ = first;
    return true;
  }

  const MatchAutomaton& automaton() const { return *automaton_; }
  std::span<const uint16_t> symbols() const { return symbols_; }
  /// The answers from symbol `at` on; kAnswersAhead more than were scanned can be read.
  const uint32_t* answers(size_t at) const { return answers_.data() + (at - origin_); }
  size_t origin() const { return origin_; }
  size_t written() const { return written_; }
  /// Those behind written().
  std::span<const uint32_t> strangers() const { return strangers_; }

 private:
  /// A piece of a row, to be looked up; or with length 0 a value.
  struct Part {
    uint32_t row, length;
  };

  void Write(size_t end, std::vector<uint32_t>* values);
  /// Appends the values of the parts that were put.
  void LookUp(std::vector<uint32_t>* values);

  const MatchAutomaton* automaton_ = nullptr;
  std::span<const uint16_t> symbols_;
  std::span<const uint32_t> strangers_;
  MatchScanner scanner_;
  size_t written_ = 0;  ///< The path up to here is in the values.
  size_t origin_ = 0;   ///< The symbol of answers_[0].
  std::vector<uint32_t> answers_;
  std::vector<Part> parts_;  ///< A path is put in from its end.
  Part *first_ = nullptr, *end_ = nullptr;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PATH_SEARCH_H_
