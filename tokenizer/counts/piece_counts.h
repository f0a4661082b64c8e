#ifndef CORPUSMILL_TOKENIZER_COUNTS_PIECE_COUNTS_H_
#define CORPUSMILL_TOKENIZER_COUNTS_PIECE_COUNTS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/counts/count_runs.h"
#include "tokenizer/counts/counts_stream.h"
#include "tokenizer/counts/spill_barrier.h"

namespace corpusmill {

/// Counts byte strings: the pieces of a segmented corpus.
///
///   CM_ASSIGN_OR_RETURN(auto counts, PieceCounts::Create("/tmp", context));
///   CM_RETURN_IF_ERROR(counts->Add({{"the", 2}, {"mill", 1}}));   // from any thread
///   CM_RETURN_IF_ERROR(counts->Finish());
///   CM_ASSIGN_OR_RETURN(auto pieces, counts->Open());
///
/// A distinct string takes its bytes and 22 to 28 more. When the budget is used up, all strings are
/// written to a sorted run in `temp_dir`, and the tables are emptied. Results do not depend on
/// threads or on when tables are spilled.
class PieceCounts {
 public:
  using LocalCounts = absl::flat_hash_map<std::string_view, uint64_t>;

  /// `context` must outlive the counts.
  static absl::StatusOr<std::unique_ptr<PieceCounts>> Create(std::string temp_dir,
                                                             Context& context);

  /// Adds counts. Copies new strings. Thread-safe.
  absl::Status Add(const LocalCounts& counts);

  /// Frees memory by writing the tables to a run. Returns false if they are empty.
  absl::StatusOr<bool> Spill() { return barrier_.Spill(); }

  /// Ends counting. Call after the last Add. Uses the context's threads.
  absl::Status Finish();

  /// Opens all strings in order. May be called again, but only one stream may be open at a time.
  /// This object must outlive the stream. REQUIRES: Finish.
  absl::StatusOr<std::unique_ptr<CountStream>> Open() const;

  /// Number of spilled runs, and their size on disk.
  uint64_t runs() const { return runs_->added(); }
  uint64_t run_bytes() const { return runs_->written_bytes(); }

 private:
  static constexpr size_t kShards = 64;

  /// A string and its count in a block of a shard: 8 bytes of the count, 4 of the length,
  /// then the bytes.
  class Entry {
   public:
    static constexpr size_t kHeaderBytes = 12;
    explicit Entry(char* at) : at_(at) {}
    uint64_t count() const;
    std::string_view bytes() const;
    void set_count(uint64_t count);
    void Fill(std::string_view bytes, uint64_t count);

   private:
    char* at_;
  };

  /// A slot of a shard: the address of an entry, with 16 bits of its hash above; 0 if empty.
  using Slot = uint64_t;

  struct Shard {
    std::mutex mutex;
    std::vector<Slot> slots;  // Open addressing; a sorted list after Sort.
    size_t size = 0;
    /// Memory of the entries, and the free part of the last block.
    std::vector<std::unique_ptr<char[]>> blocks;
    char* free = nullptr;
    size_t free_bytes = 0;
    uint64_t block_bytes = 0;
    MemoryLease lease;
  };
  class ShardStream;

  explicit PieceCounts(Context& context);
  static Entry EntryOf(Slot slot) { return Entry(reinterpret_cast<char*>(slot << 16 >> 16)); }
  absl::Status AddOne(std::string_view bytes, uint64_t count);
  absl::Status Grow(Shard& shard);
  absl::Status ReserveBytes(Shard& shard, size_t bytes);
  static void Sort(Shard& shard);
  std::unique_ptr<CountStream> OpenShards() const;
  absl::StatusOr<bool> WriteRun();

  Context& context_;
  std::unique_ptr<std::array<Shard, kShards>> shards_;
  std::unique_ptr<CountRuns> runs_;
  SpillBarrier barrier_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_PIECE_COUNTS_H_
