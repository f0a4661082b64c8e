#ifndef CORPUSMILL_TOKENIZER_MODEL_MODEL_COUNTS_H_
#define CORPUSMILL_TOKENIZER_MODEL_MODEL_COUNTS_H_

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "tokenizer/model/model.h"

/// Change the counts of models, and merge models.
namespace corpusmill {

/// How to treat a piece with the count 0.
enum class UncountedPieces {
  kKeep,  ///< Set its count to 1. All ids stay.
  kDrop,  ///< Drop it, unless it is a single byte. Later ids move up.
};

/// Returns the model with new counts: counts[id] is the count of the piece with that id.
///
///   CM_ASSIGN_OR_RETURN(Model updated, WithCounts(model, counts, UncountedPieces::kKeep));
///
/// REQUIRES: counts.size() == model.vocab_size(). The counts of the implicit special tokens are
/// ignored. Uncounted single bytes get the count 1. kDataLoss if the counts are out of range for a
/// model.
absl::StatusOr<Model> WithCounts(const Model& model, std::span<const uint64_t> counts,
                                 UncountedPieces unused);

/// Returns the union of the pieces of several models. The probability of a piece is its mean
/// probability over the models; a model without the piece contributes 0.
///
///   CM_ASSIGN_OR_RETURN(Model both, MergeModels(std::vector<Model>{a, b}));
///
/// Counts are computed in exact integer arithmetic. Each of n models has the share s = ⌊2^58/n⌋. A
/// piece with c of t counts gets c·s/t, rounded half up, and at least 1. A count is off by at most
/// n/2: with two models, by less than a millionth for a piece counted once in 10^11. The order of
/// the models does not matter. A model given twice has twice the weight.
///
/// kInvalidArgument for fewer than 1 or more than 2^20 models.
absl::StatusOr<Model> MergeModels(std::span<const Model> models);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_MODEL_COUNTS_H_
