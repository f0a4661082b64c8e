#include "tokenizer/ngrams/ngram_segmenter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

/// Flag of a route: the last state follows itself.
constexpr uint8_t kStays = 16;

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

bool IsContinuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

/// Length of the invalid sequences at the start of `text`.
size_t InvalidPrefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    int32_t code;
    const size_t length = DecodeUtf8(text.substr(i), &code);
    if (code >= 0) break;
    i += length;
  }
  return i;
}

/// Four scores. The compiler maps it to the processor's vectors.
using Four = double __attribute__((vector_size(32)));
using FourMasks = int64_t __attribute__((vector_size(32)));

/// Computes log p of each byte of a text given the bytes before it.
template <int kOrder>
class LogP {
 public:
  /// log p of a byte given the k bytes before it; -∞ from kOrder on.
  static constexpr int kFours = (kOrder + 3) / 4;
  using Row = std::array<double, 4 * kFours>;

  __attribute__((always_inline)) LogP(const NgramModel& model, std::string_view text)
      : model_(model), logs_(model.logs()), log_total_(model.log_total()), text_(text) {
    for (Row& row : rows_) row.fill(kImpossible);
    for (size_t i = 0; i < kAhead && i < text.size(); ++i) Locate(i);
  }

  /// Returns log p of byte i: [k] is given the k bytes before it, -∞ if the model lacks that
  /// n-gram. Valid until the next call. Call for each byte in order.
  __attribute__((always_inline)) const Row& Of(size_t i) {
    if (i + kAhead < text_.size()) Locate(i + kAhead);
    Read(i);
    return rows_[i % kRows];
  }

 private:
  /// Prefetch distance of slots.
  static constexpr size_t kAhead = 8;
  static constexpr size_t kRows = 16;
  static_assert(kOrder <= kRows);

  /// The n-grams that begin at a byte.
  struct Start {
    const NgramModel::Section* section;
    uint32_t pair;
    std::array<NgramTable::Place, kOrder> places;  // Without a slot if there is none.
  };

  /// The bytes after i as a number, first byte topmost, padded with zeros.
  uint64_t After(size_t i) const {
    uint64_t bytes = 0;
    const size_t size = text_.size() - i - 1;
    if (size >= sizeof(bytes)) {
      std::memcpy(&bytes, text_.data() + i + 1, sizeof(bytes));
      return __builtin_bswap64(bytes);
    }
    for (size_t k = 0; k < size; ++k) {
      bytes |= uint64_t{static_cast<uint8_t>(text_[i + 1 + k])} << (56 - 8 * k);
    }
    return bytes;
  }

  __attribute__((always_inline)) void Locate(size_t i) {
    Start& start = starts_[i % kRows];
    start.section = &model_.section(static_cast<uint8_t>(text_[i]));
    start.pair = 0;
    if (kOrder < 2 || i + 1 == text_.size() || start.section->pairs.empty()) return;
    start.pair = start.section->pairs[static_cast<uint8_t>(text_[i + 1])];
    if (start.pair == 0) return;
    const uint64_t after = After(i);
    const size_t most = text_.size() - i;
    const auto locate = [&]<int kLength>(std::integral_constant<int, kLength>)
        __attribute__((always_inline)) {
      const NgramTable& table = start.section->longer[kLength - 3];
      NgramTable::Place& place = start.places[kLength - 3];
      if (kLength > most || table.empty()) {
        place.slot = nullptr;
        return false;
      }
      place = table.Locate<8 * (kLength - 1)>(after >> (72 - 8 * kLength));
      __builtin_prefetch(place.slot);
      return true;
    };
    [&]<int... kI>(std::integer_sequence<int, kI...>) __attribute__((always_inline)) {
      (void)(locate(std::integral_constant<int, kI + 3>()) && ...);
    }
    (std::make_integer_sequence<int, std::max(0, kOrder - 2)>());
  }

  /// Fills in the scores of the n-grams that begin at i.
  __attribute__((always_inline)) void Read(size_t i) {
    const Start& start = starts_[i % kRows];
    double before = logs_[start.section->code];
    rows_[i % kRows][0] = before - log_total_;
    int k = 1;
    const auto put = [&](uint32_t code) __attribute__((always_inline)) {
      const double log = logs_[code];
      rows_[(i + k) % kRows][k] = log - before;
      before = log;
      ++k;
    };
    if (kOrder > 1 && start.pair != 0) {
      put(start.pair);
      while (k < kOrder) {
        const NgramTable::Place& place = start.places[k - 2];
        if (place.slot == nullptr) break;
        const uint32_t code = start.section->longer[k - 2].Read(place);
        if (code == 0) break;
        put(code);
      }
    }
    for (; k < kOrder; ++k) rows_[(i + k) % kRows][k] = kImpossible;
  }

  const NgramModel& model_;
  const double* const logs_;
  const double log_total_;
  const std::string_view text_;
  std::array<Start, kRows> starts_;
  alignas(sizeof(Four)) std::array<Row, kRows> rows_;
};

}  // namespace

NgramSegmenter::NgramSegmenter(const NgramModel* model, const Options& options)
    : model_(*model), options_(options), segment_run_([&] {
        static constexpr decltype(segment_run_) kRuns[NgramCounts::kMaxOrder] = {
            &NgramSegmenter::SegmentRun<1>, &NgramSegmenter::SegmentRun<2>,
            &NgramSegmenter::SegmentRun<3>, &NgramSegmenter::SegmentRun<4>,
            &NgramSegmenter::SegmentRun<5>, &NgramSegmenter::SegmentRun<6>,
            &NgramSegmenter::SegmentRun<7>, &NgramSegmenter::SegmentRun<8>,
            &NgramSegmenter::SegmentRun<9>};
        return kRuns[model->order() - 1];
      }()) {}

void NgramSegmenter::Segment(std::string_view chunk, std::vector<std::string_view>* words) {
  if (!options_.ensure_unicode || !options_.restart_after_invalid) {
    (this->*segment_run_)(chunk, words);
    return;
  }
  while (!chunk.empty()) {
    const size_t valid = ValidUtf8Prefix(chunk);
    (this->*segment_run_)(chunk.substr(0, valid), words);
    chunk.remove_prefix(valid);
    const size_t invalid = InvalidPrefix(chunk);
    for (size_t i = 0; i < invalid; ++i) words->push_back(chunk.substr(i, 1));
    chunk.remove_prefix(invalid);
  }
}

// State k of a byte: the byte is the k-th of its word (from 0), or later for the last state.
// best[k] is the score of the best path to state k. State k follows state k - 1, the last state
// also itself, and state 0 any state. A route stores the predecessors of the last state (kStays)
// and of state 0.
template <int kOrder>
__attribute__((always_inline)) inline int NgramSegmenter::FindRoutes(std::string_view run) {
  constexpr int kFours = LogP<kOrder>::kFours, kLast = kOrder - 1;
  LogP<kOrder> log_ps(model_, run);
  std::array<Four, kFours> best;
  best.fill(Four{kImpossible, kImpossible, kImpossible, kImpossible});
  const bool whole_characters = options_.ensure_unicode;
  for (size_t i = 0; i < run.size(); ++i) {
    const typename LogP<kOrder>::Row& row = log_ps.Of(i);
    const double first = whole_characters && IsContinuation(run[i]) ? kImpossible : row[0];
    if (i == 0) {
      best[0][0] = first;
      continue;
    }
    // The maximum of the rounded sums; the lowest state on ties, 0 if no state is possible, as in
    // the reference's argmax.
    std::array<Four, kFours> log_p, sums, next;
    Four most = best[0] + first;
    for (int v = 0; v < kFours; ++v) {
      std::memcpy(&log_p[v], &row[4 * v], sizeof(Four));
      sums[v] = best[v] + first;
      most = sums[v] > most ? sums[v] : most;
    }
    const Four half = __builtin_shufflevector(most, most, 2, 3, 0, 1);
    most = half > most ? half : most;
    const Four other = __builtin_shufflevector(most, most, 1, 0, 3, 2);
    most = other > most ? other : most;
    Four state{64, 64, 64, 64};  // The lowest state with the maximum.
    for (int v = kFours - 1; v >= 0; --v) {
      state = sums[v] == most ? Four{0, 1, 2, 3} + 4.0 * v : state;
    }
    const Four state_half = __builtin_shufflevector(state, state, 2, 3, 0, 1);
    state = state_half < state ? state_half : state;
    const Four state_other = __builtin_shufflevector(state, state, 1, 0, 3, 2);
    state = state_other < state ? state_other : state;
    auto route = static_cast<uint8_t>(static_cast<int>(state[0]));
    for (int v = kFours - 1; v > 0; --v) {
      next[v] = __builtin_shufflevector(best[v], best[v - 1], 7, 0, 1, 2) + log_p[v];
    }
    next[0] = __builtin_shufflevector(best[0], best[0], 0, 0, 1, 2) + log_p[0];
    if (kOrder > 1) {
      // Set lanes with masks; setting single lanes would go through memory.
      constexpr FourMasks kIsLast = {-(kLast % 4 == 0), -(kLast % 4 == 1), -(kLast % 4 == 2),
                                     -(kLast % 4 == 3)};
      const Four stays = best[kLast / 4] + log_p[kLast / 4];
      const FourMasks takes = (stays > next[kLast / 4]) & kIsLast;
      next[kLast / 4] = takes ? stays : next[kLast / 4];
      route |= static_cast<uint8_t>(takes[kLast % 4] & kStays);
    }
    constexpr FourMasks kIsFirst = {-1, 0, 0, 0};
    next[0] = kIsFirst ? most : next[0];
    best = next;
    routes_[i] = route;
  }
  int last = 0;
  for (int k = 1; k < kOrder; ++k) {
    if (best[k / 4][k % 4] > best[last / 4][last % 4]) last = k;
  }
  return last;
}

#if defined(__x86_64__)
template <int kOrder>
__attribute__((target("avx2,bmi,bmi2"))) int NgramSegmenter::FindRoutesAvx2(std::string_view run) {
  return FindRoutes<kOrder>(run);
}
#endif

template <int kOrder>
void NgramSegmenter::SegmentRun(std::string_view run, std::vector<std::string_view>* words) {
  if (run.empty()) return;
  if (routes_.size() < run.size()) routes_.resize(run.size());
  constexpr int kLast = kOrder - 1;
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  int state = has_avx2 ? FindRoutesAvx2<kOrder>(run) : FindRoutes<kOrder>(run);
#else
  int state = FindRoutes<kOrder>(run);
#endif
  starts_.clear();
  for (size_t i = run.size() - 1; i > 0; --i) {
    if (state == 0) {
      starts_.push_back(static_cast<uint32_t>(i));
      state = routes_[i] & (kStays - 1);
    } else if (state < kLast || (routes_[i] & kStays) == 0) {
      --state;
    }
  }
  size_t start = 0;
  for (auto end = starts_.rbegin(); end != starts_.rend(); ++end) {
    words->push_back(run.substr(start, *end - start));
    start = *end;
  }
  words->push_back(run.substr(start));
}

}  // namespace corpusmill
