#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "tokenizer/search/best_pieces.h"
#include "tokenizer/search/sampler_internal.h"

namespace corpusmill {
namespace {

constexpr size_t kQuick = MatchAutomaton::kQuick;

}  // namespace

/// Forward: draws the last piece of the path to each position. A draw u accepts a candidate if u <
/// σ(alpha·x). The first byte of u decides this without a branch, except about once in a hundred;
/// then the position is decided again with 64 further bits of each draw.
class Sampler::Viterbi final : public Drawing {
 public:
  Viterbi(std::shared_ptr<const SampleTables> tables, const RandomKey& key)
      : Drawing(std::move(tables), key) {
    // Finite, so that the first piece is always accepted and a missing piece (-∞) never after it.
    constexpr double kMost = 1e300;
    for (size_t i = 0; i <= kBounds; ++i) {
      const double u = static_cast<double>(i) / kBounds;
      const double logit = std::log(u) - std::log1p(-u);
      bounds_[i] = logit == 0 ? 0 : std::clamp(logit / this->tables().alpha_, -kMost, kMost);
    }
  }

 private:
  static constexpr uint32_t kSpelled = 0;  ///< In lengths_.
  static constexpr size_t kSpelledSlot =
      0;  ///< Free: a piece of kQuick symbols comes first, without a draw.
  /// Entries of kNoPiece before the first score.
  static constexpr size_t kBefore = kQuick;
  static constexpr size_t kBounds = 256;

  void BeginLine() override { score(written()) = 0; }
  void Reserve(size_t size) override {
    if (scores_.size() > size + kBefore) return;
    scores_.resize(size + 1 + kBefore, kNoPiece);
    lengths_.resize(size);
  }
  void BeginText() override { Reserve(1); }
  void MoveToFront(size_t from, size_t to) override {
    std::copy(&score(from), &score(to) + 1, &scores_[kBefore]);
    std::copy(lengths_.begin() + (from - origin()), lengths_.begin() + (to - origin()),
              lengths_.begin());
  }
  double& score(size_t position) { return scores_[kBefore + position - origin()]; }

  void Search(size_t begin, size_t end) override {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2");
    if (has_avx2) return SearchAvx2(begin, end);
#endif
    Choose(begin, end);
  }
#if defined(__x86_64__)
  __attribute__((target("avx2"))) void SearchAvx2(size_t begin, size_t end) { Choose(begin, end); }
#endif

  using Two = double __attribute__((vector_size(16)));
  using TwoMasks = int64_t __attribute__((vector_size(16)));

  /// Runs twice in parallel, with the lowest and the highest draw that has these first bytes. If
  /// both make the same choice, so do all draws between.
  __attribute__((always_inline)) inline void Choose(size_t begin, size_t end) {
    const size_t size = end - begin, long_states = tables().longs_.size();
    const SampleTables::State* const weights = tables().states_.data();
    const double* const spelled = tables().spelled_scores_.data();
    const double* const bounds = bounds_.data();
    const uint32_t* const states = match_states(begin);
    const uint16_t* const codes = &symbols()[begin];
    double* const scores = &score(begin);
    uint32_t* const lengths = &lengths_[begin - origin()];
    for (size_t i = 0; i < size; ++i) {
      __builtin_prefetch(&weights[MatchAutomaton::StateOf(states[i + kMatchStatesAhead / 2])]);
      const uint32_t state = MatchAutomaton::StateOf(states[i]);
      const double* const of = weights[state].of;
      const uint8_t* const draws = BytesOf(begin + i);
      const double* const before = &scores[i] - (kQuick - 1);
      Choice first = {before[0] + of[0], kQuick};
      if (__builtin_expect(state < long_states, 0)) first = ChooseLong(begin + i, state);
      Two best = {first.score, first.score};
      // One bit per candidate, set if accepted; the last candidate is lowest.
      TwoMasks history = {0, 0};
      const auto consider = [&](double candidate, uint8_t byte) {
        const Two both = {candidate, candidate};
        Two of_byte;
        std::memcpy(&of_byte, &bounds[byte], sizeof(of_byte));
        const TwoMasks accepted = both - of_byte >= best;
        history = history + history - accepted;
        best = accepted ? both : best;
      };
#pragma GCC unroll 8
      for (size_t slot = 1; slot < kQuick; ++slot) consider(before[slot] + of[slot], draws[slot]);
      consider(scores[i] + spelled[codes[i]], draws[kSpelledSlot]);
      const auto accepted = static_cast<uint64_t>(history[0]);
      Choice choice = {best[0], first.length};
      if (accepted != 0) choice.length = static_cast<uint32_t>(std::countr_zero(accepted));
      static_assert(kSpelled == 0);  // And pieces of 1 to 7 symbols are bits 1 to 7.
      if (__builtin_expect(history[0] != history[1], 0)) choice = Decide(begin + i, first);
      scores[i + 1] = choice.score;
      lengths[i] = choice.length;
    }
  }

  /// The path to a position and the length of its last piece.
  struct Choice {
    double score;
    uint32_t length;
    /// Accepts the candidate according to a draw: its first byte or, if that is not enough, 64 more
    /// bits from a separate block.
    void Consider(const Choice& candidate, const Viterbi& by, uint8_t byte, size_t at,
                  uint64_t block) {
      if (!(candidate.score - by.bounds_[byte] >= score)) return;
      if (!(candidate.score - by.bounds_[byte + 1] >= score)) {
        const double rest = (static_cast<double>(by.At(at, block).high) + 0.5) * 0x1p-64;
        const double u = (byte + rest) / kBounds;
        const double above = candidate.score - score;
        if (!(u < 1 / (1 + std::exp(-by.tables().alpha_ * above)))) return;
      }
      *this = candidate;
    }
  };

  /// Chooses among the pieces of at least kQuick symbols. Each draw has a separate block.
  __attribute__((noinline)) Choice ChooseLong(size_t at, uint32_t state) const {
    const SampleTables& t = tables();
    const double* const scores = &scores_[kBefore + at + 1 - origin()];
    Choice choice = {kNoPiece, 1};
    uint64_t block = 1 + kQuick;
    const auto consider = [&](double candidate, uint32_t length) {
      if (candidate == kNoPiece) return;
      if (choice.score == kNoPiece) {
        choice = {candidate, length};
      } else {
        choice.Consider({candidate, length}, *this, static_cast<uint8_t>(At(at, block).low), at,
                        block);
      }
      ++block;
    };
    for (uint32_t r = state; r != MatchAutomaton::kNone; r = t.longs_[r].next) {
      const SampleTables::LongPiece& piece = t.longs_[r];
      // Only a damaged automaton has longer pieces.
      if (piece.length > at + 1 - origin()) continue;
      consider(scores[-static_cast<ptrdiff_t>(piece.length)] + piece.of, piece.length);
    }
    consider(scores[-static_cast<ptrdiff_t>(kQuick)] + t.states_[state].of[0], kQuick);
    return choice;
  }

  /// Chooses among all pieces with all bits of the draws.
  __attribute__((noinline)) Choice Decide(size_t at, Choice choice) {
    const SampleTables& t = tables();
    const double* const scores = &score(at + 1);
    const double* const of = t.states_[MatchAutomaton::StateOf(*match_states(at))].of;
    const uint8_t* const draws = BytesOf(at);
    for (uint32_t slot = 1; slot < kQuick; ++slot) {
      const uint32_t length = kQuick - slot;
      choice.Consider({scores[-static_cast<ptrdiff_t>(length)] + of[slot], length}, *this,
                      draws[slot], at, 1 + slot);
    }
    choice.Consider({scores[-1] + t.spelled_scores_[symbols()[at]], kSpelled}, *this,
                    draws[kSpelledSlot], at, 1 + kSpelledSlot);
    return choice;
  }

  void WritePath(size_t end) override {
    for (size_t at = end; at > written();) {
      const uint32_t length = lengths_[at - 1 - origin()];
      if (length == kSpelled) {
        at = PutSpelled(at);
      } else {
        // Only a damaged automaton has longer pieces here.
        at = PutMatch(at, std::min(length, static_cast<uint32_t>(at - written())));
      }
    }
  }

  std::array<double, kBounds + 1> bounds_;  ///< The x for which σ(alpha·x) is i / kBounds.
  std::vector<double> scores_;              ///< From position origin() on, after kBefore entries.
  std::vector<uint32_t> lengths_;  ///< Length of the last piece of the path to each symbol.
};

std::unique_ptr<Sampler::Drawing> Sampler::NewViterbi(std::shared_ptr<const SampleTables> tables,
                                                      const RandomKey& key) {
  return std::make_unique<Viterbi>(std::move(tables), key);
}

}  // namespace corpusmill
