// The count and scatter tasks of a job: they read the inputs.

#include <optional>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "corpus/jobs/job_json.h"
#include "shuffle/buckets/block_pool.h"
#include "shuffle/buckets/bucket_store.h"
#include "shuffle/job/shuffle_job.h"
#include "shuffle/passes/scatter.h"

namespace corpusmill {
namespace {

Sizing SizingOf(const ShuffleJobPlan& plan, Context& context) {
  return SizingForBuckets(context.memory().available_bytes(), context.threads(), plan.buckets);
}

SliceReaderOptions ReaderOptions(const ShuffleJobPlan& plan, const Sizing& sizing,
                                 const InputRange& range) {
  return {.record = plan.options.record,
          .header_records = plan.options.header_records,
          .slice_bytes = sizing.slice_bytes,
          .slice_records = sizing.slice_records,
          .range = range};
}

/// Approximate bytes that one task reads.
uint64_t TaskBytes(const ShuffleJobPlan& plan) {
  return TotalBytes(plan.inputs) / plan.scatter_tasks.size();
}

std::vector<std::pair<uint64_t, uint64_t>> NonZero(const std::vector<uint64_t>& records) {
  std::vector<std::pair<uint64_t, uint64_t>> counts;
  for (uint64_t input = 0; input < records.size(); ++input) {
    if (records[input] > 0) counts.emplace_back(input, records[input]);
  }
  return counts;
}

/// Reads the rest of a task's inputs and commits it part by part.
class PartScatterer {
 public:
  PartScatterer(const ShuffleJobPlan& plan, const ShuffleJobFiles& job, size_t task,
                Context& context)
      : plan_(plan),
        job_(job),
        task_(task),
        context_(context),
        decoders_(ReserveDecoders(plan.inputs, context)),
        options_(plan.options),
        sizing_(SizingOf(plan, context)),
        selector_(plan.options, plan.inputs),
        map_(selector_, plan.buckets),
        counted_(plan.inputs.size()) {
    options_.take = TakeOfAll(options_, plan.inputs.size());
    if (options_.take) take_.emplace(*options_.take);
  }

  absl::Status Run(size_t part, const InputRange& range, const std::optional<std::string>& header) {
    CM_RETURN_IF_ERROR(decoders_.status());
    CM_ASSIGN_OR_RETURN(const auto pool,
                        BlockPool::Create(sizing_.pool_bytes, sizing_.block_bytes, context_));
    auto oversized_records = std::make_unique<OversizedFile>(OversizedFileOf(part));
    SliceReaderOptions options = ReaderOptions(plan_, sizing_, range);
    options.header = header;
    SliceReader reader(plan_.inputs, options, *oversized_records, context_);
    const Phase phase(context_.reporter(), "reading", TaskBytes(plan_));
    for (bool more = true; more; ++part) {
      if (oversized_records == nullptr)
        oversized_records = std::make_unique<OversizedFile>(OversizedFileOf(part));
      reader.UseOversizedFile(*oversized_records);
      CM_ASSIGN_OR_RETURN(more, ScatterPart(part, reader, *pool, *oversized_records));
      oversized_records.reset();
    }
    return absl::OkStatus();
  }

 private:
  OversizedFile OversizedFileOf(size_t part) const {
    return OversizedFile(job_.Oversized(task_, part), context_, true, uint64_t{task_} << 32 | part);
  }

  /// False after the last part.
  absl::StatusOr<bool> ScatterPart(size_t part, SliceReader& reader, BlockPool& pool,
                                   OversizedFile& oversized_records) {
    SpillFiles files(plan_.folders, context_, job_.BucketsName(task_, part));
    BucketStore store(map_.buckets(), pool, files, context_);
    store.SpillAlways();
    CM_ASSIGN_OR_RETURN(const bool more, Scatter({plan_.inputs, options_, sizing_, map_, selector_,
                                                  take_ ? &*take_ : nullptr},
                                                 reader, plan_.part_bytes, store, context_));
    CM_RETURN_IF_ERROR(store.Finish());
    CM_RETURN_IF_ERROR(files.Sync());
    CM_RETURN_IF_ERROR(oversized_records.Sync());
    for (const std::string& folder : plan_.folders) CM_RETURN_IF_ERROR(SyncFolder(folder));
    CM_RETURN_IF_ERROR(WriteStringToFile(job_.Part(task_, part),
                                         EncodePartIndex(IndexOf(reader, store, more)),
                                         {.overwrite = true}));
    return more;
  }

  PartIndex IndexOf(const SliceReader& reader, const BucketStore& store, bool more) {
    PartIndex index{.end = reader.position(), .is_last = !more, .header = reader.header()};
    std::vector<uint64_t> records = reader.records();
    for (size_t input = 0; input < records.size(); ++input) {
      records[input] -= std::exchange(counted_[input], records[input]);
    }
    index.records = NonZero(records);
    for (size_t bucket = 0; bucket < map_.buckets(); ++bucket) {
      index.buckets.push_back({store.totals(bucket), store.extents(bucket)});
    }
    return index;
  }

  const ShuffleJobPlan& plan_;
  const ShuffleJobFiles& job_;
  const size_t task_;
  Context& context_;
  const absl::StatusOr<MemoryReservation> decoders_;  // Taken before sizing_ shares out the rest.
  ShuffleOptions options_;
  const Sizing sizing_;
  Selector selector_;
  const BucketMap map_;
  std::optional<TakeLimit> take_;
  std::vector<uint64_t> counted_;  // Records of each input in the written parts.
};

}  // namespace

absl::Status ShuffleJob::RunCount(size_t task) {
  CM_RETURN_IF_ERROR(job_.CheckInputs());
  OversizedFile oversized_records(plan_.folders.front(), context_);
  CM_ASSIGN_OR_RETURN(const MemoryReservation decoders, ReserveDecoders(plan_.inputs, context_));
  SliceReader reader(plan_.inputs,
                     ReaderOptions(plan_, SizingOf(plan_, context_), plan_.scatter_tasks[task]),
                     oversized_records, context_);
  const Phase phase(context_.reporter(), "counting", TaskBytes(plan_));
  Slice slice;
  bool more = true;
  while (more) {
    CM_ASSIGN_OR_RETURN(more, reader.Next(&slice));
  }
  return WriteJson(files_.Count(task), {{"records", NonZero(reader.records())}});
}

absl::StatusOr<ShuffleJob::RecordCounts> ShuffleJob::Counts(size_t task) const {
  RecordCounts counts;
  const std::string path = files_.Count(task);
  CM_ASSIGN_OR_RETURN(const bool exists, Exists(path));
  if (exists) {
    CM_RETURN_IF_ERROR(ReadJson(path, "remove it and count this task again", [&](const Json& json) {
      for (const Json& count : json.at("records")) {
        counts.emplace_back(count.at(0).get<uint64_t>(), count.at(1).get<uint64_t>());
      }
    }));
    return counts;
  }
  CM_ASSIGN_OR_RETURN(const std::vector<PartIndex> parts, LoadParts(task));
  if (parts.empty() || !parts.back().is_last) return job_.NotDone(TaskKey("count", task));
  for (const PartIndex& part : parts) {
    counts.insert(counts.end(), part.records.begin(), part.records.end());
  }
  return counts;
}

absl::StatusOr<uint64_t> ShuffleJob::FirstRecordOf(size_t task) const {
  const InputPosition& begin = plan_.scatter_tasks[task].begin;
  uint64_t first = begin.record;
  for (size_t before = 0; begin.byte > 0 && before < task; ++before) {
    const InputRange& other = plan_.scatter_tasks[before];
    if (other.end_input < begin.input || (other.end_input == begin.input && other.end_byte == 0)) {
      continue;  // This task reads nothing of the file.
    }
    CM_ASSIGN_OR_RETURN(const RecordCounts counts, Counts(before));
    for (const auto& [input, records] : counts) {
      if (input == begin.input) first += records;
    }
  }
  return first;
}

absl::Status ShuffleJob::RemoveStaleParts(size_t task, size_t first) const {
  for (size_t part = first;; ++part) {
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(files_.Part(task, part)));
    if (!exists) return absl::OkStatus();
    CM_RETURN_IF_ERROR(RemoveFile(files_.Part(task, part)));
    CM_RETURN_IF_ERROR(SyncFolder(files_.folder()));
  }
}

absl::Status ShuffleJob::RunScatter(size_t task) {
  InputRange range = plan_.scatter_tasks[task];
  CM_ASSIGN_OR_RETURN(const std::vector<PartIndex> parts, LoadParts(task));
  CM_RETURN_IF_ERROR(job_.CheckInputs());
  std::optional<std::string> header;
  if (!parts.empty()) {
    range.begin = parts.back().end;
    range.begins_at_record = true;
    header = parts.back().header;
  } else {
    CM_ASSIGN_OR_RETURN(range.begin.record, FirstRecordOf(task));
  }
  // The stale parts follow the removed part, but the new part may end elsewhere.
  CM_RETURN_IF_ERROR(RemoveStaleParts(task, parts.size()));
  return PartScatterer(plan_, files_, task, context_).Run(parts.size(), range, header);
}

}  // namespace corpusmill
