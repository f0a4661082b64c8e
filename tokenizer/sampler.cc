#include "tokenizer/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"
#include "corpus/unicode.h"

namespace corpusmill {
namespace {

/// Sums are brought back when they leave 2^±kRescale. Neighbours may differ by as
/// much again before a long double, of 2^±16383, overflows.
constexpr int kRescale = 5000;

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
  // The rows of bytes: what the firsts of their codes lead to.
  std::array<uint32_t, 256> byte_rows{};
  for (size_t code = 1; code < symbols.size(); ++code) {
    const uint32_t row = MatchAutomaton::RowOf(automaton.firsts()[code].answer());
    const uint32_t symbol = symbols[code];
    if (symbol < 0x80) byte_rows[symbol] = row;
    if (symbol >= MatchAutomaton::kByte) byte_rows[(symbol - MatchAutomaton::kByte) & 0xFF] = row;
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
    tables->spelled_weights_[code] = std::exp(static_cast<long double>(alpha) * sum);
  }
  if (method == SampleMethod::kViterbi) return tables;
  // Positions that a piece joins differ at most by the weights between them.
  const double most = kRescale * std::log(2.0) /
                      std::max(1e-9, -least_spelled * static_cast<double>(automaton.max_length()));
  if (alpha > most) {
    return UsageError(absl::StrFormat(
        "alpha is %g; at most %.3g is possible with this model, where hardly any segmentation but "
        "the most probable is drawn",
        alpha, most));
  }
  tables->choices_.reserve(automaton.rows());
  for (uint32_t row = 0; row < automaton.rows(); ++row) {
    const MatchAutomaton::Match& match = automaton.match(row);
    // exp(alpha·-infinity) is 0, but not for alpha = 0.
    const long double weight =
        MatchAutomaton::IsSpelled(match.value)
            ? 0
            : std::exp(static_cast<long double>(alpha) * automaton.score(row));
    tables->choices_.push_back({weight, match.length, match.next});
  }
  return tables;
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
  }
  void Advance(size_t symbols) { position_ += symbols; }

 protected:
  /// The draws of one position, as many as wanted.
  Draw At(size_t position, uint64_t block = 0) const {
    return key_.At(DrawPurpose::kTokenSampling, input_, record_,
                   (position_ + position) | block << 48);
  }
  const SampleTables& tables() const { return *tables_; }

 private:
  const std::shared_ptr<const SampleTables> tables_;
  const RandomKey key_;
  uint64_t input_ = 0, record_ = 0, position_ = 0;
};

/// Forward: the sum of the weights of all paths to each position, with an exponent
/// beside it. Backward: one draw for each piece.
class Sampler::Exact final : public Drawing {
 public:
  using Drawing::Drawing;

 private:
  void BeginLine() override {
    line_ = written();
    sums_[line_ - origin()] = 1;
    exponents_[line_ - origin()] = 0;
  }
  void Reserve(size_t size) override {
    if (sums_.size() > size) return;
    sums_.resize(size + 1);
    exponents_.resize(size + 1);
  }
  void BeginText() override { Reserve(1); }
  void MoveToFront(size_t from, size_t to) override {
    std::copy(sums_.begin() + (from - origin()), sums_.begin() + (to - origin() + 1),
              sums_.begin());
    std::copy(exponents_.begin() + (from - origin()), exponents_.begin() + (to - origin() + 1),
              exponents_.begin());
  }

  void Search(size_t begin, size_t end) override {
    const auto* const choices = tables().choices_.data();
    const uint32_t* const rows = answers(begin);
    for (size_t at = begin; at < end; ++at) {
      long double* const sum = &sums_[at + 1 - origin()];
      long double total = sum[-1] * tables().spelled_weights_[symbols()[at]];
      for (uint32_t row = MatchAutomaton::RowOf(rows[at - begin]); row != MatchAutomaton::kNone;
           row = choices[row].next) {
        if (choices[row].length > at + 1 - origin()) continue;  // A damaged automaton.
        total += sum[-static_cast<ptrdiff_t>(choices[row].length)] * choices[row].weight;
      }
      *sum = total;
      exponents_[at + 1 - origin()] = exponents_[at - origin()];
      if (total < kLeast || total > kMost) Rescale(at + 1);
    }
  }

  /// Brings the sums that the next pieces reach near 1.
  void Rescale(size_t at) {
    const int shift = sums_[at - origin()] < 1 ? kRescale : -kRescale;
    // What lies before origin() is written out, and no piece goes back there.
    const size_t reach = std::min(at - std::max(line_, origin()), automaton().max_length());
    for (size_t i = at - reach; i <= at; ++i) {
      sums_[i - origin()] = std::ldexp(sums_[i - origin()], shift);
      exponents_[i - origin()] -= shift;
    }
  }

  void WritePath(size_t end) override {
    const auto* const choices = tables().choices_.data();
    for (size_t at = end; at > written();) {
      const size_t i = at - origin();
      const long double uniform =
          (static_cast<long double>(At(at).high) + 0.5L) * 0x1p-64L * sums_[i];
      long double passed = 0;
      uint32_t length = 1;
      bool spelled = true;
      for (uint32_t row = MatchAutomaton::RowOf(*answers(at - 1)); row != MatchAutomaton::kNone;
           row = choices[row].next) {
        // The last one takes what rounding left over, if it cannot be spelled.
        spelled = choices[row].next == MatchAutomaton::kNone &&
                  tables().spelled_weights_[symbols()[at - 1]] > 0;
        if (choices[row].weight == 0 || choices[row].length > i) continue;
        length = choices[row].length;
        passed += std::ldexp(sums_[i - length] * choices[row].weight,
                             exponents_[i - length] - exponents_[i]);
        if (uniform < passed) {
          spelled = false;
          break;
        }
      }
      if (spelled) {
        PutSpelled(tables().spellings_[symbols()[at - 1]]);
        length = 1;
      } else {
        PutMatch(MatchAutomaton::RowOf(*answers(at - 1)), length);
      }
      at -= std::min<size_t>(length, at - written());
    }
  }

  static constexpr long double kLeast = 0x1p-5000L, kMost = 0x1p5000L;
  size_t line_ = 0;
  std::vector<long double> sums_;  ///< Of position origin() on.
  std::vector<int32_t> exponents_;
};

/// Forward: draws the piece with which the path to each position ends.
class Sampler::Viterbi final : public Drawing {
 public:
  Viterbi(std::shared_ptr<const SampleTables> tables, const RandomKey& key)
      : Drawing(std::move(tables), key) {
    for (size_t i = 0; i <= kBounds; ++i) {
      const double u = static_cast<double>(i) / kBounds;
      bounds_[i] = std::log(u) - std::log1p(-u);
    }
  }

 private:
  static constexpr uint32_t kSpelled = 0;  ///< In lengths_.

  void BeginLine() override { scores_[written() - origin()] = 0; }
  void Reserve(size_t size) override {
    if (scores_.size() > size) return;
    scores_.resize(size + 1);
    lengths_.resize(size);
  }
  void BeginText() override { Reserve(1); }
  void MoveToFront(size_t from, size_t to) override {
    std::copy(scores_.begin() + (from - origin()), scores_.begin() + (to - origin() + 1),
              scores_.begin());
    std::copy(lengths_.begin() + (from - origin()), lengths_.begin() + (to - origin()),
              lengths_.begin());
  }

  void Search(size_t begin, size_t end) override {
    for (size_t at = begin; at < end; ++at) {
      double* const score = &scores_[at + 1 - origin()];
      double running = -std::numeric_limits<double>::infinity();
      uint32_t length = 1;
      int tried = 0;
      Draw draws;
      const auto consider = [&](double candidate, uint32_t candidate_length) {
        if (tried > 0) {
          const int k = (tried - 1) % 4;
          if (k == 0) draws = At(at + 1, static_cast<uint64_t>(tried - 1) / 4);
          const uint64_t half = k < 2 ? draws.high : draws.low;
          if (!Accept(tables().alpha_ * (candidate - running),
                      static_cast<uint32_t>(k % 2 == 0 ? half >> 32 : half))) {
            ++tried;
            return;
          }
        }
        ++tried;
        running = candidate;
        length = candidate_length;
      };
      for (uint32_t row = MatchAutomaton::RowOf(*answers(at)); row != MatchAutomaton::kNone;) {
        const MatchAutomaton::Match& match = automaton().match(row);
        // Longer than that only in a damaged automaton.
        if (!MatchAutomaton::IsSpelled(match.value) && match.length <= at + 1 - origin()) {
          consider(score[-static_cast<ptrdiff_t>(match.length)] + automaton().score(row),
                   match.length);
        }
        row = match.next;
      }
      const MatchAutomaton::Spelling& spelling = tables().spellings_[symbols()[at]];
      if (spelling.size > 0) {
        double spelled = score[-1];
        for (uint32_t i = 0; i < spelling.size; ++i) spelled += spelling.scores[i];
        consider(spelled, kSpelled);
      }
      *score = running;
      lengths_[at - origin()] = length;
    }
  }

  /// True with probability σ(x), by a 32-bit draw: whether x is above the logit of
  /// the draw, which mostly its first bits tell.
  bool Accept(double x, uint32_t draw) const {
    const uint32_t i = draw >> (32 - kBoundBits);
    if (x >= bounds_[i + 1]) return true;
    if (x < bounds_[i]) return false;
    return (static_cast<double>(draw) + 0.5) * 0x1p-32 < 1 / (1 + std::exp(-x));
  }

  void WritePath(size_t end) override {
    for (size_t at = end; at > written();) {
      const uint32_t length = lengths_[at - 1 - origin()];
      if (length == kSpelled) {
        PutSpelled(tables().spellings_[symbols()[at - 1]]);
        --at;
        continue;
      }
      PutMatch(MatchAutomaton::RowOf(*answers(at - 1)), length);
      at -= std::min<size_t>(length, at - written());
    }
  }

  static constexpr int kBoundBits = 8;
  static constexpr size_t kBounds = size_t{1} << kBoundBits;
  std::array<double, kBounds + 1> bounds_;  ///< The logit of i / kBounds.
  std::vector<double> scores_;              ///< Of position origin() on.
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
