#ifndef CORPUSMILL_TOKENIZER_PRUNE_PRUNING_H_
#define CORPUSMILL_TOKENIZER_PRUNE_PRUNING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/counts/counts_stream.h"
#include "tokenizer/model/model.h"
#include "tokenizer/prune/piece_list.h"

namespace corpusmill {

struct PruningOptions {
  /// The 256 single bytes and the implicit symbols.
  static constexpr uint64_t kMinVocabSize = 256 + Model::kFirstPieceId;
  static constexpr uint64_t kMaxVocabSize = 0x7FFFFFFF;

  /// Largest sizes wanted, the implicit symbols included, in descending order,
  /// each at least kMinVocabSize.
  std::vector<uint64_t> vocab_sizes;
  uint64_t max_piece_length_bytes = 36;
  /// Pieces of two or more bytes counted less often are dropped.
  uint64_t min_count = 2;
  /// Begins with no more pieces of two or more bytes than so many times the largest size, the
  /// most frequent, all of a count or none (of large counts: of about the same); but never with
  /// fewer than that size if there are so many. 0 begins with all.
  uint64_t candidates_per_piece = 0;
  /// Pieces of two or more bytes that are kept as single bytes are, and added where missing, in
  /// ascending order. One that loses all of its count has the count 1.
  std::vector<std::string> required_pieces;
};

/// kInvalidArgument naming the size that is not in kMinVocabSize to kMaxVocabSize.
absl::Status ValidateVocabSizes(const std::vector<uint64_t>& vocab_sizes);

struct PruningResult {
  /// One for each of vocab_sizes, in their order.
  std::vector<Model> models;
  /// Strings that there were, of which PruneCounts makes pieces.
  uint64_t pieces_found = 0;
  /// Pieces that were left before any vocabulary size was applied.
  uint64_t pieces_kept = 0;
  /// Times that all pieces were segmented anew.
  uint64_t rounds = 0;
};

/// Makes vocabularies of counted byte strings. What is too rare, too long or too
/// much is segmented with the Unigram model of what stays, its count going to
/// the parts; then every piece is, until none loses all of its count.
///
///   CM_ASSIGN_OR_RETURN(PruningResult result,
///                       PrunePieces(counts, {.vocab_sizes = {32000}}, context));
///
/// A byte that is missing among `pieces` is added with count 1. Pieces must be
/// distinct, not empty, and counted at least once; order does not matter.
/// kDataLoss when the pieces stand for 2^63 bytes or more, each as often as counted.
absl::StatusOr<PruningResult> PrunePieces(std::vector<CountedPiece> pieces,
                                          const PruningOptions& options, Context& context);

/// Opens counted strings in ascending order, the same at each call.
using OpenCounts = std::function<absl::StatusOr<std::unique_ptr<CountStream>>()>;

/// The same of more strings than fit in memory: only those that are frequent and short
/// enough are held, at some 30 to 45 bytes each. Opens them two or three times.
absl::StatusOr<PruningResult> PruneCounts(const OpenCounts& open, const PruningOptions& options,
                                          Context& context);

/// Makes smaller vocabularies of a model by the last step of PrunePieces alone: each
/// is what training would have made beside the model, byte for byte, had that size
/// been asked for too, and nothing else between.
///
///   CM_ASSIGN_OR_RETURN(PruningResult result, PruneModel(model, {8000, 4000}, context));
///
/// `vocab_sizes` as in PruningOptions, errors as of PrunePieces. A size that the model
/// fits into gives the model as it is, also where some of its pieces would lose all of
/// their count.
absl::StatusOr<PruningResult> PruneModel(const Model& model, std::vector<uint64_t> vocab_sizes,
                                         Context& context);

/// Makes vocabularies of words that were counted elsewhere, as the reference's
/// convert_to_bytepiece does: PrunePieces with min_count 1 and words of any length up to
/// Model::kMaxPieceBytes. A word that its parts stand for better gives them its count.
///
///   CM_ASSIGN_OR_RETURN(PruningResult result,
///                       PruneWords({{"mill", 90}, {"磨坊", 7}}, {}, context));
///
/// Words must be distinct, not empty, and counted at least once. Without `vocab_sizes`
/// one model of all that is left, else as in PruningOptions.
absl::StatusOr<PruningResult> PruneWords(const std::vector<Piece>& words,
                                         std::vector<uint64_t> vocab_sizes, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_PRUNING_H_
