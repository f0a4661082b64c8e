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
  /// How many times all that is in it counts; at least 1. See TrainOptions::unit.
  uint64_t weight = 1;
};

/// Sets *text, valid until the next call, to the next text of a corpus and
/// returns true, or false at the end, behind which it is not called again.
using NextText = std::function<absl::StatusOr<bool>(TrainText* text)>;

/// Starts a pass over the corpus. Every pass must give the same texts, in any
/// order.
using OpenCorpus = std::function<absl::StatusOr<NextText>()>;

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_TRAINING_CORPUS_H_
