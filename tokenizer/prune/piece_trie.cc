#include "tokenizer/prune/piece_trie.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/base/varint.h"
#include "tokenizer/search/double_array_builder.h"

namespace corpusmill {
namespace {

constexpr char kWhat[] = "the trie of pieces";
constexpr size_t kMaxBase = (size_t{1} << 30) - 1;

size_t SharedBytes(std::string_view a, std::string_view b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}

/// Computes the size of a trie of pieces.
class TrieSize {
 public:
  /// Adds the next piece. REQUIRES: ascending order.
  void Add(std::string_view bytes) {
    const size_t shared = SharedBytes(previous_, bytes);
    End(shared);
    previous_.assign(bytes);
    shared_ = shared;
  }
  /// Ends the previous piece, which shares `shared_with_next` bytes with the next one.
  void End(size_t shared_with_next) {
    if (previous_.empty()) return;
    const size_t depth = std::min(previous_.size(), std::max(shared_, shared_with_next) + 1);
    nodes += depth - shared_;
    const size_t tail = previous_.size() - depth;
    if (tail > 0) tail_bytes += VarintBytes(tail) + tail;
  }

  size_t nodes = 0;
  size_t tail_bytes = 0;

 private:
  std::string previous_;
  size_t shared_ = 0;  // Bytes shared with the piece before.
};

}  // namespace

/// Adds pieces in ascending order. Places the children of a node when all are known.
class PieceTrieBuilder {
 public:
  explicit PieceTrieBuilder(MemoryBudget& budget) : trie_(budget) {}

  absl::Status Reserve(const TrieSize& size) {
    if (size.tail_bytes > kMaxBase) return TooLarge();
    tail_bytes_ = size.tail_bytes;
    // Few units stay free.
    CM_RETURN_IF_ERROR(Grow(size.nodes + size.nodes / 64 + 1024));
    trie_.tails_.reserve(size.tail_bytes);
    return absl::OkStatus();
  }

  absl::Status Add(std::string_view bytes, uint32_t code) {
    if (code > PieceTrie::kMaxCode) {
      return MemoryError("the pieces have more than 2^24 different counts; try a larger min-count");
    }
    const size_t shared = SharedBytes(piece_, bytes);
    if (trie_.pieces_ > 0) CM_RETURN_IF_ERROR(PlacePiece(shared));
    piece_.assign(bytes);
    code_ = code;
    ++trie_.pieces_;
    trie_.max_length_ = std::max(trie_.max_length_, bytes.size());
    return absl::OkStatus();
  }

  absl::StatusOr<PieceTrie> Finish() {
    CM_RETURN_IF_ERROR(PlacePiece(0));
    CM_ASSIGN_OR_RETURN(trie_.root_, PlaceChildren(0));
    // Every base + byte must be a valid unit.
    if (trie_.units_.size() < builder_->size()) CM_RETURN_IF_ERROR(Grow(builder_->size()));
    trie_.units_.resize(builder_->size());
    builder_.reset();
    CountEnds();
    CM_RETURN_IF_ERROR(trie_.lease_.Resize(FinalBytes(trie_.units_.capacity()), kWhat));
    return std::move(trie_);
  }

 private:
  using Unit = PieceTrie::Unit;
  struct Child {
    uint8_t label;
    Unit unit;
  };
  /// A node whose children are not all known. Its known children are in children_ from `children`
  /// on.
  struct Open {
    uint32_t code;
    size_t children;
  };

  static absl::Status TooLarge() {
    return MemoryError("the pieces make a trie of more than 2^30 nodes; try a larger min-count");
  }

  /// Adds the nodes of the last piece. The nodes of the `shared_with_next` bytes that it shares
  /// with the next piece stay open.
  absl::Status PlacePiece(size_t shared_with_next) {
    while (open_.size() <= shared_with_next) open_.push_back({0, children_.size()});
    if (piece_.size() == shared_with_next) {
      open_.back().code = code_;
    } else {
      const size_t depth = open_.size();
      const std::string_view tail = std::string_view(piece_).substr(depth);
      uint32_t base = 0;  // A base of no node.
      if (!tail.empty()) {
        base = static_cast<uint32_t>(trie_.tails_.size());
        char length[kMaxVarintBytes];
        trie_.tails_.append(length, PutVarint(length, tail.size()));
        trie_.tails_.append(tail);
      }
      const auto label = static_cast<uint8_t>(piece_[depth - 1]);
      children_.push_back({label, Unit(label, !tail.empty(), code_, base)});
    }
    while (open_.size() > shared_with_next + 1) {
      const Open node = open_.back();
      CM_ASSIGN_OR_RETURN(const uint32_t base, PlaceChildren(node.children));
      open_.pop_back();
      const auto label = static_cast<uint8_t>(piece_[open_.size() - 1]);
      children_.push_back({label, Unit(label, false, node.code, base)});
    }
    return absl::OkStatus();
  }

  /// Places the children from `begin` on, removes them from children_, and returns their base.
  absl::StatusOr<uint32_t> PlaceChildren(size_t begin) {
    labels_.clear();
    for (size_t i = begin; i < children_.size(); ++i) labels_.push_back(children_[i].label);
    const uint32_t base = builder_->Place(labels_);
    if (builder_->size() > trie_.units_.size()) {
      if (builder_->size() > kMaxBase) return TooLarge();
      CM_RETURN_IF_ERROR(Grow(builder_->size() + trie_.units_.size() / 8));
    }
    for (size_t i = begin; i < children_.size(); ++i) {
      trie_.units_[base + children_[i].label] = children_[i].unit;
    }
    children_.resize(begin);
    return base;
  }

  absl::Status Grow(size_t units) {
    // Charge both arrays while the units move, and the builder's two bits per unit, in arrays that
    // double.
    const size_t before = trie_.units_.capacity();
    const uint64_t moving = units > before ? before * sizeof(Unit) : 0;
    CM_RETURN_IF_ERROR(trie_.lease_.Resize(FinalBytes(units) + units * 3 / 4 + moving, kWhat));
    trie_.units_.reserve(units);
    trie_.units_.resize(units);
    return trie_.lease_.Resize(FinalBytes(units) + units * 3 / 4, kWhat);
  }

  uint64_t FinalBytes(size_t units) const {
    return units * sizeof(Unit) + (units / 64 + 1) * sizeof(PieceTrie::Ends) + tail_bytes_;
  }

  void CountEnds() {
    trie_.ends_.resize(trie_.units_.size() / 64 + 1);
    uint32_t before = 0;
    for (size_t i = 0; i < trie_.ends_.size(); ++i) {
      PieceTrie::Ends& ends = trie_.ends_[i];
      ends.before = before;
      for (size_t k = 0; k < 64 && i * 64 + k < trie_.units_.size(); ++k) {
        if (trie_.units_[i * 64 + k].code() != 0) ends.flags |= uint64_t{1} << k;
      }
      before += PieceTrie::CountBits(ends.flags);
    }
  }

  PieceTrie trie_;
  std::optional<DoubleArrayBuilder> builder_{256};
  std::string piece_;  // The last piece, not yet placed.
  uint32_t code_ = 0;
  std::vector<Open> open_ = {{0, 0}};  // By depth; the path to the last piece.
  std::vector<Child> children_;
  std::vector<uint16_t> labels_;
  size_t tail_bytes_ = 0;
};

absl::StatusOr<PieceTrie> PieceTrie::Build(const PieceList& pieces, CodeOf code_of,
                                           MemoryBudget& budget) {
  TrieSize size;
  CM_RETURN_IF_ERROR(pieces.ForEach([&](const CountedPiece& piece) {
    size.Add(piece.bytes);
    return absl::OkStatus();
  }));
  size.End(0);
  PieceTrieBuilder builder(budget);
  CM_RETURN_IF_ERROR(builder.Reserve(size));
  CM_RETURN_IF_ERROR(pieces.ForEach([&](const CountedPiece& piece) -> absl::Status {
    CM_ASSIGN_OR_RETURN(const uint32_t code, code_of(piece));
    return builder.Add(piece.bytes, code);
  }));
  return builder.Finish();
}

size_t PieceTrie::MatchLongTail(uint32_t tail, std::string_view text) const {
  uint64_t length = 0;
  const char* const bytes = GetVarint(tails_.data() + tail, tails_.data() + tails_.size(), &length);
  return text.starts_with(std::string_view(bytes, length)) ? length : 0;
}

PieceTrie::Node PieceTrie::Find(std::string_view piece) const {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(piece.data());
  Node node = root_ + bytes[0];
  for (size_t i = 1; i < piece.size() && units_[node].label() < 256; ++i) {
    node = units_[node].base() + bytes[i];
  }
  return node;
}

}  // namespace corpusmill
