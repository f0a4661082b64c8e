#ifndef CORPUSMILL_SHUFFLE_JOB_JOB_FILES_H_
#define CORPUSMILL_SHUFFLE_JOB_JOB_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "shuffle/job/shuffle_job_plan.h"

namespace corpusmill {

/// Returns PREFIX.TASK-PART, such as "PREFIX.3-12".
std::string PartPath(const std::string& prefix, uint64_t task, uint64_t part);

/// The paths of a shuffle job's files (docs/formats/job.md). `plan` must outlive it.
class ShuffleJobFiles {
 public:
  ShuffleJobFiles(std::string folder, const ShuffleJobPlan& plan)
      : folder_(std::move(folder)), plan_(plan) {}

  const std::string& folder() const { return folder_; }
  std::string Totals() const { return folder_ + "/totals.json"; }
  std::string Count(size_t task) const { return folder_ + "/count." + std::to_string(task); }
  /// The path of a part's index.
  std::string Part(size_t task, size_t part) const {
    return PartPath(folder_ + "/part", task, part);
  }
  std::string GatherJournal(size_t task) const;
  /// The outputs that a gather task has finished.
  std::string GatherOutputs(size_t task) const;

  /// The prefix of all temporary file names of this job.
  std::string TempPrefix() const { return "corpusmill-" + plan_.id + "."; }
  /// The name of a part's buckets file in each folder of the plan.
  std::string BucketsName(size_t task, size_t part) const {
    return PartPath(TempPrefix() + "buckets", task, part);
  }
  std::string Oversized(size_t task, size_t part) const;

 private:
  const std::string folder_;
  const ShuffleJobPlan& plan_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_FILES_H_
