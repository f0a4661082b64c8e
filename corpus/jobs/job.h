#ifndef CORPUSMILL_CORPUS_JOBS_JOB_H_
#define CORPUSMILL_CORPUS_JOBS_JOB_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/jobs/job_plan.h"

namespace corpusmill {

/// What the tasks of one kind of job do. Job decides when.
class JobWork {
 public:
  virtual ~JobWork() = default;

  /// Whether a task is finished. kDataLoss naming a damaged file and what to remove.
  virtual absl::StatusOr<bool> IsDone(const JobTask& task) const = 0;
  /// Whether the tasks that need `task` can run: if it is done, unless a kind knows better.
  virtual absl::StatusOr<bool> IsUsable(const JobTask& task) const { return IsDone(task); }
  /// Does a task, from where an earlier run of it ended. What it commits, it commits by
  /// renaming files that are durable.
  virtual absl::Status Run(const JobTask& task) = 0;
};

struct JobOptions {
  /// Use the job that is in the folder, if it gives the same output.
  bool resume = false;
  /// Then take the new plan's settings for the old ones.
  bool replace_settings = false;
};

/// Work cut into tasks that survive a crash, in a folder that several processes or machines
/// may share: the plan in `plan.json`, a lock for each task, and what the tasks leave there.
///
///   CM_ASSIGN_OR_RETURN(const Job job, Job::Create("job", plan, {.resume = true}, context));
///   CountingWork work(job);
///   CM_RETURN_IF_ERROR(job.RunAll(work));                  // or, on one of many machines:
///   CM_RETURN_IF_ERROR(job.RunTask("scatter.3", work));
///
/// The rules are the same for every kind of job. One process at a time does a task; another
/// waits. A task that is done does nothing, and neither does any task of a job that is done.
/// A task whose needs are not done is an error that names the first of them. A job is resumed
/// only for the same inputs, outputs and options. Errors are one line and say what to do.
///
/// All system calls go through Files(). One Job object is for one thread.
class Job {
 public:
  /// Writes the plan to `folder`, which is made if it is missing. kInvalidArgument if it holds
  /// a job and `resume` is off, or if that job gives another output: what differs.
  static absl::StatusOr<Job> Create(const std::string& folder, JobPlan plan,
                                    const JobOptions& options, Context& context);
  /// Opens the job that is in a folder. kInvalidArgument if there is none, or if `kind` is
  /// not empty and another.
  static absl::StatusOr<Job> Open(const std::string& folder, std::string_view kind,
                                  Context& context);
  /// The plan in a folder; nullopt if there is none. kDataLoss if it is damaged.
  static absl::StatusOr<std::optional<JobPlan>> FindPlan(const std::string& folder);

  const JobPlan& plan() const { return plan_; }
  const std::string& folder() const { return folder_; }
  std::string PathOf(std::string_view name) const;

  /// kInvalidArgument for a key that the plan does not have.
  absl::Status CheckTask(std::string_view key) const { return Find(key).status(); }
  /// Does one task. kInvalidArgument for a key that the plan does not have.
  absl::Status RunTask(const std::string& key, JobWork& work) const;
  /// Does all tasks that are left and not optional, in the order of the plan.
  absl::Status RunAll(JobWork& work) const;
  /// Whether every task is done that no other task needs.
  absl::StatusOr<bool> IsDone(const JobWork& work) const;
  /// A line for each verb, such as "scatter 3 of 8". Damaged tasks are not done.
  std::string StatusText(const JobWork& work) const;

  /// kDataLoss naming an input that has changed since the job was planned.
  absl::Status CheckInputs() const;
  /// The error of work that needs `key`: it says how to do it first.
  absl::Status NotDone(std::string_view key) const;
  /// What to do when nothing else helps: "remove FOLDER to begin again".
  std::string BeginAgain() const { return BeginAgain(folder_); }

  /// Markers, for tasks that leave nothing else: a durable file KEY.done.
  absl::Status MarkDone(std::string_view key) const;
  absl::StatusOr<bool> IsMarked(std::string_view key) const;
  absl::Status RemoveMark(std::string_view key) const;

  /// Removes the locks, unfinished files of the engine, and the files whose names `is_ours`
  /// knows; all that can be removed. Files of others stay, and so do plan and markers.
  void RemoveTemporary(const std::function<bool(const std::string& name)>& is_ours) const;

 private:
  Job(std::string folder, JobPlan plan, Context& context);

  static std::string BeginAgain(const std::string& folder);
  absl::StatusOr<const JobTask*> Find(std::string_view key) const;
  absl::Status CheckNeeds(const JobTask& task, const JobWork& work) const;

  std::string folder_;
  JobPlan plan_;
  Context* context_;
  std::set<std::string> needed_;  // Keys of tasks that others need.
};

/// Whether a path exists. Where that cannot be known, as on a disk that fails, it is an error:
/// work must not begin again because a file seemed to be missing.
absl::StatusOr<bool> Exists(const std::string& path);

/// Removes the files in a folder whose names `is_ours` knows, as far as they can be removed.
void RemoveFiles(const std::string& folder,
                 const std::function<bool(const std::string& name)>& is_ours);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_JOBS_JOB_H_
