#ifndef CORPUSMILL_PIPELINES_VOCABULARY_RE_ESTIMATION_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_RE_ESTIMATION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/model.h"
#include "tokenizer/model/model_counts.h"

namespace corpusmill {

struct ReEstimationOptions {
  DocumentOptions documents;
  TokenizerOptions tokenizer;
  /// How often the pieces are counted, each time with the model that the time before
  /// gave; at least 1.
  uint64_t rounds = 1;
  UncountedPieces unused = UncountedPieces::kKeep;
};

/// What encoding the documents with one model made.
struct ReEstimationPass {
  uint64_t tokens = 0;
  uint64_t pieces = 0;  ///< That the model has.
  uint64_t used_pieces = 0;
};

struct ReEstimationResult {
  Model model;
  /// The first with the model that was given, then one after each round: the last with
  /// the result.
  std::vector<ReEstimationPass> passes;
  DocumentCounts documents;
  std::vector<InputReport> inputs;
};

/// Counts the pieces of a model anew: encodes all documents, and takes for the count of a
/// piece how often it was used (Viterbi training of a Unigram model).
///
///   CM_ASSIGN_OR_RETURN(ReEstimationResult result,
///                       ReEstimate(model, inputs, {.rounds = 3}, context));
///   result.passes.front().tokens, result.passes.back().tokens;   // before and after
///
/// The inputs are read rounds + 1 times, the last time for the figures of the result, and
/// quarantined records are written the first time. Two rounds are one round twice. Memory
/// is bounded, and the result does not depend on it, the threads or the order of the
/// documents.
///
/// kInvalidArgument for an input that cannot be read again, before anything is read;
/// kDataLoss for documents without text.
absl::StatusOr<ReEstimationResult> ReEstimate(const Model& model,
                                              const std::vector<InputFile>& inputs,
                                              const ReEstimationOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_RE_ESTIMATION_H_
