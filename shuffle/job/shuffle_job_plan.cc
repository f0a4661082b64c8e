#include "shuffle/job/shuffle_job_plan.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "corpus/base/random.h"
#include "corpus/base/status.h"
#include "corpus/containers/content_stream.h"
#include "corpus/jobs/job_json.h"
#include "shuffle/estimate.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/passes/sizing.h"
#include "shuffle/shuffle.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMostBuckets = 1 << 24;

Json PositionJson(const InputPosition& position) {
  return {position.input, position.record, position.byte};
}

Json DefinitionJson(const ShuffleJobPlan& plan) {
  const ShuffleOptions& options = plan.options;
  Json splits = Json::array();
  for (const Split& split : options.splits) splits.push_back({split.name, split.end});
  Json json = {{"seed", options.seed},
               {"record", RecordOptionsName(options.record)},
               {"header_records", options.header_records},
               {"take", options.take.value_or(0)},
               {"below", nullptr},
               {"splits", std::move(splits)},
               {"split_seed", options.split_seed},
               {"split_by", static_cast<int>(options.split_by)},
               {"split_field", options.split_field},
               {"aligned", options.aligned},
               {"output", plan.files.pattern},
               {"codec", CodecName(plan.files.codec.codec)},
               {"compress_level", nullptr},
               {"shards", plan.files.shards},
               {"shard_bytes", plan.files.shard_bytes},
               {"names", plan.files.names}};
  if (plan.files.codec.level) json["compress_level"] = *plan.files.codec.level;
  if (!plan.files.split_shards.empty()) json["split_shards"] = plan.files.split_shards;
  if (options.below) json["below"] = {options.below->high, options.below->low};
  return json;
}

Json SettingsJson(const ShuffleJobPlan& plan) {
  Json ranges = Json::array();
  for (const InputRange& range : plan.scatter_tasks) {
    ranges.push_back(
        {{"begin", PositionJson(range.begin)}, {"end", {range.end_input, range.end_byte}}});
  }
  return {{"overwrite", plan.files.overwrite},
          {"folders", plan.folders},
          {"buckets", plan.buckets},
          {"part_bytes", plan.part_bytes},
          {"checkpoint_bytes", plan.checkpoint_bytes},
          {"scatter_tasks", std::move(ranges)},
          {"gather_tasks", plan.gather_tasks},
          {"arguments", plan.arguments}};
}

/// The first task that reads the file in which `task` begins.
size_t FirstInFile(const ShuffleJobPlan& plan, size_t task) {
  const InputPosition& begin = plan.scatter_tasks[task].begin;
  size_t first = begin.byte > 0 ? 0 : task;
  while (first < task) {
    const InputRange& range = plan.scatter_tasks[first];
    if (range.end_input > begin.input || (range.end_input == begin.input && range.end_byte > 0)) {
      break;
    }
    ++first;
  }
  return first;
}

std::vector<JobTask> TasksOf(const ShuffleJobPlan& plan) {
  const size_t scatters = plan.scatter_tasks.size();
  const uint64_t read_bytes = TotalBytes(plan.inputs) / scatters;
  const uint64_t written_bytes = ExpectedBytes(plan.inputs) / plan.gather_tasks;
  std::vector<JobTask> tasks;
  for (size_t task = 0; task < scatters; ++task) {
    tasks.push_back({.key = TaskKey("count", task), .bytes = read_bytes, .is_optional = true});
  }
  for (size_t task = 0; task < scatters; ++task) {
    tasks.push_back({.key = TaskKey("scatter", task), .bytes = read_bytes});
    const size_t first = FirstInFile(plan, task);
    if (first < task) tasks.back().needs.push_back(TaskKeys("count", first, task));
  }
  tasks.push_back({.key = "finalize", .needs = {TaskKeys("scatter", 0, scatters)}});
  for (size_t task = 0; task < plan.gather_tasks; ++task) {
    tasks.push_back(
        {.key = TaskKey("gather", task), .needs = {"finalize"}, .bytes = written_bytes});
  }
  return tasks;
}

InputPosition PositionFrom(const Json& json) {
  return {json.at(0).get<uint64_t>(), json.at(1).get<uint64_t>(), json.at(2).get<uint64_t>()};
}

void ReadDefinition(const Json& json, ShuffleJobPlan* result) {
  ShuffleJobPlan& plan = *result;
  ShuffleOptions& options = plan.options;
  options.seed = json.at("seed").get<std::string>();
  options.record = ParseRecordOptions(json.at("record").get<std::string>()).value();
  options.header_records = json.at("header_records").get<uint64_t>();
  if (const auto take = json.at("take").get<uint64_t>(); take > 0) options.take = take;
  if (const Json& below = json.at("below"); !below.is_null()) {
    options.below = Draw{below.at(0).get<uint64_t>(), below.at(1).get<uint64_t>()};
  }
  for (const Json& split : json.at("splits")) {
    options.splits.push_back({split.at(0).get<std::string>(), split.at(1).get<uint64_t>()});
    plan.files.splits.push_back(options.splits.back().name);
  }
  options.split_seed = json.at("split_seed").get<std::string>();
  options.split_by = static_cast<SplitBy>(json.at("split_by").get<int>());
  options.split_field = json.at("split_field").get<std::string>();
  options.aligned = json.at("aligned").get<bool>();
  plan.files.pattern = json.at("output").get<std::string>();
  plan.files.codec = ParseCodec(json.at("codec").get<std::string>()).value();
  if (const Json& level = json.at("compress_level"); !level.is_null()) {
    plan.files.codec.level = level.get<int>();
  }
  plan.files.shards = json.at("shards").get<uint64_t>();
  if (json.contains("split_shards")) {
    plan.files.split_shards = json.at("split_shards").get<std::vector<uint64_t>>();
    if (plan.files.split_shards.size() != options.splits.size()) throw std::out_of_range("shards");
  }
  plan.files.shard_bytes = json.at("shard_bytes").get<uint64_t>();
  plan.files.names = json.at("names").get<std::vector<std::string>>();
}

void ReadSettings(const Json& json, ShuffleJobPlan* result) {
  ShuffleJobPlan& plan = *result;
  plan.files.overwrite = json.at("overwrite").get<bool>();
  plan.folders = json.at("folders").get<std::vector<std::string>>();
  plan.buckets = json.at("buckets").get<uint64_t>();
  plan.part_bytes = json.at("part_bytes").get<uint64_t>();
  plan.checkpoint_bytes = json.at("checkpoint_bytes").get<uint64_t>();
  for (const Json& task : json.at("scatter_tasks")) {
    InputRange range{.begin = PositionFrom(task.at("begin")), .begins_at_record = false};
    range.end_input = task.at("end").at(0).get<uint64_t>();
    range.end_byte = task.at("end").at(1).get<uint64_t>();
    plan.scatter_tasks.push_back(range);
  }
  plan.gather_tasks = json.at("gather_tasks").get<uint64_t>();
  plan.arguments = json.at("arguments").get<std::vector<std::string>>();
}

/// Whether `tasks` have the keys of the plan's tasks.
bool HasKeys(const ShuffleJobPlan& plan, const std::vector<JobTask>& tasks) {
  const size_t scatters = plan.scatter_tasks.size();
  if (plan.gather_tasks > tasks.size() || tasks.size() != 2 * scatters + 1 + plan.gather_tasks) {
    return false;
  }
  const std::vector<JobTask> expected = TasksOf(plan);
  return std::equal(tasks.begin(), tasks.end(), expected.begin(), expected.end(),
                    [](const JobTask& a, const JobTask& b) { return a.key == b.key; });
}

/// Whether the plan has the properties that the tasks rely on.
bool IsUsable(const ShuffleJobPlan& plan, const std::vector<JobTask>& tasks) {
  return !plan.folders.empty() && plan.buckets > 0 && plan.buckets <= kMostBuckets &&
         !plan.scatter_tasks.empty() && plan.gather_tasks > 0 && HasKeys(plan, tasks) &&
         std::all_of(
             plan.scatter_tasks.begin(), plan.scatter_tasks.end(), [&](const InputRange& range) {
               return range.begin.input <= range.end_input && range.end_input <= plan.inputs.size();
             });
}

/// Whether the records of an input are its stored bytes.
absl::StatusOr<bool> IsPlain(const InputFile& input, RecordFormat format, Context& context) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<InputStream> stream,
                      OpenInput(input, context, {.hash = false, .report_progress = false}));
  if (stream->codec() != Codec::kNone || !FindsContent(format)) return stream->is_plain();
  return IsPlainContent(std::move(stream));
}

/// Cuts the inputs into about `tasks` ranges of equal stored size: at any byte of plain files,
/// but not within compressed files.
absl::StatusOr<std::vector<InputRange>> CutInputs(const ShuffleJobPlan& plan, uint64_t tasks,
                                                  Context& context) {
  const uint64_t total = TotalBytes(plan.inputs);
  const uint64_t task_bytes = std::max<uint64_t>(1, total / tasks + (total % tasks ? 1 : 0));
  std::vector<InputRange> ranges(1);
  ranges.back() = {.begins_at_record = false};
  uint64_t room = task_bytes;  // Bytes left in the last range.
  const auto cut = [&](uint64_t input, uint64_t byte) {
    ranges.back().end_input = input;
    ranges.back().end_byte = byte;
    ranges.push_back({.begin = {.input = input, .byte = byte}, .begins_at_record = false});
    room = task_bytes;
  };
  for (uint64_t i = 0; i < plan.inputs.size(); ++i) {
    uint64_t size = plan.inputs[i].size_bytes;
    if (tasks == 1) break;
    CM_ASSIGN_OR_RETURN(const bool is_plain,
                        IsPlain(plan.inputs[i], plan.options.record.format, context));
    uint64_t at = 0;
    if (is_plain) {
      const uint64_t unit = std::max<uint64_t>(1, plan.options.record.record_bytes);
      while (size - at > room) {
        const uint64_t next = (at + room + unit - 1) / unit * unit;
        if (next >= size) break;
        cut(i, at = next);
      }
    }
    if (size - at >= room && i + 1 < plan.inputs.size()) {
      cut(i + 1, 0);
    } else {
      room -= std::min(room - 1, size - at);
    }
  }
  ranges.back().end_input = plan.inputs.size();
  ranges.back().end_byte = 0;
  return ranges;
}

}  // namespace

absl::StatusOr<ShuffleJobPlan> PlanShuffleJob(std::vector<InputFile> inputs,
                                              const ShuffleOptions& options, ShuffleFiles files,
                                              std::vector<std::string> folders,
                                              const ShuffleJobSizes& sizes, Context& context) {
  CM_RETURN_IF_ERROR(CheckShuffle(inputs, options));
  for (InputFile& input : inputs) {
    if (!input.is_regular) {
      return UsageError(absl::StrFormat(
          "%s: a job must be able to read its inputs again; name a file, or leave out "
          "--job-dir",
          input.path == kStandardStream ? "standard input" : input.path));
    }
    input.path = AbsolutePath(input.path);
  }
  if (files.pattern == kStandardStream) {
    return UsageError("a job writes to files; name one with -o");
  }
  files.pattern = AbsolutePath(files.pattern);
  for (std::string& folder : folders) folder = AbsolutePath(folder);
  ShuffleJobPlan plan{.inputs = std::move(inputs),
                      .options = options,
                      .files = std::move(files),
                      .id = RandomSeed(),
                      .folders = std::move(folders)};
  const uint64_t expected = ExpectedBytes(plan.inputs);
  const Selector selector(plan.options, plan.inputs);
  plan.buckets =
      ChooseSizing(sizes.memory_bytes, sizes.threads, expected, selector.streams()).buckets;
  // A killed job repeats one part of fifty, but extents must not become too small.
  plan.part_bytes = std::max<uint64_t>({expected / 50, plan.buckets * (256 << 10), 64 << 20});
  CM_ASSIGN_OR_RETURN(plan.scatter_tasks, CutInputs(plan, sizes.scatter_tasks, context));
  uint64_t outputs = 0;
  for (size_t stream = 0; stream < selector.streams(); ++stream) {
    outputs += plan.files.ShardsOfStream(stream);
  }
  plan.gather_tasks =
      plan.files.shard_bytes > 0 ? sizes.gather_tasks : std::min(sizes.gather_tasks, outputs);
  plan.checkpoint_bytes = std::max<uint64_t>(expected / plan.gather_tasks / 100, 32 << 20);
  return plan;
}

absl::StatusOr<JobPlan> EncodeShuffleJobPlan(const ShuffleJobPlan& plan) {
  JobPlan encoded = {
      .kind = "shuffle", .id = plan.id, .inputs = plan.inputs, .tasks = TasksOf(plan)};
  CM_ASSIGN_OR_RETURN(encoded.definition, DumpJson(DefinitionJson(plan)));
  CM_ASSIGN_OR_RETURN(encoded.settings, DumpJson(SettingsJson(plan)));
  return encoded;
}

absl::StatusOr<ShuffleJobPlan> DecodeShuffleJobPlan(const JobPlan& plan,
                                                    const std::string& folder) {
  try {
    ShuffleJobPlan decoded = {.inputs = plan.inputs, .id = plan.id};
    ReadDefinition(Json::parse(plan.definition), &decoded);
    ReadSettings(Json::parse(plan.settings), &decoded);
    if (IsUsable(decoded, plan.tasks)) return decoded;
  } catch (const std::exception&) {
    // Reported below.
  }
  return DataError(absl::StrFormat(
      "%s/plan.json: is not a shuffle plan of this version; finish the job with the "
      "version that planned it, or remove its folder",
      folder));
}

}  // namespace corpusmill
