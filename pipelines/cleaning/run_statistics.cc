#include "pipelines/cleaning/run_statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "corpus/base/hash.h"
#include "pipelines/cleaning/text_diff.h"

namespace corpusmill {
namespace {

// Text before the first difference in a sample.
constexpr size_t kContextBytes = 120;

std::string Part(std::string_view text, size_t begin) {
  begin = CharacterStart(text, std::min(begin, text.size()));
  const size_t end =
      CharacterStart(text, std::min(text.size(), begin + RunStatistics::kSampleBytes));
  std::string part(text.substr(begin, end - begin));
  if (begin > 0) part = "…" + part;
  if (end < text.size()) part += "…";
  return part;
}

bool HasLowerRank(const StageSample& a, const StageSample& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.id < b.id;
}

}  // namespace

void RunStatistics::AddSize(uint64_t bytes, SizeHistogram* histogram) {
  ++(*histogram)[static_cast<size_t>(std::bit_width(bytes))];
}

void RunStatistics::AddAnnotation(const StageDocument::Annotation& annotation) {
  auto found = annotations.find(annotation.name);
  if (found == annotations.end()) {
    found = annotations.emplace(std::string(annotation.name), AnnotationHistogram()).first;
  }
  AnnotationHistogram& histogram = found->second;
  if (const double* number = std::get_if<double>(&annotation.value)) {
    const double bin = std::isnan(*number) ? 0 : std::floor(*number * AnnotationHistogram::kBins);
    ++histogram
          .numbers[static_cast<size_t>(std::clamp(bin, 0.0, AnnotationHistogram::kBins - 1.0))];
    ++histogram.count;
  } else {
    ++histogram.texts[std::get<std::string>(annotation.value)];
  }
}

bool RunStatistics::WantsSample(size_t stage, std::string_view reason, uint64_t rank) const {
  const auto found = samples[stage].find(reason);
  return found == samples[stage].end() || found->second.size() < kSamples ||
         rank <= found->second.back().rank;
}

void RunStatistics::AddSample(size_t stage, StageSample sample) {
  std::vector<StageSample>& kept = samples[stage][sample.reason];
  kept.insert(std::upper_bound(kept.begin(), kept.end(), sample, HasLowerRank), std::move(sample));
  if (kept.size() > kSamples) kept.pop_back();
}

void RunStatistics::Merge(const RunStatistics& other) {
  for (size_t stage = 0; stage < seconds.size(); ++stage) {
    seconds[stage] += other.seconds[stage];
    for (const auto& [reason, from] : other.samples[stage]) {
      for (const StageSample& sample : from) {
        if (WantsSample(stage, reason, sample.rank)) AddSample(stage, sample);
      }
    }
  }
  for (size_t source = 0; source < sizes_in.size(); ++source) {
    for (size_t bin = 0; bin < sizes_in[source].size(); ++bin) {
      sizes_in[source][bin] += other.sizes_in[source][bin];
      sizes_out[source][bin] += other.sizes_out[source][bin];
    }
  }
  for (const auto& [name, from] : other.annotations) {
    AnnotationHistogram& to = annotations[name];
    for (const auto& [text, count] : from.texts) to.texts[text] += count;
    for (size_t bin = 0; bin < from.numbers.size(); ++bin) to.numbers[bin] += from.numbers[bin];
    to.count += from.count;
  }
}

uint64_t SampleRank(const StageDocument::Identity& identity) {
  const uint64_t numbers[] = {identity.input, identity.record, identity.copy};
  return HashBytes({reinterpret_cast<const char*>(numbers), sizeof(numbers)}).high;
}

void SampleTexts(std::string_view before, std::string_view after, StageSample* sample) {
  const auto [b, a] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
  const size_t difference = static_cast<size_t>(b - before.begin());
  const size_t begin = difference < kContextBytes ? 0 : difference - kContextBytes;
  sample->before = Part(before, begin);
  sample->after = Part(after, begin);
}

}  // namespace corpusmill
