#ifndef CORPUSMILL_TOKENIZER_PIECE_TRIE_H_
#define CORPUSMILL_TOKENIZER_PIECE_TRIE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// A piece as the trie stores it.
struct ScoredPiece {
  std::string_view bytes;
  /// log p, finite.
  double score;
  /// What the owner calls it: an id, an index.
  uint32_t value;
};

/// A read-only trie of scored pieces for finding all that start at a position:
/// a double array (Aoe 1989), whose step is one load and one comparison.
///
///   for (size_t i = begin; i < text.size(); ++i) {
///     if (!trie.Step(text[i], &node)) break;
///     if (trie.score(node) is finite) a piece ends after text[i];
///   }
///
/// Takes 24 bytes per node. Immutable after Build, hence thread-safe.
class PieceTrie {
 public:
  static constexpr uint32_t kRoot = 0;

  /// Pieces in any order, none empty, no two equal, all 256 single bytes among
  /// them. The bytes are not kept. kResourceExhausted above 2^31 nodes.
  static absl::StatusOr<PieceTrie> Build(std::vector<ScoredPiece> pieces);

  /// The child of the root, which every byte has.
  uint32_t FirstStep(uint8_t byte) const { return nodes_[kRoot].base + byte; }

  /// Goes to the child of *node by `byte`; false, *node unchanged, if none.
  bool Step(uint8_t byte, uint32_t* node) const {
    const uint32_t child = nodes_[*node].base + byte;
    if (nodes_[child].parent != *node) return false;
    *node = child;
    return true;
  }

  /// The score of the piece that ends here, -infinity if none does.
  double score(uint32_t node) const { return nodes_[node].score; }
  /// Value and length in bytes of the piece that ends here.
  uint32_t value(uint32_t node) const { return ends_[node].value; }
  uint32_t length(uint32_t node) const { return ends_[node].length; }

  size_t max_piece_length_bytes() const { return max_length_; }
  size_t memory_bytes() const {
    return nodes_.capacity() * sizeof(Node) + ends_.capacity() * sizeof(End);
  }

 private:
  friend class PieceTrieBuilder;

  struct Node {
    double score;
    uint32_t base;    // The child by byte b, if there, is at base + b.
    uint32_t parent;  // kFree when the slot is unused.
  };
  struct End {
    uint32_t value;
    uint32_t length;
  };
  static constexpr uint32_t kFree = 0xFFFFFFFF;

  PieceTrie() = default;

  std::vector<Node> nodes_;
  std::vector<End> ends_;
  size_t max_length_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PIECE_TRIE_H_
