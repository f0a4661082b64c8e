#ifndef CORPUSMILL_SHUFFLE_JOB_H_
#define CORPUSMILL_SHUFFLE_JOB_H_

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
#include "corpus/context.h"
#include "shuffle/job_cells.h"
#include "shuffle/job_plan.h"
#include "shuffle/part_index.h"
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
  bool IsGathered(size_t task) const;
  bool IsDone() const;
  /// One line for each kind of task: how many are done.
  std::string StatusText() const;
  /// The paths of all outputs. When finalized.
  absl::StatusOr<std::vector<std::string>> Outputs() const;

 private:
  Job(std::string path, JobPlan plan, Context& context);
  struct Totals;

  std::string PathOf(const std::string& name) const { return path_ + "/" + name; }
  std::string PartPathOf(size_t task, size_t part) const;
  std::string SpillName(size_t task, size_t part) const;
  std::string GiantPrefix() const;
  absl::Status CheckInputs() const;
  /// The parts of a task that are there; complete if the last of them says so.
  absl::StatusOr<std::vector<PartIndex>> LoadParts(size_t task) const;
  /// Records of a task's inputs by its count or, if it is scattered, by its parts.
  absl::StatusOr<std::vector<std::pair<uint64_t, uint64_t>>> Counts(size_t task) const;
  absl::StatusOr<InputRange> RangeOf(size_t task) const;
  absl::StatusOr<std::unique_ptr<JobCells>> LoadCells(Totals* totals) const;
  absl::StatusOr<Totals> LoadTotals() const;
  OutputFile OutputAt(const ShuffleResult& result, uint64_t index) const;
  uint64_t OutputCount(const ShuffleResult& result) const;

  const std::string path_;
  const JobPlan plan_;
  Context& context_;
  const std::string_view delimiter_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_H_
