#ifndef CORPUSMILL_TOKENIZER_MODEL_MODEL_COUNTS_H_
#define CORPUSMILL_TOKENIZER_MODEL_MODEL_COUNTS_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "tokenizer/model/model.h"

/// Models of pieces that other models have, with counts of their own.
namespace corpusmill {

/// What becomes of a piece that was not counted.
enum class UncountedPieces {
  kKeep,  ///< It gets the count 1, so that all ids stay.
  kDrop,  ///< It goes, unless it is a single byte, and ids behind it move up.
};

/// The model with other counts: counts[id] is that of the piece with that id.
///
///   CM_ASSIGN_OR_RETURN(Model again, WithCounts(model, counts, UncountedPieces::kKeep));
///
/// REQUIRES: counts.size() == model.vocab_size(); those of the implicit symbols are not
/// looked at. Single bytes that were not counted get 1. kDataLoss when the counts are
/// out of range for a model.
absl::StatusOr<Model> WithCounts(const Model& model, std::span<const uint64_t> counts,
                                 UncountedPieces unused);

/// All pieces of several models. The probability of a piece is the mean of those that it
/// has in the models, where one that lacks it counts as 0.
///
///   CM_ASSIGN_OR_RETURN(Model both, MergeModels(std::vector<Model>{a, b}));
///
/// Counts are whole numbers: of n models each has a share of s = ⌊2^58/n⌋, and a piece
/// counted c times of t gets c·s/t of it, rounded to the nearest, halves up; then at least
/// 1. That is exact integer arithmetic. A count is off by at most n/2, which of two models
/// is less than a millionth for a piece that was counted once in 100 thousand million.
/// The order of the models does not matter; one that is there twice has twice the weight.
///
/// kInvalidArgument for no models, or more than 2^20.
absl::StatusOr<Model> MergeModels(std::span<const Model> models);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_MODEL_COUNTS_H_
