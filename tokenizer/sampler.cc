#include "tokenizer/sampler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"
#include "corpus/unicode.h"
#include "tokenizer/best_pieces.h"

namespace corpusmill {
namespace {

constexpr size_t kQuick = MatchAutomaton::kQuick;
constexpr double kNoPiece = -std::numeric_limits<double>::infinity();

/// Sums are at most this. What would be more is so much against its neighbours that these
/// are never drawn; what exactly it is does not matter.
constexpr double kMostSum = 0x1p1000;
/// Sums are brought back to 1 when they get above.
constexpr double kLargeSum = 0x1p500;
/// The least of a double, with some room.
constexpr int kLeastBits = -1000;

}  // namespace

absl::StatusOr<std::shared_ptr<const SampleTables>> SampleTables::Create(
    const MatchAutomaton& automaton, SampleMethod method, double alpha, bool bytes_are_pieces) {
  if (!(alpha >= 0) || std::isinf(alpha)) {
    return UsageError(absl::StrFormat("alpha is %g; it must be at least 0", alpha));
  }
  auto tables = std::make_shared<SampleTables>();
  tables->method_ = method;
  tables->alpha_ = alpha;
  double least = 0;
  for (uint32_t row = 0; row < automaton.rows(); ++row) {
    const double score = automaton.score(row);
    if (std::isfinite(score)) least = std::min(least, score);
  }
  const std::span<const uint32_t> symbols = automaton.symbols();
  tables->spellings_.resize(symbols.size());
  tables->spelled_weights_.resize(symbols.size());
  tables->spelled_scores_.resize(symbols.size(), kNoPiece);
  // The rows of bytes: what the firsts of their codes lead to.
  std::array<uint32_t, 256> byte_rows{};
  for (size_t code = 1; code < symbols.size(); ++code) {
    const uint32_t row = MatchAutomaton::RowOf(automaton.firsts()[code].answer());
    const uint32_t symbol = symbols[code];
    if (symbol < 0x80) byte_rows[symbol] = row;
    if (symbol >= MatchAutomaton::kByte && symbol < MatchAutomaton::kStranger)
      byte_rows[(symbol - MatchAutomaton::kByte) & 0xFF] = row;
  }
  double least_spelled = least;
  for (size_t code = 1; code < symbols.size(); ++code) {
    if (symbols[code] < 0x80 || symbols[code] >= MatchAutomaton::kByte) continue;
    const uint32_t own_row = MatchAutomaton::RowOf(automaton.firsts()[code].answer());
    if (!bytes_are_pieces && !MatchAutomaton::IsSpelled(automaton.match(own_row).value)) continue;
    MatchAutomaton::Spelling& spelling = tables->spellings_[code];
    double sum = 0;
    for (const char byte : EncodeUtf8(static_cast<int32_t>(symbols[code]))) {
      const uint32_t row = byte_rows[static_cast<uint8_t>(byte)];
      spelling.scores[spelling.size] = automaton.score(row);
      sum += spelling.scores[spelling.size];
      spelling.values[spelling.size++] = automaton.match(row).value;
    }
    least_spelled = std::min(least_spelled, sum);
    tables->spelled_scores_[code] = sum;
    tables->spelled_weights_[code] = std::exp(alpha * sum);
  }
  if (method == SampleMethod::kExact) {
    // The least that a sum of 1 can become by one piece.
    const double bits = alpha * -least_spelled / std::log(2.0);
    const double most = alpha * -kLeastBits / std::max(1e-9, bits);
    if (bits > -kLeastBits) {
      return UsageError(absl::StrFormat(
          "alpha is %g; at most %.3g is possible with this model, where hardly any segmentation "
          "but the most probable is drawn",
          alpha, most));
    }
    tables->least_sum_ = std::ldexp(1, kLeastBits + static_cast<int>(bits));
  }
  tables->rows_.resize(automaton.rows());
  tables->lengths_.resize(automaton.rows());
  tables->longs_.resize(automaton.long_rows());
  for (uint32_t row = 0; row < automaton.rows(); ++row) tables->AddRow(automaton, row);
  return tables;
}

double SampleTables::Of(double score) const {
  if (method_ == SampleMethod::kViterbi) return score;
  return std::min(std::exp(alpha_ * score), kMostSum);
}

void SampleTables::AddRow(const MatchAutomaton& automaton, uint32_t row) {
  Row& to = rows_[row];
  std::fill_n(to.of, kQuick, method_ == SampleMethod::kExact ? 0 : kNoPiece);
  if (row < longs_.size()) {
    // In a damaged automaton not even long rows have long pieces.
    const MatchAutomaton::Match& match = automaton.match(row);
    const bool is_long = match.length > kQuick && !MatchAutomaton::IsSpelled(match.value);
    const bool goes_on = match.next < longs_.size() && automaton.match(match.next).length > kQuick;
    longs_[row] = {is_long ? Of(automaton.score(row)) : Of(kNoPiece), match.length,
                   goes_on ? match.next : MatchAutomaton::kNone};
  }
  for (uint32_t at = row; at != MatchAutomaton::kNone; at = automaton.match(at).next) {
    const MatchAutomaton::Match& match = automaton.match(at);
    if (match.length > kQuick || MatchAutomaton::IsSpelled(match.value)) continue;
    to.of[kQuick - match.length] = Of(automaton.score(at));
    lengths_[row] |= static_cast<uint8_t>(1u << (kQuick - match.length));
  }
}

/// A search that draws.
class Sampler::Drawing : public PathSearch {
 public:
  Drawing(std::shared_ptr<const SampleTables> tables, const RandomKey& key)
      : tables_(std::move(tables)), key_(key) {}

  void BeginRecord(uint64_t input, uint64_t record, uint64_t position) {
    input_ = input;
    record_ = record;
    position_ = position;
    group_ = kNoGroup;
  }
  void Advance(size_t symbols) { position_ += symbols; }

 protected:
  /// Draws of one position, as many as wanted; BytesOf() has block 0.
  Draw At(size_t position, uint64_t block = 0) const {
    return key_.At(DrawPurpose::kTokenSampling, input_, record_,
                   (position_ + position) | block << 48);
  }
  /// Eight random bytes for each position: those of four are one block.
  const uint8_t* BytesOf(size_t position) {
    const uint64_t wanted = position_ + position;
    if (__builtin_expect(wanted / 4 != group_, 0)) {
      group_ = wanted / 4;
      const auto words = key_.Block(DrawPurpose::kTokenSampling, input_, record_, group_);
      for (size_t i = 0; i < bytes_.size(); ++i) {
        bytes_[i] = static_cast<uint8_t>(words[i / 8] >> 8 * (i % 8));
      }
    }
    return &bytes_[8 * (wanted % 4)];
  }
  const SampleTables& tables() const { return *tables_; }
  const MatchAutomaton::Spelling& SpellingOf(uint32_t code) const override {
    return tables_->spellings_[code];
  }

 private:
  const std::shared_ptr<const SampleTables> tables_;
  const RandomKey key_;
  uint64_t input_ = 0, record_ = 0, position_ = 0;
  static constexpr uint64_t kNoGroup = ~uint64_t{0};
  uint64_t group_ = kNoGroup;
  std::array<uint8_t, 32> bytes_{};
};

/// Forward: the sum of the weights of all paths to each position, with an exponent
/// beside it. Backward: one draw for each piece.
class Sampler::Exact final : public Drawing {
 public:
  using Drawing::Drawing;

 private:
  /// Four sums or weights. The compiler makes of it what the processor has.
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

  /// What a sum is beside an exponent.
  struct Sum {
    double value;
    int64_t exponent;
    double Beside(int64_t other) const {
      if (exponent == other) return value;
      const auto by = static_cast<int>(std::clamp<int64_t>(exponent - other, -5000, 5000));
      return std::min(std::ldexp(value, by), kMostSum);
    }
  };
  /// The sum of a position `back` before another, 0 outside of the line.
  double Before(size_t at, size_t back, int64_t exponent) const {
    // What lies before origin() is written out, and no piece goes back there.
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

  /// The newest sum is added by itself, as it comes last. Additions are in the same order on
  /// all processors.
  __attribute__((always_inline)) inline void AddUp(size_t begin, size_t end) {
    const SampleTables& t = tables();
    const uint32_t* const rows = answers(begin);
    const uint16_t* const codes = symbols().data();
    const auto before = [&](size_t back) { return Before(begin, back, exponent_); };
    // As far back as pieces of lengths 8 to 5, 4 to 2, and 1.
    Four old_four = {before(7), before(6), before(5), before(4)};
    Four new_four = {before(3), before(2), before(1), 0};
    double newest = before(0);
    for (size_t at = begin; at < end; ++at) {
      __builtin_prefetch(&t.rows_[MatchAutomaton::RowOf(rows[at - begin + kAnswersAhead / 2])]);
      const uint32_t row = MatchAutomaton::RowOf(rows[at - begin]);
      const double* const weights = t.rows_[row].of;
      Four of_old, of_new;
      std::memcpy(&of_old, weights, sizeof(Four));
      std::memcpy(&of_new, weights + 4, sizeof(Four));
      const Four four = old_four * of_old + new_four * of_new;
      double sum = (four[0] + four[2]) + (four[1] + four[3]);
      sum += newest * (weights[kQuick - 1] + t.spelled_weights_[codes[at]]);
      if (__builtin_expect(row < t.longs_.size(), 0)) {
        for (uint32_t r = row; r != MatchAutomaton::kNone; r = t.longs_[r].next) {
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

  /// Makes the newest sum about 1.
  void BringBack(Four* old_four, Four* new_four, double* newest) {
    *newest = std::min(*newest, kMostSum);
    const int by = std::ilogb(*newest);
    exponent_ += by;
    const auto bring = [by](double sum) { return std::min(std::ldexp(sum, -by), kMostSum); };
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
      const uint32_t row = MatchAutomaton::RowOf(*answers(at - 1));
      if (t.lengths_[row] == kOnlySymbol && row >= t.longs_.size() &&
          t.spelled_weights_[symbols()[at - 1]] == 0) {
        at = PutMatch(at, 1);  // There is nothing to draw.
        continue;
      }
      const double drawn =
          (static_cast<double>(At(at).high) + 0.5) * 0x1p-64 * std::min(all.value, kMostSum);
      double passed = 0;
      uint32_t length = 1;
      // Whether it is this one. The last one takes what rounding left over.
      const auto is = [&](double weight, uint32_t candidate) {
        length = candidate;
        passed += Before(at, candidate, all.exponent) * weight;
        return drawn < passed;
      };
      bool found = false;
      if (row < t.longs_.size()) {
        for (uint32_t r = row; r != MatchAutomaton::kNone && !found; r = t.longs_[r].next) {
          if (t.longs_[r].of > 0 && t.longs_[r].length <= at - written()) {
            found = is(t.longs_[r].of, t.longs_[r].length);
          }
        }
      }
      for (uint32_t rest = t.lengths_[row]; rest != 0 && !found; rest &= rest - 1) {
        const auto k = static_cast<uint32_t>(std::countr_zero(rest));
        if (kQuick - k > at - written()) continue;
        found = is(t.rows_[row].of[k], static_cast<uint32_t>(kQuick) - k);
      }
      if (!found && t.spelled_weights_[symbols()[at - 1]] > 0) {
        at = PutSpelled(at);
      } else {
        at = PutMatch(at, length);
      }
    }
  }

  /// Of lengths_: no piece but the symbol itself.
  static constexpr uint8_t kOnlySymbol = 1u << (kQuick - 1);

  size_t line_ = 0;
  int64_t exponent_ = 0;   ///< Of the newest sum: all are times 2 to the power of theirs.
  std::vector<Sum> sums_;  ///< Of position origin() on.
};

/// Forward: draws the piece with which the path to each position ends. Whether a candidate
/// is accepted by a draw u, that is whether u < σ(alpha·x), is first asked of the first byte
/// of u alone, without a branch: one time in some hundred it does not tell, and the position
/// is decided again with 64 further bits of each draw.
class Sampler::Viterbi final : public Drawing {
 public:
  Viterbi(std::shared_ptr<const SampleTables> tables, const RandomKey& key)
      : Drawing(std::move(tables), key) {
    // Finite, so that the first piece is always taken and what is none (-∞) never after it.
    constexpr double kMost = 1e300;
    for (size_t i = 0; i <= kBounds; ++i) {
      const double u = static_cast<double>(i) / kBounds;
      const double logit = std::log(u) - std::log1p(-u);
      bounds_[i] = logit == 0 ? 0 : std::clamp(logit / this->tables().alpha_, -kMost, kMost);
    }
  }

 private:
  static constexpr uint32_t kSpelled = 0;    ///< In lengths_.
  static constexpr size_t kSpelledSlot = 0;  ///< A piece of kQuick symbols comes first: no draw.
  /// Scores of nothing before the first.
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

  /// Two runs at once: of the least and of the most that draws with these first bytes can be.
  /// Where both do the same, all draws between them do.
  __attribute__((always_inline)) inline void Choose(size_t begin, size_t end) {
    const size_t size = end - begin, long_rows = tables().longs_.size();
    const SampleTables::Row* const weights = tables().rows_.data();
    const double* const spelled = tables().spelled_scores_.data();
    const double* const bounds = bounds_.data();
    const uint32_t* const rows = answers(begin);
    const uint16_t* const codes = &symbols()[begin];
    double* const scores = &score(begin);
    uint32_t* const lengths = &lengths_[begin - origin()];
    for (size_t i = 0; i < size; ++i) {
      __builtin_prefetch(&weights[MatchAutomaton::RowOf(rows[i + kAnswersAhead / 2])]);
      const uint32_t row = MatchAutomaton::RowOf(rows[i]);
      const double* const of = weights[row].of;
      const uint8_t* const draws = BytesOf(begin + i);
      const double* const before = &scores[i] - (kQuick - 1);
      Choice first = {before[0] + of[0], kQuick};
      if (__builtin_expect(row < long_rows, 0)) first = ChooseLong(begin + i, row);
      Two best = {first.score, first.score};
      // A bit for each candidate that was accepted, the last one in the lowest.
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
    /// Takes the candidate if a draw says so: its first byte or, in a block of its own,
    /// 64 more bits of it.
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

  /// Of the pieces of at least kQuick symbols. All of their draws are from blocks of their own.
  __attribute__((noinline)) Choice ChooseLong(size_t at, uint32_t row) const {
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
    for (uint32_t r = row; r != MatchAutomaton::kNone; r = t.longs_[r].next) {
      const SampleTables::LongPiece& piece = t.longs_[r];
      // Longer than that only in a damaged automaton.
      if (piece.length > at + 1 - origin()) continue;
      consider(scores[-static_cast<ptrdiff_t>(piece.length)] + piece.of, piece.length);
    }
    consider(scores[-static_cast<ptrdiff_t>(kQuick)] + t.rows_[row].of[0], kQuick);
    return choice;
  }

  /// Of all pieces, with all bits of the draws.
  __attribute__((noinline)) Choice Decide(size_t at, Choice choice) {
    const SampleTables& t = tables();
    const double* const scores = &score(at + 1);
    const double* const of = t.rows_[MatchAutomaton::RowOf(*answers(at))].of;
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
        // Less only in a damaged automaton.
        at = PutMatch(at, std::min(length, static_cast<uint32_t>(at - written())));
      }
    }
  }

  std::array<double, kBounds + 1> bounds_;  ///< The x for which σ(alpha·x) is i / kBounds.
  std::vector<double> scores_;              ///< Of position origin() on, after kBefore.
  std::vector<uint32_t> lengths_;           ///< Of the last piece up to each symbol.
};

Sampler::Sampler(std::shared_ptr<const SampleTables> tables, const RandomKey& key) {
  if (tables->method_ == SampleMethod::kExact) {
    search_ = std::make_unique<Exact>(std::move(tables), key);
  } else {
    search_ = std::make_unique<Viterbi>(std::move(tables), key);
  }
}
Sampler::~Sampler() = default;
Sampler::Sampler(Sampler&&) noexcept = default;

void Sampler::BeginRecord(uint64_t input, uint64_t record, uint64_t position) {
  search_->BeginRecord(input, record, position);
}

void Sampler::Run(const MatchAutomaton& automaton, std::span<const uint16_t> symbols,
                  bool cut_at_newlines, std::vector<uint32_t>* values) {
  search_->Run(automaton, symbols, cut_at_newlines, values);
  search_->Advance(symbols.size());
}

}  // namespace corpusmill
