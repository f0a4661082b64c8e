#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipelines/words/han_segmenter.h"
#include "tests/pipelines/words/words_testing.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The words of a text by a list.
std::vector<std::string> ByList(const std::string& list, std::string_view text) {
  const TestFolder folder;
  return WordsOf(*MakeSplitter({WordRule::kZh, folder.Write("words.txt", list)}), text);
}

TEST(ChineseWordsTest, DictionaryDividesChineseRunsOnly) {
  EXPECT_THAT(
      WordsOf(WordRule::kZh, "我们喜欢Python3，3.5元！\r\ncaf\u00E9中文"),
      ElementsAre("我们", "喜欢", "Python3", "，", "3", ".", "5", "元", "！", "caf\u00E9", "中文"));
}

TEST(ChineseWordsTest, PunctuationAndInvalidBytesAreWords) {
  const auto splitter = MakeSplitter({.rule = WordRule::kZh});
  std::vector<Word> words;
  splitter->Split("\xFF\u3002\u3007\u00B2", &words);
  EXPECT_EQ(words, (std::vector<Word>{
                       {0, 1, 1, 0}, {1, 4, 1, Word::kPunctuation}, {4, 7, 1, 0}, {7, 9, 1, 0}}));
}

TEST(ChineseWordsTest, ListGivesTheMostProbableWords) {
  // 5/10 * 1/10 < 4/10 * 4/10, then the other way round.
  EXPECT_THAT(ByList("甲乙 5\n丙 1\n甲 4\n乙丙 4\n", "甲乙丙"), ElementsAre("甲", "乙丙"));
  EXPECT_THAT(ByList("甲乙 50\n丙 1\n甲 4\n乙丙 4\n", "甲乙丙"), ElementsAre("甲乙", "丙"));
}

TEST(ChineseWordsTest, OfEquallyProbableDivisionsTheFirstWordIsLongest) {
  EXPECT_THAT(ByList("甲乙\n乙丙\n甲\n丙\n", "甲乙丙"), ElementsAre("甲乙", "丙"));
}

TEST(ChineseWordsTest, ListWithoutCountsGivesTheFewestWords) {
  EXPECT_THAT(ByList("甲乙丙\n甲乙\n丙丁戊\n", "甲乙丙丁戊"), ElementsAre("甲乙", "丙丁戊"));
}

TEST(ChineseWordsTest, CharactersOfNoWordAreWords) {
  EXPECT_THAT(ByList("大学 3\n", "大小大学𠀀"), ElementsAre("大", "小", "大学", "𠀀"));
}

TEST(ChineseWordsTest, ListedWordsMayHaveLettersAndDigits) {
  EXPECT_THAT(ByList("B超 3\n卡拉OK 3\n", "做B超和卡拉OK，AB超OK2 B OK"),
              ElementsAre("做", "B超", "和", "卡拉OK", "，", "A", "B超", "OK2", "B", "OK"));
}

TEST(ChineseWordsTest, ListTakesTabsTagsBlankLinesAndCarriageReturns) {
  EXPECT_THAT(ByList("\uFEFF大学\t3\r\n\r\n\n 生活 7 n\n大学生 0\n", "大学生活"),
              ElementsAre("大学", "生活"));
}

TEST(ChineseWordsTest, InvalidLinesAreErrorsWithTheirNumber) {
  const TestFolder folder;
  const auto error = [&](const std::string& list) {
    return MakeWordSplitter({WordRule::kZh, folder.Write("words.txt", list)});
  };
  constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
  EXPECT_THAT(error("大学 3\n生活 x\n"), Fails(kDataLoss, HasSubstr("words.txt:2: the second")));
  EXPECT_THAT(error("大学 -3\n"), Fails(kDataLoss, HasSubstr("words.txt:1: the second")));
  EXPECT_THAT(error("大学 3 n x\n"), Fails(kDataLoss, HasSubstr("words.txt:1: a line is")));
  EXPECT_THAT(error("\n\xE5\xA4 3\n"), Fails(kDataLoss, HasSubstr("words.txt:2: the word is")));
  EXPECT_THAT(error(std::string(256, 'a')), Fails(kDataLoss, HasSubstr("words.txt:1: the word")));
  EXPECT_THAT(error("\n"), Fails(kDataLoss, HasSubstr("words.txt: the word list is empty")));
  EXPECT_THAT(MakeWordSplitter({WordRule::kZh, folder / "none"}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("none")));
}

TEST(ChineseWordsTest, VeryLongRunsAreCutWhereNoWordCrosses) {
  std::string text, list = "北京大学 9\n大学生 9\n京 1\n";
  std::vector<std::string> expected;
  for (size_t i = 0; i < HanSegmenter::kMaxRun; ++i) {
    text += i % 3 == 0 ? "大学生" : "北京大学";
    expected.push_back(i % 3 == 0 ? "大学生" : "北京大学");
  }
  EXPECT_EQ(ByList(list, text), expected);
  size_t bytes = 0;
  for (const std::string& word : WordsOf(WordRule::kZh, text)) bytes += word.size();
  EXPECT_EQ(bytes, text.size());
}

TEST(ChineseWordsTest, LongRunsOfLettersTakeLinearTime) {
  const std::string text = "中" + std::string(2000000, 'a') + "中";
  size_t bytes = 0;
  for (const std::string& word : ByList("中 3\n", text)) bytes += word.size();
  EXPECT_EQ(bytes, text.size());
}

TEST(ChineseWordsTest, RunsWithoutASafeEndAreCut) {
  std::string text;
  for (size_t i = 0; i < 3 * HanSegmenter::kMaxRun; ++i) text += i % 2 == 0 ? "甲" : "乙";
  size_t bytes = 0;
  for (const std::string& word : ByList("甲乙 3\n乙甲 3\n", text)) bytes += word.size();
  EXPECT_EQ(bytes, text.size());
}

}  // namespace
}  // namespace corpusmill
