#ifndef CORPUSMILL_TOKENIZER_TRAIN_CORPUS_SAMPLE_H_
#define CORPUSMILL_TOKENIZER_TRAIN_CORPUS_SAMPLE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/train/training_corpus.h"

namespace corpusmill {

/// Some texts of a corpus.
struct CorpusSample {
  OpenCorpus corpus;
  uint64_t texts = 0, bytes = 0;
};

/// A uniform sample of texts: those with the least draws, as many as together have at most
/// `bytes` bytes; fewer by less than a text, and a millionth of the corpus.
///
///   CM_ASSIGN_OR_RETURN(CorpusSample sample, SampleCorpus(corpus, 10 << 30, "seed", context));
///   CM_ASSIGN_OR_RETURN(TrainResult result, Train(sample.corpus, options, context));
///
/// The draw of a text depends on the seed and its bytes alone, hence the sample does not
/// depend on the order; of equal texts all or none are in it. A larger sample has all texts of
/// a smaller one. Reads the corpus once. kDataLoss when no text is so short.
absl::StatusOr<CorpusSample> SampleCorpus(OpenCorpus corpus, uint64_t bytes, std::string_view seed,
                                          Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_CORPUS_SAMPLE_H_
