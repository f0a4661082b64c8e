#include "tokenizer/ngrams/word_splitter.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace corpusmill {
namespace {

/// log p of a byte that the model lacks after the bytes before: less than of any that it has.
constexpr double kUnseen = -1e6;

bool IsContinuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

}  // namespace

void WordSplitter::Split(std::string_view word, std::vector<std::string_view>* parts) {
  if (word.size() <= kMaxBytes) {
    parts->push_back(word);
    return;
  }
  const size_t most = static_cast<size_t>(model_.order());
  gains_.assign(word.size() + 1, 0);
  sums_.assign(word.size() + 1, 0);
  for (size_t i = 0; i < word.size(); ++i) {
    const size_t before = std::min(i, most - 1);
    const double alone = model_.LogCountOf(word.substr(i, 1)) - model_.log_total();
    const double joint = model_.LogCountOf(word.substr(i - before, before + 1));
    double log_p = alone;
    if (before > 0) log_p = joint - model_.LogCountOf(word.substr(i - before, before));
    if (!std::isfinite(log_p)) log_p = kUnseen;
    gains_[i] = log_p - alone;
    sums_[i + 1] = sums_[i] + log_p;
  }
  for (size_t begin = 0; begin < word.size();) {
    const size_t end = EndOf(word, begin);
    parts->push_back(word.substr(begin, end - begin));
    begin = end;
  }
}

size_t WordSplitter::EndOf(std::string_view word, size_t begin) const {
  const double least = std::log(static_cast<double>(model_.min_count()));
  size_t best = 0;
  for (size_t end = begin + 1; end <= std::min(word.size(), begin + kMaxBytes); ++end) {
    const bool is_end = end == word.size();
    if (!is_end && ensure_unicode_ && IsContinuation(word[end])) continue;
    if (best > 0 && LogExpected(word, begin, end) < least) break;
    if (is_end) return end;
    if (best == 0 || gains_[end] <= gains_[best]) best = end;
  }
  return best > 0 ? best : std::min(word.size(), begin + kMaxBytes);
}

double WordSplitter::LogExpected(std::string_view word, size_t begin, size_t end) const {
  const size_t first = std::min(end - begin, static_cast<size_t>(model_.order()));
  return model_.LogCountOf(word.substr(begin, first)) + sums_[end] - sums_[begin + first];
}

}  // namespace corpusmill
