#ifndef CORPUSMILL_SHUFFLE_PASSES_SIZING_H_
#define CORPUSMILL_SHUFFLE_PASSES_SIZING_H_

#include <cstddef>
#include <cstdint>

#include "shuffle/buckets/bucket_log.h"

namespace corpusmill {

/// How a shuffle cuts its work to the memory it has. No size has an influence on
/// the bytes that come out.
struct Sizing {
  bool fits = false;         ///< In memory, as far as is known.
  uint64_t slice_bytes = 0;  ///< What is read and dealt out at once.
  uint64_t slice_records = 0;
  size_t slices_in_flight = 0;
  size_t cells = 0;         ///< Over all streams, about.
  uint64_t pool_bytes = 0;  ///< What waits in memory to be written, or stays there.
  size_t block_bytes = 0;   ///< The pool is cut into these.
};

/// `memory_bytes` is what the shuffle may take, `expected_bytes` what the inputs
/// hold decoded, 0 if nobody knows.
Sizing ChooseSizing(uint64_t memory_bytes, int threads, uint64_t expected_bytes, size_t streams);

/// The same for a number of cells that is given.
Sizing SizingForCells(uint64_t memory_bytes, int threads, size_t cells);

/// What it takes to sort a cell and to put its output together.
uint64_t GatherBytes(const CellTotals& cell);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SIZING_H_
