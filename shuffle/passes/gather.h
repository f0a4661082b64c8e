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

/// What is known after the first pass: how much comes out of each bucket, and where
/// the output ends.
struct GatherPlan {
  /// Of the records that come out, for each bucket.
  std::vector<BucketTotals> buckets;
  /// With `take`, if there are more records than that: the last that comes out.
  std::optional<Place> last;
  /// With `last`: of the buckets that it lies in, one for each stream.
  std::vector<BucketTotals> cut;

  BucketTotals Sum() const;
  /// What each stream holds.
  ShuffleResult Result(const BucketMap& map, std::string header, size_t delimiter_bytes) const;
};

/// What comes out of each bucket if the output ends behind `last`. The buckets that `last`
/// lies in are read, unless their totals are known, in the order of the streams.
absl::StatusOr<GatherPlan> PlanGather(const BucketMap& map, const Selector& selector,
                                      const BucketSource& buckets, const std::optional<Place>& last,
                                      const std::vector<BucketTotals>& known_cut = {});

/// Finds where the output ends, looking only at the buckets near that place.
absl::StatusOr<GatherPlan> PlanGatherTake(const BucketMap& map, const Selector& selector,
                                          const BucketSource& buckets,
                                          const std::optional<uint64_t>& take, Context& context);

/// The second pass over some buckets, in the order of the output.
class Gatherer {
 public:
  struct Source {
    const BucketMap& map;
    const Selector& selector;
    const GatherPlan& plan;
    BucketSource& buckets;
    OversizedSource& oversized_records;
  };
  /// `files` take what has to be dealt out again.
  Gatherer(const Source& source, SpillFiles& files, Context& context)
      : source_(source), files_(files), context_(context) {}

  /// Sorts and writes buckets [begin, end), several at a time. A bucket that does not fit in
  /// memory is dealt out to finer ones first, as often as is needed. `done` is called for
  /// each bucket after it was written, in order, by the thread that writes to the target,
  /// with the oversized records that are not needed any more; it frees them when that is right. A
  /// record that was changed or lost on the way is kInternal.
  using Done =
      std::function<absl::Status(size_t bucket, std::vector<OversizedRecord> oversized_records)>;
  absl::Status Run(size_t begin, size_t end, std::string_view delimiter, ShuffleTarget& target,
                   const Done& done);

  /// How many buckets had to be dealt out again.
  size_t split_buckets() const { return split_buckets_; }

 private:
  /// A bucket that is to be written.
  struct Leaf {
    BucketSource* source;
    size_t bucket;
    Interval interval;
    BucketTotals totals;  // Of the records that come out.
    std::function<absl::Status(std::vector<OversizedRecord> oversized_records)> done;
  };
  /// In each respect the largest of some leaves.
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
