#include "shuffle/buckets/block_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<std::unique_ptr<BlockPool>> BlockPool::Create(uint64_t bytes, size_t block_bytes,
                                                             Context& context) {
  CM_ASSIGN_OR_RETURN(MemoryLease lease, context.memory().Take(bytes, "shuffling"));
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(bytes));
  return std::unique_ptr<BlockPool>(
      new BlockPool(std::move(lease), std::move(buffer), block_bytes));
}

size_t BlockPool::blocks() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return end_ - retired_ - to_retire_;
}

size_t BlockPool::free_blocks() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return FreeBlocks();
}

size_t BlockPool::free_soon() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return FreeBlocks() + expected_ - std::min(expected_, to_retire_);
}

void BlockPool::Retire(size_t blocks) {
  std::lock_guard<std::mutex> lock(mutex_);
  lease_.Resize(lease_.bytes() - blocks * block_bytes_, "shuffling").IgnoreError();
  const size_t never_taken = std::min(blocks, end_ - untouched_);
  end_ -= never_taken;
  blocks -= never_taken;
  for (; blocks > 0 && !free_.empty(); --blocks) {
    RetireBlock(free_.back());
    free_.pop_back();
  }
  to_retire_ += blocks;
}

void BlockPool::RetireBlock(char* block) {
  madvise(block, block_bytes_, MADV_DONTNEED);
  ++retired_;
}

void BlockPool::Expect(size_t blocks) {
  std::lock_guard<std::mutex> lock(mutex_);
  expected_ += blocks;
}

char* BlockPool::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (free_.empty() && untouched_ < end_) {
    return buffer_.data() + untouched_++ * block_bytes_;
  }
  given_.wait(lock, [this] { return !free_.empty(); });
  char* const block = free_.back();
  free_.pop_back();
  return block;
}

void BlockPool::Shrink() {
  std::lock_guard<std::mutex> lock(mutex_);
  lease_.Resize((untouched_ - retired_) * block_bytes_, "shuffling")
      .IgnoreError();  // Shrinking never fails.
}

void BlockPool::Give(const std::vector<char*>& blocks, bool expected) {
  if (blocks.empty()) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (char* const block : blocks) {
      if (to_retire_ > 0) {
        --to_retire_;
        RetireBlock(block);
      } else {
        free_.push_back(block);
      }
    }
    if (expected) expected_ -= blocks.size();
  }
  given_.notify_all();
}

}  // namespace corpusmill
