#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "corpus/unicode.h"
#include "tokenizer/ngram_model.h"

namespace corpusmill {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

bool IsContinuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

/// Length of the invalid sequences at the front of `text`.
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

}  // namespace

void NgramSegmenter::Segment(std::string_view chunk, std::vector<std::string_view>* words) {
  if (!options_.ensure_unicode || !options_.restart_after_invalid) {
    SegmentRun(chunk, words);
    return;
  }
  while (!chunk.empty()) {
    const size_t valid = ValidUtf8Prefix(chunk);
    SegmentRun(chunk.substr(0, valid), words);
    chunk.remove_prefix(valid);
    const size_t invalid = InvalidPrefix(chunk);
    for (size_t i = 0; i < invalid; ++i) words->push_back(chunk.substr(i, 1));
    chunk.remove_prefix(invalid);
  }
}

// State k of a byte: it is the k-th of its word (from 0), or, for the last state,
// comes later still. best[k] is the score of the best path that ends there.
void NgramSegmenter::SegmentRun(std::string_view run, std::vector<std::string_view>* words) {
  if (run.empty()) return;
  const int order = model_.order();
  const int last = order - 1;
  routes_.resize(run.size() * order);
  std::array<double, NgramCounts::kMaxOrder> best, next;
  std::array<double, NgramCounts::kMaxOrder> log_p;
  std::array<uint32_t, NgramCounts::kMaxOrder> ngrams;  // [k]: the last k + 1 bytes.
  best.fill(kImpossible);
  ngrams.fill(NgramModel::kNone);
  for (size_t i = 0; i < run.size(); ++i) {
    const auto byte = static_cast<uint8_t>(run[i]);
    for (int k = last; k > 0; --k) {
      ngrams[k] = ngrams[k - 1] == NgramModel::kNone ? NgramModel::kNone
                                                     : model_.Continue(k, ngrams[k - 1], byte);
      log_p[k] = ngrams[k] == NgramModel::kNone ? kImpossible : model_.log_p(k + 1, ngrams[k]);
    }
    ngrams[0] = byte;
    log_p[0] =
        options_.ensure_unicode && IsContinuation(run[i]) ? kImpossible : model_.log_p(1, byte);
    if (i == 0) {
      best[0] = log_p[0];
      continue;
    }
    uint8_t* const routes = &routes_[i * order];
    // The maximum is over the rounded sums, the lowest state on ties, 0 when none
    // is possible: what the reference's argmax does.
    std::fill(routes, routes + order, 0);
    next[0] = kImpossible;
    for (int k = 0; k < order; ++k) {
      const double score = best[k] + log_p[0];
      if (score > next[0]) {
        next[0] = score;
        routes[0] = static_cast<uint8_t>(k);
      }
    }
    for (int k = 1; k < order; ++k) {
      next[k] = best[k - 1] + log_p[k];
      if (next[k] > kImpossible) routes[k] = static_cast<uint8_t>(k - 1);
    }
    if (last > 0 && best[last] + log_p[last] > next[last]) {
      next[last] = best[last] + log_p[last];
      routes[last] = static_cast<uint8_t>(last);
    }
    best.swap(next);
  }
  size_t state = 0;
  for (int k = 1; k < order; ++k) {
    if (best[k] > best[state]) state = k;
  }
  starts_.clear();
  for (size_t i = run.size() - 1; i > 0; --i) {
    if (state == 0) starts_.push_back(static_cast<uint32_t>(i));
    state = routes_[i * order + state];
  }
  size_t start = 0;
  for (auto end = starts_.rbegin(); end != starts_.rend(); ++end) {
    words->push_back(run.substr(start, *end - start));
    start = *end;
  }
  words->push_back(run.substr(start));
}

}  // namespace corpusmill
