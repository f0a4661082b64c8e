#ifndef CORPUSMILL_SHUFFLE_PASSES_SIZING_H_
#define CORPUSMILL_SHUFFLE_PASSES_SIZING_H_

#include <cstddef>
#include <cstdint>

#include "shuffle/buckets/bucket_log.h"

namespace corpusmill {

/// How a shuffle fits its work into its memory. No size changes the output.
struct Sizing {
  bool fits = false;         ///< In memory, as far as is known.
  uint64_t slice_bytes = 0;  ///< What is read and dealt out at once.
  uint64_t slice_records = 0;
  size_t slices_in_flight = 0;
  size_t buckets = 0;       ///< Over all streams, about.
  uint64_t pool_bytes = 0;  ///< What waits in memory to be written, or stays there.
  size_t block_bytes = 0;   ///< The pool is cut into these.
};

/// `memory_bytes` is the memory limit of the shuffle, `expected_bytes` the decoded size of the
/// inputs, 0 if unknown.
Sizing ChooseSizing(uint64_t memory_bytes, int threads, uint64_t expected_bytes, size_t streams);

/// The same for a number of buckets that is given.
Sizing SizingForBuckets(uint64_t memory_bytes, int threads, size_t buckets);

/// The memory to sort a bucket and to assemble its output.
uint64_t GatherBytes(const BucketTotals& bucket);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SIZING_H_
