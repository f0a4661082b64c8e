#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipelines/words/word_rule.h"
#include "tests/pipelines/words/words_testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WordSplitterTest, NamesOfRulesGoBothWays) {
  for (const WordRule rule : {WordRule::kSpacyEn, WordRule::kZh, WordRule::kWhitespace}) {
    EXPECT_EQ(ParseWordRule(WordRuleName(rule)).value(), rule);
  }
  EXPECT_EQ(ParseWordRule("en").status().message(),
            "'en' is not a rule for words; try spacy-en, zh or whitespace");
}

TEST(WordSplitterTest, EmptyAndBlankTextsHaveNoWords) {
  for (const WordRule rule : {WordRule::kSpacyEn, WordRule::kZh, WordRule::kWhitespace}) {
    EXPECT_THAT(WordsOf(rule, ""), IsEmpty());
    EXPECT_THAT(WordsOf(rule, " \r\n\t\u00A0\u3000\x1F "), IsEmpty());
  }
}

TEST(WordSplitterTest, WhitespaceIsPythons) {
  EXPECT_THAT(WordsOf(WordRule::kWhitespace,
                      "a b\tc\x1C"
                      "d\u0085"
                      "e\u1680"
                      "f\u2028g\u202F"
                      "h\u205Fi\u3000j"),
              ElementsAre("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
  // Neither a space of no width, a byte order mark, a Mongolian separator nor NUL is one.
  const std::string text(
      "a\u200B"
      "b\uFEFF"
      "c\u180E"
      "d\0e",
      12);
  EXPECT_THAT(WordsOf(WordRule::kWhitespace, text), ElementsAre(text));
}

TEST(WordSplitterTest, WhitespaceCutShortIsNone) {
  EXPECT_THAT(WordsOf(WordRule::kWhitespace, "a\xE3\x80 b\xC2"), ElementsAre("a\xE3\x80", "b\xC2"));
}

}  // namespace
}  // namespace corpusmill
