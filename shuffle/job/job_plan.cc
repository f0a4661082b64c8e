#include "shuffle/job/job_plan.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <utility>

#include "corpus/base/random.h"
#include "corpus/base/status.h"
#include "nlohmann/json.hpp"
#include "shuffle/estimate.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/passes/sizing.h"
#include "shuffle/shuffle.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr uint64_t kMostBuckets = 1 << 24;

std::string Absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

Json PositionJson(const InputPosition& position) {
  return {position.input, position.record, position.byte};
}

Json OutputJson(const JobPlan& plan) {
  Json inputs = Json::array();
  for (const InputFile& input : plan.inputs) {
    inputs.push_back({{"path", input.path},
                      {"size_bytes", input.size_bytes},
                      {"modified_ns", input.modified_ns},
                      {"copies", input.weight.copies},
                      {"copy_fraction", input.weight.fraction}});
  }
  const ShuffleOptions& options = plan.options;
  Json splits = Json::array();
  for (const Split& split : options.splits) splits.push_back({split.name, split.end});
  Json json = {{"inputs", std::move(inputs)},
               {"seed", options.seed},
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
               {"codec", CodecName(plan.files.codec)},
               {"shards", plan.files.shards},
               {"shard_bytes", plan.files.shard_bytes},
               {"names", plan.files.names}};
  if (options.below) json["below"] = {options.below->high, options.below->low};
  return json;
}

InputPosition PositionFrom(const Json& json) {
  return {json.at(0).get<uint64_t>(), json.at(1).get<uint64_t>(), json.at(2).get<uint64_t>()};
}

JobPlan PlanFrom(const Json& json) {
  JobPlan plan;
  for (const Json& input : json.at("inputs")) {
    plan.inputs.push_back({.path = input.at("path").get<std::string>(),
                           .size_bytes = input.at("size_bytes").get<uint64_t>(),
                           .is_regular = true,
                           .modified_ns = input.at("modified_ns").get<int64_t>(),
                           .weight = {input.at("copies").get<uint64_t>(),
                                      input.at("copy_fraction").get<uint64_t>()}});
  }
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
  plan.files.shards = json.at("shards").get<uint64_t>();
  plan.files.shard_bytes = json.at("shard_bytes").get<uint64_t>();
  plan.files.names = json.at("names").get<std::vector<std::string>>();
  plan.files.overwrite = json.at("overwrite").get<bool>();
  plan.id = json.at("id").get<std::string>();
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
  return plan;
}

/// What the tasks rely on.
bool IsUsable(const JobPlan& plan) {
  return !plan.folders.empty() && !plan.id.empty() && plan.id.find('/') == std::string::npos &&
         plan.buckets > 0 && plan.buckets <= kMostBuckets && !plan.scatter_tasks.empty() &&
         plan.gather_tasks > 0 &&
         std::all_of(
             plan.scatter_tasks.begin(), plan.scatter_tasks.end(), [&](const InputRange& range) {
               return range.begin.input <= range.end_input && range.end_input <= plan.inputs.size();
             });
}

/// Cuts the inputs into about `tasks` ranges of equal stored size, within plain files
/// at any byte, else between files.
absl::StatusOr<std::vector<InputRange>> CutInputs(const JobPlan& plan, uint64_t tasks,
                                                  Context& context) {
  const uint64_t total = TotalBytes(plan.inputs);
  const uint64_t task_bytes = std::max<uint64_t>(1, total / tasks + (total % tasks ? 1 : 0));
  std::vector<InputRange> ranges(1);
  ranges.back() = {.begins_at_record = false};
  uint64_t room = task_bytes;  // Left in the last range.
  const auto cut = [&](uint64_t input, uint64_t byte) {
    ranges.back().end_input = input;
    ranges.back().end_byte = byte;
    ranges.push_back({.begin = {.input = input, .byte = byte}, .begins_at_record = false});
    room = task_bytes;
  };
  for (uint64_t i = 0; i < plan.inputs.size(); ++i) {
    uint64_t size = plan.inputs[i].size_bytes;
    if (tasks == 1) break;
    CM_ASSIGN_OR_RETURN(const auto stream, OpenInput(plan.inputs[i], context, {.hash = false}));
    uint64_t at = 0;
    if (stream->codec() == Codec::kNone) {
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

absl::StatusOr<JobPlan> MakeJobPlan(std::vector<InputFile> inputs, const ShuffleOptions& options,
                                    ShuffleFiles files, std::vector<std::string> folders,
                                    const JobSizes& sizes, Context& context) {
  CM_RETURN_IF_ERROR(CheckShuffle(inputs, options));
  for (InputFile& input : inputs) {
    if (!input.is_regular) {
      return UsageError(absl::StrFormat(
          "%s: a job cannot go on with what can be read only once; name a file, or leave out "
          "--job-dir",
          input.path == kStandardStream ? "standard input" : input.path));
    }
    input.path = Absolute(input.path);
  }
  if (files.pattern == kStandardStream) {
    return UsageError("a job writes to files; name one with -o");
  }
  files.pattern = Absolute(files.pattern);
  for (std::string& folder : folders) folder = Absolute(folder);
  JobPlan plan{.inputs = std::move(inputs),
               .options = options,
               .files = std::move(files),
               .id = RandomSeed(),
               .folders = std::move(folders)};
  if (plan.options.record.format == RecordFormat::kAuto) {
    plan.options.record = {RecordFormat::kLines};
  }
  const uint64_t expected = ExpectedBytes(plan.inputs);
  const Selector selector(plan.options, plan.inputs);
  plan.buckets =
      ChooseSizing(sizes.memory_bytes, sizes.threads, expected, selector.streams()).buckets;
  // A killed job repeats one part of fifty, but extents must not become too small.
  plan.part_bytes = std::max<uint64_t>({expected / 50, plan.buckets * (256 << 10), 64 << 20});
  CM_ASSIGN_OR_RETURN(plan.scatter_tasks, CutInputs(plan, sizes.scatter_tasks, context));
  const uint64_t outputs = std::max<uint64_t>(1, plan.files.shards) * selector.streams();
  plan.gather_tasks =
      plan.files.shard_bytes > 0 ? sizes.gather_tasks : std::min(sizes.gather_tasks, outputs);
  plan.checkpoint_bytes = std::max<uint64_t>(expected / plan.gather_tasks / 100, 32 << 20);
  return plan;
}

absl::StatusOr<std::string> EncodeJobPlan(const JobPlan& plan) {
  Json tasks = Json::array();
  for (const InputRange& task : plan.scatter_tasks) {
    tasks.push_back(
        {{"begin", PositionJson(task.begin)}, {"end", {task.end_input, task.end_byte}}});
  }
  Json json = {{"format", "corpusmill shuffle job"}, {"version", kVersion}};
  json.update(OutputJson(plan));
  json["overwrite"] = plan.files.overwrite;
  json["id"] = plan.id;
  json["folders"] = plan.folders;
  json["buckets"] = plan.buckets;
  json["part_bytes"] = plan.part_bytes;
  json["checkpoint_bytes"] = plan.checkpoint_bytes;
  json["scatter_tasks"] = std::move(tasks);
  json["gather_tasks"] = plan.gather_tasks;
  try {
    return json.dump(1) + "\n";
  } catch (const std::exception&) {
    return UsageError("a job needs paths and a seed in UTF-8");
  }
}

absl::StatusOr<JobPlan> DecodeJobPlan(std::string_view text, const std::string& path) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    if (json.at("format") == "corpusmill shuffle job" && json.at("version") == kVersion) {
      JobPlan plan = PlanFrom(json);
      if (IsUsable(plan)) return plan;
    }
  } catch (const std::exception&) {
    // Told below.
  }
  return DataError(absl::StrFormat("%s: is no plan of a shuffle that this version knows", path));
}

bool SameOutput(const JobPlan& a, const JobPlan& b) { return OutputJson(a) == OutputJson(b); }

}  // namespace corpusmill
