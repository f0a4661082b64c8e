#ifndef CORPUSMILL_TOKENIZER_TRAIN_CORPUS_COUNTS_H_
#define CORPUSMILL_TOKENIZER_TRAIN_CORPUS_COUNTS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/counts/ngram_counts.h"
#include "tokenizer/counts/piece_counts.h"
#include "tokenizer/ngrams/ngram_model.h"
#include "tokenizer/train/corpus_pass.h"
#include "tokenizer/train/train_options.h"

/// The two passes of a training over a corpus or a part of it. Both advance the current phase and
/// return finished counts.
namespace corpusmill {

/// `most_bytes` for the rest of a corpus; smaller values read about that much.
inline constexpr uint64_t kWholeCorpus = UINT64_MAX;

/// Counts n-grams; adds to *totals.
absl::StatusOr<std::unique_ptr<NgramCounts>> CountNgrams(CorpusCursor& cursor, uint64_t most_bytes,
                                                         const TrainOptions& options,
                                                         Context& context, CorpusTotals* totals);

/// The threshold that TrainOptions::ngram_min_count selects for a corpus.
uint64_t NgramMinCount(const TrainOptions& options, const CorpusTotals& totals);

/// Builds the n-gram model of a corpus with the given options.
absl::StatusOr<NgramModel> MakeNgramModel(const OpenSection& ngrams, const CorpusTotals& totals,
                                          bool roomy, const TrainOptions& options,
                                          Context& context);

/// Segments texts with the model and counts the pieces; adds to *totals.
absl::StatusOr<std::unique_ptr<PieceCounts>> CountPieces(CorpusCursor& cursor, uint64_t most_bytes,
                                                         const NgramModel& model,
                                                         const TrainOptions& options,
                                                         Context& context, CorpusTotals* totals);

/// As above, but into a file: counts n-grams, or pieces segmented with the n-grams of a file.
absl::StatusOr<CorpusTotals> CountNgramsInto(const std::string& path, CorpusCursor& cursor,
                                             uint64_t most_bytes, const TrainOptions& options,
                                             bool overwrite, Context& context);
absl::StatusOr<CorpusTotals> CountPiecesInto(const std::string& path, CorpusCursor& cursor,
                                             uint64_t most_bytes, const CountsFile& ngrams,
                                             const NgramModel& model, const TrainOptions& options,
                                             bool overwrite, Context& context);

/// The header of such a file before any text is counted.
CountsInfo NgramInfo(const TrainOptions& options);
CountsInfo PieceInfo(const CountsFile& ngrams, const TrainOptions& options);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_CORPUS_COUNTS_H_
