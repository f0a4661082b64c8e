#include <ostream>
#include <set>
#include <string>
#include <utility>

#include "cli/base/given_arguments.h"
#include "cli/commands/job_flags.h"
#include "cli/commands/shuffle_flags.h"
#include "shuffle/job/shuffle_job.h"

namespace corpusmill {
namespace {

constexpr std::string_view kGroup = "Text";

/// Flags of the plan itself.
const std::set<std::string>& NotRepeated() {
  static const std::set<std::string> kNames = {"--job-dir", "--tasks", "--gather-tasks"};
  return kNames;
}

class PlanCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "job plan",
        .group = kGroup,
        .summary = "cut a shuffle into tasks for several processes or machines",
        .examples =
            "corpusmill job plan --job-dir job --tasks 8 --seed 1 -o out.jsonl corpus/\n"
            "for i in 0 1 2 3 4 5 6 7; do corpusmill job count --job-dir job --task $i; done\n"
            "for i in 0 1 2 3 4 5 6 7; do corpusmill job scatter --job-dir job --task $i; done\n"
            "corpusmill job finalize --job-dir job\n"
            "corpusmill job gather --job-dir job --task 0\n"
            "corpusmill job verify --job-dir job --remove",
        .details =
            "Tasks of one kind may run in any order, in parallel and on several machines that\n"
            "share the folders. A task that is done does nothing when run again. The outputs\n"
            "equal those of 'corpusmill shuffle' with the same flags. Temporary files go to\n"
            "--temp-dir, else to the job folder. 'job count' is needed only if a file is cut."};
    return kInfo;
  }
  void Define(CLI::App& app) override {
    app_ = &app;
    flags_.Define(app);
    AddJobDir(app, &dir_);
    AddNumber(app, "--tasks", &sizes_.scatter_tasks, 1,
              "Maximum number of scatter tasks; only plain files are cut");
    AddNumber(app, "--gather-tasks", &sizes_.gather_tasks, 1,
              "Gather tasks, at most one per output file");
  }
  std::vector<std::string> OutputPaths() const override { return {flags_.output.path}; }
  std::vector<std::string> InputArguments() const override { return flags_.records.inputs; }

  std::string JobFolder() const override { return dir_; }
  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(std::vector<InputFile> inputs, flags_.Resolve(session));
    CM_ASSIGN_OR_RETURN(const auto job, flags_.PlanJob(dir_, std::move(inputs), sizes_,
                                                       GivenArguments(*app_, NotRepeated()),
                                                       /*resume=*/true, session));
    session.out << absl::StrFormat("scatter tasks %d\ngather tasks %d\nseed %s\n",
                                   job->scatter_tasks(), job->gather_tasks(),
                                   job->plan().options.seed);
    return absl::OkStatus();
  }

 private:
  const CLI::App* app_ = nullptr;
  ShuffleFlags flags_;
  std::string dir_;
  ShuffleJobSizes sizes_;
};

/// A command that runs one step of a planned shuffle.
class JobCommand final : public Command {
 public:
  /// `verb` is that of the tasks; `has_task` if they are numbered.
  JobCommand(const CommandInfo& info, std::string_view verb, bool has_task)
      : info_(info), verb_(verb), has_task_(has_task) {}

  const CommandInfo& info() const override { return info_; }
  void Define(CLI::App& app) override {
    AddJobDir(app, &dir_);
    if (has_task_) AddNumber(app, "--task", &task_, 0, "Number of the task, from 0")->required();
  }
  std::string JobFolder() const override { return dir_; }
  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(dir_, session.context, session.overwrite));
    return RunShuffleTask(*job, has_task_ ? TaskKey(verb_, task_) : std::string(verb_), session);
  }

 private:
  const CommandInfo info_;
  const std::string_view verb_;
  const bool has_task_;
  std::string dir_;
  uint64_t task_ = 0;
};

class VerifyCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "job verify",
        .group = kGroup,
        .summary = "read the outputs back and check them",
        .examples = "corpusmill job verify --job-dir job --remove"};
    return kInfo;
  }
  void Define(CLI::App& app) override {
    AddJobDir(app, &dir_);
    app.add_flag("--remove", remove_, "Remove all temporary files afterwards");
  }
  std::string JobFolder() const override { return dir_; }
  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(dir_, session.context));
    CM_RETURN_IF_ERROR(job->Verify());
    if (remove_) job->RemoveTemporary();
    return AddShuffleJobReport(*job, session);
  }

 private:
  std::string dir_;
  bool remove_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeJobPlanCommand() { return std::make_unique<PlanCommand>(); }

std::unique_ptr<Command> MakeJobCountCommand() {
  return std::make_unique<JobCommand>(
      CommandInfo{"job count", kGroup, "count the records of a scatter task",
                  "corpusmill job count --job-dir job --task 3", ""},
      "count", true);
}

std::unique_ptr<Command> MakeJobScatterCommand() {
  return std::make_unique<JobCommand>(
      CommandInfo{"job scatter", kGroup, "distribute a part of the input to buckets",
                  "corpusmill job scatter --job-dir job --task 3", ""},
      "scatter", true);
}

std::unique_ptr<Command> MakeJobFinalizeCommand() {
  return std::make_unique<JobCommand>(
      CommandInfo{"job finalize", kGroup, "sum up the results of the scatter tasks",
                  "corpusmill job finalize --job-dir job", ""},
      "finalize", false);
}

std::unique_ptr<Command> MakeJobGatherCommand() {
  return std::make_unique<JobCommand>(
      CommandInfo{"job gather", kGroup, "write a part of the outputs",
                  "corpusmill job gather --job-dir job --task 0", ""},
      "gather", true);
}

std::unique_ptr<Command> MakeJobVerifyCommand() { return std::make_unique<VerifyCommand>(); }

}  // namespace corpusmill
