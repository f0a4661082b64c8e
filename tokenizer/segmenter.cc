#include "tokenizer/segmenter.h"

#include <algorithm>
#include <cstring>

#include "tokenizer/best_pieces.h"

namespace corpusmill {
namespace {

FindBestPieces Finder(Simd simd) {
  const FindBestPieces avx2 = simd == Simd::kPlain ? nullptr : FindBestPiecesAvx2();
  return avx2 != nullptr ? avx2 : FindBestPiecesPlain;
}

/// Where the line that holds text[at] ends, the newlines behind it included; at
/// most `end`.
size_t LineEnd(std::string_view text, size_t at, size_t end) {
  const void* const newline = std::memchr(text.data() + at, '\n', end - at);
  if (newline == nullptr) return end;
  size_t i = static_cast<size_t>(static_cast<const char*>(newline) - text.data());
  while (i < end && text[i] == '\n') ++i;
  return i;
}

}  // namespace

void Segmenter::Segment(const MatchAutomaton& automaton, std::string_view text,
                        const Options& options, std::vector<uint32_t>* values) {
  history_ = std::max(automaton.max_length(), MatchAutomaton::kDense);
  if (scores_.size() < history_ + kScores + 1) scores_.resize(history_ + kScores + 1);
  written_ = origin_ = 0;
  BeginLine();
  for (size_t done = 0; done < text.size();) {
    const size_t end = std::min(text.size(), done + kBlock);
    if (answers_.size() < end - origin_ + kAnswersAhead) {
      const size_t size = std::max(2 * answers_.size(), end - origin_ + kBlock + kAnswersAhead);
      answers_.resize(size);
      lengths_.resize(size);
    }
    scanner_.Scan(automaton, text, done, end, answers_.data() + (done - origin_));
    while (done < end) {
      const size_t begin = done;
      done = options.cut_at_newlines ? LineEnd(text, begin, end) : end;
      Search(automaton, begin, done, options.simd);
      const bool at_end = done == text.size();
      if (at_end || (options.cut_at_newlines && text[done - 1] == '\n' && text[done] != '\n')) {
        WritePath(automaton, done, values);
        BeginLine();
      }
    }
    // In a long line the path is written up to the last place that all paths pass.
    // (What older blocks hold was looked at before.)
    const size_t least = std::max(written_ + kBlock / 2, done - std::min(done, kBlock));
    for (size_t at = done; at > least; --at) {
      if (!MatchAutomaton::IsFresh(answers_[at - 1 - origin_])) continue;
      WritePath(automaton, at - 1, values);
      break;
    }
    // Moving the rest to the front costs less than it took to find.
    if (written_ - origin_ >= done - written_) {
      std::copy(answers_.begin() + (written_ - origin_), answers_.begin() + (done - origin_),
                answers_.begin());
      std::copy(lengths_.begin() + (written_ - origin_), lengths_.begin() + (done - origin_),
                lengths_.begin());
      origin_ = written_;
    }
  }
}

void Segmenter::BeginLine() {
  position_ = history_;
  scores_[position_] = 0;
}

void Segmenter::Search(const MatchAutomaton& automaton, size_t begin, size_t end, Simd simd) {
  const FindBestPieces find = Finder(simd);
  while (begin < end) {
    if (position_ + 1 == scores_.size()) {
      std::copy(scores_.end() - static_cast<ptrdiff_t>(history_) - 1, scores_.end(),
                scores_.begin());
      position_ = history_;
    }
    const size_t count = std::min(end - begin, scores_.size() - position_ - 1);
    find(automaton, answers_.data() + (begin - origin_), count, scores_.data() + position_ + 1,
         lengths_.data() + (begin - origin_));
    begin += count;
    position_ += count;
  }
}

void Segmenter::WritePath(const MatchAutomaton& automaton, size_t end,
                          std::vector<uint32_t>* values) {
  const size_t size = end - written_;
  if (reversed_.size() < size) reversed_.resize(std::max(size, 2 * reversed_.size()));
  uint32_t* const last = reversed_.data() + reversed_.size();
  uint32_t* first = last;
  const uint32_t* const answers = answers_.data() + (written_ - origin_);
  const uint16_t* const lengths = lengths_.data() + (written_ - origin_);
  for (size_t at = size; at > 0;) {
    const uint32_t length = lengths[at - 1] + 1u;
    *--first = automaton.ValueOf(MatchAutomaton::RowOf(answers[at - 1]), length);
    at -= std::min<size_t>(length, at);
  }
  values->insert(values->end(), first, last);
  written_ = end;
}

}  // namespace corpusmill
