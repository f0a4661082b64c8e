#ifndef CORPUSMILL_SHUFFLE_CELL_STORE_H_
#define CORPUSMILL_SHUFFLE_CELL_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/block_file.h"
#include "corpus/context.h"
#include "shuffle/block_pool.h"
#include "shuffle/cell_log.h"
#include "shuffle/cell_source.h"
#include "shuffle/spill_files.h"

namespace corpusmill {

/// The logs of many cells, in memory as long as they fit in the pool, then in
/// spill files: whenever little is free, the longest are written in extents.
///
///   CellStore store(256, *pool, files, context);
///   CM_RETURN_IF_ERROR(store.Append(17, run, totals));
///   CM_RETURN_IF_ERROR(store.Finish());
///   CM_RETURN_IF_ERROR(store.Read(17, buffer, &logs));
///
/// Append, Drop and Finish are for one thread; then it is a CellSource.
class CellStore final : public CellSource {
 public:
  /// `pool` must outlive Finish, or the store if nothing was spilled. `files` must
  /// outlive the store.
  CellStore(size_t cells, BlockPool& pool, SpillFiles& files, Context& context);
  ~CellStore() override;
  CellStore(const CellStore&) = delete;
  CellStore& operator=(const CellStore&) = delete;

  /// Finish will write everything to disk, though it may fit.
  void SpillAlways() { spilled_ = true; }

  absl::Status Append(size_t cell, std::string_view bytes, const CellTotals& totals);

  /// Forgets the log of a cell: nobody will ask for it.
  absl::Status Drop(size_t cell);

  /// No more is appended. If anything was spilled, the rest is, too, and the pool is
  /// not used any more.
  absl::Status Finish();

  size_t cells() const { return chains_.size(); }
  bool spilled() const { return spilled_; }
  /// Where the log of a cell lies on disk. After Finish, if spilled.
  const std::vector<Extent>& extents(size_t cell) const { return chains_[cell].extents; }

  const CellTotals& totals(size_t cell) const override { return chains_[cell].totals; }
  uint64_t ReadBytes(size_t cell) const override;
  absl::Status Read(size_t cell, char* buffer, std::vector<std::string_view>* logs) const override;
  absl::Status ReadRuns(
      size_t cell, const std::function<absl::Status(std::string_view run)>& use) const override;
  absl::Status Free(const std::vector<size_t>& cells) override;

 private:
  struct Chain {
    std::vector<Extent> extents;  // The beginning of the log…
    std::vector<char*> blocks;    // …and the rest, all full but the last.
    size_t last_used = 0;         // Bytes of the last block.
    CellTotals totals;
  };
  size_t BlockSize(const Chain& chain, const char* block) const {
    return block == chain.blocks.back() ? chain.last_used : pool_.block_bytes();
  }
  static size_t FullBlocks(const Chain& chain) {
    return chain.blocks.empty() ? 0 : chain.blocks.size() - 1;
  }
  absl::StatusOr<char*> TakeBlock();
  /// Writes half of the blocks that are full, so that they become free.
  absl::Status Spill();
  absl::Status SpillChain(Chain& chain, bool with_last);
  absl::Status WriteBatch();

  BlockPool& pool_;
  SpillFiles& files_;
  Context& context_;
  MemoryLease extents_lease_;
  size_t extents_ = 0;
  std::vector<Chain> chains_;
  bool spilled_ = false;
  size_t turn_ = 0;  // The cell that Spill begins with.
  // Blocks on their way to disk, in the order of the file.
  Extent batch_;
  std::vector<std::string_view> batch_parts_;
  std::vector<char*> batch_blocks_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_CELL_STORE_H_
