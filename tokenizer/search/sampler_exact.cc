#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "tokenizer/search/best_pieces.h"
#include "tokenizer/search/sampler_internal.h"

namespace corpusmill {
namespace {

constexpr size_t kQuick = MatchAutomaton::kQuick;

/// Sums above this are rescaled to about 1.
constexpr double kLargeSum = 0x1p500;

}  // namespace

/// Forward: sums the weights of all paths to each position, with a separate exponent. Backward: one
/// draw per piece.
class Sampler::Exact final : public Drawing {
 public:
  using Drawing::Drawing;

 private:
  /// Four sums or weights. The compiler maps it to the processor's vectors.
  using Four = double __attribute__((vector_size(32)));

  void BeginLine() override {
    line_ = written();
    exponent_ = 0;
    sums_[line_ - origin()] = {1, 0};
  }
  void Reserve(size_t size) override {
    if (sums_.size() <= size) sums_.resize(size + 1);
  }
  void BeginText() override { Reserve(1); }
  void MoveToFront(size_t from, size_t to) override {
    std::copy(sums_.begin() + (from - origin()), sums_.begin() + (to - origin() + 1),
              sums_.begin());
  }

  /// A sum is value × 2^exponent. Beside() returns its value for another exponent.
  struct Sum {
    double value;
    int64_t exponent;
    double Beside(int64_t other) const {
      if (exponent == other) return value;
      const auto by = static_cast<int>(std::clamp<int64_t>(exponent - other, -5000, 5000));
      return std::min(std::ldexp(value, by), kMostWeight);
    }
  };
  /// The sum of the position `back` symbols before another, 0 outside the line.
  double Before(size_t at, size_t back, int64_t exponent) const {
    // Positions before origin() are written out; no piece reaches back there.
    if (back > at - std::max(line_, origin())) return 0;
    return sums_[at - back - origin()].Beside(exponent);
  }

  void Search(size_t begin, size_t end) override {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2");
    if (has_avx2) return SearchAvx2(begin, end);
#endif
    AddUp(begin, end);
  }
#if defined(__x86_64__)
  __attribute__((target("avx2"))) void SearchAvx2(size_t begin, size_t end) { AddUp(begin, end); }
#endif

  /// Adds the newest sum separately, because it is available last. The order of additions is the
  /// same on all processors.
  __attribute__((always_inline)) inline void AddUp(size_t begin, size_t end) {
    const SampleTables& t = tables();
    const uint32_t* const states = match_states(begin);
    const uint16_t* const codes = symbols().data();
    const auto before = [&](size_t back) { return Before(begin, back, exponent_); };
    // The sums that pieces of lengths 8 to 5, 4 to 2, and 1 start from.
    Four old_four = {before(7), before(6), before(5), before(4)};
    Four new_four = {before(3), before(2), before(1), 0};
    double newest = before(0);
    for (size_t at = begin; at < end; ++at) {
      __builtin_prefetch(
          &t.states_[MatchAutomaton::StateOf(states[at - begin + kMatchStatesAhead / 2])]);
      const uint32_t state = MatchAutomaton::StateOf(states[at - begin]);
      const double* const weights = t.states_[state].of;
      Four of_old, of_new;
      std::memcpy(&of_old, weights, sizeof(Four));
      std::memcpy(&of_new, weights + 4, sizeof(Four));
      const Four four = old_four * of_old + new_four * of_new;
      double sum = (four[0] + four[2]) + (four[1] + four[3]);
      sum += newest * (weights[kQuick - 1] + t.spelled_weights_[codes[at]]);
      if (__builtin_expect(state < t.longs_.size(), 0)) {
        for (uint32_t r = state; r != MatchAutomaton::kNone; r = t.longs_[r].next) {
          sum += Before(at, t.longs_[r].length - 1, exponent_) * t.longs_[r].of;
        }
      }
      old_four = __builtin_shufflevector(old_four, new_four, 1, 2, 3, 4);
      new_four = __builtin_shufflevector(new_four, Four{newest, 0, 0, 0}, 1, 2, 4, 5);
      newest = sum;
      sums_[at + 1 - origin()] = {sum, exponent_};
      if (__builtin_expect(!(sum > t.least_sum_ && sum < kLargeSum), 0) && sum > 0) {
        BringBack(&old_four, &new_four, &newest);
      }
    }
  }

  /// Rescales the sums so that the newest is about 1.
  void BringBack(Four* old_four, Four* new_four, double* newest) {
    *newest = std::min(*newest, kMostWeight);
    const int by = std::ilogb(*newest);
    exponent_ += by;
    const auto bring = [by](double sum) { return std::min(std::ldexp(sum, -by), kMostWeight); };
    for (int i = 0; i < 4; ++i) {
      (*old_four)[i] = bring((*old_four)[i]);
      (*new_four)[i] = bring((*new_four)[i]);
    }
    *newest = bring(*newest);
  }

  void WritePath(size_t end) override {
    const SampleTables& t = tables();
    for (size_t at = end; at > written();) {
      const Sum& all = sums_[at - origin()];
      const uint32_t state = MatchAutomaton::StateOf(*match_states(at - 1));
      if (t.lengths_[state] == kOnlySymbol && state >= t.longs_.size() &&
          t.spelled_weights_[symbols()[at - 1]] == 0) {
        at = PutMatch(at, 1);  // There is nothing to draw.
        continue;
      }
      const double drawn =
          (static_cast<double>(At(at).high) + 0.5) * 0x1p-64 * std::min(all.value, kMostWeight);
      double passed = 0;
      uint32_t length = 1;
      // True if the draw selects this candidate. The last candidate takes the rounding error.
      const auto is = [&](double weight, uint32_t candidate) {
        length = candidate;
        passed += Before(at, candidate, all.exponent) * weight;
        return drawn < passed;
      };
      bool found = false;
      if (state < t.longs_.size()) {
        for (uint32_t r = state; r != MatchAutomaton::kNone && !found; r = t.longs_[r].next) {
          if (t.longs_[r].of > 0 && t.longs_[r].length <= at - written()) {
            found = is(t.longs_[r].of, t.longs_[r].length);
          }
        }
      }
      for (uint32_t rest = t.lengths_[state]; rest != 0 && !found; rest &= rest - 1) {
        const auto k = static_cast<uint32_t>(std::countr_zero(rest));
        if (kQuick - k > at - written()) continue;
        found = is(t.states_[state].of[k], static_cast<uint32_t>(kQuick) - k);
      }
      if (!found && t.spelled_weights_[symbols()[at - 1]] > 0) {
        at = PutSpelled(at);
      } else {
        at = PutMatch(at, length);
      }
    }
  }

  /// Value of lengths_ if the symbol itself is the only piece.
  static constexpr uint8_t kOnlySymbol = 1u << (kQuick - 1);

  size_t line_ = 0;
  int64_t exponent_ = 0;   ///< Exponent of the newest sum.
  std::vector<Sum> sums_;  ///< From position origin() on.
};

std::unique_ptr<Sampler::Drawing> Sampler::NewExact(std::shared_ptr<const SampleTables> tables,
                                                    const RandomKey& key) {
  return std::make_unique<Exact>(std::move(tables), key);
}

}  // namespace corpusmill
