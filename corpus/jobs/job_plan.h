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

/// A unit of work of a job, run by one process at a time.
struct JobTask {
  /// VERB or VERB.NUMBER, unique in the job: "finalize", "scatter.3".
  std::string key;
  /// Keys of earlier tasks, or ranges of keys, that must be done first: "scatter.0-7".
  std::vector<std::string> needs;
  uint64_t bytes = 0;  ///< Approximate bytes read or written; 0 if unknown.
  /// Needed only if other tasks run at the same time or out of order.
  bool is_optional = false;
};

/// "scatter.3"
std::string TaskKey(std::string_view verb, size_t number);
/// The keys of tasks [begin, end) as one need. REQUIRES: begin < end.
std::string TaskKeys(std::string_view verb, size_t begin, size_t end);

/// The keys in a need: "scatter.0-7" is eight.
std::vector<std::string> KeysOfNeed(const std::string& need);

/// The plan shared by all tasks of a job: each task is a pure function of it.
struct JobPlan {
  std::string kind;               ///< "shuffle" or "train": selects the work of the tasks.
  std::string id;                 ///< Random; separates the temporary files of jobs.
  std::vector<InputFile> inputs;  ///< Regular files by absolute path; may be empty.
  /// A JSON object with everything besides the inputs that determines the output. A job resumes
  /// only if inputs and definition are equal.
  std::string definition = "{}";
  /// A JSON object with everything else that the tasks depend on.
  std::string settings = "{}";
  std::vector<JobTask> tasks;  ///< In an order in which they can run.
};

/// Makes `path` absolute, without "." and "..", so that it is valid from every folder.
std::string AbsolutePath(const std::string& path);

/// The text of plan.json (docs/formats/job.md) without its hash. kInvalidArgument if a path or an
/// option is not UTF-8.
absl::StatusOr<std::string> EncodeJobPlan(const JobPlan& plan);
/// kDataLoss naming `path` if the text is not a plan of this version.
absl::StatusOr<JobPlan> DecodeJobPlan(std::string_view text, const std::string& path);

/// The first difference that changes the output, as the end of a message: `its seed is "1", not
/// "2"`. "" if both plans give the same output.
std::string DifferenceBetween(const JobPlan& planned, const JobPlan& now);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_JOBS_JOB_PLAN_H_
