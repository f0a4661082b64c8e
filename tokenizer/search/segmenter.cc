#include "tokenizer/search/segmenter.h"

#include <algorithm>

#include "tokenizer/search/best_pieces.h"

namespace corpusmill {

void Segmenter::BeginText() {
  quick_ = simd_ != Simd::kPlain && QuickSearch::IsPossible(automaton());
  history_ = std::max<size_t>(automaton().max_length(), 1);
  if (scores_.size() < history_ + kScores + 1) scores_.resize(history_ + kScores + 1);
}

void Segmenter::BeginLine() {
  line_ = searched_ = written();
  exact_ = !quick_;
  exact_strangers_ = strangers();
  if (quick_) quick_search_.Begin(automaton());
  position_ = history_;
  scores_[position_] = 0;
}

void Segmenter::Reserve(size_t size) {
  if (lengths_.size() < size) lengths_.resize(size);
}

void Segmenter::MoveToFront(size_t from, size_t to) {
  std::copy(lengths(from), lengths(to), lengths_.begin());
}

void Segmenter::Search(size_t begin, size_t end) {
  if (exact_) {
    FindExactly(answers(begin), end - begin, lengths(begin));
  } else {
    quick_search_.Find(automaton(), answers(begin), end - begin, lengths(begin));
  }
  searched_ = end;
}

void Segmenter::FindExactly(const uint32_t* answers, size_t count, uint16_t* lengths) {
  while (count > 0) {
    if (position_ + 1 == scores_.size()) {
      std::copy(scores_.end() - static_cast<ptrdiff_t>(history_) - 1, scores_.end(),
                scores_.begin());
      position_ = history_;
    }
    const size_t part = std::min(count, scores_.size() - position_ - 1);
    FindBestPieces(automaton(), answers, part, scores_.data() + position_ + 1, lengths,
                   &exact_strangers_);
    answers += part;
    lengths += part;
    position_ += part;
    count -= part;
  }
}

void Segmenter::SearchExactly() {
  exact_ = true;
  // What is written is right, and its answers are gone.
  MatchScanner scanner;
  std::vector<uint32_t> old_answers;
  std::vector<uint16_t> old_lengths;
  const uint16_t* const line = symbols().data() + line_;
  for (size_t done = 0; done < written() - line_;) {
    const size_t end = std::min(written() - line_, done + kBlock);
    old_answers.resize(end - done);
    old_lengths.resize(end - done);
    scanner.Scan(automaton(), line, done, end, old_answers.data());
    FindExactly(old_answers.data(), end - done, old_lengths.data());
    done = end;
  }
  FindExactly(answers(written()), searched_ - written(), lengths(written()));
}

void Segmenter::WritePath(size_t end) {
  const uint16_t* const found = lengths(written());
  if (!exact_ && !quick_search_.failed() &&
      PutPath(end, [=](size_t i) { return QuickSearch::LengthOf(found[i]); })) {
    return;
  }
  if (!exact_) SearchExactly();
  PutPath(end, [=](size_t i) { return found[i] + 1u; });
}

}  // namespace corpusmill
