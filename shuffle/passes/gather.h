#ifndef CORPUSMILL_SHUFFLE_PASSES_GATHER_H_
#define CORPUSMILL_SHUFFLE_PASSES_GATHER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "shuffle/buckets/bucket_source.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/buckets/spill_files.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/order/selector.h"
#include "shuffle/passes/scatter.h"
#include "shuffle/passes/sorted_bucket.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

/// The result of the first pass: the output records of each bucket, and the end of the output.
struct GatherPlan {
  /// Totals of the output records of each bucket.
  std::vector<BucketTotals> buckets;
  /// The last output record; set if `take` cuts the order.
  std::optional<Place> last;
  /// With `last`: totals of the buckets that contain it, one per stream.
  std::vector<BucketTotals> cut;

  BucketTotals Sum() const;
  /// The totals of each stream.
  ShuffleResult Result(const BucketMap& map, std::string header, size_t delimiter_bytes) const;
};

/// Plans an output that ends with `last`. Reads the buckets that contain `last`, unless
/// `known_cut` has their totals in the order of the streams.
absl::StatusOr<GatherPlan> PlanGather(const BucketMap& map, const Selector& selector,
                                      const BucketSource& buckets, const std::optional<Place>& last,
                                      const std::vector<BucketTotals>& known_cut = {});

/// Finds the end of the output; reads only the buckets near it.
absl::StatusOr<GatherPlan> PlanGatherTake(const BucketMap& map, const Selector& selector,
                                          const BucketSource& buckets,
                                          const std::optional<uint64_t>& take, Context& context);

/// The second pass over a range of buckets, in output order.
class Gatherer {
 public:
  struct Source {
    const BucketMap& map;
    const Selector& selector;
    const GatherPlan& plan;
    BucketSource& buckets;
    OversizedSource& oversized_records;
  };
  /// `files` hold the parts of buckets that have to be split.
  Gatherer(const Source& source, SpillFiles& files, Context& context)
      : source_(source), files_(files), context_(context) {}

  /// Sorts and writes buckets [begin, end), several at a time. Splits a bucket that does not fit in
  /// memory into finer buckets, repeatedly if needed. After each written bucket, in order, the
  /// thread that writes to the target calls `done` with the oversized records that are no longer
  /// needed; `done` frees them. kInternal if a record was changed or lost.
  using Done =
      std::function<absl::Status(size_t bucket, std::vector<OversizedRecord> oversized_records)>;
  absl::Status Run(size_t begin, size_t end, std::string_view delimiter, ShuffleTarget& target,
                   const Done& done);

  /// The number of buckets that had to be split.
  size_t split_buckets() const { return split_buckets_; }

 private:
  /// A bucket to write.
  struct Leaf {
    BucketSource* source;
    size_t bucket;
    Interval interval;
    BucketTotals totals;  // Totals of the output records.
    std::function<absl::Status(std::vector<OversizedRecord> oversized_records)> done;
  };
  /// The maximum of each figure over some leaves.
  struct Largest {
    BucketTotals totals;
    uint64_t read_bytes = 0;
    void Include(const Leaf& leaf);
  };
  bool FitsInMemory(const BucketTotals& totals, uint64_t read_bytes) const;
  absl::Status RunLeaves(const std::vector<Leaf>& leaves, std::string_view delimiter,
                         ShuffleTarget& target);
  absl::Status RunSmall(const Leaf* begin, const Leaf* end, const Largest& largest,
                        std::string_view delimiter, ShuffleTarget& target);
  absl::Status RunLarge(const Leaf& leaf, std::string_view delimiter, ShuffleTarget& target);

  const Source source_;
  SpillFiles& files_;
  Context& context_;
  size_t split_buckets_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_GATHER_H_
