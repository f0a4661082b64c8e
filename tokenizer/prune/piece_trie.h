#ifndef CORPUSMILL_TOKENIZER_PRUNE_PIECE_TRIE_H_
#define CORPUSMILL_TOKENIZER_PRUNE_PIECE_TRIE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "corpus/base/memory.h"
#include "tokenizer/prune/piece_list.h"

namespace corpusmill {

/// A read-only trie of pieces for finding all that start at a position: a double array (Aoe
/// 1989) whose step is one load. Of each piece the end that no other one begins with is kept
/// as bytes, which most nodes would be for.
///
///   CM_ASSIGN_OR_RETURN(const PieceTrie trie, PieceTrie::Build(list, code_of, budget));
///   trie.ForEachMatch(text, [&](size_t length, uint32_t code, PieceTrie::Node node) {
///     …   // text.substr(0, length) is a piece, counts[trie.Index(node)] its count
///   });
///
/// Takes 8 bytes for each of the 1.5 to 2.3 nodes that a piece has of its own in texts of
/// languages and code, and 3 to 8 for the rest of it. Immutable, hence thread-safe.
class PieceTrie {
 public:
  using Node = uint32_t;
  using CodeOf = absl::FunctionRef<absl::StatusOr<uint32_t>(const CountedPiece&)>;
  /// Codes are 1 to this.
  static constexpr uint32_t kMaxCode = (1u << 24) - 1;

  /// All 256 single bytes must be in the list. `code_of` says what a piece is
  /// called. kResourceExhausted when the budget, which must outlive the trie, is too small,
  /// above 2^30 nodes or bytes of ends, and above kMaxCode.
  static absl::StatusOr<PieceTrie> Build(const PieceList& pieces, CodeOf code_of,
                                         MemoryBudget& budget);

  /// Calls visit(length, code, node) for beginnings of a text, not empty, from short to long:
  /// all that are pieces, and with the code 0 some that are not. Returns how many bytes were
  /// looked at.
  template <typename Visit>
  size_t ForEachMatch(std::string_view text, const Visit& visit) const {
    const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
    const Unit* const units = units_.data();
    Node node = root_ + bytes[0];  // All bytes are pieces.
    Unit unit = units[node];
    visit(1, unit.code(), node);
    size_t length = 1;
    while (length < text.size()) {
      const uint32_t label = bytes[length];
      node = unit.base() + label;
      unit = units[node];
      if (unit.label() != label) {
        if (unit.label() != Unit::TailLabel(label)) break;
        const size_t tail = MatchTail(unit.base(), text.substr(length + 1));
        if (tail > 0) visit(length + 1 + tail, unit.code(), node);
        return length + 1 + tail;
      }
      visit(++length, unit.code(), node);
    }
    return length;
  }

  /// Number of a piece, below pieces(), in no particular order.
  uint32_t Index(Node node) const {
    const Ends& ends = ends_[node / 64];
    return ends.before + CountBits(ends.flags & ((uint64_t{1} << node % 64) - 1));
  }
  /// Where a piece ends, which is one of those that it was built of.
  Node Find(std::string_view piece) const;
  /// Calls a piece by another code, or 0: then it is none, but has its index still.
  void SetCode(Node node, uint32_t code) { units_[node].set_code(code); }

  size_t pieces() const { return pieces_; }
  size_t max_piece_length_bytes() const { return max_length_; }

 private:
  friend class PieceTrieBuilder;

  /// A node in the place that its parent's base and its label say. Bases are different, so
  /// that the label tells whose child it is.
  class Unit {
   public:
    Unit() : bits_(kFree) {}
    Unit(uint8_t label, bool has_tail, uint32_t code, uint32_t base)
        : bits_(uint64_t{base} << 34 | uint64_t{code} << 10 | uint64_t{has_tail} << 9 | label) {}

    /// Above 255 if this is a node with a tail, or none.
    uint32_t label() const { return bits_ & 0x3FF; }
    static uint32_t TailLabel(uint32_t label) { return label | 0x200; }
    uint32_t code() const { return static_cast<uint32_t>(bits_ >> 10) & kMaxCode; }
    /// Where children are; or where the tail is.
    uint32_t base() const { return static_cast<uint32_t>(bits_ >> 34); }
    void set_code(uint32_t code) {
      bits_ = (bits_ & ~(uint64_t{kMaxCode} << 10)) | uint64_t{code} << 10;
    }

   private:
    static constexpr uint64_t kFree = 0x100;
    uint64_t bits_;
  };
  /// Which of 64 nodes are the ends of pieces, and how many are before.
  struct Ends {
    uint64_t flags = 0;
    uint32_t before = 0;
  };

  explicit PieceTrie(MemoryBudget& budget) : lease_(budget.EmptyLease()) {}

  /// The length of a tail if the text begins with it, else 0.
  size_t MatchTail(uint32_t tail, std::string_view text) const {
    const char* const length = tails_.data() + tail;
    // Mostly the length takes one byte, and the first of the tail says that it is another.
    if (*length >= 0 && (text.empty() || length[1] != text[0])) return 0;
    return MatchLongTail(tail, text);
  }
  size_t MatchLongTail(uint32_t tail, std::string_view text) const;

  /// std::popcount, which is a call where the processor may lack it.
  static uint32_t CountBits(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return static_cast<uint32_t>(bits * 0x0101010101010101 >> 56);
  }

  MemoryLease lease_;
  std::vector<Unit> units_;
  std::vector<Ends> ends_;
  std::string tails_;  // Of each its length, a varint, and the bytes.
  uint32_t root_ = 0;
  size_t pieces_ = 0;
  size_t max_length_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_PIECE_TRIE_H_
