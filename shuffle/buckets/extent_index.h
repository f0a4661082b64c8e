#ifndef CORPUSMILL_SHUFFLE_BUCKETS_EXTENT_INDEX_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_EXTENT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shuffle/buckets/spill_codec.h"

namespace corpusmill {

/// Where the logs of many buckets lie in spill files: 16 bytes for each extent, as there can
/// be many millions. All extents of a log but the last are whole blocks. Not thread-safe.
class ExtentIndex {
 public:
  explicit ExtentIndex(size_t buckets) : buckets_(buckets) {}

  /// Appends an extent to the log of a bucket; its stored_bytes come later. Gives its number
  /// among those of the bucket.
  size_t Add(size_t bucket, const Extent& extent);
  /// Sets the stored size of a written extent.
  void SetStored(size_t bucket, size_t number, uint64_t stored_bytes);

  size_t size(size_t bucket) const { return buckets_[bucket].size(); }
  /// The extents of a log of so many bytes, as far as they hold it, in its order.
  std::vector<Extent> Of(size_t bucket, uint64_t log_bytes) const;
  /// Forgets the extents of a bucket. Gives those of which stored_bytes is known.
  std::vector<Extent> Remove(size_t bucket);

  /// The memory that all extents take.
  uint64_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Packed {
    uint64_t block : 48;  // In the file.
    uint64_t file : 16;
    uint32_t blocks;
    uint32_t stored_blocks;  // 0: not known yet.
  };
  static Extent Unpacked(const Packed& packed);

  std::vector<std::vector<Packed>> buckets_;
  uint64_t memory_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_EXTENT_INDEX_H_
