#include "shuffle/block_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "corpus/status.h"

namespace corpusmill {

absl::StatusOr<std::unique_ptr<BlockPool>> BlockPool::Create(uint64_t bytes, size_t block_bytes,
                                                             Context& context) {
  CM_ASSIGN_OR_RETURN(MemoryLease lease, context.memory().Take(bytes, "shuffling"));
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(bytes));
  // Fewer page faults and misses of the TLB; a system that refuses is as good.
  madvise(buffer.data(), buffer.size(), MADV_HUGEPAGE);
  return std::unique_ptr<BlockPool>(
      new BlockPool(std::move(lease), std::move(buffer), block_bytes));
}

size_t BlockPool::free_blocks() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return free_.size() + blocks() - untouched_;
}

size_t BlockPool::free_soon() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return free_.size() + blocks() - untouched_ + expected_;
}

void BlockPool::Expect(size_t blocks) {
  std::lock_guard<std::mutex> lock(mutex_);
  expected_ += blocks;
}

char* BlockPool::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (free_.empty() && untouched_ < blocks()) {
    PopulateAhead();
    return buffer_.data() + untouched_++ * block_bytes_;
  }
  given_.wait(lock, [this] { return !free_.empty(); });
  char* const block = free_.back();
  free_.pop_back();
  return block;
}

void BlockPool::PopulateAhead() {
#ifdef MADV_POPULATE_WRITE
  const size_t ahead_bytes = std::min<size_t>(32 << 20, buffer_.size() / 8);
  const size_t step_bytes = RoundUpToBlock(ahead_bytes / 4);
  while (populated_ < buffer_.size() && populated_ < untouched_ * block_bytes_ + ahead_bytes) {
    char* const at = buffer_.data() + populated_;
    const size_t size = std::min(step_bytes, buffer_.size() - populated_);
    populated_ += size;
    populating_.Submit([at, size] {
      madvise(at, size, MADV_POPULATE_WRITE);  // An old kernel does it later.
      return absl::OkStatus();
    });
  }
#endif
}

void BlockPool::Shrink() {
  std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t used = std::max(untouched_ * block_bytes_, populated_);
  lease_.Resize(used, "shuffling").IgnoreError();  // Less never fails.
}

void BlockPool::Give(const std::vector<char*>& blocks, bool expected) {
  if (blocks.empty()) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.insert(free_.end(), blocks.begin(), blocks.end());
    if (expected) expected_ -= blocks.size();
  }
  given_.notify_all();
}

}  // namespace corpusmill
