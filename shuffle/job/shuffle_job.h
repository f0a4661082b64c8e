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

/// A shuffle as a job (corpus/jobs/job.h): its tasks survive a crash and can be done by
/// several processes or machines that share the folder:
///
///   plan → count (where a file is cut) → scatter → finalize → gather → verify
///
///   CM_ASSIGN_OR_RETURN(auto job, ShuffleJob::Create("job", plan, /*resume=*/false, context));
///   CM_RETURN_IF_ERROR(job->RunAll());
///   CM_RETURN_IF_ERROR(job->RemoveTemporary());
///
/// The output has the same bytes as that of Shuffle. One ShuffleJob object is for one thread.
class ShuffleJob final : private JobWork {
 public:
  static constexpr std::string_view kKind = "shuffle";

  /// Begins the job in folder `path`, or goes on with it: see Job::Create.
  static absl::StatusOr<std::unique_ptr<ShuffleJob>> Create(const std::string& path,
                                                            const ShuffleJobPlan& plan, bool resume,
                                                            Context& context);
  /// Opens a job that was planned.
  static absl::StatusOr<std::unique_ptr<ShuffleJob>> Open(const std::string& path,
                                                          Context& context);
  /// The plan in a folder; nullopt if there is none.
  static absl::StatusOr<std::optional<ShuffleJobPlan>> FindPlan(const std::string& path);

  const ShuffleJobPlan& plan() const { return plan_; }
  size_t scatter_tasks() const { return plan_.scatter_tasks.size(); }
  size_t gather_tasks() const { return plan_.gather_tasks; }

  /// Does one task by its key, such as "scatter.3", or all that are left.
  absl::Status RunTask(const std::string& key) { return job_.RunTask(key, *this); }
  absl::Status RunAll() { return job_.RunAll(*this); }

  /// Counts the records of a scatter task. Needed for tasks that end within a file before
  /// the next tasks can be scattered, unless they were scattered themselves.
  absl::Status Count(size_t task) { return RunTask(TaskKey("count", task)); }
  absl::Status Scatter(size_t task) { return RunTask(TaskKey("scatter", task)); }
  /// When all is scattered: totals, the header, the end of a sample.
  absl::Status Finalize() { return RunTask("finalize"); }
  /// Writes some of the outputs.
  absl::Status Gather(size_t task) { return RunTask(TaskKey("gather", task)); }
  /// When all is gathered: reads the outputs again. See VerifyShuffle.
  absl::Status Verify();
  /// When all is gathered: removes the spill files and all but the plan, the totals and the
  /// markers.
  void RemoveTemporary();

  /// When finalized.
  absl::StatusOr<ShuffleReport> Report() const;
  absl::StatusOr<bool> IsDone() const { return job_.IsDone(*this); }
  /// A line for each verb: how many of its tasks are done.
  std::string StatusText() const { return job_.StatusText(*this); }
  /// The paths of all outputs. When finalized.
  absl::StatusOr<std::vector<std::string>> Outputs() const;

 private:
  /// What was scattered, and what is known of it.
  struct Scattered {
    std::unique_ptr<JobBuckets> buckets;
    std::vector<uint64_t> records_read;  // From each input.
    std::string header;
    uint64_t temp_bytes = 0;
  };
  /// (input, records read from it)
  using RecordCounts = std::vector<std::pair<uint64_t, uint64_t>>;

  ShuffleJob(Job job, ShuffleJobPlan plan, Context& context);

  // JobWork.
  absl::StatusOr<bool> IsDone(const JobTask& task) const override;
  absl::StatusOr<bool> IsUsable(const JobTask& task) const override;
  absl::Status Run(const JobTask& task) override;

  /// The parts of a task that are there.
  absl::StatusOr<std::vector<PartIndex>> LoadParts(size_t task) const;
  absl::StatusOr<bool> IsScattered(size_t task) const;
  absl::StatusOr<Scattered> LoadScattered() const;
  absl::StatusOr<ShuffleJobTotals> LoadTotals() const;
  /// Whether any output was committed, so that buckets may have been freed.
  absl::StatusOr<bool> GatherHasBegun() const;
  /// Checks that no output exists yet and that there is room.
  absl::Status CheckOutputs(const ShuffleJobTotals& totals) const;
  absl::Status RunFinalize();

  // Scatter tasks, in job_scatter.cc.

  absl::Status RunCount(size_t task);
  absl::Status RunScatter(size_t task);
  /// The records of a task's inputs by its count or, if it is scattered, by its parts.
  absl::StatusOr<RecordCounts> Counts(size_t task) const;
  /// The index in its file of the first record of a task.
  absl::StatusOr<uint64_t> FirstRecordOf(size_t task) const;
  /// Removes parts from `first` on, which lie behind one that somebody removed.
  absl::Status RemoveStaleParts(size_t task, size_t first) const;

  // Gather tasks, in job_gather.cc.

  absl::Status RunGather(size_t task);

  const Job job_;
  const ShuffleJobPlan plan_;
  const ShuffleJobFiles files_;
  Context& context_;
  const std::string_view delimiter_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_SHUFFLE_JOB_H_
