#ifndef CORPUSMILL_TOKENIZER_TRAIN_TRAINING_CORPUS_H_
#define CORPUSMILL_TOKENIZER_TRAIN_TRAINING_CORPUS_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/status/statusor.h"

namespace corpusmill {

/// A text of a corpus.
struct TrainText {
  std::string_view bytes;
  /// How often its contents count; at least 1. See TrainOptions::unit.
  uint64_t weight = 1;
};

/// Sets *text to the next text of a corpus, valid until the next call, and returns true. Returns
/// false at the end, after which it is not called again.
using NextText = std::function<absl::StatusOr<bool>(TrainText* text)>;

/// Starts a pass over the corpus. Every pass must give the same texts, in any
/// order.
using OpenCorpus = std::function<absl::StatusOr<NextText>()>;

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_TRAINING_CORPUS_H_
