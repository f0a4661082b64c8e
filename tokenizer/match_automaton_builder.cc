#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <utility>

#include "corpus/status.h"
#include "tokenizer/match_automaton.h"
#include "tokenizer/slot_packer.h"

namespace corpusmill {
namespace {

constexpr double kNoPiece = -std::numeric_limits<double>::infinity();
constexpr uint32_t kNone = 0xFFFFFFFF;

bool CrossesNewline(std::string_view bytes) {
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] == '\n' && bytes[i + 1] != '\n') return true;
  }
  return false;
}

/// About exp(score), by arithmetic that is the same on all machines: it orders
/// the layout.
double Weight(double score) {
  const double exponent = score * 1.4426950408889634;
  const double whole = std::floor(exponent);
  if (whole < -1000) return 0;
  return std::ldexp(1 + (exponent - whole), static_cast<int>(std::min(whole, 0.0)));
}

/// Zeroed memory that asks for huge pages: the tables are read all over.
std::shared_ptr<char> Allocate(size_t size) {
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t rounded = (size + kHugePage - 1) / kHugePage * kHugePage;
  char* const memory = static_cast<char*>(std::aligned_alloc(kHugePage, rounded));
  if (memory == nullptr) throw std::bad_alloc();
  madvise(memory, rounded, MADV_HUGEPAGE);
  std::memset(memory, 0, size);
  return {memory, [](char* p) { std::free(p); }};
}

}  // namespace

/// From sorted pieces to a trie in breadth-first order, its failure links, the
/// order of hotness, and the tables.
class MatchAutomatonBuilder {
 public:
  absl::StatusOr<MatchAutomaton> Build(const std::vector<ScoredPiece>& pieces,
                                       bool cut_at_newlines) {
    SortPieces(pieces, cut_at_newlines);
    if (pieces_.size() >= size_t{1} << MatchAutomaton::Word::kRowBits) {
      return MemoryError("a vocabulary may have at most 2^23 pieces");
    }
    MakeTrie();
    LinkFailures();
    OrderRows();
    CM_RETURN_IF_ERROR(PackWords());
    return Write();
  }

 private:
  using Word = MatchAutomaton::Word;

  /// A node of the trie; its children are [children, children + child_count).
  struct Node {
    uint32_t children = 0;
    uint32_t begin, end;       ///< The sorted pieces that begin with it.
    uint32_t fail = 0;         ///< The longest proper suffix that is a node.
    uint32_t piece = kNone;    ///< The piece that it is, among the sorted.
    uint32_t longest = kNone;  ///< The node of the longest piece that is a suffix of it.
    uint32_t depth;
    uint16_t child_count = 0;
    uint8_t byte;
  };

  void SortPieces(const std::vector<ScoredPiece>& pieces, bool cut_at_newlines) {
    // By the first eight bytes as one number, most of which differ.
    std::vector<std::pair<uint64_t, uint32_t>> keys;
    keys.reserve(pieces.size());
    for (uint32_t i = 0; i < pieces.size(); ++i) {
      const std::string_view bytes = pieces[i].bytes;
      if (cut_at_newlines && CrossesNewline(bytes)) continue;
      uint64_t key = 0;
      std::memcpy(&key, bytes.data(), std::min<size_t>(bytes.size(), 8));
      keys.emplace_back(__builtin_bswap64(key), i);
    }
    std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      return pieces[a.second].bytes < pieces[b.second].bytes;
    });
    pieces_.reserve(keys.size());
    for (const auto& [key, i] : keys) pieces_.push_back(pieces[i]);
  }

  void MakeTrie() {
    std::vector<double> sums(pieces_.size() + 1);
    for (size_t i = 0; i < pieces_.size(); ++i) sums[i + 1] = sums[i] + Weight(pieces_[i].score);
    nodes_.reserve(3 * pieces_.size());
    nodes_.push_back({.begin = 0, .end = static_cast<uint32_t>(pieces_.size()), .depth = 0});
    for (uint32_t n = 0; n < nodes_.size(); ++n) {
      Node& node = nodes_[n];
      const uint32_t depth = node.depth, end = node.end;
      uint32_t i = node.begin;
      max_length_ = depth;
      if (i < end && pieces_[i].bytes.size() == depth) node.piece = i++;
      node.children = static_cast<uint32_t>(nodes_.size());
      uint16_t count = 0;
      for (; i < end; ++count) {
        const char byte = pieces_[i].bytes[depth];
        const uint32_t begin = i;
        do {
          ++i;
        } while (i < end && pieces_[i].bytes[depth] == byte);
        nodes_.push_back(
            {.begin = begin, .end = i, .depth = depth + 1, .byte = static_cast<uint8_t>(byte)});
      }
      nodes_[n].child_count = count;
    }
    hotness_.resize(nodes_.size());
    for (size_t n = 0; n < nodes_.size(); ++n) {
      hotness_[n] = static_cast<float>(sums[nodes_[n].end] - sums[nodes_[n].begin]);
    }
  }

  /// The child by `byte`, 0 if there is none.
  uint32_t Child(uint32_t n, uint8_t byte) const {
    const Node& node = nodes_[n];
    if (n == 0) return 1 + byte;  // All bytes are pieces.
    const Node* const begin = &nodes_[node.children];
    const Node* const end = begin + node.child_count;
    const Node* const found = std::lower_bound(
        begin, end, byte, [](const Node& child, uint8_t b) { return child.byte < b; });
    return found != end && found->byte == byte ? static_cast<uint32_t>(found - &nodes_[0]) : 0;
  }

  void LinkFailures() {
    parent_.resize(nodes_.size());
    for (uint32_t n = 0; n < nodes_.size(); ++n) {
      const Node& node = nodes_[n];
      for (uint32_t child = node.children; child < node.children + node.child_count; ++child) {
        uint32_t to = 0;
        if (n != 0) {
          uint32_t from = node.fail;
          while ((to = Child(from, nodes_[child].byte)) == 0) from = nodes_[from].fail;
        }
        nodes_[child].fail = to;
        parent_[child] = n;
        nodes_[child].longest = nodes_[child].piece != kNone ? child : nodes_[to].longest;
      }
    }
  }

  /// The row that is behind the longest piece of a node, kNone for a single byte.
  uint32_t Shorter(uint32_t n) const {
    return nodes_[n].fail == 0 ? kNone : nodes_[nodes_[n].fail].longest;
  }

  /// Numbers the rows, and the dense rows that they need, by hotness; dense rows
  /// with long pieces come first.
  void OrderRows() {
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      if (nodes_[n].piece != kNone) rows_.push_back(n);
    }
    row_of_ = Ranks(&rows_, hotness_);
    std::vector<float> dense_hotness(nodes_.size(), -1);
    for (const uint32_t n : rows_) {
      float& sum = dense_hotness[DenseNode(n)];
      sum = std::max(sum, 0.0f) + hotness_[n];
    }
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      if (dense_hotness[n] >= 0) dense_rows_.push_back(n);
    }
    const auto middle = std::stable_partition(dense_rows_.begin(), dense_rows_.end(),
                                              [&](uint32_t n) { return nodes_[n].depth > kDense; });
    long_dense_ = static_cast<size_t>(middle - dense_rows_.begin());
    std::vector<uint32_t> others(middle, dense_rows_.end());
    dense_rows_.erase(middle, dense_rows_.end());
    Ranks(&dense_rows_, dense_hotness);
    Ranks(&others, dense_hotness);
    dense_rows_.insert(dense_rows_.end(), others.begin(), others.end());
    dense_of_.resize(nodes_.size());
    for (size_t row = 0; row < dense_rows_.size(); ++row) {
      dense_of_[dense_rows_[row]] = static_cast<uint32_t>(row);
    }
  }

  /// The node whose row of pieces is the dense part of that of n.
  uint32_t DenseNode(uint32_t n) const {
    return nodes_[n].depth <= MatchAutomaton::kDirect ? n : Shorter(n);
  }

  /// Sorts nodes, the hottest first; the result is the rank of each.
  std::vector<uint32_t> Ranks(std::vector<uint32_t>* nodes, const std::vector<float>& hotness) {
    std::stable_sort(nodes->begin(), nodes->end(),
                     [&](uint32_t a, uint32_t b) { return hotness[a] > hotness[b]; });
    std::vector<uint32_t> ranks(nodes_.size());
    for (size_t i = 0; i < nodes->size(); ++i) ranks[(*nodes)[i]] = static_cast<uint32_t>(i);
    return ranks;
  }

  /// The node whose children a step that failed at n looks at next: the nearest
  /// suffix that has a child n does not have; 0 below two bytes, where the table
  /// of pairs knows.
  uint32_t NextToTry(uint32_t n) const {
    const Node& node = nodes_[n];
    std::array<uint64_t, 4> own{};
    for (uint32_t c = 0; c < node.child_count; ++c) {
      const uint8_t byte = nodes_[node.children + c].byte;
      own[byte / 64] |= uint64_t{1} << byte % 64;
    }
    for (uint32_t f = node.fail; nodes_[f].depth >= 2; f = nodes_[f].fail) {
      for (uint32_t c = 0; c < nodes_[f].child_count; ++c) {
        const uint8_t byte = nodes_[nodes_[f].children + c].byte;
        if ((own[byte / 64] >> byte % 64 & 1) == 0) return f;
      }
    }
    return 0;
  }

  uint32_t HottestChild(uint32_t n) const {
    uint32_t hottest = nodes_[n].children;
    for (uint32_t child = hottest; child < nodes_[n].children + nodes_[n].child_count; ++child) {
      if (hotness_[child] > hotness_[hottest]) hottest = child;
    }
    return hottest;
  }

  /// Orders nodes so that each is followed by its hottest child, if that is half as
  /// hot; the beginnings of such paths by hotness.
  std::vector<uint32_t> HeavyPaths(std::vector<uint32_t> nodes) {
    Ranks(&nodes, hotness_);
    std::vector<uint8_t> wanted(nodes_.size());
    for (const uint32_t n : nodes) wanted[n] = 1;
    std::vector<uint32_t> order;
    order.reserve(nodes.size());
    for (uint32_t n : nodes) {
      while (wanted[n] != 0) {
        wanted[n] = 0;
        order.push_back(n);
        if (nodes_[n].child_count == 0) break;
        const uint32_t child = HottestChild(n);
        if (2 * hotness_[child] < hotness_[n]) break;
        n = child;
      }
    }
    return order;
  }

  /// Gives the bytes that text is expected to go on with most the lowest codes.
  void OrderCodes(const std::vector<uint32_t>& parents) {
    std::array<float, 256> sums{};
    for (const uint32_t n : parents) {
      for (uint32_t c = 0; c < nodes_[n].child_count; ++c) {
        const uint32_t child = nodes_[n].children + c;
        sums[nodes_[child].byte] += hotness_[child];
      }
    }
    std::array<uint16_t, 256> bytes;
    std::iota(bytes.begin(), bytes.end(), uint16_t{0});
    std::stable_sort(bytes.begin(), bytes.end(),
                     [&](uint16_t a, uint16_t b) { return sums[a] > sums[b]; });
    for (uint16_t i = 0; i < 256; ++i) codes_[bytes[i]] = i + 1;
  }

  /// Gives every node of two bytes or more that has children a base, the hot
  /// ones first, so that they share cache lines.
  absl::Status PackWords() {
    std::vector<uint32_t> order;
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      if (nodes_[n].depth >= 2 && nodes_[n].child_count > 0) order.push_back(n);
    }
    order = HeavyPaths(order);
    OrderCodes(order);
    SlotPacker packer(MatchAutomaton::kCodes);
    base_.resize(nodes_.size());
    std::vector<uint16_t> codes;
    for (const uint32_t n : order) {
      codes.assign(1, 0);  // The failure.
      for (uint32_t c = 0; c < nodes_[n].child_count; ++c) {
        codes.push_back(codes_[nodes_[nodes_[n].children + c].byte]);
      }
      // What text most often goes on with, beside what it came by.
      const uint16_t hottest = codes_[nodes_[HottestChild(n)].byte];
      const Node& node = nodes_[n];
      const uint32_t near = node.depth > 2 ? base_[parent_[n]] + codes_[node.byte] : 0;
      base_[n] = near != 0 ? packer.PlaceNear(codes, hottest, near) : packer.Place(codes);
    }
    word_count_ = packer.size();
    if (word_count_ >= size_t{1} << Word::kBaseBits) {
      return MemoryError("the pieces make a trie of more than 2^24 nodes");
    }
    next_.resize(nodes_.size());
    for (uint32_t n = 1; n < nodes_.size(); ++n) next_[n] = NextToTry(n);
    // A node without children is left for what would be tried next, in order of
    // depth, so that what is tried next is settled.
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      if (nodes_[n].depth >= 2 && nodes_[n].child_count == 0) base_[n] = base_[next_[n]];
    }
    return absl::OkStatus();
  }

  Word WordOf(uint32_t n) const {
    const Node& node = nodes_[n];
    return {codes_[node.byte], row_of_[node.longest], node.depth == 1, base_[n]};
  }

  absl::StatusOr<MatchAutomaton> Write() {
    size_t long_count = 0;
    for (size_t row = 0; row < long_dense_; ++row) {
      ForEachMatch(dense_rows_[row], [&](uint32_t n) { long_count += nodes_[n].depth > kDense; });
    }
    MatchAutomaton::Header header{.max_length = max_length_,
                                  .word_count = word_count_,
                                  .rows = rows_.size(),
                                  .dense_rows = dense_rows_.size(),
                                  .long_dense = long_dense_,
                                  .long_count = long_count};
    MatchAutomaton::Layout(&header);
    const std::shared_ptr<char> block = Allocate(header.size);
    std::memcpy(block.get(), &header, sizeof(header));
    const auto at = [&]<typename T>(uint64_t offset, T*) {
      return reinterpret_cast<T*>(block.get() + offset);
    };
    std::copy(codes_.begin(), codes_.end(), at(header.codes, static_cast<uint16_t*>(nullptr)));
    Word* const words = at(header.words, static_cast<Word*>(nullptr));
    constexpr uint16_t kNoLabel = 0xFFFF;
    std::fill_n(words, word_count_, Word(kNoLabel, 0, false, 0));
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      const Node& node = nodes_[n];
      if (node.depth < 2 || node.child_count == 0) continue;
      words[base_[n]] = Word(0, 0, false, base_[next_[n]]);
      for (uint32_t child = node.children; child < node.children + node.child_count; ++child) {
        words[base_[n] + codes_[nodes_[child].byte]] = WordOf(child);
      }
    }
    Word* const firsts = at(header.firsts, static_cast<Word*>(nullptr));
    Word* const pairs = at(header.pairs, static_cast<Word*>(nullptr));
    for (int second = 0; second < 256; ++second) {
      firsts[second] = WordOf(Child(0, static_cast<uint8_t>(second)));
      for (int first = 0; first < 256; ++first) pairs[first | second << 8] = firsts[second];
    }
    for (uint32_t n = 1; n <= 256; ++n) {
      for (uint32_t child = nodes_[n].children; child < nodes_[n].children + nodes_[n].child_count;
           ++child) {
        pairs[nodes_[n].byte | nodes_[child].byte << 8] = WordOf(child);
      }
    }
    WriteRows(at(header.longest, static_cast<MatchAutomaton::Longest*>(nullptr)),
              at(header.matches, static_cast<MatchAutomaton::Match*>(nullptr)));
    WriteDense(at(header.dense, static_cast<double*>(nullptr)),
               at(header.long_begins, static_cast<uint32_t*>(nullptr)),
               at(header.longs, static_cast<MatchAutomaton::LongMatch*>(nullptr)));
    return MatchAutomaton({block.get(), header.size}, block);
  }

  void WriteRows(MatchAutomaton::Longest* longest, MatchAutomaton::Match* matches) const {
    for (size_t row = 0; row < rows_.size(); ++row) {
      const uint32_t n = rows_[row];
      const Node& node = nodes_[n];
      const ScoredPiece& piece = pieces_[node.piece];
      const uint32_t shorter = Shorter(n);
      longest[row] = {.score = DenseNode(n) == n ? kNoPiece : piece.score,
                      .dense = dense_of_[DenseNode(n)],
                      .length = node.depth};
      matches[row] = {.value = piece.value,
                      .length = node.depth,
                      .next = shorter == kNone ? MatchAutomaton::kNoRow : row_of_[shorter]};
    }
  }

  void WriteDense(double* dense, uint32_t* long_begins, MatchAutomaton::LongMatch* longs) const {
    std::fill_n(dense, kDense * dense_rows_.size(), kNoPiece);
    uint32_t long_count = 0;
    for (size_t row = 0; row < dense_rows_.size(); ++row) {
      if (row <= long_dense_) long_begins[row] = long_count;
      ForEachMatch(dense_rows_[row], [&](uint32_t n) {
        const uint32_t length = nodes_[n].depth;
        const double score = pieces_[nodes_[n].piece].score;
        if (length <= kDense) {
          dense[kDense * row + kDense - length] = score;
        } else {
          longs[long_count++] = {.score = score, .length = length};
        }
      });
    }
    long_begins[long_dense_] = long_count;
  }

  /// visit(node) for the piece n and those that are suffixes of it, longest first.
  template <typename Visit>
  void ForEachMatch(uint32_t n, const Visit& visit) const {
    for (; n != kNone; n = Shorter(n)) visit(n);
  }

  static constexpr size_t kDense = MatchAutomaton::kDense;

  std::vector<ScoredPiece> pieces_;  // Sorted by bytes.
  std::vector<Node> nodes_;          // Breadth first; [0] is the root.
  std::vector<uint32_t> parent_;
  std::vector<float> hotness_;        // How often text is expected to come by.
  std::vector<uint32_t> rows_;        // The node of each row,
  std::vector<uint32_t> row_of_;      // and the row of each node.
  std::vector<uint32_t> dense_rows_;  // The node of each dense row,
  std::vector<uint32_t> dense_of_;    // and the dense row of each node.
  std::vector<uint32_t> base_;        // Of each node.
  std::vector<uint32_t> next_;        // NextToTry of each node.
  std::array<uint16_t, 256> codes_;
  size_t max_length_ = 0;
  size_t long_dense_ = 0;
  size_t word_count_ = 0;
};

absl::StatusOr<MatchAutomaton> MatchAutomaton::Build(const std::vector<ScoredPiece>& pieces,
                                                     bool cut_at_newlines) {
  return MatchAutomatonBuilder().Build(pieces, cut_at_newlines);
}

}  // namespace corpusmill
