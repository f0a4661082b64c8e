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

/// A trie of pieces that finds all pieces starting at a position. A double array (Aoe 1989) with
/// one load per step. The unshared end of each piece (its tail) is stored as bytes, which saves
/// most nodes.
///
///   CM_ASSIGN_OR_RETURN(const PieceTrie trie, PieceTrie::Build(list, code_of, budget));
///   trie.ForEachMatch(text, [&](size_t length, uint32_t code, PieceTrie::Node node) {
///     …   // text.substr(0, length) is a piece, counts[trie.Index(node)] its count
///   });
///
/// Memory: 8 bytes per node, with 1.5 to 2.3 nodes per piece for natural language and code, and 3
/// to 8 bytes per piece for tails. Thread-safe except for SetCode.
class PieceTrie {
 public:
  using Node = uint32_t;
  using CodeOf = absl::FunctionRef<absl::StatusOr<uint32_t>(const CountedPiece&)>;
  /// Codes are 1 to kMaxCode.
  static constexpr uint32_t kMaxCode = (1u << 24) - 1;

  /// Builds the trie. `code_of` returns the code of a piece. REQUIRES: the list includes all 256
  /// single bytes. The budget must outlive the trie. kResourceExhausted if it is too small, above
  /// 2^30 nodes or bytes of tails, and above kMaxCode.
  static absl::StatusOr<PieceTrie> Build(const PieceList& pieces, CodeOf code_of,
                                         MemoryBudget& budget);

  /// Calls visit(length, code, node) for the prefixes of a text that are pieces, shortest first,
  /// and for some that are not, with code 0. Returns the number of bytes examined. REQUIRES: the
  /// text is not empty.
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

  /// Index of a piece, below pieces(), in no particular order.
  uint32_t Index(Node node) const {
    const Ends& ends = ends_[node / 64];
    return ends.before + CountBits(ends.flags & ((uint64_t{1} << node % 64) - 1));
  }
  /// The node of a piece. REQUIRES: the trie was built with this piece.
  Node Find(std::string_view piece) const;
  /// Changes the code of a piece. Code 0 removes the piece, but its index stays.
  void SetCode(Node node, uint32_t code) { units_[node].set_code(code); }

  size_t pieces() const { return pieces_; }
  size_t max_piece_length_bytes() const { return max_length_; }

 private:
  friend class PieceTrieBuilder;

  /// A unit of the double array: the node at its parent's base + its label. Bases are unique, so
  /// the label identifies the parent.
  class Unit {
   public:
    Unit() : bits_(kFree) {}
    Unit(uint8_t label, bool has_tail, uint32_t code, uint32_t base)
        : bits_(uint64_t{base} << 34 | uint64_t{code} << 10 | uint64_t{has_tail} << 9 | label) {}

    /// Above 255 if the node has a tail or the unit is free.
    uint32_t label() const { return bits_ & 0x3FF; }
    static uint32_t TailLabel(uint32_t label) { return label | 0x200; }
    uint32_t code() const { return static_cast<uint32_t>(bits_ >> 10) & kMaxCode; }
    /// Base of the children, or offset of the tail.
    uint32_t base() const { return static_cast<uint32_t>(bits_ >> 34); }
    void set_code(uint32_t code) {
      bits_ = (bits_ & ~(uint64_t{kMaxCode} << 10)) | uint64_t{code} << 10;
    }

   private:
    static constexpr uint64_t kFree = 0x100;
    uint64_t bits_;
  };
  /// Flags of the nodes that end pieces, for 64 nodes, and the number of such nodes before.
  struct Ends {
    uint64_t flags = 0;
    uint32_t before = 0;
  };

  explicit PieceTrie(MemoryBudget& budget) : lease_(budget.EmptyLease()) {}

  /// Returns the length of a tail if it is a prefix of the text, else 0.
  size_t MatchTail(uint32_t tail, std::string_view text) const {
    const char* const length = tails_.data() + tail;
    // Usually the length takes one byte, and the first byte of the tail differs.
    if (*length >= 0 && (text.empty() || length[1] != text[0])) return 0;
    return MatchLongTail(tail, text);
  }
  size_t MatchLongTail(uint32_t tail, std::string_view text) const;

  /// As std::popcount, which is a function call unless the target guarantees the instruction.
  static uint32_t CountBits(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return static_cast<uint32_t>(bits * 0x0101010101010101 >> 56);
  }

  MemoryLease lease_;
  std::vector<Unit> units_;
  std::vector<Ends> ends_;
  std::string tails_;  // For each its length as a varint, and the bytes.
  uint32_t root_ = 0;
  size_t pieces_ = 0;
  size_t max_length_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_PIECE_TRIE_H_
