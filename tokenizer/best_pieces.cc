#include "tokenizer/best_pieces.h"

#include <algorithm>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace corpusmill {
namespace {

constexpr double kUnreached = -std::numeric_limits<double>::infinity();
constexpr size_t kDense = MatchAutomaton::kDense;

/// Replaces the best of a special dense row's up to kDense symbols by the best of
/// all: the longest of equals.
inline void AddSpecial(const MatchAutomaton& automaton, uint32_t dense, const double* score,
                       double* best, uint32_t* length) {
  const MatchAutomaton::Special& special = automaton.special(dense);
  if (special.spelling != MatchAutomaton::kNone) {
    const MatchAutomaton::Spelling& spelling = automaton.spellings()[special.spelling];
    double spelled = score[-1];
    for (uint32_t i = 0; i < spelling.size; ++i) spelled += spelling.scores[i];
    if (spelled > *best) {
      *best = spelled;
      *length = 1;
    }
  }
  // From the shortest, so that of equals the longest stays.
  for (uint32_t i = special.long_end; i-- > special.long_begin;) {
    const MatchAutomaton::LongMatch& found = automaton.longs()[i];
    const double candidate = score[-static_cast<ptrdiff_t>(found.length)] + found.score;
    if (candidate >= *best) {
      *best = candidate;
      *length = found.length;
    }
  }
}

}  // namespace

void FindBestPiecesPlain(const MatchAutomaton& automaton, const uint32_t* answers, size_t count,
                         double* scores, uint16_t* lengths) {
  for (size_t i = 0; i < count; ++i) {
    double* const score = scores + i;
    const MatchAutomaton::Longest& own = automaton.longest()[MatchAutomaton::RowOf(answers[i])];
    const double* const dense = automaton.dense() + kDense * own.dense;
    uint32_t length = 1;
    double best = kUnreached;
    for (size_t k = 0; k < kDense; ++k) {
      const double candidate =
          score[static_cast<ptrdiff_t>(k) - static_cast<ptrdiff_t>(kDense)] + dense[k];
      const bool better = candidate > best;
      best = better ? candidate : best;
      length = better ? static_cast<uint32_t>(kDense - k) : length;
    }
    if (own.dense < automaton.special_rows()) {
      AddSpecial(automaton, own.dense, score, &best, &length);
    }
    const double own_best = score[-static_cast<ptrdiff_t>(own.length)] + own.score;
    length = own_best >= best ? own.length : length;
    best = std::max(best, own_best);
    *score = best;
    lengths[i] = static_cast<uint16_t>(length - 1);
  }
}

#if defined(__x86_64__)
namespace {

/// All eight sums of a dense row at once. The eight scores before are kept in two
/// registers: the newest would still be on its way to the cache.
__attribute__((target("avx2,bmi"))) void WithAvx2(const MatchAutomaton& automaton,
                                                  const uint32_t* answers, size_t count,
                                                  double* scores, uint16_t* lengths) {
  const MatchAutomaton::Longest* const longest = automaton.longest();
  const double* const dense = automaton.dense();
  const uint32_t special_rows = automaton.special_rows();
  __m256d older = _mm256_loadu_pd(scores - 8);
  __m256d newer = _mm256_loadu_pd(scores - 4);
  for (size_t i = 0; i < count; ++i) {
    _mm_prefetch(
        reinterpret_cast<const char*>(longest + MatchAutomaton::RowOf(answers[i + kAnswersAhead])),
        _MM_HINT_T0);
    _mm_prefetch(
        reinterpret_cast<const char*>(
            dense + kDense * longest[MatchAutomaton::RowOf(answers[i + kAnswersAhead / 2])].dense),
        _MM_HINT_T0);
    const MatchAutomaton::Longest& own = longest[MatchAutomaton::RowOf(answers[i])];
    const double* const sums = dense + kDense * size_t{own.dense};
    const __m256d longer = _mm256_add_pd(older, _mm256_load_pd(sums));
    const __m256d shorter = _mm256_add_pd(newer, _mm256_load_pd(sums + 4));
    const __m256d four = _mm256_max_pd(longer, shorter);
    const __m128d two = _mm_max_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    const __m128d one = _mm_max_sd(two, _mm_unpackhi_pd(two, two));
    const __m256d all = _mm256_broadcastsd_pd(one);
    // The lowest flag is the longest of equals.
    const unsigned equal =
        static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(longer, all, _CMP_EQ_OQ))) |
        static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(shorter, all, _CMP_EQ_OQ))) << 4;
    uint32_t length = kDense - static_cast<uint32_t>(__builtin_ctz(equal | 0x80));
    double best = _mm_cvtsd_f64(one);
    if (__builtin_expect(own.dense < special_rows, 0)) {
      AddSpecial(automaton, own.dense, scores + i, &best, &length);
    }
    const double own_best = scores[static_cast<ptrdiff_t>(i) - own.length] + own.score;
    length = own_best >= best ? own.length : length;
    best = std::max(best, own_best);
    scores[i] = best;
    lengths[i] = static_cast<uint16_t>(length - 1);
    const __m256d middle = _mm256_permute2f128_pd(older, newer, 0x21);
    older = _mm256_shuffle_pd(older, middle, 0b0101);
    newer = _mm256_blend_pd(_mm256_permute4x64_pd(newer, 0b00111001), _mm256_set1_pd(best), 0b1000);
  }
}

}  // namespace

FindBestPieces FindBestPiecesAvx2() {
  static const bool supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
  return supported ? WithAvx2 : nullptr;
}
#else
FindBestPieces FindBestPiecesAvx2() { return nullptr; }
#endif

}  // namespace corpusmill
