#ifndef CORPUSMILL_CORPUS_JOBS_JOB_H_
#define CORPUSMILL_CORPUS_JOBS_JOB_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/jobs/job_outputs.h"
#include "corpus/jobs/job_plan.h"

namespace corpusmill {

/// The work of the tasks of one kind of job. Job decides when a task runs.
class JobWork {
 public:
  virtual ~JobWork() = default;

  /// Whether a task is finished. kDataLoss naming a damaged file and the remedy.
  virtual absl::StatusOr<bool> IsDone(const JobTask& task) const = 0;
  /// Whether the tasks that need `task` can run: by default, if it is done.
  virtual absl::StatusOr<bool> IsUsable(const JobTask& task) const { return IsDone(task); }
  /// Runs a task from where an earlier run stopped. Must commit results by renaming durable files.
  virtual absl::Status Run(const JobTask& task) = 0;
};

struct JobOptions {
  /// Uses the job in the folder if it gives the same output.
  bool resume = false;
  /// Then replaces the old plan's settings by the new ones.
  bool replace_settings = false;
};

/// Work divided into tasks that survive a crash, in a folder that several processes or machines may
/// share. The folder holds the plan in `plan.json`, a lock for each task, and the tasks' results.
///
///   CM_ASSIGN_OR_RETURN(const Job job, Job::Create("job", plan, {.resume = true}, context));
///   CountingWork work(job);
///   CM_RETURN_IF_ERROR(job.RunAll(work));                  // or, on one of many machines:
///   CM_RETURN_IF_ERROR(job.RunTask("scatter.3", work));
///
/// Every kind of job follows the same rules. One process at a time runs a task; another waits.
/// Running a finished task, or a task of a finished job, does nothing. A task with an unfinished
/// need is an error that names the first such need. A job resumes only with the same inputs,
/// outputs and options. Errors are one line and say what to do.
///
/// All system calls go through Files(). Use a Job object from one thread.
class Job {
 public:
  /// Writes the plan to `folder`, created if missing. kInvalidArgument if it holds a job and
  /// `resume` is off, or if that job gives another output: the message says what differs.
  static absl::StatusOr<Job> Create(const std::string& folder, JobPlan plan,
                                    const JobOptions& options, Context& context);
  /// Opens the job in a folder. kInvalidArgument if there is none, or if its kind differs from a
  /// non-empty `kind`.
  static absl::StatusOr<Job> Open(const std::string& folder, std::string_view kind,
                                  Context& context);
  /// The plan in a folder; nullopt if there is none. kDataLoss if it is damaged.
  static absl::StatusOr<std::optional<JobPlan>> FindPlan(const std::string& folder);

  const JobPlan& plan() const { return plan_; }
  const std::string& folder() const { return folder_; }
  std::string PathOf(std::string_view name) const;

  /// kInvalidArgument for a key that the plan does not have.
  absl::Status CheckTask(std::string_view key) const { return Find(key).status(); }
  /// Runs one task. kInvalidArgument for a key that the plan does not have.
  absl::Status RunTask(const std::string& key, JobWork& work) const;
  /// Runs all unfinished tasks that are not optional, in the order of the plan.
  absl::Status RunAll(JobWork& work) const;
  /// Whether all tasks that no other task needs are done.
  absl::StatusOr<bool> IsDone(const JobWork& work) const;
  /// A line for each verb, such as "scatter 3 of 8". Damaged tasks count as not done.
  std::string StatusText(const JobWork& work) const;
  /// The state of a finished task for a person: "task scatter.3 is done, 4 of 8 scatter tasks".
  std::string DoneText(std::string_view key, const JobWork& work) const;

  /// kDataLoss naming an input that has changed since the job was planned.
  absl::Status CheckInputs() const;
  /// The error for work that needs the unfinished task `key`; it says how to run that task first.
  absl::Status NotDone(std::string_view key) const;
  /// Advice of last resort: "remove FOLDER to begin again".
  std::string BeginAgain() const { return BeginAgain(folder_); }

  /// Markers for tasks that leave no other file in the folder: a durable file KEY.done, which names
  /// the outputs that the task has published.
  absl::Status MarkDone(std::string_view key, const std::vector<JobOutput>& outputs = {}) const;
  /// Whether the task is marked and its outputs are as it wrote them. A missing output, and with
  /// `overwrite` another file in its place, mean that the task must run again. Without `overwrite`,
  /// kDataLoss naming the other file. Looks once at the outputs of a task.
  absl::StatusOr<bool> IsMarked(std::string_view key, bool overwrite = false) const;
  /// The outputs of a marked task; none without a mark. kDataLoss if the mark is damaged.
  absl::StatusOr<std::vector<JobOutput>> OutputsOf(std::string_view key) const;
  absl::Status RemoveMark(std::string_view key) const;

  /// Removes the locks, the engine's unfinished files, and the files for which `is_ours` is true.
  /// Ignores failures. Keeps all other files, the plan and the markers.
  void RemoveTemporary(const std::function<bool(const std::string& name)>& is_ours) const;

 private:
  Job(std::string folder, JobPlan plan, Context& context);

  static std::string BeginAgain(const std::string& folder);
  absl::StatusOr<const JobTask*> Find(std::string_view key) const;
  absl::Status CheckNeeds(const JobTask& task, const JobWork& work) const;
  std::string MarkPath(std::string_view key) const;

  std::string folder_;
  JobPlan plan_;
  Context* context_;
  std::set<std::string> needed_;  // Keys that other tasks need.
  // Marked tasks whose outputs were seen to be intact.
  mutable std::set<std::string, std::less<>> intact_;
};

/// Whether a path exists. Reports an error if that is unknown, as on a failing disk: a file that
/// only seems to be missing must not restart the work.
absl::StatusOr<bool> Exists(const std::string& path);

/// Removes the files in a folder for which `is_ours` is true. Ignores failures.
void RemoveFiles(const std::string& folder,
                 const std::function<bool(const std::string& name)>& is_ours);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_JOBS_JOB_H_
