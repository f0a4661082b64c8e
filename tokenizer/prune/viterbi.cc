#include "tokenizer/prune/viterbi.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace corpusmill {
namespace {

constexpr double kUnreached = -std::numeric_limits<double>::infinity();

/// Upper bound on the scores of pieces that begin here.
double MostAt(const PieceScores& scores, std::string_view rest) {
  const auto first = static_cast<uint8_t>(rest[0]);
  const auto second = rest.size() > 1 ? static_cast<uint8_t>(rest[1]) : 0;
  return scores.most_by_pair[first << 8 | second];
}

}  // namespace

void Viterbi::Segment(const PieceTrie& trie, const PieceScores& scores, std::string_view text,
                      std::vector<uint32_t>* pieces) {
  const size_t max_length = std::min(trie.max_piece_length_bytes(), text.size());
  written_ = at_ = reach_ = 0;
  score_ = 0;
  while (at_ < text.size()) {
    if (at_ == reach_ && at_ > 0) {
      AppendPath(trie, at_ - written_, pieces);
      written_ = at_;
    }
    const size_t to = std::min(text.size(), std::max(at_ + 1, written_ + kFlushBytes));
    if (positions_.size() <= to - written_ + max_length) {
      positions_.resize(2 * (to - written_ + max_length), {kUnreached, 0, 0});
    }
    if (max_length == text.size()) {
      Advance<true>(trie, scores, text, to);
    } else {
      Advance<false>(trie, scores, text, to);
    }
  }
  AppendPath(trie, text.size() - written_, pieces);
}

template <bool kSeesEnd>
void Viterbi::Advance(const PieceTrie& trie, const PieceScores& scores, std::string_view text,
                      size_t to) {
  const double* const by_code = scores.by_code.data();
  const Position* const end = kSeesEnd ? positions_.data() + (text.size() - written_) : nullptr;
  Position* here = positions_.data() + (at_ - written_);
  size_t at = at_, reach = reach_;
  double score = score_;
  for (; at < to; ++at, ++here) {
    const std::string_view rest(text.data() + at, text.size() - at);
    // Scores only decrease along a path: skip this position if no path through it can beat the best
    // one to the end.
    if (!kSeesEnd || score + MostAt(scores, rest) > end->score) {
      const size_t looked_at =
          trie.ForEachMatch(rest, [&](size_t length, uint32_t code, PieceTrie::Node node) {
            const double candidate = score + by_code[code];
            if (candidate > here[length].score) {
              here[length] = {candidate, node, static_cast<uint32_t>(length)};
            }
          });
      reach = std::max(reach, at + looked_at);
    }
    score = std::exchange(here[1].score, kUnreached);
  }
  at_ = at;
  reach_ = reach;
  score_ = score;
}

void Viterbi::AppendPath(const PieceTrie& trie, size_t position, std::vector<uint32_t>* pieces) {
  const size_t first = pieces->size();
  for (size_t end = position; end > 0; end -= positions_[end].length) {
    pieces->push_back(trie.Index(positions_[end].node));
  }
  std::reverse(pieces->begin() + first, pieces->end());
}

}  // namespace corpusmill
