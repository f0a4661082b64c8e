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
#include <unordered_set>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "tokenizer/search/double_array_builder.h"
#include "tokenizer/search/match_automaton.h"

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

/// The symbol of a byte: its code point if ASCII, else kByte + the byte.
uint32_t ByteSymbol(char byte) {
  const auto value = static_cast<uint8_t>(byte);
  return value < 0x80 ? value : MatchAutomaton::kByte + value;
}

/// Calls visit(symbol) for each character of valid UTF-8.
template <typename Visit>
void ForEachCharacter(std::string_view bytes, const Visit& visit) {
  while (!bytes.empty()) {
    int32_t code_point;
    const size_t length = DecodeUtf8(bytes, &code_point);
    visit(static_cast<uint32_t>(code_point));
    bytes.remove_prefix(length);
  }
}

/// Approximates exp(score) with arithmetic that is the same on all machines, because it determines
/// the layout.
double Weight(double score) {
  const double exponent = score * 1.4426950408889634;
  const double whole = std::floor(exponent);
  if (whole < -1000) return 0;
  return std::ldexp(1 + (exponent - whole), static_cast<int>(std::min(whole, 0.0)));
}

/// Groups scripts that one language rarely mixes, to keep their tables apart.
uint8_t ScriptOf(uint32_t symbol) {
  if (symbol < 0x80) return 0;
  return symbol < 0x2E80 ? 1 : 2;
}

/// Allocates zeroed memory with huge pages, because accesses to the tables are scattered.
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

/// Builds the automaton: sorts the pieces, makes a trie in breadth-first order, computes failure
/// links, orders nodes by hotness, and writes the tables.
class MatchAutomatonBuilder {
 public:
  absl::StatusOr<MatchAutomaton> Build(const std::vector<ScoredPiece>& pieces,
                                       bool cut_at_newlines) {
    for (const ScoredPiece& piece : pieces) {
      if (!cut_at_newlines || !CrossesNewline(piece.bytes)) scored_.push_back(piece);
    }
    ChooseSymbols();
    OrderSymbols();
    SortPieces();
    if (pieces_.size() >= size_t{1} << MatchAutomaton::Unit::kStateBits) {
      return MemoryError("a vocabulary may have at most 2^23 pieces");
    }
    MakeTrie();
    LinkFailures();
    OrderStates();
    CM_RETURN_IF_ERROR(PackUnits());
    return Write();
  }

 private:
  using Unit = MatchAutomaton::Unit;
  using Spelling = MatchAutomaton::Spelling;

  /// A piece, or a character that is not a piece, as a sequence of codes.
  struct Sequence {
    size_t begin;  ///< In codes_.
    uint32_t length;
    uint32_t value;
    double score;
  };

  /// A node of the trie; its children are [children, children + child_count).
  struct Node {
    uint32_t children = 0;
    uint32_t begin, end;  ///< The sorted pieces with this prefix.
    uint32_t fail = 0;    ///< Failure link: the longest proper suffix that is a node.
    uint32_t parent = 0;
    uint32_t piece = kNone;    ///< Index of the piece that ends here, among the sorted pieces.
    uint32_t longest = kNone;  ///< The node of the longest piece that is a suffix.
    uint32_t depth;
    uint16_t child_count = 0;
    uint16_t code;
  };

  /// Uses characters as symbols if every longer piece consists of whole characters, and no
  /// character scores higher spelled than whole. The margin exceeds rounding errors.
  void ChooseSymbols() {
    constexpr double kMargin = 1e-3;
    for (const ScoredPiece& piece : scored_) {
      if (piece.bytes.size() != 1) continue;
      byte_scores_[static_cast<uint8_t>(piece.bytes[0])] = piece.score;
      byte_values_[static_cast<uint8_t>(piece.bytes[0])] = piece.value;
    }
    std::unordered_set<uint32_t> characters;
    for (const ScoredPiece& piece : scored_) {
      if (piece.bytes.size() == 1) continue;
      if (!IsValidUtf8(piece.bytes)) return;
      size_t count = 0;
      ForEachCharacter(piece.bytes, [&](uint32_t symbol) {
        ++count;
        if (symbol >= 0x80) characters.insert(symbol);
      });
      if (count > 1) continue;
      double spelled = kMargin;
      for (const char byte : piece.bytes) spelled += byte_scores_[static_cast<uint8_t>(byte)];
      if (piece.score < spelled) return;
    }
    has_characters_ = characters.size() + 258 <= 0xFFFE;
  }

  template <typename Visit>
  void ForEachSymbol(std::string_view bytes, const Visit& visit) const {
    if (has_characters_ && bytes.size() > 1) return ForEachCharacter(bytes, visit);
    for (const char byte : bytes) visit(ByteSymbol(byte));
  }

  /// Assigns low codes to the most frequent symbols.
  void OrderSymbols() {
    std::vector<float> weights(MatchAutomaton::kOutOfVocabulary + 1, -1);
    for (int byte = 0; byte < 256; ++byte) weights[ByteSymbol(static_cast<char>(byte))] = 0;
    if (has_characters_) weights[MatchAutomaton::kOutOfVocabulary] = 0;
    for (const ScoredPiece& piece : scored_) {
      const double weight = Weight(piece.score);
      ForEachSymbol(piece.bytes, [&](uint32_t symbol) {
        weights[symbol] = std::max(weights[symbol], 0.0f) + static_cast<float>(weight);
      });
    }
    for (uint32_t symbol = 0; symbol < weights.size(); ++symbol) {
      if (weights[symbol] >= 0) symbols_.push_back(symbol);
    }
    std::stable_sort(symbols_.begin(), symbols_.end(),
                     [&](uint32_t a, uint32_t b) { return weights[a] > weights[b]; });
    symbols_.insert(symbols_.begin(), 0);  // Code 0 is unused.
    code_of_.resize(weights.size());
    for (size_t code = 1; code < symbols_.size(); ++code) {
      code_of_[symbols_[code]] = static_cast<uint16_t>(code);
    }
  }

  void SortPieces() {
    std::vector<Sequence> sequences;
    std::vector<uint8_t> is_piece(symbols_.size());
    sequences.reserve(scored_.size());
    for (const ScoredPiece& piece : scored_) {
      const size_t begin = codes_.size();
      ForEachSymbol(piece.bytes, [&](uint32_t symbol) { codes_.push_back(code_of_[symbol]); });
      const auto length = static_cast<uint32_t>(codes_.size() - begin);
      if (length == 1) is_piece[codes_[begin]] = 1;
      sequences.push_back({begin, length, piece.value, piece.score});
    }
    for (size_t code = 1; code < symbols_.size(); ++code) {
      if (is_piece[code] != 0) continue;
      sequences.push_back({codes_.size(), 1,
                           MatchAutomaton::kSpelled + static_cast<uint32_t>(spellings_.size()),
                           kNoPiece});
      codes_.push_back(static_cast<uint16_t>(code));
      spellings_.push_back(Spell(symbols_[code]));
    }
    // Compare the first four codes as one number, which usually decides.
    std::vector<std::pair<uint64_t, uint32_t>> keys;
    keys.reserve(sequences.size());
    for (uint32_t i = 0; i < sequences.size(); ++i) {
      uint64_t key = 0;
      for (uint32_t k = 0; k < 4; ++k) {
        key = key << 16 | (k < sequences[i].length ? codes_[sequences[i].begin + k] : 0);
      }
      keys.emplace_back(key, i);
    }
    std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      const Sequence &x = sequences[a.second], &y = sequences[b.second];
      return std::lexicographical_compare(
          codes_.begin() + x.begin, codes_.begin() + x.begin + x.length, codes_.begin() + y.begin,
          codes_.begin() + y.begin + y.length);
    });
    pieces_.reserve(keys.size());
    for (const auto& [key, i] : keys) pieces_.push_back(sequences[i]);
    std::vector<ScoredPiece>().swap(scored_);  // The rest takes the most memory.
  }

  Spelling Spell(uint32_t character) const {
    Spelling spelling{};
    if (character == MatchAutomaton::kOutOfVocabulary) return spelling;
    for (const char byte : EncodeUtf8(static_cast<int32_t>(character))) {
      spelling.scores[spelling.size] = byte_scores_[static_cast<uint8_t>(byte)];
      spelling.values[spelling.size++] = byte_values_[static_cast<uint8_t>(byte)];
    }
    return spelling;
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
      if (i < end && pieces_[i].length == depth) node.piece = i++;
      node.children = static_cast<uint32_t>(nodes_.size());
      uint16_t count = 0;
      for (; i < end; ++count) {
        const uint16_t code = codes_[pieces_[i].begin + depth];
        const uint32_t begin = i;
        do {
          ++i;
        } while (i < end && codes_[pieces_[i].begin + depth] == code);
        nodes_.push_back({.begin = begin, .end = i, .parent = n, .depth = depth + 1, .code = code});
      }
      nodes_[n].child_count = count;
    }
    std::vector<uint16_t>().swap(codes_);
    script_.resize(nodes_.size());
    for (size_t n = 1; n < nodes_.size(); ++n) {
      const Node& node = nodes_[n];
      script_[n] = node.depth > 1 ? script_[node.parent] : ScriptOf(symbols_[node.code]);
    }
    hotness_.resize(nodes_.size());
    for (size_t n = 0; n < nodes_.size(); ++n) {
      hotness_[n] = static_cast<float>(sums[nodes_[n].end] - sums[nodes_[n].begin]);
    }
  }

  /// Returns the child with this code, 0 if there is none.
  uint32_t Child(uint32_t n, uint16_t code) const {
    const Node& node = nodes_[n];
    if (n == 0) return code;  // All symbols are pieces or spelled.
    const Node* const begin = &nodes_[node.children];
    const Node* const end = begin + node.child_count;
    const Node* const found = std::lower_bound(
        begin, end, code, [](const Node& child, uint16_t c) { return child.code < c; });
    return found != end && found->code == code ? static_cast<uint32_t>(found - &nodes_[0]) : 0;
  }

  void LinkFailures() {
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      Node& node = nodes_[n];
      if (node.depth > 1) {
        uint32_t from = nodes_[node.parent].fail;
        while ((node.fail = Child(from, node.code)) == 0) from = nodes_[from].fail;
      }
      node.longest = node.piece != kNone ? n : nodes_[node.fail].longest;
    }
  }

  /// The node of the next shorter piece after the longest piece of a node; kNone for a single
  /// symbol.
  uint32_t Shorter(uint32_t n) const {
    return nodes_[n].fail == 0 ? kNone : nodes_[nodes_[n].fail].longest;
  }

  /// Numbers the match states by hotness; states with long pieces come first.
  void OrderStates() {
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      if (nodes_[n].piece != kNone) states_.push_back(n);
    }
    SortByHotness(&states_);
    const auto middle = std::stable_partition(states_.begin(), states_.end(), [&](uint32_t n) {
      return nodes_[n].depth > MatchAutomaton::kQuick;
    });
    long_states_ = static_cast<size_t>(middle - states_.begin());
    state_of_.resize(nodes_.size());
    for (size_t state = 0; state < states_.size(); ++state) {
      state_of_[states_[state]] = static_cast<uint32_t>(state);
    }
  }

  /// Sorts nodes by script, then hottest first.
  void SortByHotness(std::vector<uint32_t>* nodes) const {
    std::stable_sort(nodes->begin(), nodes->end(), [&](uint32_t a, uint32_t b) {
      if (script_[a] != script_[b]) return script_[a] < script_[b];
      return hotness_[a] > hotness_[b];
    });
  }

  /// Returns the node to try after a step failed at n: the longest suffix with a child that n
  /// lacks, 0 if only the root has one. REQUIRES: next_ is set for the suffixes of n.
  uint32_t NextToTry(uint32_t n) const {
    // Nodes between f and next_[f] have no children that f lacks.
    for (uint32_t f = nodes_[n].fail; f != 0; f = next_[f]) {
      const Node &node = nodes_[n], &other = nodes_[f];
      uint32_t mine = node.children;
      const uint32_t mine_end = mine + node.child_count;
      for (uint32_t child = other.children; child < other.children + other.child_count; ++child) {
        while (mine < mine_end && nodes_[mine].code < nodes_[child].code) ++mine;
        if (mine == mine_end || nodes_[mine].code != nodes_[child].code) return f;
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

  /// Orders nodes so that each is followed by its hottest child if the child is at least half as
  /// hot. Sorts the starts of these paths by hotness.
  std::vector<uint32_t> HeavyPaths(std::vector<uint32_t> nodes) {
    SortByHotness(&nodes);
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

  /// Assigns a base to every node with children, hot nodes first, so that they share cache lines.
  absl::Status PackUnits() {
    std::vector<uint32_t> order;
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      if (nodes_[n].child_count > 0) order.push_back(n);
    }
    order = HeavyPaths(order);
    DoubleArrayBuilder builder(symbols_.size());
    base_.resize(nodes_.size());
    std::vector<uint16_t> codes;
    for (size_t i = 0; i < order.size(); ++i) {
      const uint32_t n = order[i];
      if (i > 0 && script_[n] != script_[order[i - 1]]) builder.BeginRegion();
      const Node& node = nodes_[n];
      codes.assign(1, 0);  // The failure link.
      for (uint32_t c = 0; c < node.child_count; ++c) {
        codes.push_back(nodes_[node.children + c].code);
      }
      // Place the most frequent next symbol near the unit of this node.
      const uint16_t hottest = nodes_[HottestChild(n)].code;
      base_[n] = node.depth > 1 ? builder.PlaceNear(codes, hottest, base_[node.parent] + node.code)
                                : builder.Place(codes);
    }
    unit_count_ = builder.size();
    if (unit_count_ >= size_t{1} << Unit::kBaseBits) {
      return MemoryError("the pieces make a trie of more than 2^24 nodes");
    }
    next_.resize(nodes_.size());
    for (uint32_t n = 1; n < nodes_.size(); ++n) next_[n] = NextToTry(n);
    // A leaf takes the base of the node to try next. In order of depth, so that this base is final.
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      if (nodes_[n].child_count == 0) base_[n] = base_[next_[n]];
    }
    return absl::OkStatus();
  }

  Unit UnitOf(uint32_t n) const {
    const Node& node = nodes_[n];
    return {node.code, state_of_[node.longest], node.depth == 1, base_[n]};
  }

  /// Pointers to the tables of a block.
  struct Tables {
    Tables(const MatchAutomaton::Header& header, char* block)
        : symbols(reinterpret_cast<uint32_t*>(block + header.symbols)),
          units(reinterpret_cast<Unit*>(block + header.units)),
          firsts(reinterpret_cast<Unit*>(block + header.firsts)),
          quick(reinterpret_cast<int32_t*>(block + header.quick)),
          long_pieces(reinterpret_cast<MatchAutomaton::LongPiece*>(block + header.long_pieces)),
          matches(reinterpret_cast<MatchAutomaton::Match*>(block + header.matches)),
          scores(reinterpret_cast<double*>(block + header.scores)),
          spellings(reinterpret_cast<Spelling*>(block + header.spellings)),
          byte_pieces(reinterpret_cast<MatchAutomaton::Byte*>(block + header.byte_pieces)) {}
    uint32_t* symbols;
    Unit *units, *firsts;
    int32_t* quick;
    MatchAutomaton::LongPiece* long_pieces;
    MatchAutomaton::Match* matches;
    double* scores;
    Spelling* spellings;
    MatchAutomaton::Byte* byte_pieces;
  };

  absl::StatusOr<MatchAutomaton> Write() {
    MatchAutomaton::Header header{.max_length = max_length_,
                                  .has_characters = has_characters_,
                                  .newline = code_of_['\n'],
                                  .symbol_count = symbols_.size(),
                                  .unit_count = unit_count_,
                                  .states = states_.size(),
                                  .long_states = long_states_,
                                  .spelling_count = spellings_.size(),
                                  .quick_bits = static_cast<uint64_t>(QuickBits())};
    MatchAutomaton::Layout(&header);
    const std::shared_ptr<char> block = Allocate(header.size);
    std::memcpy(block.get(), &header, sizeof(header));
    const Tables tables(header, block.get());
    std::copy(symbols_.begin(), symbols_.end(), tables.symbols);
    std::copy(spellings_.begin(), spellings_.end(), tables.spellings);
    for (int byte = 0; byte < 256; ++byte) {
      tables.byte_pieces[byte] = {byte_scores_[byte], byte_values_[byte], 0};
    }
    constexpr uint16_t kNoLabel = 0xFFFF;
    std::fill_n(tables.units, unit_count_, Unit(kNoLabel, 0, false, 0));
    for (uint32_t n = 1; n < nodes_.size(); ++n) {
      const Node& node = nodes_[n];
      if (node.child_count == 0) continue;
      tables.units[base_[n]] = Unit(0, node.depth, false, base_[next_[n]]);
      for (uint32_t child = node.children; child < node.children + node.child_count; ++child) {
        tables.units[base_[n] + nodes_[child].code] = UnitOf(child);
      }
    }
    tables.firsts[0] = Unit(kNoLabel, 0, false, 0);
    for (uint32_t code = 1; code < symbols_.size(); ++code) tables.firsts[code] = UnitOf(code);
    WriteStates(tables, std::ldexp(1.0, QuickBits()));
    return MatchAutomaton({block.get(), header.size}, block);
  }

  void WriteStates(const Tables& tables, double quick_scale) const {
    constexpr size_t kQuick = MatchAutomaton::kQuick;
    std::fill_n(tables.quick, kQuick * states_.size(), MatchAutomaton::kNoQuick);
    for (size_t state = 0; state < states_.size(); ++state) {
      const uint32_t n = states_[state];
      const Sequence& piece = pieces_[nodes_[n].piece];
      const uint32_t shorter = Shorter(n);
      tables.matches[state] = {
          .value = piece.value,
          .length = piece.length,
          .next = shorter == kNone ? MatchAutomaton::kNone : state_of_[shorter]};
      tables.scores[state] = piece.score;
      if (quick_scale == 1) {  // No fixed-point scores.
        if (state < long_states_) tables.long_pieces[state] = {0, 1, MatchAutomaton::kNone};
        continue;
      }
      if (state < long_states_) {
        tables.long_pieces[state] = {
            .score = Quick(piece, quick_scale),
            .length = piece.length,
            .next = nodes_[shorter].depth > kQuick ? state_of_[shorter] : MatchAutomaton::kNone};
      }
      ForEachMatch(n, [&](uint32_t m) {
        const Sequence& part = pieces_[nodes_[m].piece];
        if (part.length <= kQuick) {
          tables.quick[kQuick * state + kQuick - part.length] = Quick(part, quick_scale);
        }
      });
    }
  }

  /// The score of a piece; for a spelled character, the sum of its bytes' scores.
  double ScoreOf(const Sequence& piece) const {
    if (!MatchAutomaton::IsSpelled(piece.value)) return piece.score;
    const Spelling& spelling = spellings_[piece.value - MatchAutomaton::kSpelled];
    return std::accumulate(spelling.scores, spelling.scores + spelling.size, 0.0);
  }
  int32_t Quick(const Sequence& piece, double unit) const {
    return static_cast<int32_t>(std::lround(ScoreOf(piece) * unit));
  }

  /// The finest fixed-point scale that leaves room for the differences of scores.
  int QuickBits() const {
    double least = 0, most = 0,
           fall = 0;  // Extreme scores of pieces; the largest cost of a symbol.
    for (const Sequence& piece : pieces_) {
      least = std::min(least, ScoreOf(piece));
      most = std::max(most, ScoreOf(piece));
      if (piece.length == 1) fall = std::max(fall, -ScoreOf(piece));
    }
    // Every symbol can be taken alone, so the best score decreases by at most n·fall over n
    // symbols. It rises by no more than it can decrease within a piece.
    const auto window =
        static_cast<double>(MatchAutomaton::QuickHistory(max_length_) + MatchAutomaton::kQuickStep);
    const double room = -MatchAutomaton::kNoQuick / (window * (fall + 2 * most + 1));
    constexpr int kLeastBits = 10, kMostBits = 20;  // Coarser scales leave too many ties.
    const int bits = std::min(kMostBits, static_cast<int>(std::floor(std::log2(room))));
    return bits < kLeastBits || least < -250 || most > 250 || max_length_ >= 1 << 15 ? 0 : bits;
  }

  /// Calls visit(node) for the piece n and the pieces that are its suffixes, longest first.
  template <typename Visit>
  void ForEachMatch(uint32_t n, const Visit& visit) const {
    for (; n != kNone; n = Shorter(n)) visit(n);
  }

  std::vector<ScoredPiece> scored_;
  bool has_characters_ = false;
  std::array<double, 256> byte_scores_{};
  std::array<uint32_t, 256> byte_values_{};
  std::vector<uint32_t> symbols_;  // By code.
  std::vector<uint16_t> code_of_;  // By symbol.
  std::vector<uint16_t> codes_;    // Of all pieces, concatenated.
  std::vector<Spelling> spellings_;
  std::vector<Sequence> pieces_;    // Sorted by codes.
  std::vector<Node> nodes_;         // Breadth first; [0] is the root, [c] the symbol of code c.
  std::vector<uint8_t> script_;     // By the first symbol.
  std::vector<float> hotness_;      // Expected frequency of visits.
  std::vector<uint32_t> states_;    // The node of each match state,
  std::vector<uint32_t> state_of_;  // and the match state of each node.
  std::vector<uint32_t> base_;      // Of each node.
  std::vector<uint32_t> next_;      // NextToTry of each node.
  size_t max_length_ = 0;
  size_t long_states_ = 0;
  size_t unit_count_ = 0;
};

absl::StatusOr<MatchAutomaton> MatchAutomaton::Build(const std::vector<ScoredPiece>& pieces,
                                                     bool cut_at_newlines) {
  return MatchAutomatonBuilder().Build(pieces, cut_at_newlines);
}

}  // namespace corpusmill
