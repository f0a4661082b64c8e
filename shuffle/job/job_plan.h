#ifndef CORPUSMILL_SHUFFLE_JOB_JOB_PLAN_H_
#define CORPUSMILL_SHUFFLE_JOB_JOB_PLAN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/records/inputs.h"
#include "shuffle/order/options.h"
#include "shuffle/passes/slice_reader.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

/// All that the tasks of a job must agree on: each is a pure function of it.
struct JobPlan {
  std::vector<InputFile> inputs;  ///< Regular files, by absolute path.
  ShuffleOptions options;
  ShuffleFiles files;
  /// Names the spill files of this job among others.
  std::string id;
  std::vector<std::string> folders;  ///< For spill files.
  uint64_t buckets = 0;              ///< As Sizing::buckets.
  uint64_t part_bytes = 0;           ///< What is read between two commits, about.
  uint64_t checkpoint_bytes = 0;     ///< The same of what is written.
  std::vector<InputRange> scatter_tasks;
  uint64_t gather_tasks = 1;
};

/// What a plan depends on besides inputs and options.
struct JobSizes {
  uint64_t memory_bytes = 0;
  int threads = 1;
  uint64_t scatter_tasks = 1;  ///< At most; a compressed input is not cut.
  uint64_t gather_tasks = 1;   ///< At most; an output file is not cut.
};

/// Plans a job. kInvalidArgument for inputs that cannot be read again and for
/// outputs that are not files.
absl::StatusOr<JobPlan> MakeJobPlan(std::vector<InputFile> inputs, const ShuffleOptions& options,
                                    ShuffleFiles files, std::vector<std::string> folders,
                                    const JobSizes& sizes, Context& context);

/// docs/formats/shuffle-job.md has the format.
absl::StatusOr<std::string> EncodeJobPlan(const JobPlan& plan);
absl::StatusOr<JobPlan> DecodeJobPlan(std::string_view text, const std::string& path);

/// Whether both give the same output: all but id, folders, sizes and tasks.
bool SameOutput(const JobPlan& a, const JobPlan& b);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_PLAN_H_
