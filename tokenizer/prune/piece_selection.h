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

/// Which pieces stay when there are too many: required ones, then the frequent, of these the
/// long, of these the first in the order of bytes.
///
///   CM_ASSIGN_OR_RETURN(const PieceSelection best,
///                       PieceSelection::Of(list, 32000, required, budget));
///   if (best.Has(piece)) …
///
/// Found without sorting: only different counts are held. Immutable, hence thread-safe.
class PieceSelection {
 public:
  /// The first `size` of a list. REQUIRES: required pieces, which must outlive it, are as
  /// many at most, and the list is longer. kResourceExhausted when the budget is too small.
  static absl::StatusOr<PieceSelection> Of(const PieceList& pieces, size_t size,
                                           const RequiredPieces& required, MemoryBudget& budget);

  /// Whether a piece of that list is one of them.
  bool Has(const CountedPiece& piece) const {
    if (piece.count > count_ || required_->Has(piece.bytes)) return true;
    if (piece.count < count_ || piece.bytes.size() < length_) return false;
    return piece.bytes.size() > length_ || piece.bytes <= last_;
  }

 private:
  explicit PieceSelection(const RequiredPieces& required) : required_(&required) {}

  const RequiredPieces* required_;
  /// The last of the others that stays.
  uint64_t count_ = UINT64_MAX;
  size_t length_ = 0;
  std::string last_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_PIECE_SELECTION_H_
