#ifndef CORPUSMILL_TOKENIZER_PRUNE_SEGMENTATION_COUNTER_H_
#define CORPUSMILL_TOKENIZER_PRUNE_SEGMENTATION_COUNTER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/prune/piece_list.h"
#include "tokenizer/prune/piece_trie.h"
#include "tokenizer/prune/required_pieces.h"
#include "tokenizer/prune/viterbi.h"

namespace corpusmill {

/// Segments texts with the Unigram model of counted pieces, p = count / sum of counts, and counts
/// the pieces of the segmentations.
///
///   CM_ASSIGN_OR_RETURN(auto counter, SegmentationCounter::Create(pieces, context));
///   CM_RETURN_IF_ERROR(counter.Count(texts));
///   CM_RETURN_IF_ERROR(counter.AddCounts(&pieces));   // now the model has these counts
///
/// Uses the threads of the context, which must outlive the counter. Results do not depend on the
/// number of threads. Not thread-safe.
class SegmentationCounter {
 public:
  /// REQUIRES: the pieces include all single bytes. Keeps no reference to them. kResourceExhausted
  /// if the budget is too small.
  static absl::StatusOr<SegmentationCounter> Create(const PieceList& pieces, Context& context);

  /// Segments texts and counts their pieces, each times the count of the text.
  absl::Status Count(const std::vector<CountedPiece>& texts);
  absl::Status Count(const PieceList& texts);

  /// Adds the counts since the last update to the counts of `pieces`, and resets them. REQUIRES:
  /// `pieces` are the pieces of the model.
  absl::Status AddCounts(PieceList* pieces) { return Update(nullptr, pieces); }
  /// Replaces the counts of the pieces, and drops pieces without counts; required ones get the
  /// count 1.
  absl::Status ReplaceCounts(const RequiredPieces& required, PieceList* pieces) {
    return Update(&required, pieces);
  }

 private:
  class Worker;

  explicit SegmentationCounter(Context& context) : context_(context) {}

  absl::Status Load(const PieceList& pieces);
  /// Replaces counts if `required` is given, else adds to them.
  absl::Status Update(const RequiredPieces* required, PieceList* pieces);

  Context& context_;
  std::optional<PieceTrie> trie_;
  MemoryLease scores_lease_, counts_lease_;
  PieceScores scores_;
  std::vector<uint64_t> counts_;  // By index in the trie.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_SEGMENTATION_COUNTER_H_
