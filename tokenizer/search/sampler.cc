#include "tokenizer/search/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "tokenizer/search/sampler_internal.h"

namespace corpusmill {
namespace {

constexpr size_t kQuick = MatchAutomaton::kQuick;
/// About the smallest exponent of a double, with a reserve.
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
  const double least = tables->AddSpellings(automaton, bytes_are_pieces);
  if (method == SampleMethod::kExact) CM_RETURN_IF_ERROR(tables->SetLeastSum(least));
  tables->states_.resize(automaton.states());
  tables->lengths_.resize(automaton.states());
  tables->longs_.resize(automaton.long_states());
  for (uint32_t state = 0; state < automaton.states(); ++state) tables->AddState(automaton, state);
  return tables;
}

double SampleTables::AddSpellings(const MatchAutomaton& automaton, bool bytes_are_pieces) {
  double least = 0;
  for (uint32_t state = 0; state < automaton.states(); ++state) {
    const double score = automaton.score(state);
    if (std::isfinite(score)) least = std::min(least, score);
  }
  const std::span<const uint32_t> symbols = automaton.symbols();
  spellings_.resize(symbols.size());
  spelled_weights_.resize(symbols.size());
  spelled_scores_.resize(symbols.size(), kNoPiece);
  // The match states of single bytes, found through the firsts of their codes.
  std::array<uint32_t, 256> byte_states{};
  for (size_t code = 1; code < symbols.size(); ++code) {
    const uint32_t state = MatchAutomaton::StateOf(automaton.firsts()[code].match_state());
    const uint32_t symbol = symbols[code];
    if (symbol < 0x80) byte_states[symbol] = state;
    if (symbol >= MatchAutomaton::kByte && symbol < MatchAutomaton::kOutOfVocabulary)
      byte_states[(symbol - MatchAutomaton::kByte) & 0xFF] = state;
  }
  for (size_t code = 1; code < symbols.size(); ++code) {
    if (symbols[code] < 0x80 || symbols[code] >= MatchAutomaton::kByte) continue;
    const uint32_t own_state = MatchAutomaton::StateOf(automaton.firsts()[code].match_state());
    if (!bytes_are_pieces && !MatchAutomaton::IsSpelled(automaton.match(own_state).value)) continue;
    MatchAutomaton::Spelling& spelling = spellings_[code];
    double sum = 0;
    for (const char byte : EncodeUtf8(static_cast<int32_t>(symbols[code]))) {
      const uint32_t state = byte_states[static_cast<uint8_t>(byte)];
      spelling.scores[spelling.size] = automaton.score(state);
      sum += spelling.scores[spelling.size];
      spelling.values[spelling.size++] = automaton.match(state).value;
    }
    least = std::min(least, sum);
    spelled_scores_[code] = sum;
    spelled_weights_[code] = std::exp(alpha_ * sum);
  }
  return least;
}

absl::Status SampleTables::SetLeastSum(double least_score) {
  // The smallest value that one piece can turn a sum of 1 into.
  const double bits = alpha_ * -least_score / std::log(2.0);
  const double most = alpha_ * -kLeastBits / std::max(1e-9, bits);
  if (bits > -kLeastBits) {
    return UsageError(absl::StrFormat(
        "alpha is %g; the limit for this model is %.3g, which already draws little but the most "
        "probable segmentation",
        alpha_, most));
  }
  least_sum_ = std::ldexp(1, kLeastBits + static_cast<int>(bits));
  return absl::OkStatus();
}

double SampleTables::Of(double score) const {
  if (method_ == SampleMethod::kViterbi) return score;
  return std::min(std::exp(alpha_ * score), kMostWeight);
}

void SampleTables::AddState(const MatchAutomaton& automaton, uint32_t state) {
  State& to = states_[state];
  std::fill_n(to.of, kQuick, method_ == SampleMethod::kExact ? 0 : kNoPiece);
  if (state < longs_.size()) {
    // A damaged automaton may lack long pieces even here.
    const MatchAutomaton::Match& match = automaton.match(state);
    const bool is_long = match.length > kQuick && !MatchAutomaton::IsSpelled(match.value);
    const bool goes_on = match.next < longs_.size() && automaton.match(match.next).length > kQuick;
    longs_[state] = {is_long ? Of(automaton.score(state)) : Of(kNoPiece), match.length,
                     goes_on ? match.next : MatchAutomaton::kNone};
  }
  for (uint32_t at = state; at != MatchAutomaton::kNone; at = automaton.match(at).next) {
    const MatchAutomaton::Match& match = automaton.match(at);
    if (match.length > kQuick || MatchAutomaton::IsSpelled(match.value)) continue;
    to.of[kQuick - match.length] = Of(automaton.score(at));
    lengths_[state] |= static_cast<uint8_t>(1u << (kQuick - match.length));
  }
}

Sampler::Sampler(std::shared_ptr<const SampleTables> tables, const RandomKey& key) {
  if (tables->method_ == SampleMethod::kExact) {
    search_ = NewExact(std::move(tables), key);
  } else {
    search_ = NewViterbi(std::move(tables), key);
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
