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

/// Segments texts with the Unigram model of counted pieces, p = count / sum of counts, and
/// counts the parts.
///
///   CM_ASSIGN_OR_RETURN(auto counter, SegmentationCounter::Create(pieces, context));
///   CM_RETURN_IF_ERROR(counter.Count(texts));
///   CM_RETURN_IF_ERROR(counter.AddCounts(&pieces));   // now the model has these counts
///
/// Uses the threads of the context, which must outlive it; counts do not depend on them.
/// Not thread-safe.
class SegmentationCounter {
 public:
  /// All single bytes are among the pieces, which are not kept. kResourceExhausted when the
  /// budget is too small.
  static absl::StatusOr<SegmentationCounter> Create(const PieceList& pieces, Context& context);

  /// Counts the parts of texts, each as often as the text.
  absl::Status Count(const std::vector<CountedPiece>& texts);
  absl::Status Count(const PieceList& texts);

  /// Adds the counts of parts, from the last change on, to those of the pieces, which are all
  /// that the model has.
  absl::Status AddCounts(PieceList* pieces) { return Update(nullptr, pieces); }
  /// Replaces the counts of the pieces, and drops those that were no part; required ones get
  /// the count 1.
  absl::Status ReplaceCounts(const RequiredPieces& required, PieceList* pieces) {
    return Update(&required, pieces);
  }

 private:
  class Worker;

  explicit SegmentationCounter(Context& context) : context_(context) {}

  absl::Status Load(const PieceList& pieces);
  /// Replaces counts if `required` is given, else adds.
  absl::Status Update(const RequiredPieces* required, PieceList* pieces);

  Context& context_;
  std::optional<PieceTrie> trie_;
  MemoryLease scores_lease_, counts_lease_;
  PieceScores scores_;
  std::vector<uint64_t> counts_;  // Of parts, by index.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_SEGMENTATION_COUNTER_H_
