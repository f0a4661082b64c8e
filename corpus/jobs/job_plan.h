#ifndef CORPUSMILL_CORPUS_JOBS_JOB_PLAN_H_
#define CORPUSMILL_CORPUS_JOBS_JOB_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/records/inputs.h"

namespace corpusmill {

/// A unit of work of a job: one process does it at a time.
struct JobTask {
  /// VERB or VERB.NUMBER, unique in the job: "finalize", "scatter.3".
  std::string key;
  /// Keys of earlier tasks that must be done first, or ranges of them: "scatter.0-7".
  std::vector<std::string> needs;
  uint64_t bytes = 0;  ///< About how much it reads or writes; 0 if unknown.
  /// Needed only when other tasks run at the same time or out of order.
  bool is_optional = false;
};

/// "scatter.3"
std::string TaskKey(std::string_view verb, size_t number);
/// The keys of the tasks [begin, end) as one need; REQUIRES: begin < end.
std::string TaskKeys(std::string_view verb, size_t begin, size_t end);

/// The keys that a need names: "scatter.0-7" is eight.
std::vector<std::string> KeysOfNeed(const std::string& need);

/// The plan of a job, shared by all its tasks: each is a pure function of it.
struct JobPlan {
  std::string kind;               ///< "shuffle" or "train": decides what the tasks do.
  std::string id;                 ///< Random; tells the temporary files of jobs apart.
  std::vector<InputFile> inputs;  ///< Regular files by absolute path; may be empty.
  /// A JSON object of everything besides the inputs that decides the output. A job is
  /// resumed only if inputs and definition are equal.
  std::string definition = "{}";
  /// A JSON object of everything else that the tasks depend on.
  std::string settings = "{}";
  std::vector<JobTask> tasks;  ///< In an order in which they can be done.
};

/// Makes `path` absolute, without "." and "..": the same from every folder.
std::string AbsolutePath(const std::string& path);

/// The text of plan.json (docs/formats/job.md) without its hash. kInvalidArgument when a
/// path or an option is not UTF-8.
absl::StatusOr<std::string> EncodeJobPlan(const JobPlan& plan);
/// kDataLoss naming `path` when the text is no plan that this version knows.
absl::StatusOr<JobPlan> DecodeJobPlan(std::string_view text, const std::string& path);

/// What makes the output of two plans differ, as the end of a message: `its seed is "1", not
/// "2"`. "" if they give the same output.
std::string DifferenceBetween(const JobPlan& planned, const JobPlan& now);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_JOBS_JOB_PLAN_H_
