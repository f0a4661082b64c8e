#ifndef CORPUSMILL_TESTS_TOKENIZER_TRAIN_CORPORA_H_
#define CORPUSMILL_TESTS_TOKENIZER_TRAIN_CORPORA_H_

#include <random>
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

/// Texts of about 1 kB of a few words in several scripts.
inline std::vector<std::string> Words(std::mt19937& random, size_t texts) {
  const std::vector<std::string> words = {"corpus", "mill", " ",    "grinds", "é", "磨坊",
                                          "1234",   "the ", "and ", "\n",     "😀", ", "};
  std::vector<std::string> all(texts);
  for (std::string& text : all) {
    for (int i = 0; i < 300; ++i) text += words[random() % words.size()];
  }
  return all;
}

/// The bytes of all models.
inline std::vector<std::string> Serialized(const TrainResult& result) {
  std::vector<std::string> models;
  for (const TrainedModel& trained : result.models) models.push_back(trained.model.Serialize());
  return models;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_TOKENIZER_TRAIN_CORPORA_H_
