#ifndef CORPUSMILL_TOKENIZER_PRUNE_PIECE_LIST_H_
#define CORPUSMILL_TOKENIZER_PRUNE_PIECE_LIST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "corpus/base/memory.h"
#include "tokenizer/counts/counts_stream.h"

namespace corpusmill {

/// A byte string and its count.
struct CountedPiece {
  std::string_view bytes;
  uint64_t count;
};

/// Counted byte strings in ascending order, in memory, front-coded as blocks of a CountWriter: a
/// string takes the bytes after its common prefix with the previous one, and about two more.
///
///   PieceList list(context.memory());
///   CM_RETURN_IF_ERROR(list.Add({"mill", 3}));   // ascending
///   CM_RETURN_IF_ERROR(list.Finish());
///   CM_RETURN_IF_ERROR(list.ForEach([&](const CountedPiece& piece) { … }));
///
/// The budget must outlive the list. kResourceExhausted if it is too small. Reads are thread-safe
/// after Finish.
class PieceList {
 public:
  using Use = absl::FunctionRef<absl::Status(const CountedPiece&)>;

  explicit PieceList(MemoryBudget& budget);
  PieceList(PieceList&&) noexcept;
  PieceList& operator=(PieceList&&) noexcept;
  ~PieceList();

  /// REQUIRES: the bytes are above the previous ones, and the count is 1 to 2^63 - 1.
  absl::Status Add(const CountedPiece& piece);
  /// Ends the list. Call after the last Add.
  absl::Status Finish();

  size_t size() const { return size_; }
  /// Number of blocks, which can be read independently; about 10 kB each.
  size_t blocks() const { return blocks_.size(); }
  absl::Status ForEachOfBlock(size_t block, Use use) const;
  absl::Status ForEach(Use use) const;
  /// As ForEach, but frees each block after reading it and leaves the list empty.
  absl::Status Drain(Use use);

 private:
  struct Writer;

  absl::Status TakeBlock();

  MemoryLease lease_;
  std::unique_ptr<Writer> writer_;
  std::vector<std::string> blocks_;
  size_t size_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_PIECE_LIST_H_
