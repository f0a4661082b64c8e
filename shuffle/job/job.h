#ifndef CORPUSMILL_SHUFFLE_JOB_JOB_H_
#define CORPUSMILL_SHUFFLE_JOB_JOB_H_

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
#include "shuffle/job/job_buckets.h"
#include "shuffle/job/job_files.h"
#include "shuffle/job/job_plan.h"
#include "shuffle/job/job_totals.h"
#include "shuffle/job/part_index.h"
#include "shuffle/shuffle.h"

namespace corpusmill {

/// A shuffle whose work is cut into tasks that survive a crash and can be done by
/// several processes or machines that share the folder:
///
///   plan → count (where a file is cut) → scatter → finalize → gather → verify
///
///   CM_ASSIGN_OR_RETURN(auto job, Job::Create("job", plan, context));
///   for (size_t i = 0; i < job->scatter_tasks(); ++i) CM_RETURN_IF_ERROR(job->Scatter(i));
///   CM_RETURN_IF_ERROR(job->Finalize());
///   for (size_t i = 0; i < job->gather_tasks(); ++i) CM_RETURN_IF_ERROR(job->Gather(i));
///
/// Each task is a pure function of the plan. It commits what it did by renaming files,
/// goes on where an earlier run of it ended, does nothing if it is done, and may be run
/// twice at once: the second waits. The bytes are those of Shuffle. One Job object is
/// for one thread.
class Job {
 public:
  /// Writes the plan to folder `path`, which is made if it is missing. With `resume`, a
  /// plan that is there and gives the same output is used instead; without, it is an
  /// error.
  static absl::StatusOr<std::unique_ptr<Job>> Create(const std::string& path, JobPlan plan,
                                                     bool resume, Context& context);
  /// Opens a job that was planned.
  static absl::StatusOr<std::unique_ptr<Job>> Open(const std::string& path, Context& context);
  /// The plan in a folder; nullopt if there is none.
  static absl::StatusOr<std::optional<JobPlan>> FindPlan(const std::string& path);

  const JobPlan& plan() const { return plan_; }
  size_t scatter_tasks() const { return plan_.scatter_tasks.size(); }
  size_t gather_tasks() const { return plan_.gather_tasks; }

  /// Counts the records of a scatter task. Needed of those that end within a file before
  /// the next ones can be scattered, unless they were scattered themselves.
  absl::Status Count(size_t task);
  absl::Status Scatter(size_t task);
  /// When all is scattered: totals, the header, the end of a sample.
  absl::Status Finalize();
  /// Writes some of the outputs.
  absl::Status Gather(size_t task);
  /// When all is gathered: reads the outputs again. See VerifyShuffle.
  absl::Status Verify();
  /// When all is gathered: removes the spill files and all but the plan and the totals.
  absl::Status RemoveTemporary();

  /// When finalized.
  absl::StatusOr<ShuffleReport> Report() const;
  bool IsGathered(size_t task) const { return files_.IsGathered(task); }
  bool IsDone() const;
  /// One line for each kind of task: how many are done.
  std::string StatusText() const;
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

  Job(std::string path, JobPlan plan, Context& context);

  absl::Status CheckInputs() const;
  /// The parts of a task that are there; complete if the last of them says so.
  absl::StatusOr<std::vector<PartIndex>> LoadParts(size_t task) const;
  absl::StatusOr<Scattered> LoadScattered() const;
  absl::StatusOr<JobTotals> LoadTotals() const;
  /// Whether the outputs have their names for themselves, and room.
  absl::Status CheckOutputs(const JobTotals& totals) const;

  // Of scatter tasks, in job_scatter.cc.

  absl::StatusOr<InputRange> RangeOf(size_t task) const;
  /// Records of a task's inputs by its count or, if it is scattered, by its parts.
  absl::StatusOr<RecordCounts> Counts(size_t task) const;
  /// The index in its file of the first record of a task.
  absl::StatusOr<uint64_t> FirstRecordOf(size_t task) const;
  /// Removes parts from `first` on, which lie behind one that somebody removed.
  absl::Status RemoveStaleParts(size_t task, size_t first) const;

  const JobPlan plan_;
  const JobFiles files_;
  Context& context_;
  const std::string_view delimiter_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_H_
