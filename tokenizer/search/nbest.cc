#include "tokenizer/search/nbest.h"

#include <algorithm>
#include <memory>
#include <queue>
#include <tuple>

#include "tokenizer/search/sampler.h"

namespace corpusmill {
namespace {

/// A path to a position: the rank-th best path to the start of its last piece, and that piece.
struct Way {
  double score;
  uint32_t length;  ///< In symbols.
  uint32_t rank;
  bool spelled;

  /// Better paths first, in the order of FindNBest.
  bool operator<(const Way& other) const {
    if (score != other.score) return score > other.score;
    return std::tuple(other.length, spelled, rank) < std::tuple(length, other.spelled, other.rank);
  }
};

using Ways = std::vector<Way>;

class LineSearch {
 public:
  LineSearch(const MatchAutomaton& automaton, size_t n, bool bytes_are_pieces)
      : automaton_(automaton),
        n_(n),
        tables_(SampleTables::Create(automaton, SampleMethod::kViterbi, 1, bytes_are_pieces)) {}

  /// Finds the best segmentations of a line, given its match states.
  std::vector<ScoredSegmentation> Find(std::span<const uint16_t> symbols,
                                       const uint32_t* match_states) {
    std::vector<Ways> ways(symbols.size() + 1);
    ways[0] = {{0, 0, 0, false}};
    Ways candidates;
    for (size_t end = 1; end <= symbols.size(); ++end) {
      candidates.clear();
      const auto add = [&](uint32_t length, bool spelled, const auto& score_of) {
        const Ways& before = ways[end - length];
        for (uint32_t rank = 0; rank < before.size(); ++rank) {
          candidates.push_back({score_of(before[rank].score), length, rank, spelled});
        }
      };
      for (uint32_t state = MatchAutomaton::StateOf(match_states[end - 1]);
           state != MatchAutomaton::kNone;) {
        const MatchAutomaton::Match& match = automaton_.match(state);
        // Only a damaged automaton has longer pieces.
        if (!MatchAutomaton::IsSpelled(match.value) && match.length <= end) {
          add(match.length, false, [&](double score) { return score + automaton_.score(state); });
        }
        state = match.next;
      }
      const MatchAutomaton::Spelling& spelling = Spelling(symbols[end - 1]);
      if (spelling.size > 0) {
        add(1, true, [&](double score) {
          for (uint32_t i = 0; i < spelling.size; ++i) score += spelling.scores[i];
          return score;
        });
      }
      const size_t kept = std::min(n_, candidates.size());
      std::partial_sort(candidates.begin(), candidates.begin() + kept, candidates.end());
      ways[end].assign(candidates.begin(), candidates.begin() + kept);
    }
    std::vector<ScoredSegmentation> found;
    for (uint32_t rank = 0; rank < ways.back().size(); ++rank) {
      found.push_back({.score = ways.back()[rank].score});
      std::vector<uint32_t>& values = found.back().values;
      uint32_t r = rank;
      for (size_t end = symbols.size(); end > 0;) {
        const Way& way = ways[end][r];
        if (way.spelled) {
          const MatchAutomaton::Spelling& spelling = Spelling(symbols[end - 1]);
          for (uint32_t i = spelling.size; i > 0; --i) values.push_back(spelling.values[i - 1]);
        } else {
          values.push_back(
              automaton_.ValueOf(MatchAutomaton::StateOf(match_states[end - 1]), way.length));
        }
        end -= way.length;
        r = way.rank;
      }
      std::reverse(values.begin(), values.end());
    }
    return found;
  }

 private:
  const MatchAutomaton::Spelling& Spelling(uint16_t code) const {
    return (*tables_)->spelling(code);
  }

  const MatchAutomaton& automaton_;
  const size_t n_;
  const absl::StatusOr<std::shared_ptr<const SampleTables>> tables_;
};

/// A segmentation of all lines so far: the index of one of the previous lines, and of one of the
/// last line.
struct Joined {
  double score;
  uint32_t before, last;
};

/// Finds the n best pairs of a segmentation of the previous lines and one of the next line.
std::vector<Joined> Join(const std::vector<Joined>& before,
                         const std::vector<ScoredSegmentation>& line, size_t n) {
  const auto worse = [](const Joined& a, const Joined& b) {
    if (a.score != b.score) return a.score < b.score;
    return std::tie(a.last, a.before) > std::tie(b.last, b.before);
  };
  std::priority_queue<Joined, std::vector<Joined>, decltype(worse)> heap(worse);
  const auto push = [&](uint32_t i, uint32_t j) {
    heap.push({before[i].score + line[j].score, i, j});
  };
  std::vector<Joined> joined;
  // A damaged automaton may leave a line without a segmentation.
  if (before.empty() || line.empty()) return joined;
  push(0, 0);
  while (!heap.empty() && joined.size() < n) {
    const Joined best = heap.top();
    heap.pop();
    joined.push_back(best);
    if (best.before + 1 < before.size()) push(best.before + 1, best.last);
    if (best.before == 0 && best.last + 1 < line.size()) push(0, best.last + 1);
  }
  return joined;
}

}  // namespace

std::vector<ScoredSegmentation> FindNBest(const MatchAutomaton& automaton,
                                          std::span<const uint16_t> symbols, bool cut_at_newlines,
                                          size_t n, bool bytes_are_pieces) {
  if (n == 0) return {};
  std::vector<uint32_t> match_states(symbols.size());
  MatchScanner scanner;
  scanner.Scan(automaton, symbols.data(), 0, symbols.size(), match_states.data());
  LineSearch search(automaton, n, bytes_are_pieces);
  const uint16_t newline = automaton.newline();
  std::vector<std::vector<ScoredSegmentation>> lines;
  std::vector<std::vector<Joined>> joined = {{{0, 0, 0}}};
  for (size_t begin = 0; begin < symbols.size();) {
    size_t end = symbols.size();
    for (size_t at = begin; cut_at_newlines && at + 1 < symbols.size(); ++at) {
      if (symbols[at] != newline || symbols[at + 1] == newline) continue;
      end = at + 1;
      break;
    }
    lines.push_back(search.Find(symbols.subspan(begin, end - begin), match_states.data() + begin));
    joined.push_back(Join(joined.back(), lines.back(), n));
    begin = end;
  }
  std::vector<ScoredSegmentation> best;
  for (uint32_t rank = 0; rank < joined.back().size(); ++rank) {
    best.push_back({.score = joined.back()[rank].score});
    std::vector<uint32_t> parts(lines.size());
    uint32_t r = rank;
    for (size_t line = lines.size(); line > 0; --line) {
      parts[line - 1] = joined[line][r].last;
      r = joined[line][r].before;
    }
    for (size_t line = 0; line < lines.size(); ++line) {
      const std::vector<uint32_t>& values = lines[line][parts[line]].values;
      best.back().values.insert(best.back().values.end(), values.begin(), values.end());
    }
  }
  return best;
}

}  // namespace corpusmill
