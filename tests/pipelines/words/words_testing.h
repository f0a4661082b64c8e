#ifndef CORPUSMILL_TESTS_PIPELINES_WORDS_WORDS_TESTING_H_
#define CORPUSMILL_TESTS_PIPELINES_WORDS_WORDS_TESTING_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/words/word_rule.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {

inline std::unique_ptr<WordSplitter> MakeSplitter(const WordOptions& options) {
  auto splitter = MakeWordSplitter(options);
  EXPECT_TRUE(splitter.ok()) << splitter.status().ToString();
  return std::move(splitter).value();
}

/// The words of a text, after checks that hold for each rule: order, bounds, characters.
inline std::vector<std::string> WordsOf(const WordSplitter& splitter, std::string_view text) {
  std::vector<Word> words = {{7, 7, 7, 7}};  // To be replaced.
  splitter.Split(text, &words);
  std::vector<std::string> found;
  uint32_t end = 0;
  for (const Word& word : words) {
    EXPECT_LE(end, word.begin);
    EXPECT_LT(word.begin, word.end);
    EXPECT_LE(word.end, text.size());
    EXPECT_GE(word.length, 1u);
    EXPECT_LE(word.length, word.end - word.begin);
    end = word.end;
    found.emplace_back(text.substr(word.begin, word.end - word.begin));
  }
  return found;
}

inline std::vector<std::string> WordsOf(WordRule rule, std::string_view text) {
  return WordsOf(*MakeSplitter({.rule = rule}), text);
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_PIPELINES_WORDS_WORDS_TESTING_H_
