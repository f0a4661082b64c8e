#ifndef CORPUSMILL_TOKENIZER_SEARCH_MATCH_AUTOMATON_H_
#define CORPUSMILL_TOKENIZER_SEARCH_MATCH_AUTOMATON_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// A piece as input of the automaton.
struct ScoredPiece {
  std::string_view bytes;
  /// log p, finite.
  double score;
  /// The caller's number for the piece, such as its id.
  uint32_t value;
};

/// An Aho-Corasick automaton (Aho & Corasick 1975) that finds all pieces ending at each position of
/// a text, with their scores in the form that a segmentation search adds up. Laid out for few cache
/// misses and no mispredicted branches. A text is a sequence of symbols. Symbols are characters if
/// all longer pieces consist of whole characters, as with ensure_unicode, and bytes otherwise.
///
///   CM_ASSIGN_OR_RETURN(auto automaton, MatchAutomaton::Build(pieces, true));
///   SymbolTable table(automaton, form);   // symbol_table.h: text to symbols
///   MatchScanner scanner;                 // match_scanner.h: a match state per symbol
///   Segmenter segmenter;                  // segmenter.h: the best segmentation
///
/// A *match state* is the set of pieces that end at a position: the longest one and all pieces that
/// are its suffixes. So there is one match state per piece.
///
/// Stored as one block of memory without pointers, which can be written to a file and mapped: about
/// 80 bytes per piece. Immutable, hence thread-safe.
///
/// Symbols have codes; frequent symbols have low codes. In a sequence of characters, each invalid
/// UTF-8 byte and each byte of an out-of-vocabulary character is also a symbol. A character that
/// occurs only within longer pieces can be *spelled* by the pieces of its bytes.
class MatchAutomaton {
 public:
  /// Builds the automaton of pieces in any order. REQUIRES: pieces are distinct and not empty, and
  /// include all 256 single bytes. Does not keep references to the bytes. With cut_at_newlines,
  /// omits pieces that have a newline before another byte, which never match in text cut at
  /// newlines. kResourceExhausted above 2^23 pieces or about 2^24 nodes.
  static absl::StatusOr<MatchAutomaton> Build(const std::vector<ScoredPiece>& pieces,
                                              bool cut_at_newlines);

  /// Restores an automaton from a copy of bytes() at an address that is a multiple of kAlignment;
  /// `owner` keeps the bytes alive. kDataLoss if the bytes are invalid. Safe for any bytes: using
  /// the automaton never reads outside them.
  static absl::StatusOr<MatchAutomaton> FromBytes(std::string_view bytes,
                                                  std::shared_ptr<const void> owner);
  static constexpr size_t kAlignment = 64;

  std::string_view bytes() const { return bytes_; }

  /// Length in symbols of the longest piece.
  size_t max_length() const { return header().max_length; }

  /// True if symbols are characters, false if bytes.
  bool has_characters() const { return header().has_characters != 0; }
  /// The symbol of each code: a code point, kByte + a byte, or kOutOfVocabulary. Code 0 is unused.
  std::span<const uint32_t> symbols() const {
    return {At<uint32_t>(header().symbols), header().symbol_count};
  }
  static constexpr uint32_t kByte = 0x110000;
  /// Any out-of-vocabulary character, in place of its bytes, if symbols are characters. Every path
  /// takes it alone, so a search need not distinguish such characters.
  static constexpr uint32_t kOutOfVocabulary = kByte + 256;
  uint16_t newline() const { return static_cast<uint16_t>(header().newline); }

  // For the scanner and the searches:

  /// A unit of the double array, which is a state of the automaton: the code of the symbol that
  /// leads to it (label), its match state, whether a boundary lies before that symbol (IsBoundary),
  /// and the base of its children.
  class Unit {
   public:
    static constexpr int kStateBits = 23;
    static constexpr int kBaseBits = 24;
    Unit() = default;
    Unit(uint16_t label, uint32_t state, bool boundary, uint32_t base)
        : bits_(label | uint64_t{state} << 16 | uint64_t{boundary} << 39 | uint64_t{base} << 40) {}
    uint16_t label() const { return static_cast<uint16_t>(bits_); }
    uint32_t base() const { return static_cast<uint32_t>(bits_ >> 40); }
    uint32_t state() const { return StateOf(match_state()); }
    /// The match state and the boundary flag; see StateOf and IsBoundary.
    uint32_t match_state() const { return static_cast<uint32_t>(bits_ >> 16); }

   private:
    uint64_t bits_;
  };
  static uint32_t StateOf(uint32_t match_state) {
    return match_state & ((1u << Unit::kStateBits) - 1);
  }
  /// True if every segmentation has a boundary before this symbol: no piece that begins earlier
  /// contains it.
  static bool IsBoundary(uint32_t match_state) {
    return (match_state >> Unit::kStateBits & 1) != 0;
  }

  /// Transitions. From a state with base b, a code leads to units()[b + code] if that unit has the
  /// label `code`. Otherwise the step fails: it is repeated from the base of units()[b], or leads
  /// to firsts()[code] if that base is 0. units()[b] has label 0, and as its state() the length of
  /// the state in symbols. Base 0 belongs to the start of a text. Thus the units of a state's
  /// frequent symbols and its failure link lie close together.
  const Unit* units() const { return At<Unit>(header().units); }
  const Unit* firsts() const { return At<Unit>(header().firsts); }

  size_t states() const { return header().states; }

  /// Fixed-point scores for QuickSearch. A match state has kQuick entries; the entry [kQuick - l]
  /// is the score of its piece of l symbols, times 2^quick_bits() and rounded, or kNoQuick. A
  /// spelled character has the sum of its bytes' scores.
  static constexpr size_t kQuick = 8;
  static constexpr int32_t kNoQuick = -0x40000000;
  const int32_t* quick() const { return At<int32_t>(header().quick); }
  /// 0 if the scores do not fit fixed point.
  int quick_bits() const { return static_cast<int>(header().quick_bits); }
  /// Match states below this also have pieces longer than kQuick symbols.
  uint32_t long_states() const { return static_cast<uint32_t>(header().long_states); }
  /// The longest piece of such a state, its fixed-point score, and the state of the next shorter
  /// piece; kNone if that has at most kQuick symbols.
  struct LongPiece {
    int32_t score;
    uint32_t length;
    uint32_t next;
  };
  const LongPiece* long_pieces() const { return At<LongPiece>(header().long_pieces); }
  /// Best scores of positions at most QuickHistory(max_length()) + kQuickStep symbols apart differ
  /// by less than -kNoQuick. So no sum with kNoQuick is the best or overflows.
  static constexpr size_t kQuickStep = 16;
  /// Number of scores that QuickSearch keeps: the longest piece, rounded up to a multiple of eight.
  static constexpr size_t QuickHistory(size_t max_length) {
    return ((max_length > kQuick ? max_length : kQuick) + 7) / 8 * 8;
  }

  /// The pieces of a character's bytes. Size 0 for kOutOfVocabulary, whose bytes the search
  /// receives separately.
  struct Spelling {
    double scores[4];
    uint32_t values[4];
    uint32_t size;
    uint32_t unused;
  };
  const Spelling* spellings() const { return At<Spelling>(header().spellings); }

  /// The piece of each byte.
  struct Byte {
    double score;
    uint32_t value;
    uint32_t unused;
  };
  const Byte* byte_pieces() const { return At<Byte>(header().byte_pieces); }

  /// The longest piece of a match state, and the state of the next shorter piece (its output link).
  struct Match {
    uint32_t value;  ///< For a character that is no piece: kSpelled + its index in spellings().
    uint32_t length;
    uint32_t next;  ///< kNone for a single symbol.
  };
  static constexpr uint32_t kNone = 0xFFFFFFFF;
  /// Values of pieces are below this or kNone.
  static constexpr uint32_t kSpelled = 0x80000000;
  static bool IsSpelled(uint32_t value) { return value >= kSpelled && value != kNone; }
  const Match& match(uint32_t state) const { return At<Match>(header().matches)[state]; }
  /// The score of the longest piece of a match state, -infinity if it must be spelled.
  double score(uint32_t state) const { return At<double>(header().scores)[state]; }

  /// The value of the piece of `length` symbols in a match state. REQUIRES: the state has such a
  /// piece.
  uint32_t ValueOf(uint32_t state, uint32_t length) const {
    return ValueOf(&match(0), state, length);
  }
  /// The same, given the address of match(0).
  static uint32_t ValueOf(const Match* matches, uint32_t state, uint32_t length) {
    const Match* found = &matches[state];
    while (found->length != length && found->next != kNone) found = &matches[found->next];
    return found->value;
  }

 private:
  friend class MatchAutomatonBuilder;

  /// Counts, and offsets from the beginning of the block in bytes.
  struct Header {
    uint64_t size;
    uint64_t max_length, has_characters, newline;
    uint64_t symbol_count, unit_count, states, long_states, spelling_count, quick_bits;
    uint64_t symbols, units, firsts, quick, long_pieces, matches, scores, spellings, byte_pieces;
  };

  /// Computes the size and the offsets from the counts.
  static void Layout(Header* header);
  absl::Status Check() const;
  absl::Status CheckUnits() const;
  absl::Status CheckStates() const;

  MatchAutomaton(std::string_view bytes, std::shared_ptr<const void> owner)
      : bytes_(bytes), owner_(std::move(owner)) {}

  const Header& header() const { return *reinterpret_cast<const Header*>(bytes_.data()); }
  template <typename T>
  const T* At(uint64_t offset) const {
    return reinterpret_cast<const T*>(bytes_.data() + offset);
  }

  std::string_view bytes_;
  std::shared_ptr<const void> owner_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_MATCH_AUTOMATON_H_
