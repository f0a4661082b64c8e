#ifndef CORPUSMILL_TOKENIZER_TRAIN_CORPUS_PASS_H_
#define CORPUSMILL_TOKENIZER_TRAIN_CORPUS_PASS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/engine/document_batches.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/train/train_options.h"
#include "tokenizer/train/training_corpus.h"

namespace corpusmill {

/// A pass over a corpus, in one or several parts.
///
///   CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus, context));
///   while (!cursor.ended()) CM_RETURN_IF_ERROR(ReadPart(cursor));
///
/// `context` must outlive the cursor. Not thread-safe.
class CorpusCursor {
 public:
  static absl::StatusOr<CorpusCursor> Open(const OpenCorpus& corpus, Context& context);
  CorpusCursor(CorpusCursor&&) noexcept;
  ~CorpusCursor();

  /// The texts as documents for the engine. The label of a document is its weight.
  DocumentBatches& batches() { return *batches_; }
  bool ended() const { return batches_->done(); }

  /// Skips texts that were already counted. kDataLoss if the corpus does
  /// not begin with those texts in the same weights. REQUIRES: no batch was read.
  absl::Status Skip(const CorpusTotals& done);

 private:
  class Source;
  CorpusCursor(std::unique_ptr<Source> source, Context& context);

  Context& context_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<DocumentBatches> batches_;
};

/// Calls visit(chunk, weight) for each chunk of a batch of texts; stops at an error.
using ChunkVisitor = std::function<absl::Status(std::string_view chunk, uint64_t weight)>;
using ForEachChunk = std::function<absl::Status(const ChunkVisitor& visit)>;

/// Reads the rest of a corpus, or about `most_bytes` of it, normalises the texts and cuts them into
/// training chunks according to `options`. Calls `work` once per batch of about 1 MiB of text, for
/// several batches at a time. The chunks are valid until it returns.
///
///   CM_ASSIGN_OR_RETURN(CorpusTotals totals,
///                       ReadCorpus(cursor, UINT64_MAX, options, context,
///                                  [&](const ForEachChunk& each) {
///                                    return each([&](std::string_view chunk, uint64_t weight) {
///                                      return Count(chunk, weight);
///                                    });
///                                  }, make_room));
///
/// Advances the current phase. Charges the batches in flight to the budget at once, so that `work`
/// may use the rest. Calls make_room() when a long text needs more; it releases memory if it can.
absl::StatusOr<CorpusTotals> ReadCorpus(
    CorpusCursor& cursor, uint64_t most_bytes, const TrainOptions& options, Context& context,
    const std::function<absl::Status(const ForEachChunk& each)>& work,
    const std::function<absl::Status()>& make_room);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_CORPUS_PASS_H_
