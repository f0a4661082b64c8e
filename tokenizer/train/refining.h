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
  /// One for each of the vocabulary sizes, largest first. The smaller are subsets of the
  /// larger.
  std::vector<Model> models;
  /// Times the corpus was read.
  uint64_t passes = 0;
  /// Sorted runs of pairs that did not fit in memory, and their bytes on disk.
  uint64_t runs = 0, run_bytes = 0;
};

/// Pieces that the largest vocabulary is chosen from, times its size: so many are asked of
/// training first, and kept in a round of growing, in which as many may come to them.
inline constexpr uint64_t kRefiningCandidates = 2;

/// Makes vocabularies that need fewer tokens for a corpus, on which `model` was trained.
///
/// It grows first: the corpus is encoded, and the strings that two neighbouring tokens make
/// become pieces, the most frequent ones; again with these, so that pieces get up to twice as
/// long each time. Then it shrinks: the corpus is encoded, pieces get the counts that they
/// have there, those that are not used go, and then those that save the fewest tokens, a
/// quarter at a time. A piece of count c whose most probable segmentation into others has k
/// parts saves (c − r)·(k − 1). What is counted less than r, twice min_count, is rare: it is
/// a piece only where the largest vocabulary would not be full without. The r taken off is
/// for what a count is too high by, because the piece was chosen for it.
///
///   CM_ASSIGN_OR_RETURN(RefiningResult result, Refine(model, open, options, context));
///
/// Pieces are of max_piece_length_bytes at most, or 256 if that is less. Nothing crosses the
/// border of a chunk of training, so that digits stay alone with isolate_digits.
///
/// Of the options those count that say how text is read, which pieces may be, and the sizes.
/// The result depends on the model, the texts and the options only: not on their order, the
/// threads or the memory. Tables of pairs are charged to context.memory() and go to
/// options.temp_dir where they do not fit; kResourceExhausted where the pieces do not,
/// at some 640 bytes each. kInvalidArgument for pieces that cut characters, with
/// ensure_unicode.
absl::StatusOr<RefiningResult> Refine(const Model& model, const OpenCorpus& corpus,
                                      const TrainOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_REFINING_H_
