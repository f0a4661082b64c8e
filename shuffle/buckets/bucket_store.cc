#include "shuffle/buckets/bucket_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr uint64_t kWriteBytes = 4 << 20;

}  // namespace

BucketStore::BucketStore(size_t buckets, BlockPool& pool, SpillFiles& files, Context& context)
    : pool_(pool),
      least_blocks_(pool.blocks() / 2),
      files_(files),
      context_(context),
      extents_lease_(context.memory().EmptyLease()),
      extents_(buckets),
      chains_(buckets) {}

BucketStore::~BucketStore() {
  // Pending writes still use the pool's blocks.
  files_.Wait().IgnoreError();
  for (const Chain& chain : chains_) {
    if (!chain.blocks.empty()) pool_.Give(chain.blocks);
  }
}

absl::Status BucketStore::Append(size_t bucket, std::string_view bytes,
                                 const BucketTotals& totals) {
  Chain& chain = chains_[bucket];
  chain.totals.Merge(totals);
  while (!bytes.empty()) {
    if (chain.blocks.empty() || chain.last_used == pool_.block_bytes()) {
      CM_ASSIGN_OR_RETURN(char* const block, TakeBlock());
      chain.blocks.push_back(block);
      chain.last_used = 0;
    }
    const size_t n = std::min(bytes.size(), pool_.block_bytes() - chain.last_used);
    std::memcpy(chain.blocks.back() + chain.last_used, bytes.data(), n);
    chain.last_used += n;
    bytes.remove_prefix(n);
  }
  return absl::OkStatus();
}

absl::StatusOr<char*> BucketStore::TakeBlock() {
  // The writer empties one part of the pool while Append fills another.
  const size_t least = std::max<size_t>(1, pool_.blocks() / (spilled_ ? 3 : 16));
  if (pool_.free_soon() < least) CM_RETURN_IF_ERROR(Spill());
  if (pool_.free_soon() == 0) {
    return MemoryError(absl::StrFormat(
        "%d blocks of memory are too few for %d parts of the order; try a larger --memory",
        pool_.blocks(), chains_.size()));
  }
  return pool_.Take();
}

absl::Status BucketStore::Spill() {
  spilled_ = true;
  size_t full_blocks = 0;
  for (const Chain& chain : chains_) full_blocks += FullBlocks(chain);
  // Spills half of the full blocks, from neighbouring buckets, which are freed together later.
  // The rotation picks the buckets that have waited longest.
  std::vector<size_t> buckets;
  for (size_t taken = 0; taken < (full_blocks + 1) / 2; turn_ = (turn_ + 1) % chains_.size()) {
    if (FullBlocks(chains_[turn_]) == 0) continue;
    taken += FullBlocks(chains_[turn_]);
    buckets.push_back(turn_);
  }
  std::sort(buckets.begin(), buckets.end());
  for (const size_t bucket : buckets) CM_RETURN_IF_ERROR(SpillChain(bucket, false));
  CM_RETURN_IF_ERROR(WriteBatch());
  return NoteWritten();
}

absl::Status BucketStore::ReserveExtent() {
  constexpr std::string_view kWhat = "the index of the temporary data";
  // A bucket's list of extents grows by a quarter, or by four extents.
  const uint64_t need = extents_.memory_bytes() + extents_.memory_bytes() / 4 + 64;
  if (need <= extents_lease_.bytes()) return absl::OkStatus();
  const uint64_t size = need + need / 8 + (1 << 10);
  if (extents_lease_.Resize(size, kWhat).ok()) return absl::OkStatus();
  // Takes the memory from the pool, down to half of the pool; extents become smaller.
  const size_t blocks =
      (size - extents_lease_.bytes() + pool_.block_bytes() - 1) / pool_.block_bytes();
  if (pool_.blocks() > blocks + std::max(least_blocks_, 3 * chains_.size())) pool_.Retire(blocks);
  return extents_lease_.Resize(size, kWhat);
}

absl::Status BucketStore::SpillChain(size_t bucket, bool with_last) {
  Chain& chain = chains_[bucket];
  const size_t keep = with_last ? 0 : 1;
  const size_t blocks = chain.blocks.size() - keep;
  const uint64_t bytes =
      blocks * pool_.block_bytes() - (with_last ? pool_.block_bytes() - chain.last_used : 0);
  CM_RETURN_IF_ERROR(ReserveExtent());
  CM_ASSIGN_OR_RETURN(const Extent extent, files_.Reserve(bytes));
  batch_.push_back({extent, bucket, extents_.Add(bucket, extent)});
  batch_bytes_ += RoundUpToBlock(bytes);
  uint64_t left = RoundUpToBlock(bytes);
  for (size_t i = 0; i < blocks; ++i) {
    const size_t size = std::min<uint64_t>(left, pool_.block_bytes());
    if (with_last && i + 1 == blocks) {
      std::memset(chain.blocks[i] + chain.last_used, 0, size - chain.last_used);
    }
    batch_parts_.emplace_back(chain.blocks[i], size);
    batch_blocks_.push_back(chain.blocks[i]);
    left -= size;
  }
  chain.blocks.erase(chain.blocks.begin(), chain.blocks.begin() + blocks);
  pool_.Expect(blocks);
  return batch_bytes_ >= kWriteBytes ? WriteBatch() : absl::OkStatus();
}

absl::Status BucketStore::WriteBatch() {
  if (batch_.empty()) return absl::OkStatus();
  const auto batch = std::make_shared<std::vector<Spilled>>(std::exchange(batch_, {}));
  std::vector<Extent*> extents;
  for (Spilled& spilled : *batch) extents.push_back(&spilled.extent);
  const absl::Status status =
      files_.Write(std::move(extents), std::exchange(batch_parts_, {}),
                   [this, blocks = std::exchange(batch_blocks_, {}), batch] {
                     {
                       std::lock_guard<std::mutex> lock(written_mutex_);
                       written_.insert(written_.end(), batch->begin(), batch->end());
                     }
                     pool_.Give(blocks, /*expected=*/true);
                   });
  batch_bytes_ = 0;
  files_.NextFile();
  return status;
}

absl::Status BucketStore::Drop(size_t bucket) {
  chains_[bucket].totals = {};
  return Free({bucket});
}

absl::Status BucketStore::NoteWritten() {
  std::vector<Spilled> written;
  {
    std::lock_guard<std::mutex> lock(written_mutex_);
    written.swap(written_);
  }
  std::vector<Extent> dropped;
  for (const auto& [extent, bucket, number] : written) {
    if (number < extents_.size(bucket)) {
      extents_.SetStored(bucket, number, extent.stored_bytes);
    } else {
      dropped.push_back(extent);
    }
  }
  return files_.Free(std::move(dropped));
}

absl::Status BucketStore::Finish() {
  if (!spilled_) return absl::OkStatus();
  for (size_t bucket = 0; bucket < chains_.size(); ++bucket) {
    if (!chains_[bucket].blocks.empty()) CM_RETURN_IF_ERROR(SpillChain(bucket, true));
  }
  CM_RETURN_IF_ERROR(WriteBatch());
  CM_RETURN_IF_ERROR(files_.Wait());
  return NoteWritten();
}

uint64_t BucketStore::ReadBytes(size_t bucket) const {
  return RoundUpToBlock(chains_[bucket].totals.log_bytes);
}

absl::Status BucketStore::ReadRuns(size_t bucket,
                                   const std::function<absl::Status(std::string_view)>& use) const {
  const Chain& chain = chains_[bucket];
  RunAssembler runs(use);
  CM_RETURN_IF_ERROR(files_.ReadChunks(
      extents(bucket), [&runs](std::string_view chunk) { return runs.Add(chunk); }));
  for (char* const block : chain.blocks) {
    CM_RETURN_IF_ERROR(runs.Add({block, BlockSize(chain, block)}));
  }
  return runs.End();
}

absl::Status BucketStore::Read(size_t bucket, char* buffer,
                               std::vector<std::string_view>* logs) const {
  const Chain& chain = chains_[bucket];
  *logs = {{buffer, chain.totals.log_bytes}};
  // All extents but the last are whole blocks, so each begins where the one before ends.
  for (const Extent& extent : extents(bucket)) {
    CM_RETURN_IF_ERROR(files_.Read(extent, buffer));
    buffer += extent.bytes;
  }
  for (char* const block : chain.blocks) {
    const size_t size = BlockSize(chain, block);
    std::memcpy(buffer, block, size);
    buffer += size;
  }
  return absl::OkStatus();
}

absl::Status BucketStore::Free(const std::vector<size_t>& buckets) {
  std::vector<Extent> extents;
  for (const size_t bucket : buckets) {
    Chain& chain = chains_[bucket];
    if (!chain.blocks.empty()) pool_.Give(std::exchange(chain.blocks, {}));
    const std::vector<Extent> freed = extents_.Remove(bucket);
    extents.insert(extents.end(), freed.begin(), freed.end());
  }
  return files_.Free(std::move(extents));
}

}  // namespace corpusmill
