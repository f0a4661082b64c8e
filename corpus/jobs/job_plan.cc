#include "corpus/jobs/job_plan.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/jobs/job_json.h"

namespace corpusmill {
namespace {

constexpr const char* kFormat = "corpusmill job";
constexpr int kVersion = 2;

Json InputsJson(const std::vector<InputFile>& inputs) {
  Json json = Json::array();
  for (const InputFile& input : inputs) {
    json.push_back({{"path", input.path},
                    {"size_bytes", input.size_bytes},
                    {"modified_ns", input.modified_ns},
                    {"copies", input.weight.copies},
                    {"copy_fraction", input.weight.fraction}});
  }
  return json;
}

Json TasksJson(const std::vector<JobTask>& tasks) {
  Json json = Json::array();
  for (const JobTask& task : tasks) {
    json.push_back({{"key", task.key}, {"needs", task.needs}, {"bytes", task.bytes}});
    if (task.is_optional) json.back()["optional"] = true;
  }
  return json;
}

JobPlan PlanFrom(const Json& json) {
  JobPlan plan = {.kind = json.at("kind").get<std::string>(),
                  .id = json.at("id").get<std::string>()};
  for (const Json& input : json.at("inputs")) {
    plan.inputs.push_back({.path = input.at("path").get<std::string>(),
                           .size_bytes = input.at("size_bytes").get<uint64_t>(),
                           .is_regular = true,
                           .modified_ns = input.at("modified_ns").get<int64_t>(),
                           .weight = {input.at("copies").get<uint64_t>(),
                                      input.at("copy_fraction").get<uint64_t>()}});
  }
  plan.definition = json.at("definition").dump();
  plan.settings = json.at("settings").dump();
  for (const Json& task : json.at("tasks")) {
    plan.tasks.push_back({.key = task.at("key").get<std::string>(),
                          .needs = task.at("needs").get<std::vector<std::string>>(),
                          .bytes = task.at("bytes").get<uint64_t>(),
                          .is_optional = task.value("optional", false)});
  }
  return plan;
}

/// "scatter.0-7"; without a range, first and last are 0 and has_range is false.
struct NeedRange {
  std::string verb;
  uint64_t first = 0, last = 0;
  bool has_range = false;
};

NeedRange RangeOf(const std::string& need) {
  const size_t dot = need.find('.'), dash = need.find('-', dot);
  if (dot == std::string::npos || dash == std::string::npos) return {need};
  NeedRange range = {.verb = need.substr(0, dot)};
  range.has_range = absl::SimpleAtoi(ToAbsl(need.substr(dot + 1, dash - dot - 1)), &range.first) &&
                    absl::SimpleAtoi(ToAbsl(need.substr(dash + 1)), &range.last);
  return range;
}

/// The invariants that the engine relies on.
bool IsUsable(const JobPlan& plan) {
  std::set<std::string, std::less<>> keys;
  for (const JobTask& task : plan.tasks) {
    if (task.key.empty() || task.key.find('/') != std::string::npos) return false;
    for (const std::string& need : task.needs) {
      const NeedRange range = RangeOf(need);
      // Only earlier tasks: a range is no longer than their number.
      if (range.last < range.first || range.last - range.first >= plan.tasks.size()) return false;
      for (const std::string& key : KeysOfNeed(need)) {
        if (!keys.contains(key)) return false;
      }
    }
    if (!keys.insert(task.key).second) return false;
  }
  return !plan.id.empty() && plan.id.find('/') == std::string::npos && !plan.tasks.empty() &&
         plan.definition.starts_with('{') && plan.settings.starts_with('{');
}

std::string DifferenceOf(const InputFile& planned, const InputFile& now, size_t number) {
  if (planned.path != now.path) {
    return absl::StrFormat("its input %d is %s, not %s", number, planned.path, now.path);
  }
  if (planned.weight != now.weight) {
    return absl::StrFormat("its input %s has another weight", now.path);
  }
  if (planned.size_bytes != now.size_bytes || planned.modified_ns != now.modified_ns) {
    return absl::StrFormat("its input %s has changed", now.path);
  }
  return "";
}

}  // namespace

std::string TaskKey(std::string_view verb, size_t number) {
  return absl::StrFormat("%s.%d", verb, number);
}

std::string TaskKeys(std::string_view verb, size_t begin, size_t end) {
  if (end - begin == 1) return TaskKey(verb, begin);
  return absl::StrFormat("%s.%d-%d", verb, begin, end - 1);
}

std::vector<std::string> KeysOfNeed(const std::string& need) {
  const NeedRange range = RangeOf(need);
  if (!range.has_range) return {need};
  std::vector<std::string> keys;
  for (uint64_t i = range.first; i <= range.last; ++i) keys.push_back(TaskKey(range.verb, i));
  return keys;
}

std::string AbsolutePath(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

absl::StatusOr<std::string> EncodeJobPlan(const JobPlan& plan) {
  const Json json = {{"format", kFormat},
                     {"version", kVersion},
                     {"kind", plan.kind},
                     {"id", plan.id},
                     {"inputs", InputsJson(plan.inputs)},
                     {"definition", Json::parse(plan.definition)},
                     {"settings", Json::parse(plan.settings)},
                     {"tasks", TasksJson(plan.tasks)}};
  return DumpJson(json, /*indent=*/1);
}

absl::StatusOr<JobPlan> DecodeJobPlan(std::string_view text, const std::string& path) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format") == kFormat && json.at("version") == kVersion) {
      JobPlan plan = PlanFrom(json);
      if (IsUsable(plan)) return plan;
    }
  } catch (const std::exception&) {
    // Reported below.
  }
  return DataError(
      absl::StrFormat("%s: is not a job plan of this version; finish the job with the version that "
                      "planned it, or remove its folder",
                      path));
}

std::string DifferenceBetween(const JobPlan& planned, const JobPlan& now) {
  if (planned.kind != now.kind) {
    return absl::StrFormat("its kind is %s, not %s", planned.kind, now.kind);
  }
  if (planned.inputs.size() != now.inputs.size()) {
    return absl::StrFormat("it has %d inputs, not %d", planned.inputs.size(), now.inputs.size());
  }
  for (size_t i = 0; i < now.inputs.size(); ++i) {
    std::string difference = DifferenceOf(planned.inputs[i], now.inputs[i], i + 1);
    if (!difference.empty()) return difference;
  }
  const Json old = Json::parse(planned.definition), wanted = Json::parse(now.definition);
  for (const auto& [name, value] : wanted.items()) {
    const Json was = old.contains(name) ? old[name] : Json();
    if (was == value) continue;
    return absl::StrFormat("its %s is %s, not %s", name, was.dump(), value.dump());
  }
  return old.size() == wanted.size() ? "" : "it has other options";
}

}  // namespace corpusmill
