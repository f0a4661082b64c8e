#include "tokenizer/segmenter.h"

#include <algorithm>

namespace corpusmill {
namespace {

FindBestPieces Finder(Simd simd) {
  const FindBestPieces avx2 = simd == Simd::kPlain ? nullptr : FindBestPiecesAvx2();
  return avx2 != nullptr ? avx2 : FindBestPiecesPlain;
}

}  // namespace

Segmenter::Segmenter(Simd simd) : find_(Finder(simd)) {}

void Segmenter::BeginText() {
  history_ = std::max(automaton().max_length(), MatchAutomaton::kDense);
  if (scores_.size() < history_ + kScores + 1) scores_.resize(history_ + kScores + 1);
}

void Segmenter::BeginLine() {
  position_ = history_;
  scores_[position_] = 0;
}

void Segmenter::Reserve(size_t size) {
  if (lengths_.size() < size) lengths_.resize(size);
}

void Segmenter::MoveToFront(size_t from, size_t to) {
  std::copy(lengths_.begin() + (from - origin()), lengths_.begin() + (to - origin()),
            lengths_.begin());
}

void Segmenter::Search(size_t begin, size_t end) {
  while (begin < end) {
    if (position_ + 1 == scores_.size()) {
      std::copy(scores_.end() - static_cast<ptrdiff_t>(history_) - 1, scores_.end(),
                scores_.begin());
      position_ = history_;
    }
    const size_t count = std::min(end - begin, scores_.size() - position_ - 1);
    find_(automaton(), answers(begin), count, scores_.data() + position_ + 1,
          lengths_.data() + (begin - origin()));
    begin += count;
    position_ += count;
  }
}

void Segmenter::WritePath(size_t end) {
  const uint32_t* const rows = answers(written());
  const uint16_t* const lengths = lengths_.data() + (written() - origin());
  for (size_t at = end - written(); at > 0;) {
    const uint32_t length = lengths[at - 1] + 1u;
    PutMatch(MatchAutomaton::RowOf(rows[at - 1]), length);
    at -= std::min<size_t>(length, at);
  }
}

}  // namespace corpusmill
