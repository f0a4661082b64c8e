#include "pipelines/vocabulary/re_estimation.h"

#include <utility>

#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "tokenizer/encode/token_batch.h"

namespace corpusmill {
namespace {

/// Adds the number of uses of each id to `counts`.
absl::StatusOr<DocumentReport> CountIds(const std::vector<InputFile>& inputs,
                                        const DocumentRunOptions& run, const Tokenizer& tokenizer,
                                        Context& context, std::vector<uint64_t>* counts) {
  return RunDocuments<TokenBatch>(
      inputs, run, context,
      [&](const DocumentBatch& batch, TokenBatch& tokens) {
        tokens.Encode(tokenizer, batch, /*match_symbols=*/false);
        return absl::OkStatus();
      },
      [&](const DocumentBatch&, TokenBatch& tokens) {
        for (const uint32_t id : tokens.ids()) ++(*counts)[id];
        return absl::OkStatus();
      });
}

ReEstimationPass Summarize(const std::vector<uint64_t>& counts) {
  ReEstimationPass pass{.pieces = counts.size() - Model::kFirstPieceId};
  for (const uint64_t count : counts) {
    pass.tokens += count;
    pass.used_pieces += count > 0;
  }
  return pass;
}

}  // namespace

absl::StatusOr<ReEstimationResult> ReEstimate(const Model& model,
                                              const std::vector<InputFile>& inputs,
                                              const ReEstimationOptions& options,
                                              Context& context) {
  if (options.rounds < 1) return UsageError("rounds is 0; it must be at least 1");
  CM_RETURN_IF_ERROR(CheckReadableAgain(inputs));
  ReEstimationResult result{.model = model};
  DocumentRunOptions run = {.documents = options.documents};
  for (uint64_t round = 1;; ++round) {
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer,
                        Tokenizer::Create(result.model, options.tokenizer));
    CM_ASSIGN_OR_RETURN(
        const MemoryLease lease,
        context.memory().Take(tokenizer.vocab_size() * sizeof(uint64_t), "the counts of pieces"));
    std::vector<uint64_t> counts(tokenizer.vocab_size());
    const bool last = round > options.rounds;
    run.phase =
        last ? "measuring" : absl::StrFormat("counting, round %d of %d", round, options.rounds);
    CM_ASSIGN_OR_RETURN(DocumentReport read, CountIds(inputs, run, tokenizer, context, &counts));
    result.passes.push_back(Summarize(counts));
    if (result.passes.back().tokens == 0)
      return DataError("the documents hold no text to count on");
    if (last) return result;
    if (round == 1) {
      result.documents = read.documents;
      result.inputs = std::move(read.inputs);
      BadRecordAction& action = run.documents.on_bad_record.action;
      if (action == BadRecordAction::kQuarantine) action = BadRecordAction::kSkip;
    }
    CM_ASSIGN_OR_RETURN(result.model, WithCounts(result.model, counts, options.unused));
  }
}

}  // namespace corpusmill
