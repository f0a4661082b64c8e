#ifndef CORPUSMILL_TOKENIZER_TRAIN_REFINING_H_
#define CORPUSMILL_TOKENIZER_TRAIN_REFINING_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/model/model.h"
#include "tokenizer/train/train_options.h"
#include "tokenizer/train/training_corpus.h"

namespace corpusmill {

struct RefiningResult {
  /// One model per vocabulary size, largest first. Smaller vocabularies are subsets of larger ones.
  std::vector<Model> models;
  /// Times the corpus was read.
  uint64_t passes = 0;
  /// Sorted runs of pairs that did not fit in memory, and their bytes on disk.
  uint64_t runs = 0, run_bytes = 0;
};

/// Candidates per piece of the largest vocabulary. Training makes this many first, and a round of
/// growing keeps this many and adds at most as many.
inline constexpr uint64_t kRefiningCandidates = 2;

/// Makes vocabularies that encode a corpus, on which `model` was trained, in fewer tokens.
///
/// Growing: encodes the corpus and turns the most frequent strings of two neighbouring tokens into
/// pieces. The longest piece may double in each round.
/// Shrinking: encodes the corpus, recounts the pieces and drops unused ones, then those that save
/// the fewest tokens, a quarter at a time. A piece of count c saves (c − r)·(k − 1) tokens if its
/// most probable segmentation into other pieces has k parts. A string is rare if its count is below
/// r, twice min_count: it becomes a piece only if the largest vocabulary would not be full without
/// it. Subtracting r corrects for selection: pieces are chosen for their counts, so the counts are
/// too high. The best dropped pieces replace those that became unused, so that a vocabulary has
/// exactly its size unless the candidates run out.
///
///   CM_ASSIGN_OR_RETURN(RefiningResult result, Refine(model, open, options, context));
///
/// Pieces have at most max_piece_length_bytes, or 256 bytes if that is less. No piece crosses the
/// border of a training chunk, so digits stay single with isolate_digits.
///
/// Uses the options for reading text, for allowed pieces and for sizes. The result depends only on
/// the model, the texts and the options, not on their order, threads or memory. Tables of pairs are
/// charged to context.memory() and spill to options.temp_dir. kResourceExhausted if the pieces do
/// not fit, at some 640 bytes each. kInvalidArgument for pieces that cut characters, with
/// ensure_unicode.
absl::StatusOr<RefiningResult> Refine(const Model& model, const OpenCorpus& corpus,
                                      const TrainOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_REFINING_H_
