#ifndef CORPUSMILL_TOKENIZER_TRAIN_CORPUS_SAMPLE_H_
#define CORPUSMILL_TOKENIZER_TRAIN_CORPUS_SAMPLE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/train/training_corpus.h"

namespace corpusmill {

/// A sample of the texts of a corpus.
struct CorpusSample {
  OpenCorpus corpus;
  uint64_t texts = 0, bytes = 0;
};

/// Draws a uniform sample of texts: those with the smallest draws, up to `bytes` bytes in total. It
/// falls short by less than one text plus a millionth of the corpus.
///
///   CM_ASSIGN_OR_RETURN(CorpusSample sample, SampleCorpus(corpus, 10 << 30, "seed", context));
///   CM_ASSIGN_OR_RETURN(TrainResult result, Train(sample.corpus, options, context));
///
/// The draw of a text depends only on the seed and its bytes: the order of the texts does not
/// matter, and of equal texts all or none are in the sample. A larger sample contains a smaller
/// one. Reads the corpus once, in a phase of `pass_bytes` as in TrainOptions. kDataLoss if no text
/// fits.
absl::StatusOr<CorpusSample> SampleCorpus(OpenCorpus corpus, uint64_t bytes, std::string_view seed,
                                          Context& context, uint64_t pass_bytes = 0);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_CORPUS_SAMPLE_H_
