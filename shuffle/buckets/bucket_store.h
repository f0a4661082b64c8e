#ifndef CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_STORE_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/block_file.h"
#include "shuffle/buckets/block_pool.h"
#include "shuffle/buckets/bucket_log.h"
#include "shuffle/buckets/bucket_source.h"
#include "shuffle/buckets/extent_index.h"
#include "shuffle/buckets/spill_files.h"

namespace corpusmill {

/// The logs of many buckets: in memory while they fit in the pool, then in spill files.
/// When free blocks run low, half of the full blocks are written as extents.
///
///   BucketStore store(256, *pool, files, context);
///   CM_RETURN_IF_ERROR(store.Append(17, run, totals));
///   CM_RETURN_IF_ERROR(store.Finish());
///   CM_RETURN_IF_ERROR(store.Read(17, buffer, &logs));
///
/// One thread calls Append, Drop and Finish; after Finish the store is a BucketSource.
class BucketStore final : public BucketSource {
 public:
  /// `pool` must outlive Finish, and the store if nothing was spilled. `files` must outlive the
  /// store.
  BucketStore(size_t buckets, BlockPool& pool, SpillFiles& files, Context& context);
  ~BucketStore() override;
  BucketStore(const BucketStore&) = delete;
  BucketStore& operator=(const BucketStore&) = delete;

  /// Makes Finish write everything to disk, even if it fits in memory.
  void SpillAlways() { spilled_ = true; }

  absl::Status Append(size_t bucket, std::string_view bytes, const BucketTotals& totals);

  /// Discards the log of a bucket that will not be read.
  absl::Status Drop(size_t bucket);

  /// Ends appending. If anything was spilled, spills the rest and stops using the pool.
  absl::Status Finish();

  size_t buckets() const { return chains_.size(); }
  bool spilled() const { return spilled_; }
  /// The extents of a bucket's log on disk. REQUIRES: Finish was called, and spilled().
  std::vector<Extent> extents(size_t bucket) const {
    return extents_.Of(bucket, chains_[bucket].totals.log_bytes);
  }

  const BucketTotals& totals(size_t bucket) const override { return chains_[bucket].totals; }
  uint64_t ReadBytes(size_t bucket) const override;
  absl::Status Read(size_t bucket, char* buffer,
                    std::vector<std::string_view>* logs) const override;
  absl::Status ReadRuns(
      size_t bucket, const std::function<absl::Status(std::string_view run)>& use) const override;
  absl::Status Free(const std::vector<size_t>& buckets) override;

 private:
  struct Chain {
    std::vector<char*> blocks;  // Follow the spilled extents; all full but the last.
    size_t last_used = 0;       // Bytes used in the last block.
    BucketTotals totals;
  };
  size_t BlockSize(const Chain& chain, const char* block) const {
    return block == chain.blocks.back() ? chain.last_used : pool_.block_bytes();
  }
  static size_t FullBlocks(const Chain& chain) {
    return chain.blocks.empty() ? 0 : chain.blocks.size() - 1;
  }
  absl::StatusOr<char*> TakeBlock();
  /// Writes half of the full blocks to free them.
  absl::Status Spill();
  absl::Status SpillChain(size_t bucket, bool with_last);
  absl::Status WriteBatch();
  /// Reserves memory for one more extent in the index.
  absl::Status ReserveExtent();
  /// Records the extents written since the last call; frees those of dropped buckets.
  absl::Status NoteWritten();

  BlockPool& pool_;
  const size_t least_blocks_;  // The pool keeps at least these; the index may take the others.
  SpillFiles& files_;
  Context& context_;
  MemoryLease extents_lease_;
  ExtentIndex extents_;
  std::vector<Chain> chains_;
  bool spilled_ = false;
  size_t turn_ = 0;  // The bucket at which Spill starts.
  // The batch to be written: consecutive extents and their contents.
  struct Spilled {
    Extent extent;
    size_t bucket;
    size_t number;  // Index in extents_ of the bucket.
  };
  std::vector<Spilled> batch_;
  uint64_t batch_bytes_ = 0;
  std::vector<std::string_view> batch_parts_;
  std::vector<char*> batch_blocks_;
  std::mutex written_mutex_;
  std::vector<Spilled> written_;  // Filled by the threads of files_.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_STORE_H_
