#include "corpus/jobs/job.h"

#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_lock.h"
#include "corpus/io/file_system.h"
#include "corpus/jobs/job_json.h"

namespace corpusmill {
namespace {

std::string PlanPath(const std::string& folder) { return folder + "/plan.json"; }

std::string VerbOf(std::string_view key) { return std::string(key.substr(0, key.find('.'))); }

absl::Status WritePlan(const std::string& folder, const JobPlan& plan) {
  CM_ASSIGN_OR_RETURN(const std::string text, EncodeJobPlan(plan));
  return WriteJson(PlanPath(folder), Json::parse(text), /*indent=*/1);
}

}  // namespace

absl::StatusOr<bool> Exists(const std::string& path) {
  struct stat info;
  if (Uninterrupted([&] { return Files().Stat(path.c_str(), &info); }) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return IoError(path, "cannot tell whether it exists", errno);
}

void RemoveFiles(const std::string& folder,
                 const std::function<bool(const std::string& name)>& is_ours) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(folder);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (is_ours(name)) RemoveFile(folder + "/" + name).IgnoreError();
  }
}

Job::Job(std::string folder, JobPlan plan, Context& context)
    : folder_(std::move(folder)), plan_(std::move(plan)), context_(&context) {
  for (const JobTask& task : plan_.tasks) {
    for (const std::string& need : task.needs) {
      for (std::string& key : KeysOfNeed(need)) needed_.insert(std::move(key));
    }
  }
}

std::string Job::PathOf(std::string_view name) const {
  return absl::StrFormat("%s/%s", folder_, name);
}

std::string Job::BeginAgain(const std::string& folder) {
  return absl::StrFormat("remove %s to begin again", folder);
}

absl::StatusOr<std::optional<JobPlan>> Job::FindPlan(const std::string& folder) {
  const std::string path = PlanPath(folder);
  CM_ASSIGN_OR_RETURN(const bool exists, Exists(path));
  if (!exists) return std::nullopt;
  CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(path));
  CM_ASSIGN_OR_RETURN(JobPlan plan, DecodeJobPlan(text, path));
  CM_RETURN_IF_ERROR(ReadJson(path, BeginAgain(folder), [](const Json&) {}));
  return plan;
}

absl::StatusOr<Job> Job::Create(const std::string& folder, JobPlan plan, const JobOptions& options,
                                Context& context) {
  CM_RETURN_IF_ERROR(CreateFolders(folder));
  CM_ASSIGN_OR_RETURN(const FileLock lock, FileLock::Wait(folder + "/plan.lock", context));
  CM_ASSIGN_OR_RETURN(std::optional<JobPlan> old, FindPlan(folder));
  if (old && !options.resume) {
    return UsageError(absl::StrFormat(
        "%s: holds a job; use --resume to continue it, or remove the folder", folder));
  }
  if (old) {
    if (const std::string difference = DifferenceBetween(*old, plan); !difference.empty()) {
      return UsageError(absl::StrFormat(
          "%s: holds another job: %s; repeat its inputs and flags, or remove the folder to begin "
          "again",
          folder, difference));
    }
    plan.id = old->id;
    if (!options.replace_settings || plan.settings == old->settings) {
      return Job(folder, *std::move(old), context);
    }
  }
  CM_RETURN_IF_ERROR(WritePlan(folder, plan));
  return Job(folder, std::move(plan), context);
}

absl::StatusOr<Job> Job::Open(const std::string& folder, std::string_view kind, Context& context) {
  CM_ASSIGN_OR_RETURN(std::optional<JobPlan> plan, FindPlan(folder));
  if (!plan) {
    return UsageError(
        absl::StrFormat("%s: holds no job; make one with 'job plan' or --job-dir", folder));
  }
  if (!kind.empty() && plan->kind != kind) {
    return UsageError(absl::StrFormat("%s: holds a job of kind '%s', not '%s'; name another folder",
                                      folder, plan->kind, kind));
  }
  return Job(folder, *std::move(plan), context);
}

absl::StatusOr<const JobTask*> Job::Find(std::string_view key) const {
  std::map<std::string, size_t> numbered;  // Tasks of each verb.
  std::vector<std::string> verbs;          // In the order of the plan.
  for (const JobTask& task : plan_.tasks) {
    if (task.key == key) return &task;
    const std::string verb = VerbOf(task.key);
    if (!numbered.contains(verb)) verbs.push_back(verb);
    numbered[verb] += verb == task.key ? 0 : 1;
  }
  std::string known;
  for (const std::string& verb : verbs) {
    if (VerbOf(key) != verb && numbered.contains(VerbOf(key))) continue;
    known += (known.empty() ? "" : ", ") +
             (numbered[verb] == 0 ? verb : TaskKeys(verb, 0, numbered[verb]));
  }
  return UsageError(
      absl::StrFormat("%s: there is no task %s; name one of %s", folder_, key, known));
}

absl::Status Job::NotDone(std::string_view key) const {
  return DataError(absl::StrFormat("%s: task %s is not done yet; run 'job run --task %s' first",
                                   folder_, key, key));
}

absl::Status Job::CheckNeeds(const JobTask& task, const JobWork& work) const {
  for (const std::string& need : task.needs) {
    for (const std::string& key : KeysOfNeed(need)) {
      CM_ASSIGN_OR_RETURN(const JobTask* needed, Find(key));
      CM_ASSIGN_OR_RETURN(const bool usable, work.IsUsable(*needed));
      if (!usable) return NotDone(key);
    }
  }
  return absl::OkStatus();
}

absl::Status Job::RunTask(const std::string& key, JobWork& work) const {
  CM_ASSIGN_OR_RETURN(const JobTask* task, Find(key));
  CM_ASSIGN_OR_RETURN(const FileLock lock, FileLock::Wait(PathOf(key + ".lock"), *context_));
  // The inputs and results of a task may be removed once the job is done.
  CM_ASSIGN_OR_RETURN(const bool all_done, IsDone(work));
  if (all_done) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(const bool done, work.IsDone(*task));
  if (done) return absl::OkStatus();
  CM_RETURN_IF_ERROR(CheckNeeds(*task, work));
  return work.Run(*task);
}

absl::Status Job::RunAll(JobWork& work) const {
  for (const JobTask& task : plan_.tasks) {
    if (!task.is_optional) CM_RETURN_IF_ERROR(RunTask(task.key, work));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Job::IsDone(const JobWork& work) const {
  for (const JobTask& task : plan_.tasks) {
    if (task.is_optional || needed_.contains(task.key)) continue;
    CM_ASSIGN_OR_RETURN(const bool done, work.IsDone(task));
    if (!done) return false;
  }
  return true;
}

std::string Job::StatusText(const JobWork& work) const {
  struct Count {
    std::string verb;
    uint64_t done = 0, all = 0;
  };
  std::vector<Count> counts;
  const bool all_done = IsDone(work).value_or(false);
  for (const JobTask& task : plan_.tasks) {
    const std::string verb = VerbOf(task.key);
    if (counts.empty() || counts.back().verb != verb) counts.push_back({verb});
    ++counts.back().all;
    const bool done = (all_done && !task.is_optional) || work.IsDone(task).value_or(false);
    counts.back().done += done ? 1 : 0;
  }
  std::string text;
  for (const Count& count : counts) {
    text += absl::StrFormat("%s %d of %d\n", count.verb, count.done, count.all);
  }
  return text;
}

std::string Job::DoneText(std::string_view key, const JobWork& work) const {
  const std::string verb = VerbOf(key);
  uint64_t done = 0, all = 0;
  for (const JobTask& task : plan_.tasks) {
    if (VerbOf(task.key) != verb) continue;
    ++all;
    done += work.IsDone(task).value_or(false) ? 1 : 0;
  }
  std::string text = absl::StrFormat("%s: task %s is done", folder_, key);
  if (all > 1) text += absl::StrFormat(", %d of %d %s tasks", done, all, verb);
  return text;
}

absl::Status Job::CheckInputs() const {
  for (const InputFile& input : plan_.inputs) {
    // "@1": the path may end like a weight.
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> now, ResolveInputs({input.path + "@1"}));
    if (now.size() == 1 && now[0].size_bytes == input.size_bytes &&
        now[0].modified_ns == input.modified_ns) {
      continue;
    }
    return DataError(
        absl::StrFormat("%s: has changed since the job was planned; %s", input.path, BeginAgain()));
  }
  return absl::OkStatus();
}

std::string Job::MarkPath(std::string_view key) const {
  return absl::StrFormat("%s/%s.done", folder_, key);
}

absl::Status Job::MarkDone(std::string_view key, const std::vector<JobOutput>& outputs) const {
  Json list = Json::array();
  for (const JobOutput& output : outputs) {
    list.push_back(
        {output.path, output.bytes, output.modified_ns, output.hash.high, output.hash.low});
  }
  return WriteJson(MarkPath(key), {{"outputs", std::move(list)}});
}

absl::StatusOr<std::vector<JobOutput>> Job::OutputsOf(std::string_view key) const {
  std::vector<JobOutput> outputs;
  const std::string path = MarkPath(key);
  CM_ASSIGN_OR_RETURN(const bool exists, Exists(path));
  if (!exists) return outputs;
  CM_RETURN_IF_ERROR(ReadJson(path, BeginAgain(), [&](const Json& json) {
    for (const Json& output : json.at("outputs")) {
      outputs.push_back({.path = output.at(0).get<std::string>(),
                         .bytes = output.at(1).get<uint64_t>(),
                         .modified_ns = output.at(2).get<int64_t>(),
                         .hash = {output.at(3).get<uint64_t>(), output.at(4).get<uint64_t>()}});
    }
  }));
  return outputs;
}

absl::StatusOr<bool> Job::IsMarked(std::string_view key, bool overwrite) const {
  if (intact_.contains(key)) return true;
  CM_ASSIGN_OR_RETURN(const bool exists, Exists(MarkPath(key)));
  if (!exists) return false;
  CM_ASSIGN_OR_RETURN(const std::vector<JobOutput> outputs, OutputsOf(key));
  bool intact = true;
  for (const JobOutput& output : outputs) {
    CM_ASSIGN_OR_RETURN(const OutputState state, StateOf(output, *context_));
    if (state == OutputState::kOther && !overwrite) {
      return DataError(
          absl::StrFormat("%s: is not the file that this job wrote; move it away, or use --force, "
                          "to write it again",
                          output.path));
    }
    intact = intact && state == OutputState::kIntact;
  }
  if (intact) intact_.emplace(key);
  return intact;
}

absl::Status Job::RemoveMark(std::string_view key) const {
  intact_.erase(std::string(key));
  CM_RETURN_IF_ERROR(RemoveFile(MarkPath(key)));
  return SyncFolder(folder_);
}

void Job::RemoveTemporary(const std::function<bool(const std::string& name)>& is_ours) const {
  std::set<std::string> ours = {"plan.lock", "plan.json.part"};
  for (const JobTask& task : plan_.tasks) {
    ours.insert(task.key + ".lock");
    ours.insert(task.key + ".done.part");
  }
  RemoveFiles(folder_,
              [&](const std::string& name) { return ours.contains(name) || is_ours(name); });
}

}  // namespace corpusmill
