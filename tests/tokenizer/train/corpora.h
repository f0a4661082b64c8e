#ifndef CORPUSMILL_TESTS_TOKENIZER_TRAIN_CORPORA_H_
#define CORPUSMILL_TESTS_TOKENIZER_TRAIN_CORPORA_H_

#include <string>
#include <vector>

#include "tokenizer/train/trainer.h"

namespace corpusmill {

/// A corpus of texts, which must outlive it.
inline OpenCorpus CorpusOf(const std::vector<std::string>& texts, uint64_t weight = 1) {
  return [&texts, weight]() -> absl::StatusOr<NextText> {
    return NextText(
        [&texts, weight, i = size_t{0}](TrainText* text) mutable -> absl::StatusOr<bool> {
          if (i == texts.size()) return false;
          *text = {texts[i++], weight};
          return true;
        });
  };
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_TOKENIZER_TRAIN_CORPORA_H_
