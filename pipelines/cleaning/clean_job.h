#ifndef CORPUSMILL_PIPELINES_CLEANING_CLEAN_JOB_H_
#define CORPUSMILL_PIPELINES_CLEANING_CLEAN_JOB_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/jobs/job.h"
#include "corpus/records/inputs.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/recipes/recipe.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

struct CleanJobOptions {
  static constexpr uint64_t kDefaultPartBytes = 256u << 20;

  std::string folder;
  bool resume = false;
  /// Approximate text of a part, the most that is cleaned again after a stop.
  uint64_t part_bytes = kDefaultPartBytes;
  /// The arguments that repeat the command, without --job-dir; see GivenArguments.
  std::vector<std::string> arguments;
  /// Runs only this task; "" = all.
  std::string last_task;
};

/// What a run of a job wrote.
struct CleanJobReport {
  CleanReport report;
  uint64_t output_bytes = 0;  ///< Before compression.
  uint64_t outputs = 0;       ///< Files of documents.
};

/// A run of `clean` as a job (corpus/jobs/job.h): a task `pass.K` for each part of the recipe
/// between global stages, and `publish`, which writes the outputs. A pass that was stopped
/// continues after its last finished part. The outputs have the bytes of Clean with JsonlOutput.
///
///   CM_ASSIGN_OR_RETURN(auto job, CleanJob::Create(recipe, sources, options, files,
///                                                  {.folder = "job"}, context));
///   CM_ASSIGN_OR_RETURN(const auto report, job->Run());   // nullopt: it was done before
///
/// Not thread-safe.
class CleanJob {
 public:
  static constexpr std::string_view kKind = "clean";
  /// Called when the outputs are written, before the job is marked as done.
  using BeforeDone = std::function<absl::Status(const CleanJobReport& report)>;

  /// Starts a job, or resumes it: see Job::Create. `files` as for JsonlOutput. Inputs must be
  /// regular files. The arguments must outlive the job.
  static absl::StatusOr<std::unique_ptr<CleanJob>> Create(
      const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
      const CleanOptions& options, const ShuffleFiles& files, const CleanJobOptions& job_options,
      Context& context);
  ~CleanJob();

  /// Runs the tasks that are left. nullopt if `publish` did not run.
  absl::StatusOr<std::optional<CleanJobReport>> Run(const BeforeDone& before_done = nullptr);
  /// Whether all tasks were done before Run.
  bool was_done() const { return was_done_; }

  /// The arguments of the job in a folder; nullopt if there is no such job.
  static absl::StatusOr<std::optional<std::vector<std::string>>> FindArguments(
      const std::string& folder);
  /// The number of finished tasks of each verb.
  static absl::StatusOr<std::string> StatusText(const std::string& folder, Context& context);

 private:
  class Work;
  struct State;
  explicit CleanJob(std::unique_ptr<State> state);

  absl::Status RemoveTemporary();

  std::unique_ptr<State> state_;
  bool was_done_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_CLEAN_JOB_H_
