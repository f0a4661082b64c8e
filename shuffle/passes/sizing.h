#ifndef CORPUSMILL_SHUFFLE_PASSES_SIZING_H_
#define CORPUSMILL_SHUFFLE_PASSES_SIZING_H_

#include <cstddef>
#include <cstdint>

#include "shuffle/buckets/bucket_log.h"

namespace corpusmill {

/// The sizes with which a shuffle fits its memory. No size changes the output.
struct Sizing {
  bool fits = false;         ///< Whether the input is expected to fit in memory.
  uint64_t slice_bytes = 0;  ///< Input read and distributed as one unit.
  uint64_t slice_records = 0;
  size_t slices_in_flight = 0;
  size_t buckets = 0;       ///< Approximate number over all streams.
  uint64_t pool_bytes = 0;  ///< Memory for records between the passes.
  size_t block_bytes = 0;   ///< Size of the pool's blocks.
};

/// Chooses the sizes. `memory_bytes` is the memory limit of the shuffle; `expected_bytes` is the
/// decoded size of the inputs, 0 if unknown.
Sizing ChooseSizing(uint64_t memory_bytes, int threads, uint64_t expected_bytes, size_t streams);

/// Chooses the sizes for a given number of buckets.
Sizing SizingForBuckets(uint64_t memory_bytes, int threads, size_t buckets);

/// The memory for sorting a bucket and assembling its output.
uint64_t GatherBytes(const BucketTotals& bucket);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SIZING_H_
