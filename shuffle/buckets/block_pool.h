#ifndef CORPUSMILL_SHUFFLE_BUCKETS_BLOCK_POOL_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_BLOCK_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/memory.h"
#include "corpus/io/block_file.h"

namespace corpusmill {

/// A pool of aligned memory blocks of one size. Creation charges the budget for the whole pool;
/// a block takes system memory from its first use on. Thread-safe.
class BlockPool {
 public:
  /// REQUIRES: block_bytes is a multiple of kBlockAlignment, bytes a multiple of block_bytes.
  static absl::StatusOr<std::unique_ptr<BlockPool>> Create(uint64_t bytes, size_t block_bytes,
                                                           Context& context);

  size_t block_bytes() const { return block_bytes_; }
  size_t blocks() const;
  size_t free_blocks() const;
  /// The free blocks and the expected blocks.
  size_t free_soon() const;

  /// Takes a free block; waits if there is none. REQUIRES: a block is free or will be given back.
  char* Take();
  /// Announces that `blocks` blocks will be given back with `expected`.
  void Expect(size_t blocks);
  void Give(const std::vector<char*>& blocks, bool expected = false);

  /// Returns the memory of `blocks` blocks to the budget and the system for good: free blocks
  /// first, then the next blocks that are given back.
  void Retire(size_t blocks);
  /// Returns the memory of blocks that were never taken to the budget. No block may be taken
  /// afterwards.
  void Shrink();

 private:
  BlockPool(MemoryLease lease, AlignedBuffer buffer, size_t block_bytes)
      : lease_(std::move(lease)),
        buffer_(std::move(buffer)),
        block_bytes_(block_bytes),
        end_(buffer_.size() / block_bytes) {}
  size_t FreeBlocks() const { return free_.size() + end_ - untouched_; }
  void RetireBlock(char* block);

  MemoryLease lease_;
  AlignedBuffer buffer_;
  const size_t block_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable given_;
  size_t untouched_ = 0;  // Index of the first block that was never taken.
  size_t end_;            // End index of the blocks that may be taken.
  size_t retired_ = 0;    // Retired blocks before end_.
  size_t to_retire_ = 0;  // Blocks to retire when they are given back.
  std::vector<char*> free_;
  size_t expected_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_BLOCK_POOL_H_
