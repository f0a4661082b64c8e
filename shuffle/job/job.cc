#include "shuffle/job/job.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "re2/re2.h"
#include "shuffle/estimate.h"
#include "shuffle/job/job_json.h"
#include "shuffle/passes/gather.h"

namespace corpusmill {

namespace {

namespace fs = std::filesystem;

void AddRecords(const PartIndex& index, std::vector<uint64_t>* sums) {
  for (const auto& [input, records] : index.records) {
    if (input < sums->size()) (*sums)[input] += records;
  }
}

/// What an index takes in memory.
uint64_t MemoryBytes(const PartIndex& index) {
  uint64_t bytes = index.buckets.size() * sizeof(PartIndex::Bucket);
  for (const PartIndex::Bucket& bucket : index.buckets)
    bytes += bucket.extents.size() * sizeof(Extent);
  return bytes;
}

/// What the files of a part took before anything was freed.
uint64_t TempBytes(const PartIndex& index, const std::string& oversized_records) {
  std::error_code error;
  uint64_t bytes = fs::file_size(oversized_records, error);
  if (error) bytes = 0;  // There are none.
  for (const PartIndex::Bucket& bucket : index.buckets) {
    for (const Extent& extent : bucket.extents) bytes += RoundUpToBlock(extent.stored_bytes);
  }
  return bytes;
}

/// Removes what can be removed of the files whose names are ours.
template <typename IsOurs>
void RemoveFrom(const std::string& folder, const IsOurs& is_ours) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  std::vector<fs::path> ours;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    if (is_ours(entries->path().filename().string())) ours.push_back(entries->path());
  }
  for (const fs::path& path : ours) fs::remove(path, error);
}

}  // namespace

Job::Job(std::string path, JobPlan plan, Context& context)
    : plan_(std::move(plan)),
      files_(std::move(path), plan_),
      context_(context),
      delimiter_(RecordDelimiter(plan_.options.record.format)) {}

absl::StatusOr<std::optional<JobPlan>> Job::FindPlan(const std::string& path) {
  const std::string plan_path = JobFiles::PlanIn(path);
  if (!Exists(plan_path)) return std::nullopt;
  CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(plan_path));
  CM_ASSIGN_OR_RETURN(JobPlan plan, DecodeJobPlan(text, plan_path));
  CM_RETURN_IF_ERROR(ReadJson(plan_path, JobFiles(path, plan).BeginAgain(), [](const Json&) {}));
  return plan;
}

absl::StatusOr<std::unique_ptr<Job>> Job::Create(const std::string& path, JobPlan plan, bool resume,
                                                 Context& context) {
  CM_RETURN_IF_ERROR(CreateFolders(path));
  CM_ASSIGN_OR_RETURN(const TaskLock lock, TaskLock::Take(path + "/plan.lock", context));
  CM_ASSIGN_OR_RETURN(std::optional<JobPlan> old, FindPlan(path));
  if (old) {
    if (!resume) {
      return UsageError(absl::StrFormat(
          "%s: holds a job; use --resume to go on with it, or remove the folder", path));
    }
    if (!SameOutput(*old, plan)) {
      return UsageError(absl::StrFormat(
          "%s: holds a job with other inputs, outputs or options, or its inputs have changed; "
          "remove the folder to begin again",
          path));
    }
    return std::unique_ptr<Job>(new Job(path, *std::move(old), context));
  }
  CM_RETURN_IF_ERROR(CheckTempSpace(plan.inputs, plan.options, plan.folders));
  CM_ASSIGN_OR_RETURN(const std::string text, EncodeJobPlan(plan));
  CM_RETURN_IF_ERROR(WriteJson(JobFiles::PlanIn(path), Json::parse(text), /*indent=*/1));
  return std::unique_ptr<Job>(new Job(path, std::move(plan), context));
}

absl::StatusOr<std::unique_ptr<Job>> Job::Open(const std::string& path, Context& context) {
  CM_ASSIGN_OR_RETURN(std::optional<JobPlan> plan, FindPlan(path));
  if (!plan) {
    return UsageError(absl::StrFormat("%s: holds no job; make one with 'job plan'", path));
  }
  return std::unique_ptr<Job>(new Job(path, *std::move(plan), context));
}

absl::Status Job::CheckInputs() const {
  for (const InputFile& input : plan_.inputs) {
    // "@1": what looks like a weight is a part of the name.
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> now, ResolveInputs({input.path + "@1"}));
    if (now.size() != 1 || now[0].size_bytes != input.size_bytes ||
        now[0].modified_ns != input.modified_ns) {
      return DataError(absl::StrFormat("%s: has changed since the job was planned; %s", input.path,
                                       files_.BeginAgain()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PartIndex>> Job::LoadParts(size_t task) const {
  std::vector<PartIndex> parts;
  while (parts.empty() || !parts.back().is_last) {
    const std::string path = files_.Part(task, parts.size());
    if (!Exists(path)) break;
    CM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileToString(path));
    CM_ASSIGN_OR_RETURN(PartIndex part, DecodePartIndex(bytes, path));
    parts.push_back(std::move(part));
  }
  return parts;
}

absl::StatusOr<Job::Scattered> Job::LoadScattered() const {
  const BucketMap map(Selector(plan_.options, plan_.inputs), plan_.buckets);
  Scattered scattered{.records_read = std::vector<uint64_t>(plan_.inputs.size())};
  MemoryLease lease = context_.memory().EmptyLease();
  std::vector<JobBuckets::Part> all;
  std::optional<std::string> header;
  for (size_t task = 0; task < scatter_tasks(); ++task) {
    CM_ASSIGN_OR_RETURN(std::vector<PartIndex> parts, LoadParts(task));
    if (parts.empty() || !parts.back().is_last) {
      return DataError(
          absl::StrFormat("%s: task %d is not scattered yet; run 'job scatter --task %d' first",
                          files_.folder(), task, task));
    }
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

absl::Status Job::CheckOutputs(const JobTotals& totals) const {
  // Only now it is known how many shards there are; none of them is ours yet.
  for (uint64_t i = 0; !plan_.files.overwrite && i < totals.Outputs(plan_.files); ++i) {
    const OutputFile file = totals.OutputAt(plan_.files, i);
    const std::string path = ShufflePath(plan_.files, file.stream, file.shard);
    if (Exists(path)) {
      return UsageError(absl::StrFormat("%s: exists; remove it and go on with the job", path));
    }
  }
  if (plan_.files.codec != Codec::kNone) return absl::OkStatus();
  return CheckOutputSpace(ShufflePath(plan_.files, 0, 0), totals.OutputBytes(delimiter_.size()),
                          plan_.folders, totals.temp_bytes);
}

absl::Status Job::Finalize() {
  CM_ASSIGN_OR_RETURN(const TaskLock lock, TaskLock::Take(files_.Lock("finalize"), context_));
  if (Exists(files_.Totals())) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(const Scattered scattered, LoadScattered());
  if (plan_.options.aligned) CM_RETURN_IF_ERROR(CheckAligned(plan_.inputs, scattered.records_read));
  const Selector selector(plan_.options, plan_.inputs);
  const BucketMap map(selector, plan_.buckets);
  CM_ASSIGN_OR_RETURN(const GatherPlan plan,
                      PlanGatherTake(map, selector, *scattered.buckets,
                                     TakeOfAll(plan_.options, plan_.inputs.size()), context_));
  const JobTotals totals{.records_read = scattered.records_read,
                         .last = plan.last,
                         .cut = plan.cut,
                         .sum = plan.Sum(),
                         .temp_bytes = scattered.temp_bytes,
                         .result = plan.Result(map, scattered.header, delimiter_.size())};
  CM_RETURN_IF_ERROR(CheckOutputs(totals));
  return WriteJobTotals(files_.Totals(), totals);
}

absl::StatusOr<JobTotals> Job::LoadTotals() const {
  if (!Exists(files_.Totals())) {
    return DataError(absl::StrFormat("%s: the job is not finalized yet; run 'job finalize' first",
                                     files_.folder()));
  }
  // With freed buckets and outputs of its own in the way it cannot be made again.
  return ReadJobTotals(files_.Totals(), files_.GatherHasBegun()
                                            ? files_.BeginAgain()
                                            : "remove it to do this task again");
}

bool Job::IsDone() const {
  for (size_t task = 0; task < gather_tasks(); ++task) {
    if (!IsGathered(task)) return false;
  }
  return true;
}

absl::StatusOr<std::vector<std::string>> Job::Outputs() const {
  CM_ASSIGN_OR_RETURN(const JobTotals totals, LoadTotals());
  std::vector<std::string> paths;
  for (uint64_t i = 0; i < totals.Outputs(plan_.files); ++i) {
    const OutputFile file = totals.OutputAt(plan_.files, i);
    paths.push_back(ShufflePath(plan_.files, file.stream, file.shard));
  }
  return paths;
}

absl::StatusOr<ShuffleReport> Job::Report() const {
  CM_ASSIGN_OR_RETURN(const JobTotals totals, LoadTotals());
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

absl::Status Job::Verify() {
  for (size_t task = 0; task < gather_tasks(); ++task) {
    if (IsGathered(task)) continue;
    return DataError(
        absl::StrFormat("%s: task %d is not gathered yet; run 'job gather --task %d' first",
                        files_.folder(), task, task));
  }
  CM_ASSIGN_OR_RETURN(const ShuffleReport report, Report());
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> outputs, Outputs());
  return VerifyShuffle(outputs, plan_.options, report, context_);
}

absl::Status Job::RemoveTemporary() {
  for (const std::string& folder : plan_.folders) {
    RemoveFrom(folder,
               [&](const std::string& name) { return name.starts_with(files_.TempPrefix()); });
  }
  // Nothing but what tasks write: the folder may hold what is not ours.
  static const RE2 kOurs(
      R"(((part|count)\.\d+-\d+|(plan|finalize|scatter\.\d+|gather\.\d+)\.lock|gather\.\d+\.journal)"
      R"(|plan\.json\.part|totals\.json\.part|gather\.\d+\.done\.part)(\.lock|\.part)?)");
  RemoveFrom(files_.folder(), [](const std::string& name) { return RE2::FullMatch(name, kOurs); });
  return absl::OkStatus();
}

std::string Job::StatusText() const {
  size_t counted = 0, scattered = 0, gathered = 0;
  for (size_t task = 0; task < scatter_tasks(); ++task) {
    counted += Exists(files_.Count(task)) ? 1 : 0;
    const absl::StatusOr<std::vector<PartIndex>> parts = LoadParts(task);
    scattered += parts.ok() && !parts->empty() && parts->back().is_last ? 1 : 0;
  }
  const bool finalized = Exists(files_.Totals());
  if (IsDone()) scattered = scatter_tasks();  // Their files may be removed.
  for (size_t task = 0; task < gather_tasks(); ++task) gathered += IsGathered(task) ? 1 : 0;
  return absl::StrFormat("count %d of %d\nscatter %d of %d\nfinalize %d of 1\ngather %d of %d\n",
                         counted, scatter_tasks(), scattered, scatter_tasks(), finalized ? 1 : 0,
                         gathered, gather_tasks());
}

}  // namespace corpusmill
