#include "tokenizer/train/training_job.h"

#include <exception>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/random.h"
#include "corpus/base/status.h"
#include "corpus/io/file_system.h"
#include "corpus/jobs/job_json.h"

namespace corpusmill {
namespace {

constexpr const char* kModels = "models";

std::string PartPath(const std::string& path, size_t part) {
  return absl::StrFormat("%s.%d", path, part);
}

/// How the texts are counted.
Json DefinitionJson(const TrainOptions& options) {
  // For BytePiece, n-grams have the threshold of pieces.
  const uint64_t ngram_min_count = options.ngram_min_count > 0 ? options.ngram_min_count
                                   : options.bytepiece_compat  ? options.min_count
                                                               : 0;
  Json json = {{"order", options.order},
               {"ngram_min_count", ngram_min_count},
               {"isolate_digits", options.isolate_digits},
               {"ensure_unicode", options.ensure_unicode},
               {"bytepiece_compat", options.bytepiece_compat},
               {"normalization", NormalizationName(options.normalization)},
               {"unit", options.unit}};
  for (const auto& [name, value] : options.job.corpus) json[name] = value;
  return json;
}

absl::StatusOr<JobPlan> EncodePlan(const TrainOptions& options) {
  JobPlan plan = {
      .kind = std::string(TrainingJob::kKind), .id = RandomSeed(), .inputs = options.job.inputs};
  const uint64_t bytes = TotalBytes(plan.inputs);
  plan.tasks = {{.key = "ngrams", .bytes = bytes},
                {.key = "pieces", .needs = {"ngrams"}, .bytes = bytes},
                {.key = kModels, .needs = {"pieces"}}};
  CM_ASSIGN_OR_RETURN(plan.definition, DumpJson(DefinitionJson(options)));
  const Json settings = {{"arguments", options.job.arguments}, {"outputs", options.job.outputs}};
  CM_ASSIGN_OR_RETURN(plan.settings, DumpJson(settings));
  return plan;
}

absl::StatusOr<TrainingJobOptions> DecodePlan(const Job& job) {
  try {
    const Json settings = Json::parse(job.plan().settings);
    return TrainingJobOptions{.folder = job.folder(),
                              .resume = true,
                              .inputs = job.plan().inputs,
                              .arguments = settings.at("arguments").get<std::vector<std::string>>(),
                              .outputs = settings.at("outputs").get<std::vector<std::string>>()};
  } catch (const std::exception&) {
    return DataError(absl::StrFormat(
        "%s: is not a training plan of this version; finish the job with the version "
        "that planned it, or remove its folder",
        job.PathOf("plan.json")));
  }
}

/// The finished tasks of a training; `run` runs the requested task.
class TrainingWork final : public JobWork {
 public:
  explicit TrainingWork(const Job& job, std::function<absl::Status()> run = nullptr)
      : job_(job), run_(std::move(run)) {}

  absl::StatusOr<bool> IsDone(const JobTask& task) const override {
    if (task.key == kModels) return job_.IsMarked(kModels);
    CM_ASSIGN_OR_RETURN(const bool has_counts, Exists(job_.PathOf(task.key)));
    if (!has_counts) return false;
    CM_ASSIGN_OR_RETURN(const bool has_parts, Exists(PartPath(job_.PathOf(task.key), 1)));
    return !has_parts;
  }
  absl::Status Run(const JobTask&) override { return run_(); }

 private:
  const Job& job_;
  const std::function<absl::Status()> run_;
};

/// The totals of counts made as `info` describes.
absl::StatusOr<CorpusTotals> CheckCounts(const std::string& path, const CountsInfo& info,
                                         Context& context) {
  CM_ASSIGN_OR_RETURN(const auto file, CountsFile::Open(path, context));
  CM_RETURN_IF_ERROR(CheckSameCounting("the training", info, path, file->info()));
  if (info.totals.unit != file->info().totals.unit) {
    return UsageError(absl::StrFormat("%s: the inputs had other weights", path));
  }
  return file->info().totals;
}

/// Removes the last part first: the parts left after a crash are still numbered from 1.
absl::Status RemoveParts(std::vector<std::string> parts) {
  for (; !parts.empty(); parts.pop_back()) CM_RETURN_IF_ERROR(RemoveFile(parts.back()));
  return absl::OkStatus();
}

/// Counts the texts missing from the parts of `path`, then merges all parts.
absl::Status CountParts(const std::string& path, const OpenCorpus& corpus, const CountsInfo& info,
                        const TrainingJob::CountPart& count_part, const std::string& folder,
                        Context& context) {
  std::vector<std::string> parts;
  CorpusTotals done;
  while (true) {
    const std::string part = PartPath(path, parts.size() + 1);
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(part));
    if (!exists) break;
    CM_ASSIGN_OR_RETURN(const CorpusTotals totals, CheckCounts(part, info, context));
    done.Add(totals);
    parts.push_back(part);
  }
  CM_ASSIGN_OR_RETURN(const bool is_merged, Exists(path));
  if (is_merged) return RemoveParts(std::move(parts));
  CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus, context));
  if (!parts.empty()) {
    context.reporter().Log(
        LogLevel::kInfo,
        absl::StrFormat("%s has the counts of %d texts; counting resumes after them", folder,
                        done.texts));
    CM_RETURN_IF_ERROR(cursor.Skip(done));
  }
  while (!cursor.ended()) {
    parts.push_back(PartPath(path, parts.size() + 1));
    CM_RETURN_IF_ERROR(count_part(cursor, parts.back()));
  }
  if (parts.size() == 1) {
    CM_RETURN_IF_ERROR(RenameFile(parts[0], path));
    return SyncFolder(folder);
  }
  CM_RETURN_IF_ERROR(CountsFile::Merge(parts, path, {.allow_same_texts = true}, context).status());
  return RemoveParts(std::move(parts));
}

/// Refuses counts without a plan that names their corpus.
absl::Status CheckNoCounts(const std::string& folder) {
  for (const std::string name : {"ngrams", "pieces"}) {
    for (const std::string& path : {folder + "/" + name, PartPath(folder + "/" + name, 1)}) {
      CM_ASSIGN_OR_RETURN(const bool exists, Exists(path));
      if (!exists) continue;
      return UsageError(absl::StrFormat(
          "%s: belongs to a training without a plan; remove it, or name another folder", path));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainingJob> TrainingJob::Create(const TrainOptions& options, Context& context) {
  CM_ASSIGN_OR_RETURN(JobPlan plan, EncodePlan(options));
  CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> old, Job::FindPlan(options.job.folder));
  if (!old) CM_RETURN_IF_ERROR(CheckNoCounts(options.job.folder));
  CM_ASSIGN_OR_RETURN(
      Job job, Job::Create(options.job.folder, std::move(plan),
                           {.resume = options.job.resume, .replace_settings = true}, context));
  // Makes the models again, perhaps of another size.
  CM_RETURN_IF_ERROR(job.RemoveMark(kModels));
  return TrainingJob(std::move(job), options.job, context);
}

absl::StatusOr<TrainingJob> TrainingJob::Open(const std::string& folder, Context& context) {
  CM_ASSIGN_OR_RETURN(Job job, Job::Open(folder, kKind, context));
  CM_ASSIGN_OR_RETURN(TrainingJobOptions options, DecodePlan(job));
  return TrainingJob(std::move(job), std::move(options), context);
}

absl::Status TrainingJob::Count(const std::string& name, const OpenCorpus& corpus,
                                const CountsInfo& info, const CountPart& count_part) const {
  const std::string path = PathOf(name);
  TrainingWork work(
      job_, [&] { return CountParts(path, corpus, info, count_part, job_.folder(), *context_); });
  CM_RETURN_IF_ERROR(job_.RunTask(name, work));
  return CheckCounts(path, info, *context_).status();
}

absl::StatusOr<bool> TrainingJob::IsFinished(const TrainOptions& options, bool overwrite,
                                             Context& context) {
  CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> old, Job::FindPlan(options.job.folder));
  if (!old) return false;
  CM_ASSIGN_OR_RETURN(const JobPlan plan, EncodePlan(options));
  if (!DifferenceBetween(*old, plan).empty() || old->settings != plan.settings) return false;
  CM_ASSIGN_OR_RETURN(const Job job, Job::Open(options.job.folder, kKind, context));
  return job.IsMarked(kModels, overwrite);
}

absl::StatusOr<bool> TrainingJob::HasWritten(const std::string& path) const {
  CM_ASSIGN_OR_RETURN(const std::vector<JobOutput> outputs, job_.OutputsOf(kModels));
  for (const JobOutput& output : outputs) {
    if (output.path != path) continue;
    CM_ASSIGN_OR_RETURN(const OutputState state, StateOf(output, *context_));
    return state == OutputState::kIntact;
  }
  return false;
}

absl::Status TrainingJob::Finish() const {
  std::vector<JobOutput> outputs;
  for (const std::string& path : options_.outputs) {
    CM_ASSIGN_OR_RETURN(JobOutput output, ReadOutput(path, *context_));
    outputs.push_back(std::move(output));
  }
  CM_RETURN_IF_ERROR(job_.MarkDone(kModels, outputs));
  job_.RemoveTemporary([](const std::string&) { return false; });
  return absl::OkStatus();
}

absl::StatusOr<bool> TrainingJob::IsDone() const { return job_.IsDone(TrainingWork(job_)); }

std::string TrainingJob::StatusText() const { return job_.StatusText(TrainingWork(job_)); }

absl::Status TrainingJob::CheckTask(const std::string& key) const { return job_.CheckTask(key); }

}  // namespace corpusmill
