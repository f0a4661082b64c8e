#ifndef CORPUSMILL_TOKENIZER_TRAIN_TRAINING_JOB_H_
#define CORPUSMILL_TOKENIZER_TRAIN_TRAINING_JOB_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/jobs/job.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/train/corpus_pass.h"
#include "tokenizer/train/train_options.h"
#include "tokenizer/train/training_corpus.h"

namespace corpusmill {

/// A training as a job (corpus/jobs/job.h) of three tasks: `ngrams` and `pieces`, which leave the
/// counts of a pass in files of these names, and `models`. A stopped pass resumes after its last
/// counted part: `ngrams.1`, `ngrams.2`…
///
///   CM_ASSIGN_OR_RETURN(const TrainingJob job, TrainingJob::Create(options, context));
///   CM_RETURN_IF_ERROR(job.Count("ngrams", corpus, info, count_part));
///   CM_ASSIGN_OR_RETURN(const auto counts, CountsFile::Open(job.PathOf("ngrams"), context));
///
/// The corpus and the counting options define the job, so `--resume` may make models of another
/// size from the same counts. Use it from one thread.
class TrainingJob {
 public:
  static constexpr std::string_view kKind = "train";
  /// Counts the next part of the corpus, about checkpoint_bytes, into a file.
  using CountPart = std::function<absl::Status(CorpusCursor& cursor, const std::string& path)>;

  /// Starts the job in options.job.folder, or resumes it: see Job::Create.
  static absl::StatusOr<TrainingJob> Create(const TrainOptions& options, Context& context);
  /// Opens a planned job.
  static absl::StatusOr<TrainingJob> Open(const std::string& folder, Context& context);

  std::string PathOf(std::string_view name) const { return job_.PathOf(name); }
  /// The arguments that repeat the planning command, without --job-dir; see TrainingJobOptions.
  const TrainingJobOptions& options() const { return options_; }

  /// Runs the task `name`: counts the missing parts with count_part and merges all parts into one
  /// file. kInvalidArgument if a part was counted differently from `info`, except for the texts.
  /// kDataLoss if the corpus does not begin with the texts of the parts.
  absl::Status Count(const std::string& name, const OpenCorpus& corpus, const CountsInfo& info,
                     const CountPart& count_part) const;

  /// Marks the task `models` as done, with the outputs of options(), and removes the locks. Call it
  /// when the models are written.
  absl::Status Finish() const;

  /// Whether options.job.folder holds a finished job of the same corpus, options and arguments,
  /// whose models are as it wrote them: nothing is left to do. A missing model, or with `overwrite`
  /// another file in its place, must be made again; without `overwrite`, kDataLoss names that file.
  static absl::StatusOr<bool> IsFinished(const TrainOptions& options, bool overwrite,
                                         Context& context);
  /// Whether the finished job wrote the file at `path`, which has not changed since.
  absl::StatusOr<bool> HasWritten(const std::string& path) const;

  absl::StatusOr<bool> IsDone() const;
  std::string StatusText() const;
  /// kInvalidArgument if there is no task of this name.
  absl::Status CheckTask(const std::string& key) const;

 private:
  TrainingJob(Job job, TrainingJobOptions options, Context& context)
      : job_(std::move(job)), options_(std::move(options)), context_(&context) {}

  Job job_;
  TrainingJobOptions options_;
  Context* context_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_TRAINING_JOB_H_
