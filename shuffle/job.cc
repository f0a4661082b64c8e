#include "shuffle/job.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "corpus/file.h"
#include "corpus/io_queue.h"
#include "corpus/status.h"
#include "nlohmann/json.hpp"
#include "re2/re2.h"
#include "shuffle/block_pool.h"
#include "shuffle/cell_store.h"
#include "shuffle/estimate.h"
#include "shuffle/gather.h"
#include "shuffle/scatter.h"
#include "shuffle/sizing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kPlanName = "plan.json";
constexpr std::string_view kTotalsName = "totals.json";

/// One process at a time works on a task; another waits until it is done.
class TaskLock {
 public:
  static absl::StatusOr<TaskLock> Take(const std::string& path, const Context& context) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return IoError(path, "cannot create", errno);
    TaskLock lock(fd);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return IoError(path, "cannot lock", errno);
      CM_RETURN_IF_ERROR(context.CheckCancelled());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return lock;
  }
  TaskLock(TaskLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~TaskLock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  explicit TaskLock(int fd) : fd_(fd) {}
  int fd_;
};

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// A small JSON file of the job; calls read(json), and any exception of it, as of a
/// member that is missing, means that the file is damaged.
template <typename Read>
absl::Status ReadJson(const std::string& path, const Read& read) {
  CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(path));
  const Json json = Json::parse(text, nullptr, false);
  try {
    read(json);
    return absl::OkStatus();
  } catch (const std::exception&) {
    return DataError(absl::StrFormat("%s: is damaged; remove it to do this task again", path));
  }
}

absl::Status WriteJson(const std::string& path, const Json& json) {
  return WriteStringToFile(path, json.dump() + "\n", {.overwrite = true});
}

void AddRecords(const std::vector<std::pair<uint64_t, uint64_t>>& counts,
                std::vector<uint64_t>* sums) {
  for (const auto& [input, records] : counts) {
    if (input < sums->size()) (*sums)[input] += records;
  }
}

std::vector<std::pair<uint64_t, uint64_t>> NonZero(const std::vector<uint64_t>& records) {
  std::vector<std::pair<uint64_t, uint64_t>> counts;
  for (uint64_t input = 0; input < records.size(); ++input) {
    if (records[input] > 0) counts.emplace_back(input, records[input]);
  }
  return counts;
}

}  // namespace

/// What Finalize found.
struct Job::Totals {
  std::vector<uint64_t> records;  // Read from each input.
  std::string header;
  std::optional<Place> last;
  std::vector<CellTotals> cut;
  CellTotals sum;
  ShuffleResult result;
  uint64_t temp_bytes = 0;
};

Job::Job(std::string path, JobPlan plan, Context& context)
    : path_(std::move(path)),
      plan_(std::move(plan)),
      context_(context),
      delimiter_(RecordDelimiter(plan_.options.record.format)) {}

absl::StatusOr<std::optional<JobPlan>> Job::FindPlan(const std::string& path) {
  const std::string plan_path = path + "/" + std::string(kPlanName);
  if (!Exists(plan_path)) return std::nullopt;
  CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(plan_path));
  CM_ASSIGN_OR_RETURN(JobPlan plan, DecodeJobPlan(text, plan_path));
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
  CM_RETURN_IF_ERROR(
      WriteStringToFile(path + "/" + std::string(kPlanName), text, {.overwrite = true}));
  return std::unique_ptr<Job>(new Job(path, std::move(plan), context));
}

absl::StatusOr<std::unique_ptr<Job>> Job::Open(const std::string& path, Context& context) {
  CM_ASSIGN_OR_RETURN(std::optional<JobPlan> plan, FindPlan(path));
  if (!plan) {
    return UsageError(absl::StrFormat("%s: holds no job; make one with 'job plan'", path));
  }
  return std::unique_ptr<Job>(new Job(path, *std::move(plan), context));
}

std::string Job::PartPathOf(size_t task, size_t part) const {
  return PartPath(PathOf("part"), task, part);
}
std::string Job::SpillName(size_t task, size_t part) const {
  return PartPath("corpusmill-" + plan_.id + ".cells", task, part);
}
std::string Job::GiantPrefix() const {
  return plan_.folders.front() + "/corpusmill-" + plan_.id + ".giants";
}

absl::Status Job::CheckInputs() const {
  for (const InputFile& input : plan_.inputs) {
    // "@1": what looks like a weight is a part of the name.
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> now, ResolveInputs({input.path + "@1"}));
    if (now.size() != 1 || now[0].size_bytes != input.size_bytes ||
        now[0].modified_ns != input.modified_ns) {
      return DataError(
          absl::StrFormat("%s: has changed since the job was planned; remove %s to begin again",
                          input.path, path_));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PartIndex>> Job::LoadParts(size_t task) const {
  std::vector<PartIndex> parts;
  while (parts.empty() || !parts.back().is_last) {
    const std::string path = PartPathOf(task, parts.size());
    if (!Exists(path)) break;
    CM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileToString(path));
    CM_ASSIGN_OR_RETURN(PartIndex part, DecodePartIndex(bytes, path));
    parts.push_back(std::move(part));
  }
  return parts;
}

absl::StatusOr<std::vector<std::pair<uint64_t, uint64_t>>> Job::Counts(size_t task) const {
  std::vector<std::pair<uint64_t, uint64_t>> counts;
  const std::string path = PartPath(PathOf("count"), task, 0);
  if (Exists(path)) {
    CM_RETURN_IF_ERROR(ReadJson(path, [&](const Json& json) {
      for (const Json& count : json.at("records")) {
        counts.emplace_back(count.at(0).get<uint64_t>(), count.at(1).get<uint64_t>());
      }
    }));
    return counts;
  }
  CM_ASSIGN_OR_RETURN(const std::vector<PartIndex> parts, LoadParts(task));
  if (parts.empty() || !parts.back().is_last) {
    return DataError(absl::StrFormat(
        "%s: the records of task %d are not counted yet; run 'job count --task %d' first", path_,
        task, task));
  }
  for (const PartIndex& part : parts) {
    counts.insert(counts.end(), part.records.begin(), part.records.end());
  }
  return counts;
}

absl::StatusOr<InputRange> Job::RangeOf(size_t task) const {
  if (task >= scatter_tasks()) {
    return UsageError(absl::StrFormat("%s: there is no task %d; they are 0 to %d", path_, task,
                                      scatter_tasks() - 1));
  }
  return plan_.scatter_tasks[task];
}

absl::Status Job::Count(size_t task) {
  CM_ASSIGN_OR_RETURN(const InputRange range, RangeOf(task));
  const std::string path = PartPath(PathOf("count"), task, 0);
  CM_ASSIGN_OR_RETURN(const TaskLock lock, TaskLock::Take(path + ".lock", context_));
  if (Exists(path) || IsDone()) return absl::OkStatus();
  CM_RETURN_IF_ERROR(CheckInputs());
  const Sizing sizing =
      SizingForCells(context_.memory().available_bytes(), context_.threads(), plan_.cells);
  GiantFile giants(plan_.folders.front(), context_);
  SliceReader reader(plan_.inputs,
                     {.record = plan_.options.record,
                      .header_records = plan_.options.header_records,
                      .slice_bytes = sizing.slice_bytes,
                      .slice_records = sizing.slice_records,
                      .range = range},
                     giants, context_);
  context_.reporter().StartPhase("counting", TotalBytes(plan_.inputs) / scatter_tasks());
  Slice slice;
  bool more = true;
  while (more) {
    CM_ASSIGN_OR_RETURN(more, reader.Next(&slice));
  }
  context_.reporter().EndPhase();
  return WriteJson(path, {{"records", NonZero(reader.records())}});
}

absl::Status Job::Scatter(size_t task) {
  CM_ASSIGN_OR_RETURN(InputRange range, RangeOf(task));
  CM_ASSIGN_OR_RETURN(const TaskLock lock,
                      TaskLock::Take(PathOf(absl::StrFormat("scatter.%d.lock", task)), context_));
  if (IsDone()) return absl::OkStatus();  // Its parts may be removed.
  CM_ASSIGN_OR_RETURN(const std::vector<PartIndex> parts, LoadParts(task));
  if (!parts.empty() && parts.back().is_last) return absl::OkStatus();
  CM_RETURN_IF_ERROR(CheckInputs());
  std::optional<std::string> header;
  if (!parts.empty()) {
    range.begin = parts.back().end;
    range.begins_at_record = true;
    header = parts.back().header;
  } else if (range.begin.byte > 0) {
    for (size_t before = 0; before < task; ++before) {
      const InputRange& other = plan_.scatter_tasks[before];
      if (other.end_input < range.begin.input ||
          (other.end_input == range.begin.input && other.end_byte == 0)) {
        continue;  // Nothing of this file.
      }
      CM_ASSIGN_OR_RETURN(const auto counts, Counts(before));
      for (const auto& [input, records] : counts) {
        if (input == range.begin.input) range.begin.record += records;
      }
    }
  }

  ShuffleOptions options = plan_.options;
  Selector selector(options, plan_.inputs);
  options.take = TakeOfAll(options, plan_.inputs.size());
  const Sizing sizing =
      SizingForCells(context_.memory().available_bytes(), context_.threads(), plan_.cells);
  const CellMap map(selector, plan_.cells);
  std::optional<TakeLimit> take;
  if (options.take) take.emplace(*options.take);
  CM_ASSIGN_OR_RETURN(const auto pool,
                      BlockPool::Create(sizing.pool_bytes, sizing.block_bytes, context_));
  const auto giants_of = [&](size_t part) {
    return std::make_unique<GiantFile>(PartPath(GiantPrefix(), task, part), context_, true,
                                       uint64_t{task} << 32 | part);
  };
  size_t part = parts.size();
  // Parts behind one that somebody removed begin where that one ended, not where the
  // new one will end.
  for (size_t stale = part; Exists(PartPathOf(task, stale)); ++stale) {
    std::error_code error;
    if (!fs::remove(PartPathOf(task, stale), error)) {
      return IoError(PartPathOf(task, stale), "cannot remove", error.value());
    }
    CM_RETURN_IF_ERROR(SyncFolder(path_));
  }
  std::unique_ptr<GiantFile> giants = giants_of(part);
  SliceReader reader(plan_.inputs,
                     {.record = options.record,
                      .header_records = options.header_records,
                      .slice_bytes = sizing.slice_bytes,
                      .slice_records = sizing.slice_records,
                      .range = range,
                      .header = header},
                     *giants, context_);
  const uint64_t total = TotalBytes(plan_.inputs) / scatter_tasks();
  context_.reporter().StartPhase("reading", total);
  std::vector<uint64_t> before(plan_.inputs.size());
  for (bool more = true; more; ++part) {
    if (giants == nullptr) giants = giants_of(part);
    reader.UseGiants(*giants);
    SpillFiles files(plan_.folders, context_, SpillName(task, part));
    CellStore store(map.cells(), *pool, files, context_);
    store.SpillAlways();
    CM_ASSIGN_OR_RETURN(more, corpusmill::Scatter({plan_.inputs, options, sizing, map, selector,
                                                   take ? &*take : nullptr},
                                                  reader, plan_.part_bytes, store, context_));
    CM_RETURN_IF_ERROR(store.Finish());
    CM_RETURN_IF_ERROR(files.Sync());
    CM_RETURN_IF_ERROR(giants->Sync());
    for (const std::string& folder : plan_.folders) CM_RETURN_IF_ERROR(SyncFolder(folder));
    giants.reset();
    PartIndex index{.end = reader.position(), .is_last = !more, .header = reader.header()};
    std::vector<uint64_t> records = reader.records();
    for (size_t input = 0; input < records.size(); ++input) {
      records[input] -= std::exchange(before[input], records[input]);
    }
    index.records = NonZero(records);
    for (size_t cell = 0; cell < map.cells(); ++cell) {
      index.cells.push_back({store.totals(cell), store.extents(cell)});
    }
    CM_RETURN_IF_ERROR(
        WriteStringToFile(PartPathOf(task, part), EncodePartIndex(index), {.overwrite = true}));
  }
  context_.reporter().EndPhase();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<JobCells>> Job::LoadCells(Totals* totals) const {
  const CellMap map(Selector(plan_.options, plan_.inputs), plan_.cells);
  MemoryLease lease = context_.memory().EmptyLease();
  std::vector<JobCells::Part> all;
  std::optional<std::string> header;
  totals->records.assign(plan_.inputs.size(), 0);
  for (size_t task = 0; task < scatter_tasks(); ++task) {
    CM_ASSIGN_OR_RETURN(std::vector<PartIndex> parts, LoadParts(task));
    if (parts.empty() || !parts.back().is_last) {
      return DataError(
          absl::StrFormat("%s: task %d is not scattered yet; run 'job scatter --task %d' first",
                          path_, task, task));
    }
    for (size_t part = 0; part < parts.size(); ++part) {
      PartIndex& index = parts[part];
      if (index.cells.size() != map.cells()) {
        return DataError(absl::StrFormat("%s: belongs to another plan", PartPathOf(task, part)));
      }
      if (index.header && header && *index.header != *header) {
        return DataError(absl::StrFormat("%s: the inputs' headers differ", path_));
      }
      if (index.header) header = index.header;
      AddRecords(index.records, &totals->records);
      uint64_t bytes = index.cells.size() * sizeof(PartIndex::Cell);
      for (const PartIndex::Cell& cell : index.cells) {
        bytes += cell.extents.size() * sizeof(Extent);
        totals->temp_bytes += RoundUpToBlock(cell.totals.log_bytes);
      }
      CM_RETURN_IF_ERROR(lease.Resize(lease.bytes() + bytes, "the index of the temporary data"));
      all.push_back({std::move(index),
                     std::make_unique<SpillFiles>(plan_.folders, context_, SpillName(task, part))});
    }
  }
  totals->header = header.value_or("");
  return std::make_unique<JobCells>(std::move(all), map.cells(), std::move(lease), context_);
}

absl::Status Job::Finalize() {
  CM_ASSIGN_OR_RETURN(const TaskLock lock, TaskLock::Take(PathOf("finalize.lock"), context_));
  if (Exists(PathOf(std::string(kTotalsName)))) return absl::OkStatus();
  Totals totals;
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<JobCells> cells, LoadCells(&totals));
  if (plan_.options.aligned) CM_RETURN_IF_ERROR(CheckAligned(plan_.inputs, totals.records));
  const std::optional<uint64_t> take = TakeOfAll(plan_.options, plan_.inputs.size());
  const Selector selector(plan_.options, plan_.inputs);
  const CellMap map(selector, plan_.cells);
  CM_ASSIGN_OR_RETURN(const GatherPlan plan, PlanGatherTake(map, selector, *cells, take, context_));
  const CellTotals sum = plan.Sum();
  Json json = {{"records_read", totals.records},
               {"header_hex", absl::BytesToHexString(ToAbsl(totals.header))},
               {"last", nullptr},
               {"records", sum.records},
               {"record_bytes", sum.record_bytes},
               {"multiset", {sum.multiset.sum().high, sum.multiset.sum().low}},
               {"temp_bytes", totals.temp_bytes}};
  if (plan.last) {
    const auto& [draw, id] = *plan.last;
    json["last"] = {draw.high, draw.low, id.input, id.record, id.copy};
  }
  json["cut"] = Json::array();  // Of cells that may be freed before they are asked for again.
  for (const CellTotals& cut : plan.cut) {
    json["cut"].push_back({cut.records, cut.record_bytes, cut.giants, cut.multiset.sum().high,
                           cut.multiset.sum().low});
  }
  const ShuffleResult result = plan.Result(map, "", delimiter_.size());
  // Only now it is known how many shards there are; none of them is ours yet.
  for (uint64_t i = 0; !plan_.files.overwrite && i < OutputCount(result); ++i) {
    const OutputFile file = OutputAt(result, i);
    const std::string path = ShufflePath(plan_.files, file.stream, file.shard);
    if (Exists(path)) {
      return UsageError(absl::StrFormat("%s: exists; remove it and go on with the job", path));
    }
  }
  Json streams = Json::array();
  for (const auto& stream : result.streams) {
    streams.push_back({{"records", stream.records}, {"bytes", stream.bytes}});
  }
  json["streams"] = std::move(streams);
  return WriteJson(PathOf(std::string(kTotalsName)), json);
}

absl::StatusOr<Job::Totals> Job::LoadTotals() const {
  const std::string path = PathOf(std::string(kTotalsName));
  if (!Exists(path)) {
    return DataError(
        absl::StrFormat("%s: the job is not finalized yet; run 'job finalize' first", path_));
  }
  Totals totals;
  CM_RETURN_IF_ERROR(ReadJson(path, [&](const Json& json) {
    totals.records = json.at("records_read").get<std::vector<uint64_t>>();
    totals.header = absl::HexStringToBytes(ToAbsl(json.at("header_hex").get<std::string>()));
    totals.sum.records = json.at("records").get<uint64_t>();
    totals.sum.record_bytes = json.at("record_bytes").get<uint64_t>();
    const Json& multiset = json.at("multiset");
    totals.sum.multiset = MultisetHash(
        {multiset.at(0).get<uint64_t>(), multiset.at(1).get<uint64_t>()}, totals.sum.records);
    totals.temp_bytes = json.at("temp_bytes").get<uint64_t>();
    if (const Json& last = json.at("last"); !last.is_null()) {
      const auto number = [&](size_t i) { return last.at(i).get<uint64_t>(); };
      totals.last = {{number(0), number(1)}, {number(2), number(3), number(4)}};
    }
    for (const Json& json_cut : json.at("cut")) {
      const auto number = [&](size_t i) { return json_cut.at(i).get<uint64_t>(); };
      totals.cut.push_back({.records = number(0),
                            .record_bytes = number(1),
                            .giants = number(2),
                            .multiset = MultisetHash({number(3), number(4)}, number(0))});
    }
    for (const Json& stream : json.at("streams")) {
      totals.result.streams.push_back(
          {stream.at("records").get<uint64_t>(), stream.at("bytes").get<uint64_t>()});
    }
    totals.result.header = totals.header;
  }));
  return totals;
}

uint64_t Job::OutputCount(const ShuffleResult& result) const {
  uint64_t count = 0;
  for (size_t stream = 0; stream < result.streams.size(); ++stream) {
    count += FilesTarget::ShardsOf(plan_.files, result, stream);
  }
  return count;
}

OutputFile Job::OutputAt(const ShuffleResult& result, uint64_t index) const {
  for (size_t stream = 0; stream < result.streams.size(); ++stream) {
    const uint64_t shards = FilesTarget::ShardsOf(plan_.files, result, stream);
    if (index < shards) return {stream, index};
    index -= shards;
  }
  return {result.streams.size(), 0};
}

bool Job::IsGathered(size_t task) const {
  return Exists(PathOf(absl::StrFormat("gather.%d.done", task)));
}

bool Job::IsDone() const {
  for (size_t task = 0; task < gather_tasks(); ++task) {
    if (!IsGathered(task)) return false;
  }
  return true;
}

absl::Status Job::Gather(size_t task) {
  if (task >= gather_tasks()) {
    return UsageError(absl::StrFormat("%s: there is no task %d; they are 0 to %d", path_, task,
                                      gather_tasks() - 1));
  }
  CM_ASSIGN_OR_RETURN(const TaskLock lock,
                      TaskLock::Take(PathOf(absl::StrFormat("gather.%d.lock", task)), context_));
  const std::string done_path = PathOf(absl::StrFormat("gather.%d.done", task));
  if (Exists(done_path)) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(const Totals totals, LoadTotals());
  Totals read_again;
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<JobCells> cells, LoadCells(&read_again));
  const Selector selector(plan_.options, plan_.inputs);
  const CellMap map(selector, plan_.cells);
  CM_ASSIGN_OR_RETURN(const GatherPlan plan,
                      PlanGather(map, selector, *cells, totals.last, totals.cut));

  // Where each cell begins in its stream.
  std::vector<ShuffleResult::Stream> begins(map.cells());
  for (size_t cell = 0; cell + 1 < map.cells(); ++cell) {
    if (map.IntervalOf(cell + 1).stream != map.IntervalOf(cell).stream) continue;
    begins[cell + 1].records = begins[cell].records + plan.cells[cell].records;
    begins[cell + 1].bytes = begins[cell].bytes + plan.cells[cell].record_bytes +
                             plan.cells[cell].records * delimiter_.size();
  }
  /// The last cell of the stream that does not begin behind a record or a byte.
  const auto cell_at = [&](size_t stream, auto member, uint64_t at) {
    size_t cell = map.begin(stream);
    while (cell + 1 < map.begin(stream + 1) && begins[cell + 1].*member <= at) ++cell;
    return cell;
  };
  const auto cell_of_file = [&](const OutputFile& file) {
    using Stream = ShuffleResult::Stream;
    if (plan_.files.shard_bytes > 0) {
      return cell_at(file.stream, &Stream::bytes, file.shard * plan_.files.shard_bytes);
    }
    using Wide = unsigned __int128;
    const auto first =
        static_cast<uint64_t>(Wide{totals.result.streams[file.stream].records} * file.shard /
                              std::max<uint64_t>(1, plan_.files.shards));
    return cell_at(file.stream, &Stream::records, first);
  };

  const uint64_t outputs = OutputCount(totals.result);
  const OutputFile own_begin = OutputAt(totals.result, outputs * task / gather_tasks());
  const OutputFile end = OutputAt(totals.result, outputs * (task + 1) / gather_tasks());
  const std::string journal_path = PathOf(absl::StrFormat("gather.%d.journal", task));
  OutputPosition position{.file = own_begin};
  if (Exists(journal_path)) {
    CM_RETURN_IF_ERROR(ReadJson(journal_path, [&](const Json& json) {
      position.file = {json.at("stream").get<size_t>(), json.at("shard").get<uint64_t>()};
      position.shard_begin = json.at("shard_begin").get<uint64_t>();
      position.encoded = {json.at("plain_bytes").get<uint64_t>(),
                          json.at("stored_bytes").get<uint64_t>()};
    }));
  }
  // Bytes of the stream that are durable; a file of which nothing is begins again.
  const auto durable_bytes = [&](const OutputPosition& at) {
    const uint64_t header = totals.header.size();
    return at.shard_begin + (at.encoded.plain_bytes > header ? at.encoded.plain_bytes - header : 0);
  };
  // The cells before it may be freed, however far the position goes on from here.
  const size_t durable_stream = position.file.stream;
  const uint64_t durable_before = durable_bytes(position);
  if (position.encoded.plain_bytes > 0) {
    // Without its part file it was finished, and nobody got to write that down.
    const std::string path = ShufflePath(plan_.files, position.file.stream, position.file.shard);
    if (!Exists(path + ".part") && Exists(path)) {
      CM_RETURN_IF_ERROR(SyncFolder(fs::path(path).parent_path().string()));
      const bool last = position.file.shard + 1 ==
                        FilesTarget::ShardsOf(plan_.files, totals.result, position.file.stream);
      position = {.file = last ? OutputFile{position.file.stream + 1, 0}
                               : OutputFile{position.file.stream, position.file.shard + 1}};
    }
  }
  if (position.file < end) {
    const auto end_of = [&](size_t cell) -> ShuffleResult::Stream {
      return {begins[cell].records + plan.cells[cell].records,
              begins[cell].bytes + plan.cells[cell].record_bytes +
                  plan.cells[cell].records * delimiter_.size()};
    };
    const size_t own_first = cell_of_file(own_begin);
    // The first cell that is not durable: those before it may be freed, even if the file
    // that is written now begins at the end of one of them.
    size_t first = cell_of_file(position.file);
    const size_t stream_end = map.begin(position.file.stream + 1);
    while (position.file.stream == durable_stream && first < stream_end &&
           end_of(first).bytes <= durable_before) {
      ++first;
    }
    const ShuffleResult::Stream before = first < stream_end ? begins[first] : end_of(first - 1);
    const size_t stop = end.stream < map.streams() ? cell_of_file(end) + 1 : map.cells();

    FilesTarget target(plan_.files, context_);
    CM_RETURN_IF_ERROR(target.BeginAt(totals.result, position, end, before.records, before.bytes));
    SpillFiles files(plan_.folders, context_);
    JobGiants giants(GiantPrefix(), context_);
    Gatherer gatherer({map, selector, plan, *cells, giants}, files, context_);
    IoQueue freeing;
    struct Written {
      size_t cell;
      std::vector<Giant> giants;
    };
    std::vector<Written> written;  // But not yet durable.
    uint64_t since_checkpoint = 0;
    size_t finished = 0;
    const auto checkpoint = [&]() -> absl::Status {
      OutputPosition now;
      CM_RETURN_IF_ERROR(target.Checkpoint(&now));
      CM_RETURN_IF_ERROR(WriteJson(journal_path, {{"stream", now.file.stream},
                                                  {"shard", now.file.shard},
                                                  {"shard_begin", now.shard_begin},
                                                  {"plain_bytes", now.encoded.plain_bytes},
                                                  {"stored_bytes", now.encoded.stored_bytes}}));
      since_checkpoint = 0;
      std::vector<Written> left;
      std::vector<size_t> durable_cells;
      std::vector<Giant> unused;
      for (Written& one : written) {
        const size_t stream = map.IntervalOf(one.cell).stream;
        if (stream > now.file.stream ||
            (stream == now.file.stream && end_of(one.cell).bytes > durable_bytes(now))) {
          left.push_back(std::move(one));
          continue;
        }
        // The tasks beside this one may need the first and the last cell.
        if ((one.cell == own_first && task > 0) ||
            (one.cell + 1 == stop && task + 1 < gather_tasks())) {
          continue;
        }
        durable_cells.push_back(one.cell);
        unused.insert(unused.end(), one.giants.begin(), one.giants.end());
      }
      CM_RETURN_IF_ERROR(freeing.Wait());
      freeing.Submit([&cells, &giants, durable_cells = std::move(durable_cells),
                      unused = std::move(unused)]() -> absl::Status {
        for (const Giant& giant : unused) CM_RETURN_IF_ERROR(giants.Free(giant));
        return cells->Free(durable_cells);
      });
      written = std::move(left);
      return absl::OkStatus();
    };
    context_.reporter().StartPhase(
        "writing",
        (totals.sum.record_bytes + totals.sum.records * delimiter_.size()) / gather_tasks());
    CM_RETURN_IF_ERROR(gatherer.Run(
        first, stop, delimiter_, target,
        [&](size_t cell, std::vector<Giant> unused_giants) -> absl::Status {
          written.push_back({cell, std::move(unused_giants)});
          since_checkpoint += plan.cells[cell].record_bytes;
          const bool finished_one = target.written().size() > finished;
          finished = target.written().size();
          return finished_one || since_checkpoint >= plan_.checkpoint_bytes ? checkpoint()
                                                                            : absl::OkStatus();
        }));
    CM_RETURN_IF_ERROR(target.Finish());
    CM_RETURN_IF_ERROR(freeing.Wait());
    context_.reporter().EndPhase();
  }
  return WriteJson(done_path, {{"done", true}});
}

absl::StatusOr<std::vector<std::string>> Job::Outputs() const {
  CM_ASSIGN_OR_RETURN(const Totals totals, LoadTotals());
  std::vector<std::string> paths;
  for (uint64_t i = 0; i < OutputCount(totals.result); ++i) {
    const OutputFile file = OutputAt(totals.result, i);
    paths.push_back(ShufflePath(plan_.files, file.stream, file.shard));
  }
  return paths;
}

absl::StatusOr<ShuffleReport> Job::Report() const {
  CM_ASSIGN_OR_RETURN(const Totals totals, LoadTotals());
  ShuffleReport report;
  for (const uint64_t records : totals.records) report.records_read += records;
  report.records = totals.sum.records;
  report.record_bytes = totals.sum.record_bytes;
  report.output_bytes = report.record_bytes + report.records * delimiter_.size();
  report.multiset = totals.sum.multiset;
  report.result = totals.result;
  report.passes = 2;
  report.temp_bytes = report.peak_temp_bytes = totals.temp_bytes;
  return report;
}

absl::Status Job::Verify() {
  for (size_t task = 0; task < gather_tasks(); ++task) {
    if (IsGathered(task)) continue;
    return DataError(absl::StrFormat(
        "%s: task %d is not gathered yet; run 'job gather --task %d' first", path_, task, task));
  }
  CM_ASSIGN_OR_RETURN(const ShuffleReport report, Report());
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> outputs, Outputs());
  return VerifyShuffle(outputs, plan_.options, report, context_);
}

absl::Status Job::RemoveTemporary() {
  std::error_code error;
  const auto remove_all = [&](const std::string& folder, const auto& is_ours) {
    fs::directory_iterator entries(folder, error);
    std::vector<fs::path> ours;
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      if (is_ours(entries->path().filename().string())) ours.push_back(entries->path());
    }
    for (const fs::path& path : ours) fs::remove(path, error);
  };
  for (const std::string& folder : plan_.folders) {
    remove_all(folder, [&](const std::string& name) {
      return name.starts_with("corpusmill-" + plan_.id + ".");
    });
  }
  // Nothing but what tasks write: the folder may hold what is not ours.
  static const RE2 kOurs(
      R"(((part|count)\.\d+-\d+|(plan|finalize|scatter\.\d+|gather\.\d+)\.lock|gather\.\d+\.journal)"
      R"(|plan\.json\.part|totals\.json\.part|gather\.\d+\.done\.part)(\.lock|\.part)?)");
  remove_all(path_, [](const std::string& name) { return RE2::FullMatch(name, kOurs); });
  return absl::OkStatus();
}

std::string Job::StatusText() const {
  size_t counted = 0, scattered = 0, gathered = 0;
  for (size_t task = 0; task < scatter_tasks(); ++task) {
    counted += Exists(PartPath(PathOf("count"), task, 0)) ? 1 : 0;
    const absl::StatusOr<std::vector<PartIndex>> parts = LoadParts(task);
    scattered += parts.ok() && !parts->empty() && parts->back().is_last ? 1 : 0;
  }
  const bool finalized = Exists(PathOf(std::string(kTotalsName)));
  if (IsDone()) scattered = scatter_tasks();  // Their files may be removed.
  for (size_t task = 0; task < gather_tasks(); ++task) gathered += IsGathered(task) ? 1 : 0;
  return absl::StrFormat("count %d of %d\nscatter %d of %d\nfinalize %d of 1\ngather %d of %d\n",
                         counted, scatter_tasks(), scattered, scatter_tasks(), finalized ? 1 : 0,
                         gathered, gather_tasks());
}

}  // namespace corpusmill
