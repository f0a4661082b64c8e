#ifndef CORPUSMILL_TOKENIZER_TRAIN_CORPUS_PASS_H_
#define CORPUSMILL_TOKENIZER_TRAIN_CORPUS_PASS_H_

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/train/train_options.h"

namespace corpusmill {

/// A pass over a corpus that may be made in parts.
///
///   CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus));
///   while (!cursor.ended()) CM_RETURN_IF_ERROR(ReadPart(cursor));
///
/// For one thread at a time.
class CorpusCursor {
 public:
  static absl::StatusOr<CorpusCursor> Open(const OpenCorpus& corpus);

  /// As NextText, but may be called behind the end.
  absl::StatusOr<bool> Next(TrainText* text);
  bool ended() const { return ended_; }
  /// Of the texts so far.
  uint64_t read_bytes() const { return read_bytes_; }

  /// Passes over what was counted before, and advances the reporter. kDataLoss if the
  /// corpus does not begin with those texts, of those weights in their unit.
  absl::Status Skip(const CorpusTotals& done, Context& context);

 private:
  explicit CorpusCursor(NextText next) : next_(std::move(next)) {}
  NextText next_;
  bool ended_ = false;
  uint64_t read_bytes_ = 0;
};

/// Calls visit(chunk, weight) for every chunk of a batch of texts; an error ends it.
using ChunkVisitor = std::function<absl::Status(std::string_view chunk, uint64_t weight)>;
using ForEachChunk = std::function<absl::Status(const ChunkVisitor& visit)>;

/// Reads what is left of a corpus, or `most_bytes` and a batch of it. Texts are gathered in
/// batches of about 1 MiB, normalised and cut into training chunks as `options` say; `work`
/// is called once per batch, for several batches at a time. The chunks live until it returns.
///
///   CM_ASSIGN_OR_RETURN(CorpusTotals totals,
///                       ReadCorpus(cursor, UINT64_MAX, options, context,
///                                  [&](const ForEachChunk& each) {
///                                    return each([&](std::string_view chunk, uint64_t weight) {
///                                      return Count(chunk, weight);
///                                    });
///                                  }, make_room));
///
/// Reports to the phase that is running. Batches are charged to the budget: memory for
/// those in flight is taken at once, so that `work` may use up the rest; where a long text
/// needs more, make_room() is called, and is to give back what it can.
absl::StatusOr<CorpusTotals> ReadCorpus(
    CorpusCursor& cursor, uint64_t most_bytes, const TrainOptions& options, Context& context,
    const std::function<absl::Status(const ForEachChunk& each)>& work,
    const std::function<absl::Status()>& make_room);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_CORPUS_PASS_H_
