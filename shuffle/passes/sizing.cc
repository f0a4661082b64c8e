#include "shuffle/passes/sizing.h"

#include <algorithm>
#include <bit>

#include "corpus/io/block_file.h"
#include "shuffle/passes/slice_reader.h"

namespace corpusmill {
namespace {

constexpr uint64_t kKiB = 1 << 10;
constexpr uint64_t kMiB = 1 << 20;

// A solid-state disk reads extents of this size at full speed.
constexpr uint64_t kGoodExtentBytes = 256 * kKiB;
// A solid-state disk reads extents of this size at half speed.
constexpr uint64_t kLeastExtentBytes = 64 * kKiB;
constexpr size_t kLeastBuckets = 64;
constexpr size_t kMostBuckets = 16 << 10;

}  // namespace

Sizing SizingForBuckets(uint64_t memory_bytes, int threads, size_t buckets) {
  Sizing sizing;
  sizing.buckets = buckets;
  const uint64_t lanes = 2 * static_cast<uint64_t>(threads) + 2;
  sizing.slice_bytes =
      RoundDownToBlock(std::clamp<uint64_t>(memory_bytes / (20 * lanes), 32 * kKiB, kMiB));
  sizing.slice_records = sizing.slice_bytes / 32;
  const uint64_t buffer_bytes = SliceReader::BufferBytes(sizing.slice_bytes);
  const uint64_t in_flight_bytes =
      buffer_bytes + RunBuilder::MemoryBytes(buckets, sizing.slice_records, 2 * sizing.slice_bytes);
  sizing.slices_in_flight =
      static_cast<size_t>(std::clamp<uint64_t>(memory_bytes / 4 / in_flight_bytes, 2, lanes - 2));
  // Also covers decoders, and later an encoder, which runs beside the pool if everything fits.
  const uint64_t reserve = std::max(sizing.slices_in_flight * in_flight_bytes + 2 * buffer_bytes +
                                        std::clamp<uint64_t>(memory_bytes / 8, 4 * kMiB, 48 * kMiB),
                                    std::min(memory_bytes / 8 * 5, 14 * kMiB));
  const uint64_t pool = memory_bytes > reserve + 4 * kMiB ? memory_bytes - reserve : 4 * kMiB;
  // On average half of each bucket's last block is empty: at most an eighth of the pool.
  sizing.block_bytes =
      std::bit_floor(std::clamp<uint64_t>(pool / (8 * buckets), kBlockAlignment, 64 * kKiB));
  sizing.pool_bytes = std::max<uint64_t>(pool, 4 * buckets * sizing.block_bytes) /
                      sizing.block_bytes * sizing.block_bytes;
  return sizing;
}

Sizing ChooseSizing(uint64_t memory_bytes, int threads, uint64_t expected_bytes, size_t streams) {
  const uint64_t pool = SizingForBuckets(memory_bytes, threads, kLeastBuckets).pool_bytes;
  // The records with their overhead.
  const bool fits = expected_bytes > 0 && expected_bytes + expected_bytes / 8 < pool / 8 * 7;
  uint64_t buckets;
  if (fits) {
    buckets = expected_bytes / kMiB;  // Sorts each bucket within the processor's cache.
  } else if (expected_bytes > 0) {
    // Sorts several buckets in parallel if extents stay large, else fewer: splitting buckets
    // again would take longer than reading small extents.
    buckets = std::min(expected_bytes / (memory_bytes / 16), pool / (2 * kGoodExtentBytes));
    const uint64_t least = expected_bytes / (memory_bytes / 5);
    buckets = std::max(buckets, std::min(least, pool / (2 * kLeastExtentBytes)));
  } else {
    buckets = std::min<uint64_t>(256, pool / (2 * kGoodExtentBytes));
  }
  buckets = std::clamp<uint64_t>(buckets, kLeastBuckets, kMostBuckets);
  Sizing sizing = SizingForBuckets(memory_bytes, threads, std::max<size_t>(buckets, streams));
  sizing.fits = fits;
  return sizing;
}

uint64_t GatherBytes(const BucketTotals& bucket) {
  // The log, the index with its sorting bins, and the output without oversized records.
  return RoundUpToBlock(bucket.log_bytes) + bucket.records * 19 + (64 << 10) +
         std::min(bucket.record_bytes, bucket.log_bytes);
}

}  // namespace corpusmill
