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

  /// Requested vocabulary sizes, upper limits, including the implicit special tokens. In descending
  /// order, each at least kMinVocabSize. See `fill`.
  std::vector<uint64_t> vocab_sizes;
  uint64_t max_piece_length_bytes = 36;
  /// Drops pieces of two or more bytes with a smaller count.
  uint64_t min_count = 2;
  /// Pruning starts from at most this many candidates of two or more bytes per piece of the largest
  /// size, the most frequent ones. Candidates of equal count (for large counts, about equal) are
  /// kept or dropped together. At least as many as the largest size are kept, if there are that
  /// many. 0: no limit.
  uint64_t candidates_per_piece = 0;
  /// Pieces of two or more bytes to keep in every vocabulary, in ascending order. Missing ones are
  /// added. One that loses all of its count gets the count 1.
  std::vector<std::string> required_pieces;
  /// Makes vocabularies of exactly the requested sizes: the next most frequent pieces of the next
  /// larger vocabulary, or of the candidates, replace pieces that lose all of their counts. A
  /// vocabulary stays smaller only if none is left that would keep its count. false: as BytePiece,
  /// which replaces none.
  bool fill = false;
};

/// kInvalidArgument, with the size, if one is not in kMinVocabSize to kMaxVocabSize.
absl::Status ValidateVocabSizes(const std::vector<uint64_t>& vocab_sizes);

struct PruningResult {
  /// One model for each of vocab_sizes, in the same order.
  std::vector<Model> models;
  /// Number of distinct strings in the input.
  uint64_t pieces_found = 0;
  /// Number of pieces left before any vocabulary size was applied.
  uint64_t pieces_kept = 0;
  /// Number of rounds in which all pieces were segmented again.
  uint64_t rounds = 0;
};

/// Makes vocabularies from counted byte strings. Strings that are too rare, too long or beyond the
/// vocabulary size are segmented with the Unigram model of the remaining pieces, and add their
/// counts to the pieces of their segmentation. Then every piece is segmented, and pieces without
/// counts are dropped, until all have counts.
///
///   CM_ASSIGN_OR_RETURN(PruningResult result,
///                       PrunePieces(counts, {.vocab_sizes = {32000}}, context));
///
/// Missing single bytes are added with count 1. Pieces must be distinct and not empty, with counts
/// of at least 1, in any order. kDataLoss if the sum of length × count is 2^63 or more.
absl::StatusOr<PruningResult> PrunePieces(std::vector<CountedPiece> pieces,
                                          const PruningOptions& options, Context& context);

/// Opens counted strings in ascending order, the same at each call.
using OpenCounts = std::function<absl::StatusOr<std::unique_ptr<CountStream>>()>;

/// As PrunePieces, for more strings than fit in memory. Holds only strings that are frequent and
/// short enough, at about 30 to 45 bytes each. Opens the counts two or three times.
absl::StatusOr<PruningResult> PruneCounts(const OpenCounts& open, const PruningOptions& options,
                                          Context& context);

/// Makes smaller vocabularies from a model with the last step of PrunePieces and `fill`. With it,
/// each equals, byte for byte, the vocabulary that training without refining would have made if
/// asked for the model's size and, as the next smaller one, this size.
///
///   CM_ASSIGN_OR_RETURN(PruningResult result, PruneModel(model, {8000, 4000}, context));
///
/// `vocab_sizes` as in PruningOptions, errors as PrunePieces. If the model fits a size, the result
/// is the unchanged model, even if some pieces would lose all of their counts.
absl::StatusOr<PruningResult> PruneModel(const Model& model, std::vector<uint64_t> vocab_sizes,
                                         Context& context, bool fill = true);

/// Makes vocabularies from counted words, as the reference's convert_to_bytepiece does: PrunePieces
/// with min_count 1 and words of any length up to Model::kMaxPieceBytes. A word whose best
/// segmentation is several pieces gives them its count.
///
///   CM_ASSIGN_OR_RETURN(PruningResult result,
///                       PruneWords({{"mill", 90}, {"磨坊", 7}}, {}, context));
///
/// Words must be distinct and not empty, with counts of at least 1. Without `vocab_sizes`, returns
/// one model of all remaining pieces; else as in PruningOptions.
absl::StatusOr<PruningResult> PruneWords(const std::vector<Piece>& words,
                                         std::vector<uint64_t> vocab_sizes, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_PRUNING_H_
