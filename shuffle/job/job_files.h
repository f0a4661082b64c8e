#ifndef CORPUSMILL_SHUFFLE_JOB_JOB_FILES_H_
#define CORPUSMILL_SHUFFLE_JOB_JOB_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "shuffle/job/job_plan.h"

namespace corpusmill {

/// PREFIX.TASK-PART: "PREFIX.3-12".
std::string PartPath(const std::string& prefix, uint64_t task, uint64_t part);

/// Whether anything has this name; false if that cannot be known.
bool Exists(const std::string& path);

/// One process at a time works on a task; another waits until it is done.
class TaskLock {
 public:
  /// kCancelled if the context is cancelled while it waits.
  static absl::StatusOr<TaskLock> Take(const std::string& path, const Context& context);
  TaskLock(TaskLock&& other) noexcept;
  ~TaskLock();

 private:
  explicit TaskLock(int fd) : fd_(fd) {}
  int fd_;
};

/// Where the files of a job are: docs/formats/shuffle-job.md. `plan` must outlive it.
class JobFiles {
 public:
  JobFiles(std::string folder, const JobPlan& plan) : folder_(std::move(folder)), plan_(plan) {}

  const std::string& folder() const { return folder_; }
  static std::string PlanIn(const std::string& folder) { return folder + "/plan.json"; }
  std::string Totals() const { return folder_ + "/totals.json"; }
  std::string Count(size_t task) const { return PartPath(folder_ + "/count", task, 0); }
  /// The index of a part.
  std::string Part(size_t task, size_t part) const {
    return PartPath(folder_ + "/part", task, part);
  }
  std::string GatherJournal(size_t task) const;
  std::string GatherDone(size_t task) const;
  /// Of a verb without tasks, or of a task: "scatter.3".
  std::string Lock(const std::string& name) const { return folder_ + "/" + name + ".lock"; }

  /// What the names of all temporary files of this job begin with.
  std::string TempPrefix() const { return "corpusmill-" + plan_.id + "."; }
  /// The name, in each of the plan's folders.
  std::string BucketsName(size_t task, size_t part) const {
    return PartPath(TempPrefix() + "buckets", task, part);
  }
  std::string Oversized(size_t task, size_t part) const;

  bool IsGathered(size_t task) const { return Exists(GatherDone(task)); }
  /// Whether any output was committed, so that buckets may have been freed.
  bool GatherHasBegun() const;
  /// What is left to do when nothing else helps: "remove FOLDER to begin again".
  std::string BeginAgain() const { return "remove " + folder_ + " to begin again"; }

 private:
  const std::string folder_;
  const JobPlan& plan_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_FILES_H_
