#ifndef CORPUSMILL_PIPELINES_CLEANING_ESTIMATE_H_
#define CORPUSMILL_PIPELINES_CLEANING_ESTIMATE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/cleaning/cleaning_plan.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

/// Text of the sample, if one batch per thread and source is not more.
inline constexpr uint64_t kSampleTextBytes = 16u << 20;

/// What a run will take, by a run over a sample: the first documents of each source.
struct CleaningEstimate {
  uint64_t sample_documents = 0;
  uint64_t sample_text_bytes = 0;
  double sample_seconds = 0;  ///< Without making the stages.
  bool is_whole = false;      ///< The sample was all documents.

  uint64_t text_bytes = 0;  ///< Of all documents, before the stages.
  double seconds = 0;       ///< Of a run, without making the stages and writing the output.
  /// What the waiting documents take in a temporary file, per byte of text.
  double temp_bytes_per_text_byte = 0;

  /// Most temporary space at a stage of the plan. Documents that are shuffled are written up to
  /// three times.
  uint64_t TempBytes(const PlannedStage& stage) const;
};

/// Whether all inputs are files, whose size is known and which can be read twice.
bool CanEstimate(const std::vector<std::vector<InputFile>>& sources);

/// Runs a sample of each source through the stages and scales the figures by the stored bytes of
/// the inputs. Leaves no files. REQUIRES: CanEstimate(sources).
absl::StatusOr<CleaningEstimate> EstimateCleaning(
    const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
    const CleanOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_ESTIMATE_H_
