#ifndef CORPUSMILL_TOKENIZER_PRUNE_PIECE_SELECTION_H_
#define CORPUSMILL_TOKENIZER_PRUNE_PIECE_SELECTION_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/memory.h"
#include "tokenizer/prune/piece_list.h"
#include "tokenizer/prune/required_pieces.h"

namespace corpusmill {

/// Selects the pieces to keep: required pieces first, then by descending count, then by descending
/// length, then by ascending bytes.
///
///   CM_ASSIGN_OR_RETURN(const PieceSelection best,
///                       PieceSelection::Of(list, 32000, required, budget));
///   if (best.Has(piece)) …
///
/// Found without sorting; holds only the distinct counts. Immutable, hence thread-safe.
class PieceSelection {
 public:
  /// Selects `size` pieces of a list. REQUIRES: at most `size` pieces are required, and the list is
  /// longer. `required` must outlive the selection. kResourceExhausted if the budget is too small.
  static absl::StatusOr<PieceSelection> Of(const PieceList& pieces, size_t size,
                                           const RequiredPieces& required, MemoryBudget& budget);

  /// True if a piece of that list is selected.
  bool Has(const CountedPiece& piece) const {
    if (piece.count > count_ || required_->Has(piece.bytes)) return true;
    if (piece.count < count_ || piece.bytes.size() < length_) return false;
    return piece.bytes.size() > length_ || piece.bytes <= last_;
  }

 private:
  explicit PieceSelection(const RequiredPieces& required) : required_(&required) {}

  const RequiredPieces* required_;
  /// The last selected piece that is not required.
  uint64_t count_ = UINT64_MAX;
  size_t length_ = 0;
  std::string last_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_PIECE_SELECTION_H_
