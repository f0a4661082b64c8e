#include "tokenizer/segmenter.h"

#include <algorithm>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "tokenizer/best_pieces.h"

namespace corpusmill {
namespace {

FindBestPieces Finder(Simd simd) {
  const FindBestPieces avx2 = simd == Simd::kPlain ? nullptr : FindBestPiecesAvx2();
  return avx2 != nullptr ? avx2 : FindBestPiecesPlain;
}

/// Where the line that holds symbols[at] ends, the newlines behind it included; at
/// most `end`.
size_t LineEnd(std::span<const uint16_t> symbols, uint16_t newline, size_t at, size_t end) {
#if defined(__SSE2__)
  const __m128i newlines = _mm_set1_epi16(static_cast<int16_t>(newline));
  for (; at + 8 <= end; at += 8) {
    const __m128i eight = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&symbols[at]));
    const int equal = _mm_movemask_epi8(_mm_cmpeq_epi16(eight, newlines));
    if (equal == 0) continue;
    at += static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(equal))) / 2;
    break;
  }
#endif
  while (at < end && symbols[at] != newline) ++at;
  while (at < end && symbols[at] == newline) ++at;
  return at;
}

}  // namespace

void Segmenter::Segment(const MatchAutomaton& automaton, std::span<const uint16_t> symbols,
                        const Options& options, std::vector<uint32_t>* values) {
  history_ = std::max(automaton.max_length(), MatchAutomaton::kDense);
  if (scores_.size() < history_ + kScores + 1) scores_.resize(history_ + kScores + 1);
  const uint16_t newline = automaton.newline();
  written_ = origin_ = 0;
  BeginLine();
  for (size_t done = 0; done < symbols.size();) {
    const size_t end = std::min(symbols.size(), done + kBlock);
    if (answers_.size() < end - origin_ + kAnswersAhead) {
      const size_t size = std::max(2 * answers_.size(), end - origin_ + kBlock + kAnswersAhead);
      answers_.resize(size);
      lengths_.resize(size);
    }
    scanner_.Scan(automaton, symbols.data(), done, end, answers_.data() + (done - origin_));
    while (done < end) {
      const size_t begin = done;
      done = options.cut_at_newlines ? LineEnd(symbols, newline, begin, end) : end;
      Search(automaton, begin, done, options.simd);
      const bool at_end = done == symbols.size();
      if (at_end ||
          (options.cut_at_newlines && symbols[done - 1] == newline && symbols[done] != newline)) {
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
  // A symbol that is spelled has up to four values.
  if (reversed_.size() < 4 * size) reversed_.resize(std::max(4 * size, 2 * reversed_.size()));
  uint32_t* const last = reversed_.data() + reversed_.size();
  uint32_t* first = last;
  const uint32_t* const answers = answers_.data() + (written_ - origin_);
  const uint16_t* const lengths = lengths_.data() + (written_ - origin_);
  for (size_t at = size; at > 0;) {
    const uint32_t length = lengths[at - 1] + 1u;
    const uint32_t value = automaton.ValueOf(MatchAutomaton::RowOf(answers[at - 1]), length);
    if (__builtin_expect(MatchAutomaton::IsSpelled(value), 0)) {
      const auto& spelling = automaton.spellings()[value - MatchAutomaton::kSpelled];
      for (uint32_t i = spelling.size; i > 0; --i) *--first = spelling.values[i - 1];
    } else {
      *--first = value;
    }
    at -= std::min<size_t>(length, at);
  }
  values->insert(values->end(), first, last);
  written_ = end;
}

}  // namespace corpusmill
