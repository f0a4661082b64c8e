#ifndef CORPUSMILL_PIPELINES_CLEANING_RUN_STATISTICS_H_
#define CORPUSMILL_PIPELINES_CLEANING_RUN_STATISTICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/stages/stage_document.h"

namespace corpusmill {

/// Numbers of documents by size: bin b counts sizes of [2^(b-1), 2^b) bytes, bin 0 those of 0.
using SizeHistogram = std::array<uint64_t, 65>;

/// The values of one annotation, such as a language or a score.
struct AnnotationHistogram {
  static constexpr size_t kBins = 20;
  std::map<std::string, uint64_t, std::less<>> texts;
  std::array<uint64_t, kBins> numbers{};  ///< Of [0, 1]; values outside go to the outer bins.
  uint64_t count = 0;                     ///< Of numbers.
};

/// A document that shows what a stage does.
struct StageSample {
  uint64_t rank = 0;  ///< A hash of the identity: the samples with the least ranks are kept.
  std::string id;
  std::string source;
  std::string reason;  ///< "" for a changed document.
  double value = 0;
  double threshold = 0;
  std::string before;  ///< A part of the text around the first change; "" if it is private.
  std::string after;   ///< "" for a dropped document.
};

/// What the report of a run shows besides the ledger. Merging is commutative. Not thread-safe: each
/// batch has its own.
struct RunStatistics {
  static constexpr size_t kSamples = 4;        ///< Of each stage and reason.
  static constexpr size_t kSampleBytes = 600;  ///< Of each text.

  explicit RunStatistics(size_t stages = 0, size_t sources = 0)
      : seconds(stages), samples(stages), sizes_in(sources), sizes_out(sources) {}

  std::vector<double> seconds;  ///< CPU time of each stage, words included where first used.
  /// Of each stage, by reason.
  std::vector<std::map<std::string, std::vector<StageSample>, std::less<>>> samples;
  std::vector<SizeHistogram> sizes_in;  ///< Of each source.
  std::vector<SizeHistogram> sizes_out;
  std::map<std::string, AnnotationHistogram, std::less<>> annotations;

  static void AddSize(uint64_t bytes, SizeHistogram* histogram);
  void AddAnnotation(const StageDocument::Annotation& annotation);
  /// Whether a sample of this rank would be kept so far.
  bool WantsSample(size_t stage, std::string_view reason, uint64_t rank) const;
  void AddSample(size_t stage, StageSample sample);
  void Merge(const RunStatistics& other);
};

/// The rank of a document among samples.
uint64_t SampleRank(const StageDocument::Identity& identity);

/// The parts of two texts around their first difference, cut at characters.
void SampleTexts(std::string_view before, std::string_view after, StageSample* sample);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_RUN_STATISTICS_H_
