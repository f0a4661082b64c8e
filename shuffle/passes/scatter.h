#ifndef CORPUSMILL_SHUFFLE_PASSES_SCATTER_H_
#define CORPUSMILL_SHUFFLE_PASSES_SCATTER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "shuffle/buckets/bucket_store.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/order/options.h"
#include "shuffle/order/selector.h"
#include "shuffle/passes/sizing.h"
#include "shuffle/passes/slice_reader.h"

namespace corpusmill {

/// An upper bound for the n-th smallest draw so far, from a histogram of the draws' first 16 bits.
/// With `take`, the first pass discards records above it.
class TakeLimit {
 public:
  explicit TakeLimit(uint64_t take) : take_(take), counts_(kBins) {}

  /// True if the limit fell.
  bool Add(const std::vector<uint16_t>& draws);
  /// The largest `high` that may still be among the first `take` draws.
  uint64_t high() const { return ((uint64_t{last_} + 1) << 48) - 1; }

 private:
  static constexpr size_t kBins = 1 << 16;
  const uint64_t take_;
  std::vector<uint64_t> counts_;
  size_t last_ = kBins - 1;
  uint64_t below_ = 0;  // Draws in the bins up to last_.
};

/// The inputs of the first pass.
struct Scattering {
  const std::vector<InputFile>& inputs;
  const ShuffleOptions& options;
  const Sizing& sizing;
  const BucketMap& map;
  Selector& selector;
  TakeLimit* take;  ///< nullptr without options.take.
};

/// Runs the first pass, or a part of it: reads until about `stop_bytes` were distributed, and
/// appends each selected record to the bucket of its draw. Returns whether input is left. With
/// `take`, lowers the selector's limit while reading, so the store holds little more than the
/// sample. Does not finish the store.
absl::StatusOr<bool> Scatter(const Scattering& scattering, SliceReader& reader, uint64_t stop_bytes,
                             BucketStore& store, Context& context);

/// Splits one bucket of `from` into the buckets of `to`, which divide its interval into
/// `to.buckets()` equal parts. Finishes `to`.
absl::Status Rescatter(BucketSource& from, size_t bucket, const Interval& interval,
                       const Selector& selector, BucketStore& to, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SCATTER_H_
