#include "tokenizer/piece_trie.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "corpus/status.h"

namespace corpusmill {
namespace {

constexpr double kNoPiece = -std::numeric_limits<double>::infinity();
constexpr uint32_t kMaxSlots = 0x7FFFFFFF;
/// Free slots that are tried for a node's children before the array grows, which
/// bounds the time of building.
constexpr int kMaxTries = 64;

}  // namespace

/// Places node by node, breadth first: a node's children go to the first free
/// slots that have their distances.
class PieceTrieBuilder {
 public:
  explicit PieceTrieBuilder(std::vector<ScoredPiece> pieces) : pieces_(std::move(pieces)) {}

  absl::StatusOr<PieceTrie> Build() {
    std::sort(pieces_.begin(), pieces_.end(),
              [](const ScoredPiece& a, const ScoredPiece& b) { return a.bytes < b.bytes; });
    Grow(1);
    Occupy(PieceTrie::kRoot, PieceTrie::kRoot);
    std::vector<Subtree> level = {{PieceTrie::kRoot, 0, pieces_.size()}};
    std::vector<Subtree> next;
    for (size_t depth = 0; !level.empty(); ++depth) {
      trie_.max_length_ = depth;
      next.clear();
      for (const Subtree& subtree : level) CM_RETURN_IF_ERROR(Place(subtree, depth, &next));
      level.swap(next);
    }
    // Step reads up to 255 slots behind the last base.
    Grow(trie_.nodes_.size() + 256);
    trie_.nodes_.shrink_to_fit();
    trie_.ends_.shrink_to_fit();
    return std::move(trie_);
  }

 private:
  /// The sorted pieces [begin, end) share the bytes that lead to `node`.
  struct Subtree {
    uint32_t node;
    size_t begin, end;
  };

  absl::Status Place(const Subtree& subtree, size_t depth, std::vector<Subtree>* next) {
    size_t i = subtree.begin;
    if (pieces_[i].bytes.size() == depth) {
      trie_.nodes_[subtree.node].score = pieces_[i].score;
      trie_.ends_[subtree.node] = {pieces_[i].value, static_cast<uint32_t>(depth)};
      ++i;
    }
    if (i == subtree.end) return absl::OkStatus();
    const size_t first_child = next->size();
    bytes_.clear();
    while (i < subtree.end) {
      const auto byte = static_cast<uint8_t>(pieces_[i].bytes[depth]);
      const size_t begin = i;
      do {
        ++i;
      } while (i < subtree.end && static_cast<uint8_t>(pieces_[i].bytes[depth]) == byte);
      bytes_.push_back(byte);
      next->push_back({0, begin, i});
    }
    const uint32_t base = FindBase();
    if (base > kMaxSlots) return MemoryError("the pieces make a trie of more than 2^31 nodes");
    trie_.nodes_[subtree.node].base = base;
    for (size_t k = 0; k < bytes_.size(); ++k) {
      Occupy(base + bytes_[k], subtree.node);
      (*next)[first_child + k].node = base + bytes_[k];
    }
    return absl::OkStatus();
  }

  /// A base with free slots for all of bytes_, which is sorted.
  uint32_t FindBase() {
    int tries = 0;
    for (uint32_t slot = free_head_; slot != kEnd && tries < kMaxTries; slot = links_[slot].next) {
      if (slot < bytes_[0]) continue;
      const uint32_t base = slot - bytes_[0];
      if (Fits(base)) {
        Grow(static_cast<size_t>(base) + bytes_.back() + 1);
        return base;
      }
      ++tries;
    }
    const size_t base = std::max<size_t>(trie_.nodes_.size(), 256) - bytes_[0];
    if (base <= kMaxSlots) Grow(base + bytes_.back() + 1);
    return static_cast<uint32_t>(std::min<size_t>(base, PieceTrie::kFree));
  }

  bool Fits(uint32_t base) const {
    for (const uint8_t byte : bytes_) {
      const size_t slot = static_cast<size_t>(base) + byte;
      if (slot < trie_.nodes_.size() && trie_.nodes_[slot].parent != PieceTrie::kFree) return false;
    }
    return true;
  }

  /// Makes the array at least `size` slots, the new ones free.
  void Grow(size_t size) {
    for (size_t slot = trie_.nodes_.size(); slot < size; ++slot) {
      trie_.nodes_.push_back({kNoPiece, 0, PieceTrie::kFree});
      trie_.ends_.push_back({0, 0});
      links_.push_back({free_tail_, kEnd});
      (free_tail_ == kEnd ? free_head_ : links_[free_tail_].next) = static_cast<uint32_t>(slot);
      free_tail_ = static_cast<uint32_t>(slot);
    }
  }

  void Occupy(uint32_t slot, uint32_t parent) {
    trie_.nodes_[slot].parent = parent;
    const Link link = links_[slot];
    (link.previous == kEnd ? free_head_ : links_[link.previous].next) = link.next;
    (link.next == kEnd ? free_tail_ : links_[link.next].previous) = link.previous;
  }

  /// The free slots are a list in ascending order.
  struct Link {
    uint32_t previous, next;
  };
  static constexpr uint32_t kEnd = 0xFFFFFFFF;

  std::vector<ScoredPiece> pieces_;
  PieceTrie trie_;
  std::vector<Link> links_;
  uint32_t free_head_ = kEnd;
  uint32_t free_tail_ = kEnd;
  std::vector<uint8_t> bytes_;  // Of the children being placed.
};

absl::StatusOr<PieceTrie> PieceTrie::Build(std::vector<ScoredPiece> pieces) {
  return PieceTrieBuilder(std::move(pieces)).Build();
}

}  // namespace corpusmill
