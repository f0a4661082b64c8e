#include "shuffle/buckets/extent_index.h"

#include <algorithm>
#include <utility>

#include "corpus/io/block_file.h"

namespace corpusmill {

size_t ExtentIndex::Add(size_t bucket, const Extent& extent) {
  std::vector<Packed>& bucket_extents = buckets_[bucket];
  if (bucket_extents.size() == bucket_extents.capacity()) {
    // Grows by a quarter instead of doubling, to save memory.
    const size_t before = bucket_extents.capacity();
    bucket_extents.reserve(before + before / 4 + 4);
    memory_bytes_ += (bucket_extents.capacity() - before) * sizeof(Packed);
  }
  bucket_extents.push_back(
      {.block = extent.offset / kBlockAlignment,
       .file = extent.file,
       .blocks = static_cast<uint32_t>(RoundUpToBlock(extent.bytes) / kBlockAlignment),
       .stored_blocks = 0});
  return bucket_extents.size() - 1;
}

void ExtentIndex::SetStored(size_t bucket, size_t number, uint64_t stored_bytes) {
  buckets_[bucket][number].stored_blocks =
      static_cast<uint32_t>(RoundUpToBlock(stored_bytes) / kBlockAlignment);
}

Extent ExtentIndex::Unpacked(const Packed& packed) {
  return {.file = static_cast<uint32_t>(packed.file),
          .offset = packed.block * kBlockAlignment,
          .bytes = uint64_t{packed.blocks} * kBlockAlignment,
          .stored_bytes = uint64_t{packed.stored_blocks} * kBlockAlignment};
}

std::vector<Extent> ExtentIndex::Of(size_t bucket, uint64_t log_bytes) const {
  std::vector<Extent> extents;
  extents.reserve(buckets_[bucket].size());
  for (const Packed& packed : buckets_[bucket]) {
    Extent& extent = extents.emplace_back(Unpacked(packed));
    if (extent.bytes > log_bytes) {
      const bool is_plain = !extent.is_compressed();
      extent.bytes = log_bytes;
      if (is_plain) extent.stored_bytes = log_bytes;
    }
    log_bytes -= extent.bytes;
  }
  return extents;
}

std::vector<Extent> ExtentIndex::Remove(size_t bucket) {
  std::vector<Extent> extents;
  for (const Packed& packed : buckets_[bucket]) {
    if (packed.stored_blocks > 0) extents.push_back(Unpacked(packed));
  }
  memory_bytes_ -= buckets_[bucket].capacity() * sizeof(Packed);
  buckets_[bucket] = {};
  return extents;
}

}  // namespace corpusmill
