#include "shuffle/scatter.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "corpus/json.h"
#include "corpus/memory.h"
#include "corpus/status.h"
#include "shuffle/slice_reader.h"

namespace corpusmill {
namespace {

/// What a thread works with; used again and again.
struct Scratch {
  Scratch(size_t cells, MemoryLease lease) : runs(cells), lease(std::move(lease)) {}
  RunBuilder runs;
  JsonObjectParser json;
  std::vector<uint16_t> kept;  // The first bits of the draws, for TakeLimit.
  MemoryLease lease;
};

/// One copy of the records of a slice on its way to the cells.
struct Dealing {
  Slice slice;
  uint64_t copy = 0;
  std::unique_ptr<Scratch> scratch;
};

class ScratchPool {
 public:
  ScratchPool(size_t cells, const Sizing& sizing, Context& context)
      : cells_(cells),
        // A slice may be twice as long as it should, with the record that was cut off before it.
        memory_bytes_(RunBuilder::MemoryBytes(cells, sizing.slice_records, 2 * sizing.slice_bytes)),
        context_(context) {}

  absl::StatusOr<std::unique_ptr<Scratch>> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) {
      CM_ASSIGN_OR_RETURN(MemoryLease lease,
                          context_.memory().Take(memory_bytes_, "dealing out records"));
      return std::make_unique<Scratch>(cells_, std::move(lease));
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
  const size_t cells_;
  const uint64_t memory_bytes_;
  Context& context_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> free_;
};

/// Knows an upper bound of the `take`-th smallest draw seen so far, by counting
/// draws by their first 16 bits.
class TakeLimit {
 public:
  explicit TakeLimit(uint64_t take) : take_(take), counts_(kBins) {}

  /// True if the limit fell.
  bool Add(const std::vector<uint16_t>& draws) {
    for (const uint16_t bin : draws) {
      ++counts_[bin];
      if (bin <= last_) ++below_;
    }
    const size_t before = last_;
    while (last_ > 0 && below_ - counts_[last_] >= take_) below_ -= counts_[last_--];
    return last_ != before;
  }
  /// The largest `high` that may still be among the first.
  uint64_t high() const { return ((uint64_t{last_} + 1) << 48) - 1; }
  /// The smallest `high` of the bin that holds the `take`-th, and how many are below.
  uint64_t floor() const { return uint64_t{last_} << 48; }
  uint64_t below_floor() const { return below_ - counts_[last_]; }

 private:
  static constexpr size_t kBins = 1 << 16;
  const uint64_t take_;
  std::vector<uint64_t> counts_;
  size_t last_ = kBins - 1;
  uint64_t below_ = 0;  // Draws in the bins up to last_.
};

absl::Status DealOut(const std::vector<InputFile>& inputs, const ShuffleOptions& options,
                     const CellMap& map, const Selector& selector, Dealing& dealing) {
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
  if (slice.giant) {
    if (selector.Selects(id, &draw)) {
      const absl::StatusOr<size_t> stream = selector.StreamOfGiant(id, slice.giant->hash);
      if (!stream.ok()) return place(stream.status());
      runs.AddGiant(map.CellOf(*stream, draw), id.record, *slice.giant);
      keep(draw);
    }
  } else {
    SliceRecords records(slice.bytes, options.record);
    for (std::string_view record; records.Next(&record); ++id.record) {
      if (!selector.Selects(id, &draw)) continue;
      const absl::StatusOr<size_t> stream = selector.StreamOf(id, record, &dealing.scratch->json);
      if (!stream.ok()) return place(stream.status());
      runs.Add(map.CellOf(*stream, draw), id.record, record, HashBytes(record));
      keep(draw);
    }
  }
  runs.Build();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ScatterReport> Scatter(const std::vector<InputFile>& inputs,
                                      const ShuffleOptions& options, const Sizing& sizing,
                                      const CellMap& map, Selector& selector, CellStore& store,
                                      GiantFile& giants, Context& context) {
  SliceReader reader(inputs,
                     {.record = options.record,
                      .header_records = options.header_records,
                      .slice_bytes = sizing.slice_bytes,
                      .slice_records = sizing.slice_records},
                     giants, context);
  ScratchPool scratches(map.cells(), sizing, context);
  std::optional<TakeLimit> take;
  if (options.take) take.emplace(*options.take);
  std::vector<size_t> kept_end;  // Of each stream: the cells from here on were dropped.
  for (size_t stream = 0; stream < map.streams(); ++stream) {
    kept_end.push_back(map.begin(stream + 1));
  }

  Slice slice;  // Its copies are dealt out one after another.
  uint64_t copy = 0;
  const auto produce = [&]() -> absl::StatusOr<std::unique_ptr<Dealing>> {
    if (slice.records == 0 || ++copy >= selector.MaxCopies(slice.input)) {
      CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&slice));
      if (!more) return nullptr;
      copy = 0;
    }
    CM_ASSIGN_OR_RETURN(std::unique_ptr<Scratch> scratch, scratches.Take());
    return std::make_unique<Dealing>(Dealing{slice, copy, std::move(scratch)});
  };
  const auto transform = [&](Dealing& dealing) {
    return DealOut(inputs, options, map, selector, dealing);
  };
  const auto consume = [&](Dealing& dealing) -> absl::Status {
    for (const RunBuilder::Run& run : dealing.scratch->runs.runs()) {
      if (take && run.cell >= kept_end[map.IntervalOf(run.cell).stream]) continue;
      CM_RETURN_IF_ERROR(store.Append(run.cell, run.bytes, run.totals));
    }
    if (take && take->Add(dealing.scratch->kept)) {
      selector.LowerLimit(take->high());
      for (size_t stream = 0; stream < map.streams(); ++stream) {
        const size_t end = map.CellOf(stream, {take->high(), 0}) + 1;
        while (kept_end[stream] > end) CM_RETURN_IF_ERROR(store.Drop(--kept_end[stream]));
      }
    }
    scratches.Give(std::move(dealing.scratch));
    return absl::OkStatus();
  };
  CM_RETURN_IF_ERROR(
      context.OrderedPipeline<Dealing>(sizing.slices_in_flight, produce, transform, consume));
  CM_RETURN_IF_ERROR(store.Finish());
  ScatterReport report{.records = reader.records(), .header = reader.header()};
  if (take) {
    report.take_floor = take->floor();
    report.below_floor = take->below_floor();
  }
  return report;
}

absl::Status Rescatter(CellSource& from, size_t cell, const Interval& interval,
                       const Selector& selector, CellStore& to, Context& context) {
  // Serial: it happens only when a cell is many times larger than was expected.
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context.memory().Take(RunBuilder::MemoryBytes(to.cells(), 0, 0),
                                            "dealing out records again"));
  RunBuilder runs(to.cells());
  const uint64_t resolution = interval.resolution * to.cells();
  const uint64_t first = interval.index * to.cells();
  CM_RETURN_IF_ERROR(from.ReadRuns(cell, [&](std::string_view run) -> absl::Status {
    LogReader log(run);
    bool begun = false;
    for (LogEntry entry; log.Next(&entry);) {
      if (!std::exchange(begun, true)) runs.Begin(entry.id.input, entry.id.copy);
      const size_t target = Interval::Part(selector.DrawOf(entry.id).high, resolution) - first;
      if (target >= to.cells()) return DataError("damaged temporary data");
      if (entry.is_giant) {
        runs.AddGiant(target, entry.id.record, entry.AsGiant());
      } else {
        const std::string_view bytes(entry.bytes, entry.length);
        runs.Add(target, entry.id.record, bytes, HashBytes(bytes));
      }
    }
    CM_RETURN_IF_ERROR(log.status());
    runs.Build();
    for (const RunBuilder::Run& built : runs.runs()) {
      CM_RETURN_IF_ERROR(to.Append(built.cell, built.bytes, built.totals));
    }
    return absl::OkStatus();
  }));
  return to.Finish();
}

}  // namespace corpusmill
