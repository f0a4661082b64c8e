#include "shuffle/gather.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <mutex>
#include <utility>

#include "corpus/io_queue.h"
#include "corpus/status.h"
#include "shuffle/block_pool.h"
#include "shuffle/cell_log.h"
#include "shuffle/cell_store.h"
#include "shuffle/sizing.h"

namespace corpusmill {
namespace {

/// Sorted cells are used again, with the memory they have.
class CellPool {
 public:
  CellPool(const CellTotals& largest, uint64_t read_bytes, size_t delimiter_bytes)
      : largest_(largest), read_bytes_(read_bytes), delimiter_bytes_(delimiter_bytes) {}

  absl::StatusOr<std::unique_ptr<SortedCell>> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) return SortedCell::Create(largest_, read_bytes_, delimiter_bytes_);
    std::unique_ptr<SortedCell> cell = std::move(free_.back());
    free_.pop_back();
    return cell;
  }
  void Give(std::unique_ptr<SortedCell> cell) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(cell));
  }

 private:
  const CellTotals largest_;
  const uint64_t read_bytes_;
  const size_t delimiter_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SortedCell>> free_;
};

}  // namespace

CellTotals GatherPlan::Sum() const {
  CellTotals sum;
  for (const CellTotals& cell : cells) sum.Merge(cell);
  return sum;
}

ShuffleResult GatherPlan::Result(const CellMap& map, std::string header,
                                 size_t delimiter_bytes) const {
  ShuffleResult result{.header = std::move(header)};
  for (size_t stream = 0; stream < map.streams(); ++stream) {
    ShuffleResult::Stream& sum = result.streams.emplace_back();
    for (size_t cell = map.begin(stream); cell < map.begin(stream + 1); ++cell) {
      sum.records += cells[cell].records;
      sum.bytes += cells[cell].record_bytes + cells[cell].records * delimiter_bytes;
    }
  }
  return result;
}

absl::StatusOr<GatherPlan> PlanGather(const CellMap& map, const Selector& selector,
                                      CellSource& cells, const std::optional<uint64_t>& take,
                                      const ScatterReport& scattered, Context& context) {
  GatherPlan plan;
  uint64_t kept = 0;
  for (size_t cell = 0; cell < map.cells(); ++cell) {
    plan.cells.push_back(cells.totals(cell));
    kept += plan.cells.back().records;
  }
  if (!take || kept <= *take) return plan;
  // The end is the (take - below_floor)-th of the places that are not below the floor:
  // few, as the floor was found by counting.
  const uint64_t ceiling = selector.limit();
  std::vector<Place> places;
  MemoryLease lease = context.memory().EmptyLease();
  for (size_t cell = 0; cell < map.cells(); ++cell) {
    const Interval interval = map.IntervalOf(cell);
    if (interval.index < Interval::Part(scattered.take_floor, interval.resolution) ||
        interval.index > Interval::Part(ceiling, interval.resolution)) {
      continue;
    }
    CM_RETURN_IF_ERROR(cells.ReadRuns(cell, [&](std::string_view run) -> absl::Status {
      LogReader log(run);
      for (LogEntry entry; log.Next(&entry);) {
        const Draw draw = selector.DrawOf(entry.id);
        if (draw.high < scattered.take_floor || draw.high > ceiling) continue;
        if (places.size() == places.capacity()) {
          const size_t capacity = std::max<size_t>(1024, 2 * places.capacity());
          CM_RETURN_IF_ERROR(lease.Resize(2 * capacity * sizeof(Place), "finding the sample"));
          places.reserve(capacity);
        }
        places.emplace_back(draw, entry.id);
      }
      return log.status();
    }));
  }
  const uint64_t rank = *take - scattered.below_floor;  // At least 1.
  if (rank == 0 || rank > places.size()) {
    return absl::InternalError("the sample was counted wrongly");
  }
  const auto end = places.begin() + static_cast<ptrdiff_t>(rank - 1);
  std::nth_element(places.begin(), end, places.end());
  plan.last = *end;
  for (size_t cell = 0; cell < map.cells(); ++cell) {
    const Interval interval = map.IntervalOf(cell);
    const uint64_t index = Interval::Part(plan.last->first.high, interval.resolution);
    if (interval.index < index) continue;
    CellTotals& totals = plan.cells[cell];
    totals = {};
    if (interval.index > index) {
      CM_RETURN_IF_ERROR(cells.Free(cell));
      continue;
    }
    CM_RETURN_IF_ERROR(cells.ReadRuns(cell, [&](std::string_view run) -> absl::Status {
      LogReader log(run);
      for (LogEntry entry; log.Next(&entry);) {
        if (!(*plan.last < Place(selector.DrawOf(entry.id), entry.id))) totals.Add(entry);
      }
      return log.status();
    }));
  }
  return plan;
}

absl::Status Gatherer::Run(size_t begin, size_t end, std::string_view delimiter,
                           ShuffleTarget& target,
                           const std::function<absl::Status(size_t cell)>& done) {
  std::vector<Leaf> leaves;
  for (size_t cell = begin; cell < end; ++cell) {
    leaves.push_back({&source_.cells, cell, source_.map.IntervalOf(cell), source_.plan.cells[cell],
                      [&done, cell] { return done(cell); }});
  }
  return RunLeaves(leaves, delimiter, target);
}

bool Gatherer::FitsInMemory(const Leaf& leaf) const {
  // Positions in a log have 32 bits.
  const CellTotals& all = leaf.source->totals(leaf.cell);
  return GatherBytes(all) <= context_.memory().available_bytes() / 10 * 9 &&
         leaf.source->ReadBytes(leaf.cell) < uint64_t{3} << 30;
}

absl::Status Gatherer::RunLeaves(const std::vector<Leaf>& leaves, std::string_view delimiter,
                                 ShuffleTarget& target) {
  for (size_t begin = 0; begin < leaves.size();) {
    size_t end = begin;
    while (end < leaves.size() && FitsInMemory(leaves[end])) ++end;
    if (end == begin) {
      CM_RETURN_IF_ERROR(RunLarge(leaves[end++], delimiter, target));
    } else {
      CM_RETURN_IF_ERROR(RunSmall(leaves.data() + begin, leaves.data() + end, delimiter, target));
    }
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status Gatherer::RunLarge(const Leaf& leaf, std::string_view delimiter,
                                ShuffleTarget& target) {
  constexpr size_t kParts = 64;
  if (leaf.interval.resolution >= uint64_t{1} << 56) {
    return absl::InternalError("a part of the order cannot be split any more");
  }
  ++split_cells_;
  std::unique_ptr<CellStore> parts;
  {
    const uint64_t memory = context_.memory().available_bytes() / 4 * 3;
    const size_t block_bytes =
        std::bit_floor(std::clamp<uint64_t>(memory / (16 * kParts), kBlockAlignment, 64 << 10));
    CM_ASSIGN_OR_RETURN(const auto pool, BlockPool::Create(memory / block_bytes * block_bytes,
                                                           block_bytes, context_));
    parts = std::make_unique<CellStore>(kParts, *pool, files_, context_);
    parts->SpillAlways();  // The memory is needed to sort.
    CM_RETURN_IF_ERROR(
        Rescatter(*leaf.source, leaf.cell, leaf.interval, source_.selector, *parts, context_));
  }
  std::vector<Leaf> leaves;
  for (size_t part = 0; part < kParts; ++part) {
    Leaf finer{parts.get(),
               part,
               {leaf.interval.stream, leaf.interval.resolution * kParts,
                leaf.interval.index * kParts + part},
               parts->totals(part),
               [&parts, part] { return parts->Free(part); }};
    if (source_.plan.last) {
      const uint64_t index =
          Interval::Part(source_.plan.last->first.high, finer.interval.resolution);
      if (finer.interval.index > index) continue;
      if (finer.interval.index == index) {
        finer.totals = {};
        CM_RETURN_IF_ERROR(parts->ReadRuns(part, [&](std::string_view run) -> absl::Status {
          LogReader log(run);
          for (LogEntry entry; log.Next(&entry);) {
            const Place place(source_.selector.DrawOf(entry.id), entry.id);
            if (!(*source_.plan.last < place)) finer.totals.Add(entry);
          }
          return log.status();
        }));
      }
    }
    leaves.push_back(std::move(finer));
  }
  CM_RETURN_IF_ERROR(RunLeaves(leaves, delimiter, target));
  return leaf.done();
}

absl::Status Gatherer::RunSmall(const Leaf* begin, const Leaf* end, std::string_view delimiter,
                                ShuffleTarget& target) {
  CellTotals largest;  // In each respect.
  uint64_t read_bytes = 0;
  for (const Leaf* leaf = begin; leaf < end; ++leaf) {
    const CellTotals& totals = leaf->source->totals(leaf->cell);
    read_bytes = std::max(read_bytes, leaf->source->ReadBytes(leaf->cell));
    largest.records = std::max(largest.records, totals.records);
    largest.log_bytes = std::max(largest.log_bytes, totals.log_bytes);
    largest.record_bytes =
        std::max(largest.record_bytes, std::min(totals.record_bytes, totals.log_bytes));
  }
  const uint64_t memory = context_.memory().available_bytes();
  const size_t in_flight = static_cast<size_t>(std::clamp<uint64_t>(
      memory / GatherBytes(largest), 1, 2 * static_cast<uint64_t>(context_.threads())));
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context_.memory().Take(in_flight * GatherBytes(largest), "sorting"));
  CellPool cells(largest, read_bytes, delimiter.size());
  IoQueue freeing;  // Punching holes takes time, but no processor.
  struct Gathering {
    const Leaf* leaf;
    std::unique_ptr<SortedCell> cell;
  };
  const Leaf* next = begin;
  const auto produce = [&]() -> absl::StatusOr<std::unique_ptr<Gathering>> {
    if (next == end) return nullptr;
    CM_ASSIGN_OR_RETURN(std::unique_ptr<SortedCell> cell, cells.Take());
    return std::make_unique<Gathering>(Gathering{next++, std::move(cell)});
  };
  const auto transform = [&](Gathering& gathering) -> absl::Status {
    const Leaf& leaf = *gathering.leaf;
    SortedCell& cell = *gathering.cell;
    CM_RETURN_IF_ERROR(
        cell.Load(*leaf.source, leaf.cell, leaf.interval, source_.selector, source_.plan.last));
    CM_RETURN_IF_ERROR(cell.Arrange(delimiter));
    if (cell.multiset() == leaf.totals.multiset) return absl::OkStatus();
    return absl::InternalError(absl::StrFormat(
        "the records to be written are not the records read (%d of %d, hash %s of %s); this is a "
        "defect of this program, of the memory or of the disk for temporary files",
        cell.multiset().count(), leaf.totals.multiset.count(), cell.multiset().sum().ToHex(),
        leaf.totals.multiset.sum().ToHex()));
  };
  const auto consume = [&](Gathering& gathering) -> absl::Status {
    CM_RETURN_IF_ERROR(
        target.Write(gathering.leaf->interval.stream, *gathering.cell, source_.giants));
    context_.reporter().Advance(gathering.cell->output_bytes());
    // Of a giant with copies another may still be needed: they stay until the end.
    std::vector<Giant> giants;
    if (!source_.selector.HasCopies()) giants = gathering.cell->giants();
    cells.Give(std::move(gathering.cell));
    CM_RETURN_IF_ERROR(freeing.status());
    freeing.Submit([this, leaf = gathering.leaf, giants = std::move(giants)]() -> absl::Status {
      for (const Giant& giant : giants) CM_RETURN_IF_ERROR(source_.giants.Free(giant));
      return leaf->done();
    });
    return absl::OkStatus();
  };
  CM_RETURN_IF_ERROR(context_.OrderedPipeline<Gathering>(in_flight, produce, transform, consume));
  return freeing.Wait();
}

}  // namespace corpusmill
