#include "shuffle/sizing.h"

#include <algorithm>
#include <bit>

#include "corpus/block_file.h"
#include "shuffle/slice_reader.h"

namespace corpusmill {
namespace {

constexpr uint64_t kKiB = 1 << 10;
constexpr uint64_t kMiB = 1 << 20;

// Extents of this size are read at the full speed of a solid-state disk.
constexpr uint64_t kLeastExtentBytes = 256 * kKiB;
constexpr size_t kLeastCells = 64;
constexpr size_t kMostCells = 16 << 10;

}  // namespace

Sizing ChooseSizing(uint64_t memory_bytes, int threads, uint64_t expected_bytes, size_t streams) {
  Sizing sizing;
  const uint64_t lanes = 2 * static_cast<uint64_t>(threads) + 2;
  sizing.slices_in_flight = static_cast<size_t>(lanes - 2);
  // A slice in flight takes four to five times its size: see SliceReader and RunBuilder.
  sizing.slice_bytes =
      RoundDownToBlock(std::clamp<uint64_t>(memory_bytes / (20 * lanes), 32 * kKiB, kMiB));
  sizing.slice_records = sizing.slice_bytes / 32;
  const uint64_t reserve =
      lanes * 5 * sizing.slice_bytes + std::clamp<uint64_t>(memory_bytes / 8, 2 * kMiB, 48 * kMiB);
  const uint64_t pool = memory_bytes > reserve + 4 * kMiB ? memory_bytes - reserve : 4 * kMiB;

  // Records and their overhead; compressed temporary data is not counted on.
  const bool fits = expected_bytes > 0 && expected_bytes + expected_bytes / 8 < pool / 8 * 7;
  uint64_t cells;
  if (fits) {
    cells = expected_bytes / kMiB;  // A cell is sorted within the processor's cache.
  } else if (expected_bytes > 0) {
    cells = expected_bytes / (memory_bytes / 16);  // Several cells are worked on side by side.
  } else {
    cells = 256;
  }
  if (!fits) cells = std::min(cells, pool / (2 * kLeastExtentBytes));
  cells = std::clamp<uint64_t>(cells, kLeastCells, kMostCells);
  sizing.cells = std::max<size_t>(cells, streams);
  // Half of every cell's last block is empty: an eighth of the pool at most.
  sizing.block_bytes =
      std::bit_floor(std::clamp<uint64_t>(pool / (8 * sizing.cells), kBlockAlignment, 64 * kKiB));
  sizing.pool_bytes = std::max<uint64_t>(pool, 4 * sizing.cells * sizing.block_bytes) /
                      sizing.block_bytes * sizing.block_bytes;
  return sizing;
}

uint64_t GatherBytes(const CellTotals& cell) {
  // The log, the index with the buckets to sort it, and the output, in which giants
  // are not.
  return RoundUpToBlock(cell.log_bytes) + cell.records * 19 + (64 << 10) +
         std::min(cell.record_bytes, cell.log_bytes);
}

}  // namespace corpusmill
