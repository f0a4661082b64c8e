#include "tokenizer/search/quick_search.h"

#include <algorithm>

#include "tokenizer/search/best_pieces.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace corpusmill {
namespace {

constexpr size_t kQuick = MatchAutomaton::kQuick;
constexpr size_t kStep = MatchAutomaton::kQuickStep;
static_assert(kStep == 16 && kQuick == 8);
constexpr size_t kAhead = 16;
static_assert(kAhead + kStep <= kMatchStatesAhead);

/// Compares the pieces longer than kQuick with the best of the short ones.
struct Best {
  int32_t score;
  uint32_t found;  ///< As in the results of Find.
  bool unsure;
};
Best WithLongPieces(const MatchAutomaton& automaton, uint32_t state, const int32_t* score,
                    int32_t margin, Best best) {
  int32_t second = best.unsure ? best.score : MatchAutomaton::kNoQuick;
  for (; state != MatchAutomaton::kNone; state = automaton.long_pieces()[state].next) {
    const MatchAutomaton::LongPiece& piece = automaton.long_pieces()[state];
    // Unsigned, because it wraps around with a corrupt file.
    const auto candidate =
        static_cast<int32_t>(static_cast<uint32_t>(score[-static_cast<ptrdiff_t>(piece.length)]) +
                             static_cast<uint32_t>(piece.score));
    if (candidate > best.score) {
      second = best.score;
      best = {candidate, QuickSearch::kLong | piece.length, false};
    } else {
      second = std::max(second, candidate);
    }
  }
  if (int64_t{second} + margin >= best.score) best.found = QuickSearch::kUnsure;
  return best;
}

/// Returns the boundary flags of eight match states.
__attribute__((target("avx2"))) uint32_t BoundaryFlags(const uint32_t* match_states) {
  const __m256i eight = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(match_states));
  const __m256i flags = _mm256_slli_epi32(eight, 31 - MatchAutomaton::Unit::kStateBits);
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(flags)));
}

}  // namespace

bool QuickSearch::IsPossible(const MatchAutomaton& automaton) {
  static const bool supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
  return supported && automaton.quick_bits() > 0;
}

void QuickSearch::Begin(const MatchAutomaton& automaton) {
  history_ = MatchAutomaton::QuickHistory(automaton.max_length());
  scores_.assign(history_ + kStep, 0);
  since_cut_ = since_line_ = 0;
}

void QuickSearch::Find(const MatchAutomaton& automaton, const uint32_t* match_states, size_t count,
                       uint16_t* found) {
  for (size_t done = 0; done < count; done += kStep) {
    FindStep(automaton, match_states + done, std::min(kStep, count - done), found + done);
  }
}

/// Keeps the last eight scores in registers, because the newest would not yet be in the cache. Uses
/// two registers of four, because moving data between the halves of one is slow and each symbol
/// waits for the one before.
__attribute__((target("avx2,bmi"))) void QuickSearch::FindStep(const MatchAutomaton& automaton,
                                                               const uint32_t* match_states,
                                                               size_t count, uint16_t* found) {
  const int32_t* const quick = automaton.quick();
  const uint32_t long_states = automaton.long_states();
  const MatchAutomaton::LongPiece* const long_pieces = automaton.long_pieces();
  int32_t* const scores = scores_.data() + history_;
  const size_t symbols = since_cut_ + count;
  const auto margin = static_cast<int32_t>(symbols + symbols / 8 + 2);
  const __m128i margins = _mm_set1_epi32(margin + 1);
  // The eight scores before, oldest first.
  __m128i old_four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(scores - 8));
  __m128i new_four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(scores - 4));
  for (size_t i = 0; i < count; ++i) {
    const uint32_t ahead = MatchAutomaton::StateOf(match_states[i + kAhead]);
    _mm_prefetch(reinterpret_cast<const char*>(quick + kQuick * size_t{ahead}), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(long_pieces + std::min(ahead, long_states)),
                 _MM_HINT_T0);
    const uint32_t state = MatchAutomaton::StateOf(match_states[i]);
    const auto* const pieces = reinterpret_cast<const __m128i*>(quick + kQuick * size_t{state});
    const __m128i long_sums = _mm_add_epi32(old_four, _mm_load_si128(pieces));
    const __m128i short_sums = _mm_add_epi32(new_four, _mm_load_si128(pieces + 1));
    // The maximum, in all four places.
    __m128i best = _mm_max_epi32(long_sums, short_sums);
    best = _mm_max_epi32(best, _mm_shuffle_epi32(best, 0x4E));
    best = _mm_max_epi32(best, _mm_shuffle_epi32(best, 0xB1));
    const __m128i enough = _mm_sub_epi32(best, margins);
    const __m128i long_near = _mm_cmpgt_epi32(long_sums, enough);
    const __m128i short_near = _mm_cmpgt_epi32(short_sums, enough);
    auto flags = static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(long_near)) |
                                       _mm_movemask_ps(_mm_castsi128_ps(short_near)) << 4);
    if (__builtin_expect(state < long_states, 0)) {
      const Best all = WithLongPieces(automaton, state, scores + i, margin,
                                      {_mm_cvtsi128_si32(best), flags, (flags & (flags - 1)) != 0});
      flags = all.found;
      best = _mm_set1_epi32(all.score);
    }
    found[i] = static_cast<uint16_t>(flags);
    scores[i] = _mm_cvtsi128_si32(best);
    old_four = _mm_alignr_epi8(new_four, old_four, 4);
    new_four = _mm_alignr_epi8(best, new_four, 4);
  }
  // Make the newest score 0.
  const __m256i newest = _mm256_set1_epi32(scores[count - 1]);
  for (size_t i = 0; i < history_; i += 8) {
    auto* const to = reinterpret_cast<__m256i*>(scores_.data() + i);
    const auto* const from = reinterpret_cast<const __m256i*>(scores_.data() + i + count);
    _mm256_storeu_si256(to, _mm256_sub_epi32(_mm256_loadu_si256(from), newest));
  }
  // The last symbol with a boundary before it.
  const uint32_t boundaries =
      (BoundaryFlags(match_states) | BoundaryFlags(match_states + 8) << 8) & ((1u << count) - 1);
  since_cut_ =
      boundaries == 0 ? symbols : count - (31 - static_cast<uint32_t>(__builtin_clz(boundaries)));
  since_line_ += count;
}

}  // namespace corpusmill

#else

namespace corpusmill {
bool QuickSearch::IsPossible(const MatchAutomaton&) { return false; }
void QuickSearch::Begin(const MatchAutomaton&) {}
void QuickSearch::Find(const MatchAutomaton&, const uint32_t*, size_t, uint16_t*) {}
}  // namespace corpusmill

#endif
