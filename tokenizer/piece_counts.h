#ifndef CORPUSMILL_TOKENIZER_PIECE_COUNTS_H_
#define CORPUSMILL_TOKENIZER_PIECE_COUNTS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/memory.h"

namespace corpusmill {

/// A byte string held by a PieceCounts, and how often it was counted.
struct CountedPiece {
  std::string_view bytes;
  uint64_t count;
};

/// Counts of byte strings: the words that segmenting a corpus gives.
///
///   PieceCounts counts(context.memory());
///   CM_RETURN_IF_ERROR(counts.Add({{"the", 2}, {"mill", 1}}));   // from any thread
///   CM_ASSIGN_OR_RETURN(std::vector<CountedPiece> pieces, counts.Sorted());
///
/// A distinct string takes its bytes and 28 to 57 more, charged to the budget.
/// The result does not depend on which thread adds what when.
class PieceCounts {
 public:
  using LocalCounts = absl::flat_hash_map<std::string_view, uint64_t>;

  explicit PieceCounts(MemoryBudget& budget);

  /// Adds counts. Copies strings that are new. Thread-safe.
  absl::Status Add(const LocalCounts& counts);

  /// All strings in the order of their bytes. They live as long as this object.
  absl::StatusOr<std::vector<CountedPiece>> Sorted();

 private:
  static constexpr size_t kShards = 64;

  struct Shard {
    std::mutex mutex;
    absl::flat_hash_map<std::string_view, uint64_t> counts;
    /// Blocks that the strings are copied to, and what is left of the last.
    std::vector<std::unique_ptr<char[]>> blocks;
    char* free = nullptr;
    size_t free_bytes = 0;
    size_t block_bytes = 0;
    MemoryLease lease;
  };

  absl::Status AddOne(Shard& shard, std::string_view bytes, uint64_t count);
  absl::Status ReserveOne(Shard& shard, size_t bytes);

  MemoryBudget& budget_;
  MemoryLease sorted_lease_;
  std::unique_ptr<std::array<Shard, kShards>> shards_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PIECE_COUNTS_H_
