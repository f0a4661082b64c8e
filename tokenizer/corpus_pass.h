#ifndef CORPUSMILL_TOKENIZER_CORPUS_PASS_H_
#define CORPUSMILL_TOKENIZER_CORPUS_PASS_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/context.h"
#include "tokenizer/trainer.h"

namespace corpusmill {

/// What a pass over a corpus read.
struct PassTotals {
  uint64_t texts = 0;
  uint64_t input_bytes = 0;
  uint64_t normalized_bytes = 0;
  uint64_t chunks = 0;
};

/// Calls visit(chunk, weight) for every chunk of a batch of texts; an error ends it.
using ChunkVisitor = std::function<absl::Status(std::string_view chunk, uint64_t weight)>;
using ForEachChunk = std::function<absl::Status(const ChunkVisitor& visit)>;

/// Reads a corpus once. Texts are gathered in batches of about 1 MiB, normalised
/// and cut into training chunks as `options` say; `work` is called once per
/// batch, for several batches at a time. The chunks live until it returns.
///
///   CM_ASSIGN_OR_RETURN(PassTotals totals,
///                       ReadCorpus(corpus, options, context, [&](const ForEachChunk& each) {
///                         return each([&](std::string_view chunk, uint64_t weight) {
///                           return Count(chunk, weight);
///                         });
///                       }));
///
/// Reports to the phase that is running. Batches are charged to the budget: memory for
/// those in flight is taken at once, so that `work` may use up the rest; where a long text
/// needs more, make_room() is called, and is to give back what it can.
absl::StatusOr<PassTotals> ReadCorpus(
    const OpenCorpus& corpus, const TrainOptions& options, Context& context,
    const std::function<absl::Status(const ForEachChunk& each)>& work,
    const std::function<absl::Status()>& make_room);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_CORPUS_PASS_H_
