#include "pipelines/cleaning/clean_job.h"

#include <exception>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "corpus/base/random.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_system.h"
#include "corpus/jobs/job_json.h"
#include "corpus/jobs/job_outputs.h"
#include "corpus/records/records.h"
#include "pipelines/cleaning/clean_passes.h"
#include "pipelines/cleaning/jsonl_output.h"
#include "shuffle/passes/hashed_output.h"

namespace corpusmill {
namespace {

constexpr const char* kPublish = "publish";
constexpr std::string_view kPass = "pass.";

/// The number of a task `pass.K`; nullopt: another task.
std::optional<size_t> PassOf(std::string_view key) {
  uint64_t pass = 0;
  if (!key.starts_with(kPass) || !absl::SimpleAtoi(ToAbsl(key.substr(kPass.size())), &pass)) {
    return std::nullopt;
  }
  return pass;
}

/// The files that the options of a stage name: path, size and time of change.
void AddStageFiles(const std::vector<RecipeStage>& stages, Json* files) {
  for (const RecipeStage& stage : stages) {
    for (const StageOption& option : stage.options.table()) {
      std::vector<std::string> paths;
      if (!stage.options.Has(option.name)) continue;
      if (option.type == OptionType::kPath) paths = {stage.options.String(option.name)};
      if (option.type == OptionType::kPaths) paths = stage.options.Strings(option.name);
      for (const std::string& path : paths) {
        struct stat info;
        // A missing file is an error of the stage, or a name that only the stage knows.
        if (Uninterrupted([&] { return Files().Stat(path.c_str(), &info); }) != 0) continue;
        files->push_back({AbsolutePath(path), static_cast<uint64_t>(info.st_size),
                          int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec});
      }
    }
  }
}

std::string PathOrNone(const std::string& path) { return path.empty() ? "" : AbsolutePath(path); }

/// Everything that determines the outputs, besides the inputs.
Json DefinitionJson(const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
                    const CleanOptions& options, const ShuffleFiles& files) {
  Json json = {{"recipe", HashBytes(recipe.text).ToHex()}, {"seed", recipe.seed}};
  Json stage_files = Json::array();
  for (size_t i = 0; i < sources.size(); ++i) {
    const RecipeSource& source = recipe.sources[i];
    json["sources"].push_back({sources[i].size(), source.fields, RecordOptionsName(source.record)});
    AddStageFiles(source.stages, &stage_files);
  }
  AddStageFiles(recipe.stages, &stage_files);
  json["files"] = std::move(stage_files);
  json["on_bad_record"] = BadRecordPolicyName(options.documents.on_bad_record);
  json["invalid_utf8"] = std::string(InvalidUtf8Name(options.documents.invalid_utf8));
  json["auto_record"] = static_cast<int>(options.documents.record.auto_fallback);
  json["rejects"] = PathOrNone(options.rejects_path);
  json["samples"] = options.take_samples;
  json["output"] = AbsolutePath(files.pattern);
  json["codec"] = std::string(CodecName(files.codec.codec));
  if (files.codec.level) json["level"] = *files.codec.level;
  json["shards"] = files.shards;
  json["shard_bytes"] = files.shard_bytes;
  return json;
}

/// What a job keeps from the command that planned it.
struct Settings {
  uint64_t part_bytes = 0;
  std::vector<std::string> arguments;
  std::vector<std::string> input_names;
  std::vector<std::string> source_names;
};

absl::StatusOr<Settings> ReadSettings(const JobPlan& plan, const std::string& folder) {
  try {
    const Json json = Json::parse(plan.settings);
    const auto texts = [&](const char* name) {
      return json.at(name).get<std::vector<std::string>>();
    };
    return Settings{.part_bytes = json.at("part_bytes").get<uint64_t>(),
                    .arguments = texts("arguments"),
                    .input_names = texts("input_names"),
                    .source_names = texts("source_names")};
  } catch (const std::exception&) {
    return DataError(absl::StrFormat(
        "%s/plan.json: is not a plan of this version; finish the job with the version that "
        "planned it, or remove its folder",
        folder));
  }
}

absl::StatusOr<JobPlan> MakePlan(const Recipe& recipe,
                                 const std::vector<std::vector<InputFile>>& sources,
                                 const CleanOptions& options, const ShuffleFiles& files,
                                 const CleanJobOptions& job_options, size_t passes) {
  JobPlan plan = {.kind = std::string(CleanJob::kKind), .id = RandomSeed()};
  std::vector<std::string> input_names, source_names;
  for (const std::vector<InputFile>& inputs : sources) {
    CM_RETURN_IF_ERROR(CheckReadableAgain(inputs));
    for (const InputFile& input : inputs) {
      input_names.push_back(input.path);
      plan.inputs.emplace_back(input).path = AbsolutePath(input.path);
    }
  }
  for (const RecipeSource& source : recipe.sources) source_names.push_back(source.name);
  const uint64_t bytes = TotalBytes(plan.inputs);
  for (size_t pass = 0; pass < passes; ++pass) {
    plan.tasks.push_back({.key = TaskKey("pass", pass), .needs = {}, .bytes = bytes});
    if (pass > 0) plan.tasks.back().needs = {TaskKey("pass", pass - 1)};
  }
  plan.tasks.push_back({.key = kPublish, .needs = {TaskKey("pass", passes - 1)}, .bytes = bytes});
  CM_ASSIGN_OR_RETURN(plan.definition, DumpJson(DefinitionJson(recipe, sources, options, files)));
  const Json settings = {{"part_bytes", job_options.part_bytes},
                         {"arguments", job_options.arguments},
                         {"input_names", input_names},
                         {"source_names", source_names}};
  CM_ASSIGN_OR_RETURN(plan.settings, DumpJson(settings));
  return plan;
}

/// The outputs of a job: files that a later run recognises.
class PublishedFiles {
 public:
  PublishedFiles(bool overwrite, Context& context) : overwrite_(overwrite), context_(context) {}

  absl::StatusOr<std::unique_ptr<ByteSink>> Open(const std::string& path) {
    CM_ASSIGN_OR_RETURN(
        auto file,
        HashedOutput::Create(
            path, {.overwrite = overwrite_, .io = context_.io(), .context = &context_}, context_));
    return std::make_unique<Sink>(std::move(file), path, *this);
  }
  const std::vector<JobOutput>& written() const { return written_; }

 private:
  class Sink final : public ByteSink {
   public:
    Sink(std::unique_ptr<HashedOutput> file, std::string path, PublishedFiles& files)
        : file_(std::move(file)), path_(std::move(path)), files_(files) {}
    absl::Status Write(std::string_view bytes) override { return file_->Write(bytes); }
    absl::Status Close() override {
      CM_RETURN_IF_ERROR(file_->Close());
      CM_ASSIGN_OR_RETURN(JobOutput output, DescribeOutput(AbsolutePath(path_),
                                                           file_->bytes_written(), file_->hash()));
      files_.written_.push_back(std::move(output));
      return absl::OkStatus();
    }
    const std::string& name() const override { return file_->name(); }

   private:
    const std::unique_ptr<HashedOutput> file_;
    const std::string path_;
    PublishedFiles& files_;
  };

  const bool overwrite_;
  Context& context_;
  std::vector<JobOutput> written_;
};

/// Which tasks are done.
absl::StatusOr<bool> IsTaskDone(const Job& job, const JobTask& task, bool overwrite) {
  if (!PassOf(task.key)) return job.IsMarked(task.key, overwrite);
  return Exists(job.PathOf(task.key));
}

}  // namespace

struct CleanJob::State {
  State(const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
        const CleanOptions& options, const ShuffleFiles& files, const CleanJobOptions& job_options,
        Context& context)
      : files(files),
        last_task(job_options.last_task),
        context(context),
        setup{.recipe = recipe,
              .sources = sources,
              .options = options,
              .folder = job_options.folder,
              .input_names = {}} {}

  const ShuffleFiles files;
  const std::string last_task;
  Context& context;
  CleanPassSetup setup;
  std::unique_ptr<CleanPasses> passes;
  std::optional<Job> job;
};

/// Runs the tasks.
class CleanJob::Work final : public JobWork {
 public:
  Work(State& state, const BeforeDone& before_done) : state_(state), before_done_(before_done) {}

  absl::StatusOr<bool> IsDone(const JobTask& task) const override {
    return IsTaskDone(*state_.job, task, state_.files.overwrite);
  }
  absl::Status Run(const JobTask& task) override {
    if (const std::optional<size_t> pass = PassOf(task.key)) return state_.passes->Run(*pass);
    return Publish();
  }
  std::optional<CleanJobReport>& report() { return report_; }

 private:
  absl::Status Publish() {
    PublishedFiles files(state_.files.overwrite, state_.context);
    const auto open = [&files](const std::string& path) { return files.Open(path); };
    ShuffleFiles shape = state_.files;
    shape.overwrite = true;  // `files` compares those that exist.
    CM_ASSIGN_OR_RETURN(const auto output,
                        JsonlOutput::Create(state_.setup.recipe, shape, state_.context, open));
    std::unique_ptr<ByteSink> rejects;
    const std::string& rejects_path = state_.setup.options.rejects_path;
    if (!rejects_path.empty()) {
      CM_ASSIGN_OR_RETURN(auto file, files.Open(rejects_path));
      CM_ASSIGN_OR_RETURN(rejects,
                          OpenEncoder(std::move(file), CodecForPath(rejects_path), state_.context));
    }
    CleanJobReport report;
    CM_ASSIGN_OR_RETURN(report.report, state_.passes->Publish(*output, rejects.get()));
    if (rejects != nullptr) CM_RETURN_IF_ERROR(rejects->Close());
    CM_RETURN_IF_ERROR(output->Finish());
    report.output_bytes = output->output_bytes();
    report.outputs = output->written().size();
    if (before_done_ != nullptr) CM_RETURN_IF_ERROR(before_done_(report));
    CM_RETURN_IF_ERROR(state_.job->MarkDone(kPublish, files.written()));
    report_ = std::move(report);
    return absl::OkStatus();
  }

  State& state_;
  const BeforeDone& before_done_;
  std::optional<CleanJobReport> report_;
};

CleanJob::CleanJob(std::unique_ptr<State> state) : state_(std::move(state)) {}
CleanJob::~CleanJob() = default;

absl::StatusOr<std::unique_ptr<CleanJob>> CleanJob::Create(
    const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
    const CleanOptions& options, const ShuffleFiles& files, const CleanJobOptions& job_options,
    Context& context) {
  if (files.pattern == kStandardStream) {
    return UsageError("--job-dir: standard output cannot be resumed; name a file with -o");
  }
  if (options.documents.on_bad_record.action == BadRecordAction::kQuarantine) {
    return UsageError("--on-bad-record quarantine does not work with --job-dir; try skip");
  }
  auto state = std::make_unique<State>(recipe, sources, options, files, job_options, context);
  CM_ASSIGN_OR_RETURN(state->passes, CleanPasses::Create(state->setup, context));
  CM_ASSIGN_OR_RETURN(
      JobPlan plan, MakePlan(recipe, sources, options, files, job_options, state->passes->count()));
  CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> old, Job::FindPlan(job_options.folder));
  // Later, a file that exists must have the bytes that the job writes.
  ShuffleFiles checked = files;
  checked.overwrite |= old.has_value();
  CM_RETURN_IF_ERROR(CheckShuffleFiles(checked));
  if (!options.rejects_path.empty()) {
    CM_RETURN_IF_ERROR(CheckOutputPath(options.rejects_path, {.overwrite = checked.overwrite}));
  }
  CM_ASSIGN_OR_RETURN(Job job, Job::Create(job_options.folder, std::move(plan),
                                           {.resume = job_options.resume}, context));
  CM_ASSIGN_OR_RETURN(Settings settings, ReadSettings(job.plan(), job_options.folder));
  state->job.emplace(std::move(job));
  state->setup.part_bytes = settings.part_bytes;
  state->setup.input_names = std::move(settings.input_names);
  state->passes->set_source_names(std::move(settings.source_names));
  return std::unique_ptr<CleanJob>(new CleanJob(std::move(state)));
}

absl::StatusOr<std::optional<CleanJobReport>> CleanJob::Run(const BeforeDone& before_done) {
  Work work(*state_, before_done);
  const Job& job = *state_->job;
  CM_ASSIGN_OR_RETURN(was_done_, job.IsDone(work));
  if (!state_->last_task.empty()) {
    CM_RETURN_IF_ERROR(job.RunTask(state_->last_task, work));
  } else {
    CM_RETURN_IF_ERROR(job.RunAll(work));
  }
  CM_ASSIGN_OR_RETURN(const bool is_done, job.IsDone(work));
  if (is_done) CM_RETURN_IF_ERROR(RemoveTemporary());
  return std::move(work.report());
}

absl::Status CleanJob::RemoveTemporary() {
  // A pass that is done needs its parts, or a later pass that is done.
  CleanPasses& passes = *state_->passes;
  for (size_t pass = 0; pass < passes.count(); ++pass) {
    CM_RETURN_IF_ERROR(RemoveFile(passes.FilesOf(pass).PassPath()));
  }
  for (size_t pass = 0; pass < passes.count(); ++pass) {
    CM_RETURN_IF_ERROR(passes.FilesOf(pass).RemoveParts());
  }
  state_->job->RemoveTemporary([](const std::string&) { return false; });
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::vector<std::string>>> CleanJob::FindArguments(
    const std::string& folder) {
  CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> plan, Job::FindPlan(folder));
  if (!plan || plan->kind != kKind) return std::nullopt;
  CM_ASSIGN_OR_RETURN(Settings settings, ReadSettings(*plan, folder));
  return std::optional(std::move(settings.arguments));
}

absl::StatusOr<std::string> CleanJob::StatusText(const std::string& folder, Context& context) {
  class Tasks final : public JobWork {
   public:
    explicit Tasks(const Job& job) : job_(job) {}
    absl::StatusOr<bool> IsDone(const JobTask& task) const override {
      return IsTaskDone(job_, task, /*overwrite=*/false);
    }
    absl::Status Run(const JobTask&) override { return absl::OkStatus(); }

   private:
    const Job& job_;
  };
  CM_ASSIGN_OR_RETURN(const Job job, Job::Open(folder, kKind, context));
  return job.StatusText(Tasks(job));
}

}  // namespace corpusmill
