// Commands for jobs of any kind.

#include <memory>
#include <ostream>
#include <utility>

#include "cli/base/command.h"
#include "cli/commands/job_flags.h"
#include "cli/commands/recipe_flags.h"
#include "cli/commands/repeated_command.h"
#include "cli/commands/shuffle_flags.h"
#include "cli/commands/training_flags.h"
#include "corpus/base/reporter.h"
#include "corpus/base/status.h"
#include "corpus/jobs/job.h"
#include "pipelines/cleaning/clean_job.h"
#include "shuffle/job/shuffle_job.h"
#include "tokenizer/train/training_job.h"

namespace corpusmill {
namespace {

constexpr std::string_view kGroup = "Text";

absl::StatusOr<std::string> ShuffleStatus(const std::string& folder, Context& context) {
  CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(folder, context));
  return job->StatusText();
}

absl::Status RunShuffle(const std::string& folder, const std::string& task, Session& session) {
  CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(folder, session.context, session.overwrite));
  if (!task.empty()) return RunShuffleTask(*job, task, session);
  return RunShuffleJob(*job, /*verify=*/false, session);
}

absl::StatusOr<std::string> TrainingStatus(const std::string& folder, Context& context) {
  CM_ASSIGN_OR_RETURN(const TrainingJob job, TrainingJob::Open(folder, context));
  return job.StatusText();
}

/// Runs the command in the plan, which resumes the job.
absl::Status RunTraining(const std::string& folder, const std::string& task, Session& session) {
  CM_ASSIGN_OR_RETURN(const TrainingJob job, TrainingJob::Open(folder, session.context));
  if (!task.empty()) CM_RETURN_IF_ERROR(job.CheckTask(task));
  return RunRepeated(MakeTrainCommand(task), folder, job.options().arguments, session);
}

absl::StatusOr<std::string> CleanStatus(const std::string& folder, Context& context) {
  return CleanJob::StatusText(folder, context);
}

/// Runs the command in the plan, which resumes the job.
absl::Status RunClean(const std::string& folder, const std::string& task, Session& session) {
  CM_ASSIGN_OR_RETURN(const Job job, Job::Open(folder, CleanJob::kKind, session.context));
  if (!task.empty()) CM_RETURN_IF_ERROR(job.CheckTask(task));
  CM_ASSIGN_OR_RETURN(const auto arguments, CleanJob::FindArguments(folder));
  return RunRepeated(MakeCleanCommand(task), folder, arguments.value(), session);
}

/// The operations on one kind of job.
struct JobKind {
  std::string_view name;
  absl::StatusOr<std::string> (*status)(const std::string& folder, Context& context);
  absl::Status (*run)(const std::string& folder, const std::string& task, Session& session);
};

constexpr JobKind kKinds[] = {
    {ShuffleJob::kKind, ShuffleStatus, RunShuffle},
    {TrainingJob::kKind, TrainingStatus, RunTraining},
    {CleanJob::kKind, CleanStatus, RunClean},
};

absl::StatusOr<JobKind> KindOf(const std::string& folder, Context& context) {
  CM_ASSIGN_OR_RETURN(const Job job, Job::Open(folder, "", context));
  for (const JobKind& kind : kKinds) {
    if (kind.name == job.plan().kind) return kind;
  }
  return DataError(
      absl::StrFormat("%s: has a job of the unknown kind '%s'; try the version of "
                      "corpusmill that planned it",
                      folder, job.plan().kind));
}

class JobStatusCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {.path = "job status",
                                          .group = kGroup,
                                          .summary = "show which tasks are done",
                                          .examples = "corpusmill job status --job-dir job"};
    return kInfo;
  }
  void Define(CLI::App& app) override { AddJobDir(app, &folder_); }
  std::string JobFolder() const override { return folder_; }
  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const JobKind kind, KindOf(folder_, session.context));
    CM_ASSIGN_OR_RETURN(const std::string text, kind.status(folder_, session.context));
    session.out << text;
    return absl::OkStatus();
  }

 private:
  std::string folder_;
};

class JobRunCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "job run",
        .group = kGroup,
        .summary = "run the remaining tasks of a shuffle, a training or a run of clean",
        .examples =
            "corpusmill job run --job-dir job                    # all remaining tasks\n"
            "corpusmill job run --job-dir job --task scatter.3   # one task",
        .details =
            "The folder has the plan of the job: inputs, outputs and flags. Waits for tasks\n"
            "that other processes run. 'job status' lists the tasks: 'scatter 2 of 8' means\n"
            "the tasks scatter.0 to scatter.7, of which two are done."};
    return kInfo;
  }
  void Define(CLI::App& app) override {
    AddJobDir(app, &folder_);
    app.add_option("--task", task_, "Run only this task, such as scatter.3, finalize or ngrams")
        ->type_name("KEY");
  }
  std::string JobFolder() const override { return folder_; }
  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const JobKind kind, KindOf(folder_, session.context));
    return kind.run(folder_, task_, session);
  }

 private:
  std::string folder_, task_;
};

}  // namespace

std::unique_ptr<Command> MakeJobStatusCommand() { return std::make_unique<JobStatusCommand>(); }

std::unique_ptr<Command> MakeJobRunCommand() { return std::make_unique<JobRunCommand>(); }

}  // namespace corpusmill
