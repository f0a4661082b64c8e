#include "shuffle/passes/gather.h"

#include <algorithm>
#include <bit>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

#include "corpus/base/guarded.h"
#include "corpus/base/status.h"
#include "corpus/io/io_queue.h"
#include "shuffle/buckets/block_pool.h"
#include "shuffle/buckets/bucket_log.h"
#include "shuffle/buckets/bucket_store.h"
#include "shuffle/passes/sizing.h"

namespace corpusmill {
namespace {

/// Reuses sorted buckets and their memory.
class BucketPool {
 public:
  BucketPool(const BucketTotals& largest, uint64_t read_bytes, size_t delimiter_bytes)
      : largest_(largest), read_bytes_(read_bytes), delimiter_bytes_(delimiter_bytes) {}

  absl::StatusOr<std::unique_ptr<SortedBucket>> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) return SortedBucket::Create(largest_, read_bytes_, delimiter_bytes_);
    std::unique_ptr<SortedBucket> bucket = std::move(free_.back());
    free_.pop_back();
    return bucket;
  }
  void Give(std::unique_ptr<SortedBucket> bucket) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(bucket));
  }

 private:
  const BucketTotals largest_;
  const uint64_t read_bytes_;
  const size_t delimiter_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SortedBucket>> free_;
};

}  // namespace

BucketTotals GatherPlan::Sum() const {
  BucketTotals sum;
  for (const BucketTotals& bucket : buckets) sum.Merge(bucket);
  return sum;
}

ShuffleResult GatherPlan::Result(const BucketMap& map, std::string header,
                                 size_t delimiter_bytes) const {
  ShuffleResult result{.header = std::move(header)};
  for (size_t stream = 0; stream < map.streams(); ++stream) {
    ShuffleResult::Stream& sum = result.streams.emplace_back();
    for (size_t bucket = map.begin(stream); bucket < map.begin(stream + 1); ++bucket) {
      sum.records += buckets[bucket].records;
      sum.bytes += buckets[bucket].record_bytes + buckets[bucket].records * delimiter_bytes;
    }
  }
  return result;
}

namespace {

/// Calls use(place, entry) for every record of a bucket.
template <typename Use>
absl::Status ForEachPlace(const BucketSource& buckets, size_t bucket, const Selector& selector,
                          const Use& use) {
  return buckets.ReadRuns(bucket, [&](std::string_view run) -> absl::Status {
    LogReader log(run);
    for (LogEntry entry; log.Next(&entry);) {
      use(Place(selector.DrawOf(entry.id), entry.id), entry);
    }
    return log.status();
  });
}

using Wide = unsigned __int128;

/// Finds the place of the last record of a sample, in passes over the buckets that may hold it.
class PlaceFinder {
 public:
  PlaceFinder(const BucketMap& map, const Selector& selector, const BucketSource& buckets,
              Context& context)
      : selector_(selector), buckets_(buckets), context_(context) {
    for (size_t bucket = 0; bucket < map.buckets(); ++bucket) {
      const auto [stream, resolution, index] = map.IntervalOf(bucket);
      const auto first_high = [resolution = resolution](uint64_t i) {
        return ((Wide{i} << 64) + resolution - 1) / resolution;
      };
      ranges_.push_back(
          {first_high(index), first_high(index + 1), bucket, buckets.totals(bucket).records});
    }
  }

  /// The place of the `take`-th record.
  absl::StatusOr<Place> Find(uint64_t take) {
    const auto [bottom, top] = Bracket(take);
    const Wide width = (top - bottom + kBins - 1) / kBins;
    std::vector<uint64_t> bins(kBins);
    CM_ASSIGN_OR_RETURN(uint64_t below, CountBins(bottom, top, width, &bins));
    size_t bin = 0;
    while (bin + 1 < kBins && below + bins[bin] < take) below += bins[bin++];
    if (take <= below || take > below + bins[bin]) {
      return absl::InternalError("the sample was counted wrongly");
    }
    const Wide begin = bottom + bin * width;
    return Select(begin, begin + width, bins[bin], take - below - 1);
  }

 private:
  static constexpr size_t kBins = 1 << 14;

  /// A bucket as an interval [begin, end) of Place::first.high, with 64 fractional bits.
  struct Range {
    Wide begin, end;
    size_t bucket;
    uint64_t records;
  };

  /// Returns [bottom, top) that holds the place. Buckets that end by `top` hold `take` records;
  /// buckets that begin below `bottom` hold fewer.
  std::pair<Wide, Wide> Bracket(uint64_t take) {
    const auto reach = [&](Wide Range::*edge) {
      std::sort(ranges_.begin(), ranges_.end(),
                [edge](const Range& a, const Range& b) { return a.*edge < b.*edge; });
      Wide at = 0;
      for (uint64_t sum = 0; const Range& range : ranges_) {
        at = range.*edge;
        if ((sum += range.records) >= take) break;
      }
      return at;
    };
    const Wide top = reach(&Range::end);
    return {reach(&Range::begin), top};
  }

  /// Counts the records of [bottom, top) in bins of `width`. Returns the number of records before.
  absl::StatusOr<uint64_t> CountBins(Wide bottom, Wide top, Wide width,
                                     std::vector<uint64_t>* bins) const {
    uint64_t below = 0;
    for (const Range& range : ranges_) {
      if (range.end <= bottom) below += range.records;
      if (range.end <= bottom || range.begin >= top) continue;
      CM_RETURN_IF_ERROR(
          ForEachPlace(buckets_, range.bucket, selector_, [&](const Place& place, const LogEntry&) {
            const Wide high = place.first.high;
            if (high < bottom) ++below;
            if (high < bottom || high >= top) return;
            ++(*bins)[static_cast<size_t>((high - bottom) / width)];
          }));
    }
    return below;
  }

  /// Returns the `rank`-th of the `count` places in [begin, end), counted from 0.
  absl::StatusOr<Place> Select(Wide begin, Wide end, uint64_t count, uint64_t rank) const {
    CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                        context_.memory().Take(count * sizeof(Place), "finding the sample"));
    std::vector<Place> places;
    places.reserve(count);
    for (const Range& range : ranges_) {
      if (range.end <= begin || range.begin >= end) continue;
      CM_RETURN_IF_ERROR(
          ForEachPlace(buckets_, range.bucket, selector_, [&](const Place& place, const LogEntry&) {
            if (place.first.high >= begin && place.first.high < end) places.push_back(place);
          }));
    }
    const auto found = places.begin() + static_cast<ptrdiff_t>(rank);
    std::nth_element(places.begin(), found, places.end());
    return *found;
  }

  const Selector& selector_;
  const BucketSource& buckets_;
  Context& context_;
  std::vector<Range> ranges_;
};

}  // namespace

absl::StatusOr<GatherPlan> PlanGather(const BucketMap& map, const Selector& selector,
                                      const BucketSource& buckets, const std::optional<Place>& last,
                                      const std::vector<BucketTotals>& known_cut) {
  GatherPlan plan{.last = last, .cut = known_cut};
  for (size_t bucket = 0; bucket < map.buckets(); ++bucket) {
    BucketTotals& totals = plan.buckets.emplace_back(buckets.totals(bucket));
    if (!last) continue;
    const Interval interval = map.IntervalOf(bucket);
    const uint64_t index = Interval::Part(last->first.high, interval.resolution);
    if (interval.index < index) continue;
    totals = {};
    if (interval.index > index) continue;
    if (interval.stream == plan.cut.size()) {
      BucketTotals& cut = plan.cut.emplace_back();
      CM_RETURN_IF_ERROR(
          ForEachPlace(buckets, bucket, selector, [&](const Place& place, const LogEntry& entry) {
            if (!(*last < place)) cut.Add(entry);
          }));
    }
    totals = plan.cut[interval.stream];
  }
  return plan;
}

absl::StatusOr<GatherPlan> PlanGatherTake(const BucketMap& map, const Selector& selector,
                                          const BucketSource& buckets,
                                          const std::optional<uint64_t>& take, Context& context) {
  std::optional<Place> last;
  uint64_t kept = 0;
  for (size_t bucket = 0; bucket < map.buckets(); ++bucket) kept += buckets.totals(bucket).records;
  if (take && kept > *take) {
    CM_ASSIGN_OR_RETURN(last, PlaceFinder(map, selector, buckets, context).Find(*take));
  }
  return PlanGather(map, selector, buckets, last);
}

absl::Status Gatherer::Run(size_t begin, size_t end, std::string_view delimiter,
                           ShuffleTarget& target, const Done& done) {
  std::vector<Leaf> leaves;
  for (size_t bucket = begin; bucket < end; ++bucket) {
    leaves.push_back({&source_.buckets, bucket, source_.map.IntervalOf(bucket),
                      source_.plan.buckets[bucket],
                      [&done, bucket](std::vector<OversizedRecord> oversized_records) {
                        return done(bucket, std::move(oversized_records));
                      }});
  }
  return RunLeaves(leaves, delimiter, target);
}

bool Gatherer::FitsInMemory(const BucketTotals& totals, uint64_t read_bytes) const {
  // Positions in a log have 32 bits.
  return GatherBytes(totals) <= context_.memory().available_bytes() / 10 * 9 &&
         read_bytes < uint64_t{3} << 30;
}

void Gatherer::Largest::Include(const Leaf& leaf) {
  const BucketTotals& more = leaf.source->totals(leaf.bucket);
  read_bytes = std::max(read_bytes, leaf.source->ReadBytes(leaf.bucket));
  totals.records = std::max(totals.records, more.records);
  totals.log_bytes = std::max(totals.log_bytes, more.log_bytes);
  totals.record_bytes = std::max(totals.record_bytes, std::min(more.record_bytes, more.log_bytes));
}

absl::Status Gatherer::RunLeaves(const std::vector<Leaf>& leaves, std::string_view delimiter,
                                 ShuffleTarget& target) {
  for (size_t begin = 0; begin < leaves.size();) {
    // Takes as many leaves as fit, each in a buffer for the largest of them.
    Largest largest;
    size_t end = begin;
    for (; end < leaves.size(); ++end) {
      Largest with = largest;
      with.Include(leaves[end]);
      if (!FitsInMemory(with.totals, with.read_bytes)) break;
      largest = with;
    }
    if (end == begin) {
      CM_RETURN_IF_ERROR(RunLarge(leaves[end++], delimiter, target));
    } else {
      CM_RETURN_IF_ERROR(
          RunSmall(leaves.data() + begin, leaves.data() + end, largest, delimiter, target));
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
  ++split_buckets_;
  const uint64_t memory = context_.memory().available_bytes() / 4 * 3;
  const size_t block_bytes =
      std::bit_floor(std::clamp<uint64_t>(memory / (16 * kParts), kBlockAlignment, 64 << 10));
  CM_ASSIGN_OR_RETURN(auto pool,
                      BlockPool::Create(memory / block_bytes * block_bytes, block_bytes, context_));
  // Declared after the pool, which must outlive all writes after an error.
  auto parts = std::make_unique<BucketStore>(kParts, *pool, files_, context_);
  parts->SpillAlways();
  CM_RETURN_IF_ERROR(
      Rescatter(*leaf.source, leaf.bucket, leaf.interval, source_.selector, *parts, context_));
  pool.reset();  // Frees memory for sorting.
  std::vector<Leaf> leaves;
  std::vector<OversizedRecord> all_oversized;
  const auto part_done = [&](size_t part, const std::vector<OversizedRecord>& oversized_records) {
    all_oversized.insert(all_oversized.end(), oversized_records.begin(), oversized_records.end());
    return parts->Free({part});
  };
  for (size_t part = 0; part < kParts; ++part) {
    Leaf finer{parts.get(),
               part,
               {leaf.interval.stream, leaf.interval.resolution * kParts,
                leaf.interval.index * kParts + part},
               parts->totals(part),
               [&part_done, part](const std::vector<OversizedRecord>& oversized_records) {
                 return part_done(part, oversized_records);
               }};
    if (source_.plan.last) {
      const uint64_t index =
          Interval::Part(source_.plan.last->first.high, finer.interval.resolution);
      if (finer.interval.index > index) continue;
      if (finer.interval.index == index) {
        finer.totals = {};
        CM_RETURN_IF_ERROR(ForEachPlace(*parts, part, source_.selector,
                                        [&](const Place& place, const LogEntry& entry) {
                                          if (!(*source_.plan.last < place)) {
                                            finer.totals.Add(entry);
                                          }
                                        }));
      }
    }
    leaves.push_back(std::move(finer));
  }
  CM_RETURN_IF_ERROR(RunLeaves(leaves, delimiter, target));
  return leaf.done(std::move(all_oversized));
}

absl::Status Gatherer::RunSmall(const Leaf* begin, const Leaf* end, const Largest& largest,
                                std::string_view delimiter, ShuffleTarget& target) {
  const uint64_t memory = context_.memory().available_bytes();
  const size_t in_flight = static_cast<size_t>(std::clamp<uint64_t>(
      memory / GatherBytes(largest.totals), 1, 2 * static_cast<uint64_t>(context_.threads())));
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context_.memory().Take(in_flight * GatherBytes(largest.totals), "sorting"));
  BucketPool buckets(largest.totals, largest.read_bytes, delimiter.size());
  // A bucket in flight. Its reading thread may still run after the pipeline has failed, so the
  // task owns everything it uses.
  struct State {
    std::unique_ptr<SortedBucket> bucket;
    std::promise<absl::Status> read;
  };
  struct Gathering {
    const Leaf* leaf;
    std::shared_ptr<State> state;
  };
  IoQueue reading;
  const Leaf* next = begin;
  const auto produce = [&]() -> absl::StatusOr<std::unique_ptr<Gathering>> {
    if (next == end) return nullptr;
    auto state = std::make_shared<State>();
    CM_ASSIGN_OR_RETURN(state->bucket, buckets.Take());
    reading.Submit([leaf = next, state] {
      state->read.set_value(
          Guarded([&] { return state->bucket->Read(*leaf->source, leaf->bucket); }));
      return absl::OkStatus();  // An error would skip later tasks, whose results are waited for.
    });
    CM_RETURN_IF_ERROR(reading.status());  // Without a thread the wait would never end.
    return std::make_unique<Gathering>(Gathering{next++, std::move(state)});
  };
  const auto transform = [&](Gathering& gathering) -> absl::Status {
    const Leaf& leaf = *gathering.leaf;
    SortedBucket& bucket = *gathering.state->bucket;
    CM_RETURN_IF_ERROR(gathering.state->read.get_future().get());
    CM_RETURN_IF_ERROR(bucket.Sort(leaf.interval, source_.selector, source_.plan.last));
    CM_RETURN_IF_ERROR(bucket.Arrange(delimiter));
    if (bucket.multiset() == leaf.totals.multiset) return absl::OkStatus();
    return absl::InternalError(absl::StrFormat(
        "the records to be written are not the records read (%d of %d, hash %s of %s); this is a "
        "defect of this program, of the memory or of the disk for temporary files",
        bucket.multiset().count(), leaf.totals.multiset.count(), bucket.multiset().sum().ToHex(),
        leaf.totals.multiset.sum().ToHex()));
  };
  const auto consume = [&](Gathering& gathering) -> absl::Status {
    std::unique_ptr<SortedBucket> bucket = std::move(gathering.state->bucket);
    CM_RETURN_IF_ERROR(
        target.Write(gathering.leaf->interval.stream, *bucket, source_.oversized_records));
    context_.reporter().Advance(bucket->output_bytes());
    // Another copy of an oversized record may still follow.
    std::vector<OversizedRecord> oversized_records;
    if (!source_.selector.HasCopies()) oversized_records = bucket->oversized_records();
    buckets.Give(std::move(bucket));
    return gathering.leaf->done(std::move(oversized_records));
  };
  return context_.OrderedPipeline<Gathering>(in_flight, produce, transform, consume);
}

}  // namespace corpusmill
