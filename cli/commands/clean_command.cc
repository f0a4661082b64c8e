#include <chrono>
#include <optional>
#include <ostream>
#include <utility>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/given_arguments.h"
#include "cli/commands/job_flags.h"
#include "cli/commands/plan_text.h"
#include "cli/commands/preview_text.h"
#include "cli/commands/recipe_flags.h"
#include "cli/commands/repeated_command.h"
#include "cli/commands/shuffle_flags.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "corpus/jobs/job.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/cleaning/clean_job.h"
#include "pipelines/cleaning/jsonl_output.h"
#include "pipelines/cleaning/preview.h"
#include "pipelines/recipes/recipe.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

class CleanCommand final : public Command {
 public:
  explicit CleanCommand(std::string last_task) { job_.last_task = std::move(last_task); }

  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "clean",
        .group = "Text",
        .summary = "clean documents by a recipe",
        .examples =
            "corpusmill clean web.yaml -o clean.jsonl.zst --rejects rejects.jsonl.zst\n"
            "corpusmill clean web.yaml more.jsonl.zst -o clean.jsonl   # other inputs\n"
            "corpusmill clean web.yaml -o 'clean-{shard:05d}.jsonl.zst' --shard-size 1G\n"
            "corpusmill clean web.yaml -o clean.jsonl.zst --job-dir job\n"
            "corpusmill clean --job-dir job --resume                    # after a crash\n"
            "corpusmill clean web.yaml --validate\n"
            "corpusmill clean web.yaml --preview 20 | less\n"
            "corpusmill clean --explain c4",
        .details =
            "A recipe is a YAML file with sources and stages, such as\n"
            "\n"
            "  sources: [web.jsonl.zst]\n"
            "  stages: [gopher-repetition, gopher-quality, fineweb, exact-dedup]\n"
            "\n"
            "Documents keep all members of their JSON objects; the text is replaced where a\n"
            "stage changes it. Every document and byte is counted: in + added = out + dropped\n"
            "+ removed. The output has the same bytes for any memory limit or number of\n"
            "threads. docs/recipes.md describes recipes."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app_ = &app;
    app.add_option("RECIPE", flags_.recipe_path, "The recipe, a YAML file")->type_name("");
    flags_.Define(app, RecordFormat::kWhole, "fail");
    output_.Define(app);
    CLI::Option* const shards =
        AddNumber(app, "--shards", &files_.shards, 1,
                  "Write this many files; the output name needs {shard} or {shard:05d}");
    AddParsed<uint64_t>(app, "--shard-size", &files_.shard_bytes, ParseShardSize,
                        "Start a new file every SIZE bytes before compression; the output name "
                        "needs {shard}")
        ->type_name("SIZE")
        ->excludes(shards);
    app.add_option("--report-html", html_path_,
                   "Write a report to read: what each stage dropped and changed, with examples")
        ->type_name("FILE");
    CLI::Option* const job_dir =
        app.add_option("--job-dir", job_.folder,
                       "Save progress in this folder, so that --resume can continue after a crash "
                       "or a full disk; takes disk space for the documents up to twice, compressed")
            ->type_name("DIR");
    app.add_flag(
           "--resume", job_.resume,
           "Continue the job in --job-dir, or start one if there is none; without RECIPE, with "
           "the recipe, inputs and flags that the job began with")
        ->needs(job_dir);
    AddParsed<uint64_t>(
        app, "--checkpoint", &job_.part_bytes, ParseShardSize,
        "With --job-dir: save progress after this much text, the most that --resume cleans again")
        ->type_name("SIZE")
        ->default_str("256M")
        ->needs(job_dir);
    app.add_flag("--validate", validate_, "Check the recipe and its inputs, and exit");
    app.add_flag("--dry-run", dry_run_,
                 "Print the plan with passes, memory, temporary space and time, estimated from a "
                 "sample of the inputs, and exit");
    AddNumber(app, "--preview", &preview_, 1,
              "Show what each stage does to the first N documents, and exit; stages that decide by "
              "all documents are not applied")
        ->default_str("")
        ->excludes(app.get_option("--output"));
    app.add_flag("--list-stages", list_, "List the stages, and exit");
    app.add_option("--explain", explain_, "Describe a stage and its options, and exit")
        ->type_name("STAGE");
    app.add_flag("--schema", schema_, "Print a JSON Schema of recipes for editors, and exit");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = flags_.OutputPaths();
    paths.push_back(output_.path);
    if (!html_path_.empty()) paths.push_back(html_path_);
    return paths;
  }
  std::vector<std::string> InputArguments() const override {
    return flags_.documents.records.inputs;
  }

  std::string JobFolder() const override { return job_.folder; }
  absl::Status Run(Session& session) override {
    if (job_.resume && flags_.recipe_path.empty()) {
      CM_ASSIGN_OR_RETURN(const auto arguments, CleanJob::FindArguments(job_.folder));
      if (arguments && !arguments->empty()) {
        return RunRepeated(MakeCleanCommand(job_.last_task), job_.folder,
                           WithArguments(*arguments, Arguments()), session);
      }
      return UsageError(
          absl::StrFormat("%s: holds no job to resume; name a RECIPE to start one", job_.folder));
    }
    if (list_) session.out << StageListText();
    if (schema_) session.out << RecipeSchema();
    if (!explain_.empty()) {
      CM_ASSIGN_OR_RETURN(const StageInfo* const stage, FindStage(explain_));
      session.out << StageHelpText(*stage);
    }
    if (list_ || schema_ || !explain_.empty()) return absl::OkStatus();
    if (flags_.recipe_path.empty()) {
      return UsageError("RECIPE is required; try --list-stages to see what it may hold");
    }
    const auto begin = std::chrono::steady_clock::now();
    CM_ASSIGN_OR_RETURN(const Recipe recipe, flags_.Read());
    CM_ASSIGN_OR_RETURN(const auto sources, ResolveSources(recipe, session.context));
    CleanOptions options = flags_.Options(session);
    options.output_path = output_.path;
    if (validate_) return Validate(recipe, sources, options, session);
    if (dry_run_) {
      CM_ASSIGN_OR_RETURN(const std::string plan,
                          CleaningPlanText(recipe, sources, options, session.context));
      session.out << plan;
      return absl::OkStatus();
    }
    if (preview_ > 0) return Preview(recipe, sources, options, session);
    CM_RETURN_IF_ERROR(output_.Check());
    options.take_samples = !html_path_.empty();
    files_.pattern = output_.path;
    files_.codec = output_.encoding();
    files_.overwrite = session.overwrite;
    if (!job_.folder.empty()) return RunJob(recipe, sources, options, begin, session);
    if (!options.rejects_path.empty()) {
      CM_RETURN_IF_ERROR(CheckOutputPath(options.rejects_path, {.overwrite = session.overwrite}));
    }
    if (!html_path_.empty()) {
      CM_RETURN_IF_ERROR(CheckOutputPath(html_path_, {.overwrite = session.overwrite}));
    }
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<JsonlOutput> output,
                        JsonlOutput::Create(recipe, files_, session.context));
    CM_ASSIGN_OR_RETURN(const CleanReport report,
                        Clean(recipe, sources, options, *output, session.context));
    CM_RETURN_IF_ERROR(output->Finish());
    CM_RETURN_IF_ERROR(WriteHtml(report, recipe, begin, session.overwrite, session));
    Summarize(report, output->output_bytes(), output->written().size(), session);
    return absl::OkStatus();
  }

 private:
  using Time = std::chrono::steady_clock::time_point;

  absl::Status WriteHtml(const CleanReport& report, const Recipe& recipe, Time begin,
                         bool overwrite, Session& session) const {
    if (html_path_.empty()) return absl::OkStatus();
    return WriteStringToFile(html_path_,
                             RecipeReportHtml(report, recipe, output_.path, begin, session.context),
                             {.overwrite = overwrite});
  }

  static void Summarize(const CleanReport& report, uint64_t output_bytes, uint64_t outputs,
                        Session& session) {
    AddCleanReport(report, session);
    session.summary.Add("output_bytes", output_bytes);
    if (outputs > 1) session.summary.Add("outputs", outputs);
  }

  /// The arguments that repeat this job.
  std::vector<std::string> Arguments() const {
    return GivenArguments(*app_, {"--job-dir", "--resume"});
  }

  absl::Status RunJob(const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
                      const CleanOptions& options, Time begin, Session& session) {
    job_.arguments = Arguments();
    CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> old, Job::FindPlan(job_.folder));
    if (!old && !html_path_.empty()) {
      CM_RETURN_IF_ERROR(CheckOutputPath(html_path_, {.overwrite = session.overwrite}));
    }
    CM_ASSIGN_OR_RETURN(const auto job,
                        CleanJob::Create(recipe, sources, options, files_, job_, session.context));
    CM_ASSIGN_OR_RETURN(const std::optional<CleanJobReport> result,
                        job->Run([&](const CleanJobReport& done) {
                          // A stopped run may have written it.
                          return WriteHtml(done.report, recipe, begin,
                                           session.overwrite || old.has_value(), session);
                        }));
    if (job->was_done()) {
      session.context.reporter().Log(LogLevel::kInfo, JobWasDone(job_.folder));
    } else if (result) {
      Summarize(result->report, result->output_bytes, result->outputs, session);
    } else if (!job_.last_task.empty()) {
      session.context.reporter().Log(
          LogLevel::kInfo, absl::StrFormat("%s: task %s is done", job_.folder, job_.last_task));
    }
    return absl::OkStatus();
  }

  static absl::Status Validate(const Recipe& recipe,
                               const std::vector<std::vector<InputFile>>& sources,
                               const CleanOptions& options, Session& session) {
    CM_RETURN_IF_ERROR(ValidateRecipe(recipe, options, session.context));
    size_t inputs = 0;
    for (const std::vector<InputFile>& source : sources) inputs += source.size();
    size_t stages = recipe.stages.size();
    for (const RecipeSource& source : recipe.sources) stages += source.stages.size();
    session.out << recipe.path << ": valid: " << Counted(recipe.sources.size(), "sources") << ", "
                << Counted(inputs, "inputs") << ", " << Counted(stages, "stages") << "\n";
    return absl::OkStatus();
  }

  absl::Status Preview(const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
                       const CleanOptions& options, Session& session) const {
    const PreviewStyle style = StandardOutputStyle();
    CM_ASSIGN_OR_RETURN(const PreviewReport report,
                        PreviewDocuments(recipe, sources, options, preview_, session.context,
                                         [&](const DocumentPreview& document) {
                                           session.out << PreviewText(document, style)
                                                       << std::flush;
                                         }));
    session.out << PreviewEndText(report);
    return absl::OkStatus();
  }

  const CLI::App* app_ = nullptr;
  RecipeFlags flags_;
  CleanJobOptions job_;
  OutputFlags output_;
  ShuffleFiles files_;
  std::string html_path_;
  bool validate_ = false;
  bool dry_run_ = false;
  uint64_t preview_ = 0;
  bool list_ = false;
  bool schema_ = false;
  std::string explain_;
};

}  // namespace

std::unique_ptr<Command> MakeCleanCommand(std::string last_task) {
  return std::make_unique<CleanCommand>(std::move(last_task));
}

std::unique_ptr<Command> MakeCleanCommand() { return MakeCleanCommand(""); }

}  // namespace corpusmill
