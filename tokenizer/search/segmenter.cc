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
  exact_out_of_vocabulary_ = out_of_vocabulary();
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
    FindExactly(match_states(begin), end - begin, lengths(begin));
  } else {
    quick_search_.Find(automaton(), match_states(begin), end - begin, lengths(begin));
  }
  searched_ = end;
}

void Segmenter::FindExactly(const uint32_t* match_states, size_t count, uint16_t* lengths) {
  while (count > 0) {
    if (position_ + 1 == scores_.size()) {
      std::copy(scores_.end() - static_cast<ptrdiff_t>(history_) - 1, scores_.end(),
                scores_.begin());
      position_ = history_;
    }
    const size_t part = std::min(count, scores_.size() - position_ - 1);
    FindBestPieces(automaton(), match_states, part, scores_.data() + position_ + 1, lengths,
                   &exact_out_of_vocabulary_);
    match_states += part;
    lengths += part;
    position_ += part;
    count -= part;
  }
}

void Segmenter::SearchExactly() {
  exact_ = true;
  // The written part is correct, but its match states are gone.
  MatchScanner scanner;
  std::vector<uint32_t> old_match_states;
  std::vector<uint16_t> old_lengths;
  const uint16_t* const line = symbols().data() + line_;
  for (size_t done = 0; done < written() - line_;) {
    const size_t end = std::min(written() - line_, done + kBlock);
    old_match_states.resize(end - done);
    old_lengths.resize(end - done);
    scanner.Scan(automaton(), line, done, end, old_match_states.data());
    FindExactly(old_match_states.data(), end - done, old_lengths.data());
    done = end;
  }
  FindExactly(match_states(written()), searched_ - written(), lengths(written()));
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
