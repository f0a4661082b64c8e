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

/// A piece as the automaton takes it.
struct ScoredPiece {
  std::string_view bytes;
  /// log p, finite.
  double score;
  /// What the owner calls it: an id, an index.
  uint32_t value;
};

/// Finds all pieces that end at each position of a text, which is a sequence of
/// symbols: of characters where all longer pieces are whole characters, as they are
/// with ensure_unicode, and of bytes otherwise. It is an Aho-Corasick automaton (Aho & Corasick
/// 1975) laid out for few cache lines and no mispredicted branch, and for each of its answers the
/// scores of the pieces in the form that a search for the best segmentation adds up.
///
///   CM_ASSIGN_OR_RETURN(auto automaton, MatchAutomaton::Build(pieces, true));
///   SymbolTable table(automaton, form);   // symbol_table.h: text to symbols
///   MatchScanner scanner;                 // match_scanner.h: a row for each symbol
///   Segmenter segmenter;                  // segmenter.h: the best segmentation
///
/// A *row* stands for the set of pieces that end at a position: the longest of
/// them and all pieces that are suffixes of it. So there is a row for each piece.
///
/// All of it is one block of memory without pointers, which may be written to a
/// file and mapped. About 80 bytes a piece. Immutable, hence thread-safe.
///
/// Symbols have codes, low ones for frequent symbols. In a sequence of characters a
/// byte that is not UTF-8 is a symbol, too, and so is each byte of a character that
/// no piece has. A character that only longer pieces have can also be *spelled*: by
/// the pieces of its bytes.
class MatchAutomaton {
 public:
  /// Pieces in any order, none empty, no two equal, all 256 single bytes among
  /// them. The bytes are not kept. With cut_at_newlines, pieces with a newline
  /// before another byte are left out: no text that is cut there has them.
  /// kResourceExhausted above 2^23 pieces or about 2^24 nodes.
  static absl::StatusOr<MatchAutomaton> Build(const std::vector<ScoredPiece>& pieces,
                                              bool cut_at_newlines);

  /// What bytes() gave, at an address that is a multiple of kAlignment; `owner`
  /// keeps it alive. kDataLoss when it cannot be that: whatever the bytes are,
  /// using the automaton touches no memory outside of them.
  static absl::StatusOr<MatchAutomaton> FromBytes(std::string_view bytes,
                                                  std::shared_ptr<const void> owner);
  static constexpr size_t kAlignment = 64;

  std::string_view bytes() const { return bytes_; }

  /// Length in symbols of the longest piece.
  size_t max_length() const { return header().max_length; }

  /// Symbols are characters; else bytes.
  bool has_characters() const { return header().has_characters != 0; }
  /// What each code stands for: a code point, kByte + a byte, or kOutOfVocabulary. Code 0 is no
  /// symbol's.
  std::span<const uint32_t> symbols() const {
    return {At<uint32_t>(header().symbols), header().symbol_count};
  }
  static constexpr uint32_t kByte = 0x110000;
  /// Among characters: any that no piece has, instead of its bytes. All paths take these one
  /// by one, so that a search need not see them.
  static constexpr uint32_t kOutOfVocabulary = kByte + 256;
  uint16_t newline() const { return static_cast<uint16_t>(header().newline); }

  // What follows is for the scanner and the searches.

  /// A state of the automaton on the way to the next symbol, and its row: the code
  /// of the symbol that leads here, the row, whether all pieces under way begin with
  /// this very symbol, and the base from which the units of the next are found.
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
    /// StateOf and IsBoundary take it apart.
    uint32_t match_state() const { return static_cast<uint32_t>(bits_ >> 16); }

   private:
    uint64_t bits_;
  };
  static uint32_t StateOf(uint32_t match_state) {
    return match_state & ((1u << Unit::kStateBits) - 1);
  }
  /// No piece that begins before this symbol goes on behind it.
  static bool IsBoundary(uint32_t match_state) {
    return (match_state >> Unit::kStateBits & 1) != 0;
  }

  /// The step by a code from a state with base b: units()[b + code], if that is its
  /// label; else the same from the base of units()[b], if that is not 0; else the
  /// unit firsts()[code]. units()[b] has label 0, and for a row the state's length in
  /// symbols. Base 0 is that of a text's beginning. So the units of a state's frequent
  /// symbols and of its failure lie close together.
  const Unit* units() const { return At<Unit>(header().units); }
  const Unit* firsts() const { return At<Unit>(header().firsts); }

  size_t states() const { return header().states; }

  /// For a search in whole numbers: the scores of a row's pieces of up to kQuick symbols,
  /// times 2^quick_bits() and rounded: the one of length l at [kQuick - l], kNoQuick where
  /// there is none. What has to be spelled has the sum of its bytes.
  static constexpr size_t kQuick = 8;
  static constexpr int32_t kNoQuick = -0x40000000;
  const int32_t* quick() const { return At<int32_t>(header().quick); }
  /// 0 when the scores are not fit for it.
  int quick_bits() const { return static_cast<int>(header().quick_bits); }
  /// Rows below this have longer pieces, too.
  uint32_t long_states() const { return static_cast<uint32_t>(header().long_states); }
  /// The longest piece of such a row, its score in the same form, and the row of the next
  /// shorter one; kNone when that has up to kQuick symbols.
  struct LongPiece {
    int32_t score;
    uint32_t length;
    uint32_t next;
  };
  const LongPiece* long_pieces() const { return At<LongPiece>(header().long_pieces); }
  /// Best scores of positions up to the longest piece (and kQuick) + kQuickStep symbols apart
  /// differ by less than -kNoQuick, so that no sum with kNoQuick is the best or overflows.
  static constexpr size_t kQuickStep = 16;
  /// Scores that such a search keeps: as far back as pieces reach, in eights.
  static constexpr size_t QuickHistory(size_t max_length) {
    return ((max_length > kQuick ? max_length : kQuick) + 7) / 8 * 8;
  }

  /// The pieces of a character's bytes; of size 0 for kOutOfVocabulary, whose bytes() say it.
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

  /// The longest piece of a row, and the row of the next shorter one.
  struct Match {
    uint32_t value;  ///< kSpelled + its position in spellings() for what is no piece.
    uint32_t length;
    uint32_t next;  ///< kNone when this is a single symbol.
  };
  static constexpr uint32_t kNone = 0xFFFFFFFF;
  /// Values of pieces are below this, or kNone.
  static constexpr uint32_t kSpelled = 0x80000000;
  static bool IsSpelled(uint32_t value) { return value >= kSpelled && value != kNone; }
  const Match& match(uint32_t state) const { return At<Match>(header().matches)[state]; }
  /// The score of the longest piece of a row, -infinity if it must be spelled.
  double score(uint32_t state) const { return At<double>(header().scores)[state]; }

  /// The value of the piece of `length` symbols in a row that holds one.
  uint32_t ValueOf(uint32_t state, uint32_t length) const {
    return ValueOf(&match(0), state, length);
  }
  /// The same, by the address of the first match.
  static uint32_t ValueOf(const Match* matches, uint32_t state, uint32_t length) {
    const Match* found = &matches[state];
    while (found->length != length && found->next != kNone) found = &matches[found->next];
    return found->value;
  }

 private:
  friend class MatchAutomatonBuilder;

  /// Offsets are from the beginning of the block.
  struct Header {
    uint64_t size;
    uint64_t max_length, has_characters, newline;
    uint64_t symbol_count, unit_count, states, long_states, spelling_count, quick_bits;
    uint64_t symbols, units, firsts, quick, long_pieces, matches, scores, spellings, byte_pieces;
  };

  /// Sets the size and the offsets by the counts.
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
