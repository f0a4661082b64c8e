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
  /// Number of counting rounds, at least 1. Each round uses the model of the previous round.
  uint64_t rounds = 1;
  UncountedPieces unused = UncountedPieces::kKeep;
};

/// Totals of encoding the documents with one model.
struct ReEstimationPass {
  uint64_t tokens = 0;
  uint64_t pieces = 0;  ///< Pieces in the model.
  uint64_t used_pieces = 0;
};

struct ReEstimationResult {
  Model model;
  /// The first pass uses the given model; each further pass uses the model after a round. The last
  /// pass uses the result.
  std::vector<ReEstimationPass> passes;
  DocumentCounts documents;
  std::vector<InputReport> inputs;
};

/// Re-estimates a model by Viterbi training: encodes all documents and sets each piece's count to
/// its number of uses.
///
///   CM_ASSIGN_OR_RETURN(ReEstimationResult result,
///                       ReEstimate(model, inputs, {.rounds = 3}, context));
///   result.passes.front().tokens, result.passes.back().tokens;   // before and after
///
/// Reads the inputs rounds + 1 times; the last pass measures the result. Writes quarantined
/// records in the first pass. Two rounds equal one round run twice. Memory is bounded; the result
/// does not depend on memory, threads or the order of the documents.
///
/// kInvalidArgument, before reading, for an input that cannot be read again. kDataLoss if the
/// documents have no text.
absl::StatusOr<ReEstimationResult> ReEstimate(const Model& model,
                                              const std::vector<InputFile>& inputs,
                                              const ReEstimationOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_RE_ESTIMATION_H_
