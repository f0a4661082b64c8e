#include "pipelines/vocabulary/re_estimation.h"

#include <string_view>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "pipelines/engine/document_batches.h"

namespace corpusmill {
namespace {

/// Adds how often each id is used to `counts`.
absl::Status CountIds(const std::vector<InputFile>& inputs, DocumentReader& reader,
                      const Tokenizer& tokenizer, Context& context, std::vector<uint64_t>* counts) {
  DocumentBatches batches(reader, inputs, context);
  while (!batches.done()) {
    CM_RETURN_IF_ERROR(context.OrderedPipeline<DocumentBatch>(
        batches.max_in_flight(), [&] { return batches.Next(); },
        [&](DocumentBatch& batch) {
          size_t begin = 0;
          for (const DocumentPiece& piece : batch.pieces) {
            tokenizer.Encode(std::string_view(batch.text).substr(begin, piece.text_end - begin),
                             &batch.ids);
            begin = piece.text_end;
          }
          return absl::OkStatus();
        },
        [&](DocumentBatch& batch) {
          for (const uint32_t id : batch.ids) ++(*counts)[id];
          return absl::OkStatus();
        }));
    batches.Drained();
  }
  return reader.Close();
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
  DocumentOptions documents = options.documents;
  for (uint64_t round = 1;; ++round) {
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer,
                        Tokenizer::Create(result.model, options.tokenizer));
    CM_ASSIGN_OR_RETURN(
        const MemoryLease lease,
        context.memory().Take(tokenizer.vocab_size() * sizeof(uint64_t), "the counts of pieces"));
    std::vector<uint64_t> counts(tokenizer.vocab_size());
    DocumentReader reader(inputs, documents, context);
    const bool last = round > options.rounds;
    const Phase phase(
        context.reporter(),
        last ? "measuring" : absl::StrFormat("counting, round %d of %d", round, options.rounds),
        TotalBytes(inputs));
    CM_RETURN_IF_ERROR(CountIds(inputs, reader, tokenizer, context, &counts));
    result.passes.push_back(Summarize(counts));
    if (result.passes.back().tokens == 0)
      return DataError("the documents hold no text to count on");
    if (last) return result;
    if (round == 1) {
      result.documents = reader.counts();
      result.inputs = reader.inputs();
      if (documents.on_bad_record.action == BadRecordAction::kQuarantine) {
        documents.on_bad_record.action = BadRecordAction::kSkip;
      }
    }
    CM_ASSIGN_OR_RETURN(result.model, WithCounts(result.model, counts, options.unused));
  }
}

}  // namespace corpusmill
