#ifndef CORPUSMILL_SHUFFLE_JOB_SHUFFLE_JOB_PLAN_H_
#define CORPUSMILL_SHUFFLE_JOB_SHUFFLE_JOB_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/jobs/job_plan.h"
#include "corpus/records/inputs.h"
#include "shuffle/order/options.h"
#include "shuffle/passes/slice_reader.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

/// The plan of a shuffle as a job, shared by all its tasks.
struct ShuffleJobPlan {
  std::vector<InputFile> inputs;  ///< Regular files, by absolute path.
  ShuffleOptions options;
  ShuffleFiles files;
  /// Distinguishes the spill files of this job.
  std::string id;
  std::vector<std::string> folders;  ///< For spill files.
  uint64_t buckets = 0;              ///< As Sizing::buckets.
  uint64_t part_bytes = 0;           ///< Approximate bytes read between two commits.
  uint64_t checkpoint_bytes = 0;     ///< Approximate bytes written between two commits.
  std::vector<InputRange> scatter_tasks;
  uint64_t gather_tasks = 1;
  /// Arguments that repeat the planning command elsewhere: paths are absolute.
  std::vector<std::string> arguments;
};

/// The sizes that a plan depends on besides inputs and options.
struct ShuffleJobSizes {
  uint64_t memory_bytes = 0;
  int threads = 1;
  uint64_t scatter_tasks = 1;  ///< At most; a compressed input is not cut.
  uint64_t gather_tasks = 1;   ///< At most; an output file is not cut.
};

/// Plans a job. kInvalidArgument if an input cannot be read twice or an output is not a file.
absl::StatusOr<ShuffleJobPlan> PlanShuffleJob(std::vector<InputFile> inputs,
                                              const ShuffleOptions& options, ShuffleFiles files,
                                              std::vector<std::string> folders,
                                              const ShuffleJobSizes& sizes, Context& context);

/// Encodes the plan for plan.json (docs/formats/job.md). kInvalidArgument if a path or the seed is
/// not UTF-8.
absl::StatusOr<JobPlan> EncodeShuffleJobPlan(const ShuffleJobPlan& plan);
/// Decodes a plan. kDataLoss, naming `folder`, if this version does not know the plan.
absl::StatusOr<ShuffleJobPlan> DecodeShuffleJobPlan(const JobPlan& plan, const std::string& folder);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_SHUFFLE_JOB_PLAN_H_
