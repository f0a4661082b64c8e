#include "shuffle/passes/scatter.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "shuffle/passes/slice_reader.h"

namespace corpusmill {
namespace {

/// The reusable work space of a thread.
struct Scratch {
  Scratch(size_t buckets, MemoryLease lease) : runs(buckets), lease(std::move(lease)) {}
  RunBuilder runs;
  JsonObjectParser json;
  std::vector<uint16_t> kept;  // The first bits of the draws, for TakeLimit.
  MemoryLease lease;
};

/// One copy of a slice's records, on the way to the buckets.
struct Dealing {
  Slice slice;
  uint64_t copy = 0;
  std::unique_ptr<Scratch> scratch;
};

class ScratchPool {
 public:
  ScratchPool(size_t buckets, const Sizing& sizing, Context& context)
      : buckets_(buckets),
        // A slice may have twice the nominal length: it begins with the record cut off before it.
        memory_bytes_(
            RunBuilder::MemoryBytes(buckets, sizing.slice_records, 2 * sizing.slice_bytes)),
        context_(context) {}

  absl::StatusOr<std::unique_ptr<Scratch>> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) {
      CM_ASSIGN_OR_RETURN(MemoryLease lease,
                          context_.memory().Take(memory_bytes_, "dealing out records"));
      return std::make_unique<Scratch>(buckets_, std::move(lease));
    }
    std::unique_ptr<Scratch> scratch = std::move(free_.back());
    free_.pop_back();
    return scratch;
  }
  void Give(std::unique_ptr<Scratch> scratch) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(scratch));
  }

 private:
  const size_t buckets_;
  const uint64_t memory_bytes_;
  Context& context_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> free_;
};

absl::Status DealOut(const Scattering& scattering, Dealing& dealing) {
  const auto& [inputs, options, sizing, map, selector, take] = scattering;
  const Slice& slice = dealing.slice;
  RecordId id{slice.input, slice.first_record, dealing.copy};
  RunBuilder& runs = dealing.scratch->runs;
  runs.Begin(id.input, id.copy);
  dealing.scratch->kept.clear();
  const auto keep = [&](const Draw& draw) {
    if (options.take) dealing.scratch->kept.push_back(static_cast<uint16_t>(draw.high >> 48));
  };
  const auto place = [&](const absl::Status& status) {
    return Annotate(status, absl::StrFormat("%s: record %d", inputs[id.input].path,
                                            id.record + 1 + options.header_records));
  };
  Draw draw;
  if (slice.oversized) {
    if (selector.Selects(id, &draw)) {
      const absl::StatusOr<size_t> stream = selector.StreamOfOversized(id, slice.oversized->hash);
      if (!stream.ok()) return place(stream.status());
      runs.AddOversized(map.BucketOf(*stream, draw), id.record, *slice.oversized);
      keep(draw);
    }
  } else {
    SliceRecords records(slice.bytes, options.record);
    for (std::string_view record; records.Next(&record); ++id.record) {
      if (!selector.Selects(id, &draw)) continue;
      const absl::StatusOr<size_t> stream = selector.StreamOf(id, record, &dealing.scratch->json);
      if (!stream.ok()) return place(stream.status());
      runs.Add(map.BucketOf(*stream, draw), id.record, record, HashBytes(record));
      keep(draw);
    }
  }
  runs.Build();
  return absl::OkStatus();
}

}  // namespace

bool TakeLimit::Add(const std::vector<uint16_t>& draws) {
  for (const uint16_t bin : draws) {
    ++counts_[bin];
    if (bin <= last_) ++below_;
  }
  const size_t before = last_;
  while (last_ > 0 && below_ - counts_[last_] >= take_) below_ -= counts_[last_--];
  return last_ != before;
}

absl::StatusOr<bool> Scatter(const Scattering& scattering, SliceReader& reader, uint64_t stop_bytes,
                             BucketStore& store, Context& context) {
  const BucketMap& map = scattering.map;
  Selector& selector = scattering.selector;
  TakeLimit* const take = scattering.take;
  ScratchPool scratches(map.buckets(), scattering.sizing, context);
  std::vector<size_t> kept_end;  // For each stream, the first dropped bucket.
  for (size_t stream = 0; stream < map.streams(); ++stream) {
    kept_end.push_back(map.begin(stream + 1));
  }

  Slice slice;  // Its copies are distributed one after another.
  uint64_t copy = 0;
  uint64_t bytes = 0;
  bool more = true;
  const auto produce = [&]() -> absl::StatusOr<std::unique_ptr<Dealing>> {
    if (slice.records == 0 || ++copy >= selector.MaxCopies(slice.input)) {
      if (bytes >= stop_bytes) return nullptr;
      CM_ASSIGN_OR_RETURN(more, reader.Next(&slice));
      if (!more) return nullptr;
      copy = 0;
    }
    bytes += slice.bytes.size() + (slice.oversized ? slice.oversized->length : 0);
    CM_ASSIGN_OR_RETURN(std::unique_ptr<Scratch> scratch, scratches.Take());
    return std::make_unique<Dealing>(Dealing{slice, copy, std::move(scratch)});
  };
  const auto transform = [&](Dealing& dealing) { return DealOut(scattering, dealing); };
  const auto consume = [&](Dealing& dealing) -> absl::Status {
    for (const RunBuilder::Run& run : dealing.scratch->runs.runs()) {
      if (take && run.bucket >= kept_end[map.IntervalOf(run.bucket).stream]) continue;
      CM_RETURN_IF_ERROR(store.Append(run.bucket, run.bytes, run.totals));
    }
    if (take && take->Add(dealing.scratch->kept)) {
      selector.LowerLimit(take->high());
      for (size_t stream = 0; stream < map.streams(); ++stream) {
        const size_t end = map.BucketOf(stream, {take->high(), 0}) + 1;
        while (kept_end[stream] > end) CM_RETURN_IF_ERROR(store.Drop(--kept_end[stream]));
      }
    }
    scratches.Give(std::move(dealing.scratch));
    return absl::OkStatus();
  };
  CM_RETURN_IF_ERROR(context.OrderedPipeline<Dealing>(scattering.sizing.slices_in_flight, produce,
                                                      transform, consume));
  return more;
}

absl::Status Rescatter(BucketSource& from, size_t bucket, const Interval& interval,
                       const Selector& selector, BucketStore& to, Context& context) {
  // Serial: runs only if a bucket is many times larger than expected.
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context.memory().Take(RunBuilder::MemoryBytes(to.buckets(), 0, 0),
                                            "dealing out records again"));
  RunBuilder runs(to.buckets());
  const uint64_t resolution = interval.resolution * to.buckets();
  const uint64_t first = interval.index * to.buckets();
  CM_RETURN_IF_ERROR(from.ReadRuns(bucket, [&](std::string_view run) -> absl::Status {
    LogReader log(run);
    bool begun = false;
    for (LogEntry entry; log.Next(&entry);) {
      if (!std::exchange(begun, true)) runs.Begin(entry.id.input, entry.id.copy);
      const size_t target = Interval::Part(selector.DrawOf(entry.id).high, resolution) - first;
      if (target >= to.buckets()) return DataError("damaged temporary data");
      if (entry.is_oversized) {
        runs.AddOversized(target, entry.id.record, entry.AsOversized());
      } else {
        const std::string_view bytes(entry.bytes, entry.length);
        runs.Add(target, entry.id.record, bytes, HashBytes(bytes));
      }
    }
    CM_RETURN_IF_ERROR(log.status());
    runs.Build();
    for (const RunBuilder::Run& built : runs.runs()) {
      CM_RETURN_IF_ERROR(to.Append(built.bucket, built.bytes, built.totals));
    }
    return absl::OkStatus();
  }));
  return to.Finish();
}

}  // namespace corpusmill
