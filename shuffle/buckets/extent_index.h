#ifndef CORPUSMILL_SHUFFLE_BUCKETS_EXTENT_INDEX_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_EXTENT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shuffle/buckets/spill_codec.h"

namespace corpusmill {

/// Maps the logs of many buckets to extents in spill files. Takes 16 bytes per extent, as there
/// can be many millions. All extents of a log but the last are whole blocks. Not thread-safe.
class ExtentIndex {
 public:
  explicit ExtentIndex(size_t buckets) : buckets_(buckets) {}

  /// Appends an extent to the log of a bucket; SetStored sets its stored_bytes. Returns the index
  /// of the extent within the bucket.
  size_t Add(size_t bucket, const Extent& extent);
  /// Sets the stored size of extent `number` of a bucket.
  void SetStored(size_t bucket, size_t number, uint64_t stored_bytes);

  size_t size(size_t bucket) const { return buckets_[bucket].size(); }
  /// The extents of a bucket's log, in log order, up to `log_bytes` bytes.
  std::vector<Extent> Of(size_t bucket, uint64_t log_bytes) const;
  /// Removes the extents of a bucket. Returns the extents with known stored_bytes.
  std::vector<Extent> Remove(size_t bucket);

  /// The memory that all extents take.
  uint64_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Packed {
    uint64_t block : 48;  // Offset in the file, in blocks.
    uint64_t file : 16;
    uint32_t blocks;
    uint32_t stored_blocks;  // 0: unknown so far.
  };
  static Extent Unpacked(const Packed& packed);

  std::vector<std::vector<Packed>> buckets_;
  uint64_t memory_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_EXTENT_INDEX_H_
