#include "pipelines/words/list_segmenter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/words/ascii_runs.h"
#include "tokenizer/search/double_array_builder.h"

namespace corpusmill {
namespace {

constexpr double kNoWord = -std::numeric_limits<double>::infinity();
constexpr size_t kMaxSymbols = 60000;

bool IsAsciiWordCharacter(uint32_t code) {
  return code < 0x80 &&
         (IsAsciiLetter(static_cast<char>(code)) || IsAsciiDigit(static_cast<char>(code)));
}

}  // namespace

class ListSegmenterBuilder {
 public:
  absl::Status Build(std::string_view name, const std::vector<ListedWord>& words) {
    uint64_t total = 0;
    for (const ListedWord& word : words) {
      total += word.count;
      if (word.count > 0) AddCodes(word);
    }
    log_total_ = std::log(static_cast<double>(std::max<uint64_t>(total, 1)));
    segmenter_->fallback_ = -log_total_;
    if (!AssignSymbols()) {
      return MemoryError(absl::StrFormat("%s: the words have more than %d different characters",
                                         name, kMaxSymbols));
    }
    SortWords();
    PlaceNodes();
    return absl::OkStatus();
  }

  std::unique_ptr<HanSegmenter> Take() { return std::move(segmenter_); }

 private:
  struct Entry {
    std::vector<uint32_t> codes;
    std::vector<uint16_t> symbols;
    uint64_t count;
  };
  /// The words [begin, end) share their first `depth` symbols; the node is unit `unit`, or the
  /// first symbol's.
  struct Node {
    size_t begin, end, depth, unit;
  };

  void AddCodes(const ListedWord& word) {
    const CharacterClasses& classes = CharacterClasses::Get();
    Entry entry{.codes = {}, .symbols = {}, .count = word.count};
    const char* end = word.text.data() + word.text.size();
    for (const char* at = word.text.data(); at < end;) {
      const auto character = classes.At(at, end);
      const bool in_runs =
          (character.classes & CharacterClasses::kHan) != 0 || IsAsciiWordCharacter(character.code);
      if (!in_runs) return;
      entry.codes.push_back(character.code);
      at += character.bytes;
    }
    entries_.push_back(std::move(entry));
  }

  /// Frequent characters get low symbols, from 1.
  bool AssignSymbols() {
    std::map<uint32_t, uint64_t> counts;
    for (const Entry& entry : entries_) {
      for (const uint32_t code : entry.codes) ++counts[code];
    }
    if (counts.size() > kMaxSymbols) return false;
    std::vector<std::pair<uint64_t, uint32_t>> order;
    for (const auto& [code, count] : counts) order.emplace_back(~count, code);
    std::sort(order.begin(), order.end());
    if (!counts.empty()) segmenter_->symbols_.resize(counts.rbegin()->first + 1);
    for (size_t i = 0; i < order.size(); ++i) {
      segmenter_->symbols_[order[i].second] = static_cast<uint16_t>(i + 1);
    }
    return true;
  }

  /// Sorts the words by symbols and adds up the counts of equal ones.
  void SortWords() {
    for (Entry& entry : entries_) {
      segmenter_->ConvertToSymbols(entry.codes, &entry.symbols);
      segmenter_->longest_ = std::max(segmenter_->longest_, entry.symbols.size());
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.symbols < b.symbols; });
    std::vector<Entry> unique;
    for (Entry& entry : entries_) {
      if (!unique.empty() && unique.back().symbols == entry.symbols) {
        unique.back().count += entry.count;
      } else {
        unique.push_back(std::move(entry));
      }
    }
    entries_ = std::move(unique);
  }

  /// Groups the words of a node by their next symbol.
  std::vector<Node> ChildrenOf(const Node& node) const {
    std::vector<Node> children;
    size_t at = node.begin;
    if (at < node.end && entries_[at].symbols.size() == node.depth) ++at;  // The node's own word.
    while (at < node.end) {
      const size_t begin = at;
      const uint16_t symbol = entries_[begin].symbols[node.depth];
      while (at < node.end && entries_[at].symbols[node.depth] == symbol) ++at;
      children.push_back({begin, at, node.depth + 1, symbol});
    }
    return children;
  }

  ListSegmenter::Unit MakeUnit(const Node& node) const {
    const Entry& first = entries_[node.begin];
    const bool is_word = first.symbols.size() == node.depth;
    const double score =
        is_word ? std::log(static_cast<double>(first.count)) - log_total_ : kNoWord;
    return {score, 0, first.symbols[node.depth - 1]};
  }

  /// Places the children of a node, nodes near the root first.
  void PlaceNodes() {
    const size_t symbols =
        segmenter_->symbols_.empty()
            ? 1
            : 1 + *std::max_element(segmenter_->symbols_.begin(), segmenter_->symbols_.end());
    auto& firsts = segmenter_->firsts_;
    auto& units = segmenter_->units_;
    firsts.assign(symbols, {kNoWord});
    DoubleArrayBuilder builder(symbols);
    std::vector<Node> level = ChildrenOf({0, entries_.size(), 0, 0});
    for (const Node& node : level) firsts[node.unit] = MakeUnit(node);
    for (bool is_first = true; !level.empty(); is_first = false) {
      std::vector<Node> next;
      for (const Node& node : level) {
        std::vector<Node> children = ChildrenOf(node);
        if (children.empty()) continue;
        std::vector<uint16_t> codes;
        for (const Node& child : children) codes.push_back(static_cast<uint16_t>(child.unit));
        const uint32_t base = builder.Place(codes);
        if (units.size() < builder.size()) units.resize(2 * builder.size(), {kNoWord});
        (is_first ? firsts : units)[node.unit].base = base;
        for (Node& child : children) {
          child.unit += base;
          units[child.unit] = MakeUnit(child);
          next.push_back(child);
        }
      }
      level = std::move(next);
    }
    units.resize(builder.size(), {kNoWord});
    units.shrink_to_fit();
  }

  std::unique_ptr<ListSegmenter> segmenter_{new ListSegmenter};
  std::vector<Entry> entries_;
  double log_total_ = 0;
};

absl::StatusOr<std::unique_ptr<HanSegmenter>> ListSegmenter::Create(
    std::string_view name, const std::vector<ListedWord>& words) {
  ListSegmenterBuilder builder;
  CM_RETURN_IF_ERROR(builder.Build(name, words));
  return builder.Take();
}

void ListSegmenter::ConvertToSymbols(std::span<const uint32_t> run,
                                     std::vector<uint16_t>* symbols) const {
  symbols->resize(run.size());
  for (size_t i = 0; i < run.size(); ++i) (*symbols)[i] = SymbolOf(run[i]);
}

void ListSegmenter::Cut(std::span<const uint32_t> run, Buffers* buffers,
                        std::vector<uint32_t>* ends) const {
  const size_t size = run.size();
  ConvertToSymbols(run, &buffers->symbols);
  buffers->symbols.push_back(0);  // The child 0 of a node is nobody's.
  buffers->scores.resize(size + 1);
  buffers->lengths.resize(size);
  const uint16_t* symbols = buffers->symbols.data();
  double* scores = buffers->scores.data();  // Of the best division from a position on.
  uint16_t* lengths = buffers->lengths.data();
  const Unit* units = units_.data();
  scores[size] = 0;
  for (size_t at = size; at-- > 0;) {
    const Unit& first = firsts_[symbols[at]];
    double best = first.score + scores[at + 1];
    size_t best_end = at + 1;
    size_t end = at + 1;
    for (uint32_t base = first.base; base != 0;) {
      const uint16_t symbol = symbols[end];
      const Unit& unit = units[base + symbol];
      if (symbol == 0 || unit.label != symbol) break;
      ++end;
      const double score = unit.score + scores[end];
      if (score >= best) {
        best = score;
        best_end = end;
      }
      base = unit.base;
    }
    if (best == kNoWord) {
      best = fallback_ + scores[at + 1];
      best_end = at + 1;
    }
    scores[at] = best;
    lengths[at] = static_cast<uint16_t>(best_end - at);
  }
  ends->clear();
  bool was_ascii = false;
  for (size_t at = 0; at < size; at += lengths[at]) {
    const bool is_ascii = lengths[at] == 1 && IsAsciiWordCharacter(run[at]);
    if (is_ascii && was_ascii) {
      ++ends->back();
    } else {
      ends->push_back(static_cast<uint32_t>(at + lengths[at]));
    }
    was_ascii = is_ascii;
  }
}

size_t ListSegmenter::SafeEnd(std::span<const uint32_t> run) const {
  size_t safe = run.size();
  if (run.size() <= longest_) return safe;
  size_t reached = 0;
  for (size_t at = 0; at + longest_ <= run.size(); ++at) {
    // A run of ASCII characters is one word, perhaps.
    const bool in_ascii =
        at > 0 && IsAsciiWordCharacter(run[at - 1]) && IsAsciiWordCharacter(run[at]);
    if (at > 0 && reached <= at && !in_ascii) safe = at;
    const Unit& first = firsts_[SymbolOf(run[at])];
    reached = std::max(reached, at + 1);
    size_t end = at + 1;
    for (uint32_t base = first.base; base != 0 && end < run.size();) {
      const uint16_t symbol = SymbolOf(run[end]);
      const Unit& unit = units_[base + symbol];
      if (symbol == 0 || unit.label != symbol) break;
      ++end;
      if (unit.score != kNoWord) reached = std::max(reached, end);
      base = unit.base;
    }
  }
  return safe;
}

}  // namespace corpusmill
