#ifndef CORPUSMILL_TOKENIZER_TRAIN_TRAINER_H_
#define CORPUSMILL_TOKENIZER_TRAIN_TRAINER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/text/unicode.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/model/model.h"
#include "tokenizer/train/train_options.h"
#include "tokenizer/train/training_corpus.h"

namespace corpusmill {

/// Statistics of a training.
struct TrainStatistics {
  CorpusTotals totals;
  /// By length: [j] counts the distinct n-grams of j + 1 bytes, and those left after
  /// ngram_min_count. If no model was made, the lists are empty and ngram_min_count is 0.
  std::vector<uint64_t> ngrams_found;
  std::vector<uint64_t> ngrams_kept;
  uint64_t ngram_min_count = 0;
  /// Distinct pieces found by segmentation, and pieces kept before a vocabulary size was applied.
  uint64_t pieces_found = 0;
  uint64_t pieces_kept = 0;
  /// Times that all kept pieces were segmented again, over all sizes.
  uint64_t pruning_rounds = 0;
  /// Sorted runs of counts that did not fit in memory, and their bytes on disk.
  uint64_t ngram_runs = 0, piece_runs = 0;
  uint64_t run_bytes = 0;
  /// Memory of the n-gram model.
  uint64_t model_bytes = 0;
  /// Times that refining read the corpus; 0 without refining.
  uint64_t refining_passes = 0;
  /// Duration of the phases: counting n-grams, making their model, segmenting, pruning, refining.
  double count_seconds = 0, model_seconds = 0, segment_seconds = 0, prune_seconds = 0;
  double refine_seconds = 0;
};

struct TrainedModel {
  /// The requested size; model.vocab_size() is at most this.
  uint64_t vocab_size = 0;
  Model model;
};

struct TrainResult {
  /// One per vocab_sizes, largest first; none with job.last_task. Smaller vocabularies are subsets
  /// of larger ones.
  std::vector<TrainedModel> models;
  TrainStatistics statistics;
};

/// Trains Unigram vocabularies. First by BytePiece's algorithm (kexue.fm/archives/3956 and 9752):
/// counts the n-grams of bytes, segments the corpus with their Markov model, counts the segments,
/// and prunes them with a Unigram model. Then refines the vocabulary, unless `fast`: encodes the
/// corpus to find the pieces that make the fewest tokens. Reads the corpus some 20 times, with
/// `fast` twice.
///
///   CM_ASSIGN_OR_RETURN(TrainResult result,
///                       Train(open, {.vocab_sizes = {32000, 8000}}, context));
///   CM_RETURN_IF_ERROR(WriteStringToFile("a.model", result.models[0].model.Serialize(), {}));
///
/// The result depends only on the texts and options, not on their order, threads or memory. Tables
/// are charged to context.memory(); counts that do not fit spill to options.temp_dir. These must
/// fit in memory: the n-grams kept, at 7 to 9 bytes each; then six candidates per piece of the
/// largest vocabulary, or with bytepiece_compat all frequent enough pieces, at some 30 to 45 bytes
/// each. Otherwise kResourceExhausted naming the table and what to try. kDataLoss for a corpus
/// without text. Errors of the corpus pass through.
absl::StatusOr<TrainResult> Train(const OpenCorpus& corpus, const TrainOptions& options,
                                  Context& context);

/// The steps of Train with counts in files, for several machines or a later day:
///
///   CM_RETURN_IF_ERROR(CountNgramsToFile(part, options, "1.ngrams", false, context));  // each
///   CountsFile::Merge({"1.ngrams", "2.ngrams"}, "all.ngrams", {}, context);
///   CM_ASSIGN_OR_RETURN(const auto ngrams, CountsFile::Open("all.ngrams", context));
///   UseCounting(ngrams->info(), &options);
///   CountPiecesToFile(part, *ngrams, options, "1.pieces", false, context);             // each
///   CountsFile::Merge({"1.pieces", "2.pieces"}, "all.pieces", {}, context);
///   CM_ASSIGN_OR_RETURN(const auto pieces, CountsFile::Open("all.pieces", context));
///   CM_ASSIGN_OR_RETURN(TrainResult result, TrainFromPieces(*pieces, options, context));
///
/// The models equal those of Train with `fast` on all parts. A part may have no text.
absl::StatusOr<CorpusTotals> CountNgramsToFile(const OpenCorpus& corpus,
                                               const TrainOptions& options, const std::string& path,
                                               bool overwrite, Context& context);
absl::StatusOr<CorpusTotals> CountPiecesToFile(const OpenCorpus& corpus, const CountsFile& ngrams,
                                               const TrainOptions& options, const std::string& path,
                                               bool overwrite, Context& context);

/// The distinct characters of two or more bytes of a normalised text, in ascending order, for
/// required_pieces. kDataLoss naming the place if the text is not UTF-8.
absl::StatusOr<std::vector<std::string>> CharactersOf(std::string_view text,
                                                      Normalization normalization);

/// Sets all options that the counts depend on.
void UseCounting(const CountsInfo& info, TrainOptions* options);

/// Trains on a corpus with existing n-gram counts. kDataLoss if they are of another corpus.
/// REQUIRES: UseCounting, here and below.
absl::StatusOr<TrainResult> TrainFromNgrams(const OpenCorpus& corpus, const CountsFile& ngrams,
                                            const TrainOptions& options, Context& context);

/// Trains on counts of pieces. kDataLoss if they do not cover all the texts of the n-grams.
absl::StatusOr<TrainResult> TrainFromPieces(const CountsFile& pieces, const TrainOptions& options,
                                            Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_TRAINER_H_
