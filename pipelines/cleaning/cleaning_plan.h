#ifndef CORPUSMILL_PIPELINES_CLEANING_CLEANING_PLAN_H_
#define CORPUSMILL_PIPELINES_CLEANING_CLEANING_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/engine/document_batches.h"
#include "pipelines/recipes/recipe.h"
#include "pipelines/stages/global_stage.h"
#include "pipelines/stages/stage.h"

namespace corpusmill {

/// A stage that is ready to run.
struct PlannedStage {
  std::string label;
  const StageInfo* info = nullptr;
  size_t only_source = SIZE_MAX;  ///< The only source whose documents it sees; SIZE_MAX: all.
  std::unique_ptr<Stage> local;   ///< One of the two.
  std::unique_ptr<GlobalStage> global;
};

/// The stages of a recipe, in the order in which a document meets them: those of its source, those
/// of the recipe, and, if a source has a weight or a limit, `mixture`.
///
/// A global stage ends a segment. Documents pass a segment without knowledge of each other.
struct CleaningPlan {
  std::vector<PlannedStage> stages;
  std::vector<std::string> members;  ///< Members of the input objects that stages read.
  std::vector<std::string> source_names;

  /// Positions of the global stages, and the number of stages at the end.
  std::vector<size_t> segment_ends;

  std::vector<std::string> labels() const;
  std::vector<size_t> only_sources() const;
  /// Memory of the stages in bytes per byte of text.
  uint64_t memory_per_text_byte() const;
};

/// Makes the stages of a recipe. `temp_dir` is for temporary files. Errors name the place in the
/// recipe.
absl::StatusOr<CleaningPlan> PlanCleaning(const Recipe& recipe, const std::string& temp_dir,
                                          Context& context);

/// How the documents of a run are cut into batches, for a sink that takes `sink_memory` bytes per
/// byte of text.
BatchOptions CleaningBatches(const CleaningPlan& plan, uint64_t sink_memory);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_CLEANING_PLAN_H_
