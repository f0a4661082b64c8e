#ifndef CORPUSMILL_SHUFFLE_JOB_SHUFFLE_JOB_H_
#define CORPUSMILL_SHUFFLE_JOB_SHUFFLE_JOB_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/jobs/job.h"
#include "shuffle/job/job_buckets.h"
#include "shuffle/job/job_files.h"
#include "shuffle/job/job_totals.h"
#include "shuffle/job/part_index.h"
#include "shuffle/job/shuffle_job_plan.h"
#include "shuffle/shuffle.h"

namespace corpusmill {

/// A shuffle as a job (corpus/jobs/job.h). Finished tasks survive a crash; several processes or
/// machines that share the folder can run tasks in parallel:
///
///   plan → count (where a file is cut) → scatter → finalize → gather → verify
///
///   CM_ASSIGN_OR_RETURN(auto job, ShuffleJob::Create("job", plan, /*resume=*/false, context));
///   CM_RETURN_IF_ERROR(job->RunAll());
///   CM_RETURN_IF_ERROR(job->RemoveTemporary());
///
/// Writes the same bytes as Shuffle. One thread uses a ShuffleJob object.
class ShuffleJob final : private JobWork {
 public:
  static constexpr std::string_view kKind = "shuffle";

  /// Creates the job in folder `path`, or resumes it: see Job::Create. With plan.files.overwrite,
  /// its tasks may replace outputs that the job did not write.
  static absl::StatusOr<std::unique_ptr<ShuffleJob>> Create(const std::string& path,
                                                            const ShuffleJobPlan& plan, bool resume,
                                                            Context& context);
  /// Opens a planned job. With `overwrite`, its tasks may replace outputs that it did not write.
  static absl::StatusOr<std::unique_ptr<ShuffleJob>> Open(const std::string& path, Context& context,
                                                          bool overwrite = false);
  /// The plan in a folder; nullopt if there is none.
  static absl::StatusOr<std::optional<ShuffleJobPlan>> FindPlan(const std::string& path);

  const ShuffleJobPlan& plan() const { return plan_; }
  size_t scatter_tasks() const { return plan_.scatter_tasks.size(); }
  size_t gather_tasks() const { return plan_.gather_tasks; }

  /// RunTask runs one task by its key, such as "scatter.3"; RunAll runs all remaining tasks.
  absl::Status RunTask(const std::string& key) { return job_.RunTask(key, *this); }
  absl::Status RunAll() { return job_.RunAll(*this); }

  /// Counts the records of a scatter task. A task that ends within a file must be counted or
  /// scattered before the next tasks can be scattered.
  absl::Status Count(size_t task) { return RunTask(TaskKey("count", task)); }
  absl::Status Scatter(size_t task) { return RunTask(TaskKey("scatter", task)); }
  /// Computes the totals, the header and the end of a sample. Needs all scatter tasks.
  absl::Status Finalize() { return RunTask("finalize"); }
  /// Writes the outputs of one gather task.
  absl::Status Gather(size_t task) { return RunTask(TaskKey("gather", task)); }
  /// Reads the outputs again: see VerifyShuffle. Needs all gather tasks.
  absl::Status Verify();
  /// Removes the spill files and all files of the job but the plan, the totals and the markers.
  /// REQUIRES: all gather tasks are done.
  void RemoveTemporary();

  /// The report of the shuffle. Needs Finalize.
  absl::StatusOr<ShuffleReport> Report() const;
  absl::StatusOr<bool> IsDone() const { return job_.IsDone(*this); }
  /// One line per verb with the number of finished tasks.
  std::string StatusText() const { return job_.StatusText(*this); }
  /// See Job::DoneText.
  std::string DoneText(const std::string& key) const { return job_.DoneText(key, *this); }
  const std::string& folder() const { return job_.folder(); }
  /// The paths of all outputs. Needs Finalize.
  absl::StatusOr<std::vector<std::string>> Outputs() const;

 private:
  /// The results of all scatter tasks.
  struct Scattered {
    std::unique_ptr<JobBuckets> buckets;
    std::vector<uint64_t> records_read;  // From each input.
    std::string header;
    uint64_t temp_bytes = 0;
  };
  /// (input, records read from it)
  using RecordCounts = std::vector<std::pair<uint64_t, uint64_t>>;

  ShuffleJob(Job job, ShuffleJobPlan plan, bool overwrite, Context& context);

  // JobWork.
  absl::StatusOr<bool> IsDone(const JobTask& task) const override;
  absl::StatusOr<bool> IsUsable(const JobTask& task) const override;
  absl::Status Run(const JobTask& task) override;

  /// The existing parts of a task.
  absl::StatusOr<std::vector<PartIndex>> LoadParts(size_t task) const;
  absl::StatusOr<bool> IsScattered(size_t task) const;
  absl::StatusOr<Scattered> LoadScattered() const;
  absl::StatusOr<ShuffleJobTotals> LoadTotals() const;
  /// Whether any output was committed, so that buckets may have been freed.
  absl::StatusOr<bool> GatherHasBegun() const;
  /// Checks that no output exists and that the disk has room for the outputs.
  absl::Status CheckOutputs(const ShuffleJobTotals& totals) const;
  absl::Status RunFinalize();

  // Scatter tasks, in job_scatter.cc.

  absl::Status RunCount(size_t task);
  absl::Status RunScatter(size_t task);
  /// The records of a task's inputs, from its count or, if it is scattered, from its parts.
  absl::StatusOr<RecordCounts> Counts(size_t task) const;
  /// The index in its file of the first record of a task.
  absl::StatusOr<uint64_t> FirstRecordOf(size_t task) const;
  /// Removes the parts from `first` on, which follow a part that somebody removed.
  absl::Status RemoveStaleParts(size_t task, size_t first) const;

  // Gather tasks, in job_gather.cc.

  absl::Status RunGather(size_t task);

  const Job job_;
  const ShuffleJobPlan plan_;
  const ShuffleJobFiles files_;
  const bool overwrite_;  // Replaces an output of a finished task that has changed.
  Context& context_;
  const std::string_view delimiter_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_SHUFFLE_JOB_H_
