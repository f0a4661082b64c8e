#include "shuffle/job/shuffle_job.h"

#include <sys/stat.h>

#include <cstdlib>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/jobs/job.h"
#include "re2/re2.h"
#include "shuffle/estimate.h"
#include "shuffle/passes/gather.h"

namespace corpusmill {

namespace {

void AddRecords(const PartIndex& index, std::vector<uint64_t>* sums) {
  for (const auto& [input, records] : index.records) {
    if (input < sums->size()) (*sums)[input] += records;
  }
}

/// The memory of an index.
uint64_t MemoryBytes(const PartIndex& index) {
  uint64_t bytes = index.buckets.size() * sizeof(PartIndex::Bucket);
  for (const PartIndex::Bucket& bucket : index.buckets) {
    bytes += bucket.extents.size() * sizeof(Extent);
  }
  return bytes;
}

/// The size of a part's files before anything was freed.
uint64_t TempBytes(const PartIndex& index, const std::string& oversized_records) {
  struct stat info;
  uint64_t bytes = 0;  // A missing file means no oversized records.
  if (Uninterrupted([&] { return Files().Stat(oversized_records.c_str(), &info); }) == 0) {
    bytes = static_cast<uint64_t>(info.st_size);
  }
  for (const PartIndex::Bucket& bucket : index.buckets) {
    for (const Extent& extent : bucket.extents) bytes += RoundUpToBlock(extent.stored_bytes);
  }
  return bytes;
}

/// The number of "scatter.3".
size_t NumberOf(std::string_view key) {
  return std::strtoull(std::string(key.substr(key.find('.') + 1)).c_str(), nullptr, 10);
}

/// The plan with the right to replace outputs from the plan or from the command.
ShuffleJobPlan WithOverwrite(ShuffleJobPlan plan, bool overwrite) {
  plan.files.overwrite = plan.files.overwrite || overwrite;
  return plan;
}

}  // namespace

ShuffleJob::ShuffleJob(Job job, ShuffleJobPlan plan, bool overwrite, Context& context)
    : job_(std::move(job)),
      plan_(WithOverwrite(std::move(plan), overwrite)),
      files_(job_.folder(), plan_),
      overwrite_(overwrite),
      context_(context),
      delimiter_(RecordDelimiter(plan_.options.record.format)) {}

absl::StatusOr<std::optional<ShuffleJobPlan>> ShuffleJob::FindPlan(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> plan, Job::FindPlan(path));
  if (!plan || plan->kind != kKind) return std::nullopt;
  return DecodeShuffleJobPlan(*plan, path);
}

absl::StatusOr<std::unique_ptr<ShuffleJob>> ShuffleJob::Create(const std::string& path,
                                                               const ShuffleJobPlan& plan,
                                                               bool resume, Context& context) {
  CM_ASSIGN_OR_RETURN(JobPlan encoded, EncodeShuffleJobPlan(plan));
  CM_RETURN_IF_ERROR(CreateFolders(path));
  CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> old, Job::FindPlan(path));
  if (!old) CM_RETURN_IF_ERROR(CheckTempSpace(plan.inputs, plan.options, plan.folders));
  CM_ASSIGN_OR_RETURN(Job job, Job::Create(path, std::move(encoded), {.resume = resume}, context));
  CM_ASSIGN_OR_RETURN(ShuffleJobPlan agreed, DecodeShuffleJobPlan(job.plan(), path));
  std::unique_ptr<ShuffleJob> shuffle(
      new ShuffleJob(std::move(job), std::move(agreed), plan.files.overwrite, context));
  // So far no task has written an output.
  CM_ASSIGN_OR_RETURN(const bool is_finalized, Exists(shuffle->files_.Totals()));
  if (!is_finalized) CM_RETURN_IF_ERROR(CheckShuffleFiles(shuffle->plan_.files));
  return shuffle;
}

absl::StatusOr<std::unique_ptr<ShuffleJob>> ShuffleJob::Open(const std::string& path,
                                                             Context& context, bool overwrite) {
  CM_ASSIGN_OR_RETURN(Job job, Job::Open(path, kKind, context));
  CM_ASSIGN_OR_RETURN(ShuffleJobPlan plan, DecodeShuffleJobPlan(job.plan(), path));
  return std::unique_ptr<ShuffleJob>(
      new ShuffleJob(std::move(job), std::move(plan), overwrite, context));
}

absl::StatusOr<bool> ShuffleJob::IsDone(const JobTask& task) const {
  if (task.key == "finalize") return Exists(files_.Totals());
  const size_t number = NumberOf(task.key);
  if (task.key.starts_with("count.")) return Exists(files_.Count(number));
  if (task.key.starts_with("scatter.")) return IsScattered(number);
  return job_.IsMarked(task.key, overwrite_);
}

absl::StatusOr<bool> ShuffleJob::IsUsable(const JobTask& task) const {
  CM_ASSIGN_OR_RETURN(const bool done, IsDone(task));
  if (done || !task.key.starts_with("count.")) return done;
  return IsScattered(NumberOf(task.key));
}

absl::Status ShuffleJob::Run(const JobTask& task) {
  if (task.key == "finalize") return RunFinalize();
  const size_t number = NumberOf(task.key);
  if (task.key.starts_with("count.")) return RunCount(number);
  return task.key.starts_with("scatter.") ? RunScatter(number) : RunGather(number);
}

absl::StatusOr<std::vector<PartIndex>> ShuffleJob::LoadParts(size_t task) const {
  std::vector<PartIndex> parts;
  while (parts.empty() || !parts.back().is_last) {
    const std::string path = files_.Part(task, parts.size());
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(path));
    if (!exists) break;
    CM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileToString(path));
    CM_ASSIGN_OR_RETURN(PartIndex part, DecodePartIndex(bytes, path));
    parts.push_back(std::move(part));
  }
  return parts;
}

absl::StatusOr<bool> ShuffleJob::IsScattered(size_t task) const {
  CM_ASSIGN_OR_RETURN(const std::vector<PartIndex> parts, LoadParts(task));
  return !parts.empty() && parts.back().is_last;
}

absl::StatusOr<ShuffleJob::Scattered> ShuffleJob::LoadScattered() const {
  const BucketMap map(Selector(plan_.options, plan_.inputs), plan_.buckets);
  Scattered scattered{.records_read = std::vector<uint64_t>(plan_.inputs.size())};
  MemoryLease lease = context_.memory().EmptyLease();
  std::vector<JobBuckets::Part> all;
  std::optional<std::string> header;
  for (size_t task = 0; task < scatter_tasks(); ++task) {
    CM_ASSIGN_OR_RETURN(std::vector<PartIndex> parts, LoadParts(task));
    if (parts.empty() || !parts.back().is_last) return job_.NotDone(TaskKey("scatter", task));
    for (size_t part = 0; part < parts.size(); ++part) {
      PartIndex& index = parts[part];
      if (index.buckets.size() != map.buckets()) {
        return DataError(absl::StrFormat("%s: belongs to another plan", files_.Part(task, part)));
      }
      if (index.header && header && *index.header != *header) {
        return DataError(absl::StrFormat("%s: the inputs' headers differ", files_.folder()));
      }
      if (index.header) header = index.header;
      AddRecords(index, &scattered.records_read);
      scattered.temp_bytes += TempBytes(index, files_.Oversized(task, part));
      CM_RETURN_IF_ERROR(
          lease.Resize(lease.bytes() + MemoryBytes(index), "the index of the temporary data"));
      const std::string name = files_.BucketsName(task, part);
      auto spill = std::make_unique<SpillFiles>(plan_.folders, context_, name);
      all.push_back({std::move(index), std::move(spill),
                     plan_.folders.size() == 1 ? plan_.folders.front() + "/" + name : name,
                     files_.Part(task, part)});
    }
  }
  scattered.header = header.value_or("");
  scattered.buckets = std::make_unique<JobBuckets>(std::move(all), map.buckets(), std::move(lease));
  return scattered;
}

absl::Status ShuffleJob::CheckOutputs(const ShuffleJobTotals& totals) const {
  // The number of shards is known from here on; this job has written none of them.
  for (uint64_t i = 0; !plan_.files.overwrite && i < totals.Outputs(plan_.files); ++i) {
    const OutputFile file = totals.OutputAt(plan_.files, i);
    const std::string path = ShufflePath(plan_.files, file.stream, file.shard);
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(path));
    if (exists) {
      return UsageError(absl::StrFormat("%s: exists; remove it and resume the job", path));
    }
  }
  if (plan_.files.codec.codec != Codec::kNone) return absl::OkStatus();
  return CheckOutputSpace(ShufflePath(plan_.files, 0, 0), totals.OutputBytes(delimiter_.size()),
                          plan_.folders, totals.temp_bytes);
}

absl::Status ShuffleJob::RunFinalize() {
  const Phase phase(context_.reporter(), "adding up the parts", 0);
  CM_ASSIGN_OR_RETURN(const Scattered scattered, LoadScattered());
  if (plan_.options.aligned) CM_RETURN_IF_ERROR(CheckAligned(plan_.inputs, scattered.records_read));
  const Selector selector(plan_.options, plan_.inputs);
  const BucketMap map(selector, plan_.buckets);
  CM_ASSIGN_OR_RETURN(const GatherPlan plan,
                      PlanGatherTake(map, selector, *scattered.buckets,
                                     TakeOfAll(plan_.options, plan_.inputs.size()), context_));
  const ShuffleJobTotals totals{.records_read = scattered.records_read,
                                .last = plan.last,
                                .cut = plan.cut,
                                .sum = plan.Sum(),
                                .temp_bytes = scattered.temp_bytes,
                                .result = plan.Result(map, scattered.header, delimiter_.size())};
  CM_RETURN_IF_ERROR(CheckOutputs(totals));
  return WriteShuffleJobTotals(files_.Totals(), totals);
}

absl::StatusOr<bool> ShuffleJob::GatherHasBegun() const {
  for (size_t task = 0; task < gather_tasks(); ++task) {
    CM_ASSIGN_OR_RETURN(const bool has_journal, Exists(files_.GatherJournal(task)));
    CM_ASSIGN_OR_RETURN(const bool has_mark,
                        Exists(job_.PathOf(TaskKey("gather", task) + ".done")));
    if (has_journal || has_mark) return true;
  }
  return false;
}

absl::StatusOr<ShuffleJobTotals> ShuffleJob::LoadTotals() const {
  CM_ASSIGN_OR_RETURN(const bool exists, Exists(files_.Totals()));
  if (!exists) return job_.NotDone("finalize");
  // After buckets were freed, finalize cannot run again.
  CM_ASSIGN_OR_RETURN(const bool has_begun, GatherHasBegun());
  return ReadShuffleJobTotals(files_.Totals(),
                              has_begun ? job_.BeginAgain() : "remove it to do this task again");
}

absl::StatusOr<std::vector<std::string>> ShuffleJob::Outputs() const {
  CM_ASSIGN_OR_RETURN(const ShuffleJobTotals totals, LoadTotals());
  std::vector<std::string> paths;
  for (uint64_t i = 0; i < totals.Outputs(plan_.files); ++i) {
    const OutputFile file = totals.OutputAt(plan_.files, i);
    paths.push_back(ShufflePath(plan_.files, file.stream, file.shard));
  }
  return paths;
}

absl::StatusOr<ShuffleReport> ShuffleJob::Report() const {
  CM_ASSIGN_OR_RETURN(const ShuffleJobTotals totals, LoadTotals());
  ShuffleReport report;
  for (const uint64_t records : totals.records_read) report.records_read += records;
  report.records = totals.sum.records;
  report.record_bytes = totals.sum.record_bytes;
  report.output_bytes = totals.OutputBytes(delimiter_.size());
  report.multiset = totals.sum.multiset;
  report.result = totals.result;
  report.passes = 2;
  report.temp_bytes = report.peak_temp_bytes = totals.temp_bytes;
  return report;
}

absl::Status ShuffleJob::Verify() {
  for (size_t task = 0; task < gather_tasks(); ++task) {
    const std::string key = TaskKey("gather", task);
    CM_ASSIGN_OR_RETURN(const bool is_done, job_.IsMarked(key));
    if (!is_done) return job_.NotDone(key);
  }
  CM_ASSIGN_OR_RETURN(const ShuffleReport report, Report());
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> outputs, Outputs());
  return VerifyShuffle(outputs, plan_.options, report, context_);
}

void ShuffleJob::RemoveTemporary() {
  for (const std::string& folder : plan_.folders) {
    RemoveFiles(folder,
                [&](const std::string& name) { return name.starts_with(files_.TempPrefix()); });
  }
  // Removes only files that tasks write: the folder may hold other files.
  static const RE2 kOurs(
      R"((part\.\d+-\d+|count\.\d+|gather\.\d+\.(journal|outputs))(\.part)?|totals\.json\.part)");
  job_.RemoveTemporary([](const std::string& name) { return RE2::FullMatch(name, kOurs); });
}

}  // namespace corpusmill
