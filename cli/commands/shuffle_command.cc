#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <utility>

#include "cli/base/given_arguments.h"
#include "cli/commands/repeated_command.h"
#include "cli/commands/shuffle_flags.h"
#include "corpus/base/random.h"
#include "corpus/io/file.h"
#include "shuffle/estimate.h"
#include "shuffle/job/shuffle_job.h"

namespace corpusmill {
namespace {

class ShuffleCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "shuffle",
        .group = "Text",
        .summary = "shuffle records into a uniformly random order",
        .examples =
            "corpusmill shuffle --seed 1 a.jsonl b.jsonl.zst > all.jsonl\n"
            "corpusmill shuffle --seed 1 --memory 2G --temp-dir /fast -o all.jsonl.zst corpus/\n"
            "corpusmill shuffle --seed 1 -o 'out-{shard:05d}.jsonl.zst' --shard-size 1G corpus/\n"
            "corpusmill shuffle --seed 1 -o '{split}.jsonl' --split train=0.99,test=0.01 a.jsonl\n"
            "corpusmill shuffle --seed 1 web.jsonl books.jsonl@2.5 -o mix.jsonl\n"
            "corpusmill shuffle --seed 1 --take 1000 -o sample.jsonl corpus/\n"
            "corpusmill shuffle --seed 1 --aligned -o '{name}.shuffled' text.en text.de\n"
            "corpusmill shuffle --seed 1 --job-dir job --resume -o all.jsonl.zst corpus/\n"
            "find . -print0 | corpusmill shuffle --record nul | xargs -0 -n1 echo",
        .details =
            "The output depends on the seed and the records only: it has the same bytes for\n"
            "any memory limit, number of threads or compression. Every permutation is equally\n"
            "likely. Records are not changed; a missing final delimiter is added. Data that\n"
            "does not fit in memory goes to unnamed temporary files.\n"
            "\n"
            "INPUT@W repeats each record of INPUT W times: @2.5 makes two copies, and a third\n"
            "with probability 0.5. Shuffling two files gives another order than shuffling\n"
            "their concatenation."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app_ = &app;
    flags_.Define(app);
    app.add_option("--job-dir", job_dir_,
                   "Save progress in this folder, so that --resume can continue after a crash or a "
                   "full disk; temporary files go there too, unless --temp-dir is given")
        ->type_name("DIR");
    app.add_flag(
           "--resume", resume_,
           "Continue the job in --job-dir, or start one if there is none; without INPUT, with "
           "the inputs and flags that the job began with")
        ->needs("--job-dir");
    app.add_flag("--dry-run", dry_run_,
                 "Print the estimated passes, memory, temporary space and time, and exit");
    app.add_flag("--verify", verify_,
                 "Read the outputs back and check that no record was lost or changed");
  }

  std::vector<std::string> OutputPaths() const override { return {flags_.output.path}; }
  std::vector<std::string> InputArguments() const override { return flags_.records.inputs; }

  std::string JobFolder() const override { return job_dir_; }
  absl::Status Run(Session& session) override {
    if (resume_ && flags_.records.inputs.empty()) {
      CM_ASSIGN_OR_RETURN(const std::optional<ShuffleJobPlan> plan, ShuffleJob::FindPlan(job_dir_));
      if (plan && !plan->arguments.empty()) {
        return RunRepeated(std::make_unique<ShuffleCommand>(), job_dir_,
                           WithArguments(plan->arguments, Arguments({})), session);
      }
    }
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, flags_.Resolve(session));
    if (verify_ && flags_.output.path == kStandardStream) {
      return UsageError("--verify: standard output cannot be read back; name a file with -o");
    }
    if (!job_dir_.empty() && !dry_run_) return RunJob(inputs, session);
    if (flags_.options.seed.empty()) flags_.options.seed = RandomSeed();
    CM_RETURN_IF_ERROR(CheckShuffleFiles(flags_.files));
    FilesTarget target(flags_.files, session.context);
    if (dry_run_) {
      CM_ASSIGN_OR_RETURN(
          const ShuffleEstimate estimate,
          EstimateShuffle(inputs, flags_.options, session.context.TempDirsFor(target.output_path()),
                          session.context));
      session.out << estimate.ToText();
      return absl::OkStatus();
    }
    CM_ASSIGN_OR_RETURN(const ShuffleReport report,
                        Shuffle(inputs, flags_.options, target, session.context));
    if (verify_) {
      CM_RETURN_IF_ERROR(VerifyShuffle(target.written(), flags_.options, report, session.context));
    }
    return Report(report, inputs.size(), target.written().size(), session);
  }

 private:
  /// The arguments that repeat this job, without flags such as --resume that hold for one run.
  std::vector<std::string> Arguments(std::set<std::string> left_out) const {
    left_out.insert({"--job-dir", "--resume"});
    return GivenArguments(*app_, left_out);
  }

  absl::Status RunJob(const std::vector<InputFile>& inputs, Session& session) {
    CM_ASSIGN_OR_RETURN(const auto job,
                        flags_.PlanJob(job_dir_, inputs, {}, Arguments({"--verify", "--dry-run"}),
                                       resume_, session));
    CM_RETURN_IF_ERROR(RunShuffleJob(*job, verify_, session));
    if (verify_) session.summary.Add("verified", std::string("yes"));
    return absl::OkStatus();
  }

  absl::Status Report(const ShuffleReport& report, uint64_t inputs, uint64_t outputs,
                      Session& session) {
    AddShuffleReport(report, flags_.options, inputs, outputs, session);
    if (verify_) session.summary.Add("verified", std::string("yes"));
    return absl::OkStatus();
  }

  const CLI::App* app_ = nullptr;
  ShuffleFlags flags_;
  std::string job_dir_;
  bool resume_ = false;
  bool dry_run_ = false;
  bool verify_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeShuffleCommand() { return std::make_unique<ShuffleCommand>(); }

}  // namespace corpusmill
