#include "tokenizer/search/path_search.h"

#include <algorithm>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "tokenizer/search/best_pieces.h"
#include "tokenizer/search/out_of_vocabulary.h"

namespace corpusmill {
namespace {

/// Returns the end of the line that contains symbols[at], including the newlines after it; at most
/// `end`.
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

void PathSearch::Run(const MatchAutomaton& automaton, std::span<const uint16_t> symbols,
                     bool cut_at_newlines, std::vector<uint32_t>* values,
                     std::span<const uint32_t> out_of_vocabulary) {
  automaton_ = &automaton;
  symbols_ = symbols;
  out_of_vocabulary_ = out_of_vocabulary;
  const uint16_t newline = automaton.newline();
  written_ = origin_ = 0;
  BeginText();
  BeginLine();
  for (size_t done = 0; done < symbols.size();) {
    const size_t end = std::min(symbols.size(), done + kBlock);
    const size_t size = end - origin_ + kMatchStatesAhead;
    if (match_states_.size() < size) {
      // Limit the size to what this text needs.
      const size_t most = symbols.size() - origin_ + kMatchStatesAhead;
      match_states_.resize(std::min(std::max(2 * match_states_.size(), size), most));
    }
    Reserve(match_states_.size());
    scanner_.Scan(automaton, symbols.data(), done, end, match_states_.data() + (done - origin_));
    // Older entries may come from an automaton with more match states.
    std::fill_n(match_states_.begin() + static_cast<ptrdiff_t>(end - origin_), kMatchStatesAhead,
                0);
    while (done < end) {
      const size_t begin = done;
      done = cut_at_newlines ? LineEnd(symbols, newline, begin, end) : end;
      Search(begin, done);
      if (done == symbols.size() ||
          (cut_at_newlines && symbols[done - 1] == newline && symbols[done] != newline)) {
        Write(done, values);
        BeginLine();
      }
    }
    // Older blocks have already been searched for a boundary.
    const size_t least = std::max(written_ + kBlock / 2, done - std::min(done, kBlock));
    for (size_t at = done; at > least; --at) {
      if (!MatchAutomaton::IsBoundary(*match_states(at - 1))) continue;
      Write(at - 1, values);
      break;
    }
    // Move the rest to the front only if it is no larger than the part already written.
    if (written_ - origin_ >= done - written_) {
      std::copy(match_states(written_), match_states(done), match_states_.begin());
      MoveToFront(written_, done);
      origin_ = written_;
    }
  }
}

void PathSearch::Write(size_t end, std::vector<uint32_t>* values) {
  if (path_.size() < end - written_) path_.resize(std::max(end - written_, 2 * path_.size()));
  WritePath(end);
  LookUp(end, values);
  written_ = end;
}

void PathSearch::LookUp(size_t end, std::vector<uint32_t>* values) {
  const MatchAutomaton::Match* const matches = &automaton_->match(0);
  const uint32_t* const states = match_states(written_);
  const uint32_t* const path = path_.data();
  const size_t size = end - written_;
  constexpr size_t kMost = 512;
  uint32_t some[kMost + 4];
  size_t count = 0;
  std::span<const uint32_t> out_of_vocabulary = out_of_vocabulary_;
  const auto spell = [&](const MatchAutomaton::Spelling& spelling) {
    for (uint32_t i = 0; i < spelling.size; ++i) some[count++] = spelling.values[i];
    if (spelling.size > 0) return;
    ForEachOutOfVocabularyByte(&out_of_vocabulary, [&](uint8_t byte) {
      some[count++] = automaton_->byte_pieces()[byte].value;
    });
  };
  for (size_t at = 0; at < size;) {
    const uint32_t length = path[at];
    if (length > 0) {
      at += length;
      const uint32_t state = MatchAutomaton::StateOf(states[at - 1]);
      const uint32_t value = MatchAutomaton::ValueOf(matches, state, length);
      if (__builtin_expect(!MatchAutomaton::IsSpelled(value), 1)) {
        some[count++] = value;
      } else {
        spell(automaton_->spellings()[value - MatchAutomaton::kSpelled]);
      }
    } else {
      spell(SpellingOf(symbols_[written_ + at]));
      ++at;
    }
    if (count < kMost) continue;
    values->insert(values->end(), some, some + count);
    count = 0;
  }
  values->insert(values->end(), some, some + count);
  out_of_vocabulary_ = out_of_vocabulary;
}

}  // namespace corpusmill
