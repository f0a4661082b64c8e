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

/// A byte string and how often it was counted.
struct CountedPiece {
  std::string_view bytes;
  uint64_t count;
};

/// Counted byte strings in ascending order, in memory, as the blocks of a CountWriter: each
/// takes the bytes in which it differs from the one before, and two more or so.
///
///   PieceList list(context.memory());
///   CM_RETURN_IF_ERROR(list.Add({"mill", 3}));   // ascending
///   CM_RETURN_IF_ERROR(list.Finish());
///   CM_RETURN_IF_ERROR(list.ForEach([&](const CountedPiece& piece) { … }));
///
/// kResourceExhausted when the budget, which must outlive the
/// list, is too small. After Finish reads are thread-safe.
class PieceList {
 public:
  using Use = absl::FunctionRef<absl::Status(const CountedPiece&)>;

  explicit PieceList(MemoryBudget& budget);
  PieceList(PieceList&&) noexcept;
  PieceList& operator=(PieceList&&) noexcept;
  ~PieceList();

  /// REQUIRES: the bytes are above those before, and the count is 1 to 2^63 - 1.
  absl::Status Add(const CountedPiece& piece);
  /// After the last Add.
  absl::Status Finish();

  size_t size() const { return size_; }
  /// What can be read by itself: some ten kilobytes each.
  size_t blocks() const { return blocks_.size(); }
  absl::Status ForEachOfBlock(size_t block, Use use) const;
  absl::Status ForEach(Use use) const;
  /// As ForEach, each block being freed when it was read; leaves nothing.
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
