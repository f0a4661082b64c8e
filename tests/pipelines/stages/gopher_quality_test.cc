#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using Options = TestStage::Options;

/// `text`, `times` times.
std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// All checks off, but for `options`.
TestStage Only(const Options& options) {
  Options all;
  for (const char* name :
       {"min-doc-words", "max-doc-words", "min-avg-word-length", "max-avg-word-length",
        "max-symbol-word-ratio", "max-bullet-lines-ratio", "max-ellipsis-lines-ratio",
        "max-non-alpha-words-ratio", "min-stop-words"}) {
    all[name] = {"off"};
  }
  for (const auto& [name, value] : options) all[name] = value;
  return TestStage("gopher-quality", all, {.rule = WordRule::kWhitespace});
}

void ExpectDrop(const TestStage::Result& result, std::string_view reason, double value,
                double threshold) {
  EXPECT_EQ(result.reason, reason);
  EXPECT_EQ(result.value, value);
  EXPECT_EQ(result.threshold, threshold);
}

TEST(GopherQualityTest, CountsWordsThatAreNotPunctuation) {
  const TestStage stage = Only({{"min-doc-words", {"50"}}, {"max-doc-words", {"60"}}});
  ExpectDrop(stage.Apply(Repeat("word ", 49) + "... -- ?!"), "gopher-short-doc", 49, 50);
  EXPECT_EQ(stage.Apply(Repeat("word ", 50)).reason, "");
  EXPECT_EQ(stage.Apply(Repeat("word ", 60) + "... -- ?!").reason, "");
  ExpectDrop(stage.Apply(Repeat("word ", 61)), "gopher-long-doc", 61, 60);
  ExpectDrop(stage.Apply(""), "gopher-short-doc", 0, 50);
}

TEST(GopherQualityTest, MeanLengthIsOfCodePoints) {
  const TestStage stage = Only({{"min-avg-word-length", {"3"}}, {"max-avg-word-length", {"10"}}});
  EXPECT_EQ(stage.Apply("one two").reason, "");
  ExpectDrop(stage.Apply("one to"), "gopher-below-avg-threshold", 2.5, 3);
  EXPECT_EQ(stage.Apply("äöüäöüäöüä").reason, "");
  ExpectDrop(stage.Apply("äöüäöüäöüäö"), "gopher-above-avg-threshold", 11, 10);
  EXPECT_EQ(stage.Apply("... --").reason, "");  // No words have no mean.
}

TEST(GopherQualityTest, SymbolsPerWord) {
  const TestStage stage = Only({{"max-symbol-word-ratio", {"0.1"}}});
  EXPECT_EQ(stage.Apply("#a " + Repeat("b ", 9)).reason, "");
  ExpectDrop(stage.Apply("##a " + Repeat("b ", 9)), "gopher-too-many-hashes", 0.2, 0.1);
  EXPECT_EQ(stage.Apply("a..... " + Repeat("b ", 9)).reason, "");
  ExpectDrop(stage.Apply("a...... " + Repeat("b ", 9)), "gopher-too-many-ellipsis", 0.2, 0.1);
  ExpectDrop(stage.Apply("a…..…... " + Repeat("b ", 9)), "gopher-too-many-ellipsis", 0.3, 0.1);
  EXPECT_EQ(stage.Apply(" ").reason, "");
}

TEST(GopherQualityTest, BulletsAndEllipsesOfLines) {
  const TestStage bullets = Only({{"max-bullet-lines-ratio", {"0.5"}}});
  EXPECT_EQ(bullets.Apply("- a\r\nb").reason, "");
  ExpectDrop(bullets.Apply("- a\r\n \t• b\x1D-c\xE2\x80\xA8x"), "gopher-too-many-bullets", 0.75,
             0.5);
  EXPECT_EQ(bullets.Apply("- a\n\n- b\n").reason, "gopher-too-many-bullets");
  EXPECT_EQ(bullets.Apply("- a\n\n\n- b\n").reason, "");  // Empty lines are lines.
  const TestStage ellipses = Only({{"max-ellipsis-lines-ratio", {"0.3"}}});
  EXPECT_EQ(ellipses.Apply("a...\nb\nc\nd").reason, "");
  ExpectDrop(ellipses.Apply("a... \nb…\xC2\xA0\nc\nd"), "gopher-too-many-end-ellipsis", 0.5, 0.3);
  EXPECT_EQ(ellipses.Apply("").reason, "");
}

TEST(GopherQualityTest, WordsWithALetter) {
  const TestStage stage = Only({{"max-non-alpha-words-ratio", {"0.8"}}});
  EXPECT_EQ(stage.Apply("a b1 語 d, 5").reason, "");
  ExpectDrop(stage.Apply("a b1 語 4 ."), "gopher-below-alpha-threshold", 0.6, 0.8);
}

TEST(GopherQualityTest, DifferentStopWords) {
  const TestStage stage = Only({{"min-stop-words", {"2"}}});
  EXPECT_EQ(stage.Apply("the cat and dog").reason, "");
  ExpectDrop(stage.Apply("the cat the dog And"), "gopher-enough-stop-words", 1, 2);
  const TestStage german =
      Only({{"min-stop-words", {"2"}}, {"stop-words", {"der", "die", "und", "und"}}});
  EXPECT_EQ(german.Apply("der Hund und").reason, "");
  EXPECT_EQ(german.Apply("the und to").reason, "gopher-enough-stop-words");
}

TEST(GopherQualityTest, TheFirstCheckThatFailsIsTheReason) {
  const TestStage stage("gopher-quality");
  EXPECT_EQ(stage.Apply("# # #").reason, "gopher-short-doc");
  EXPECT_EQ(stage.Apply(Repeat("# a ", 50)).reason, "gopher-below-avg-threshold");
  EXPECT_EQ(stage.Apply(Repeat("# word ", 50)).reason, "gopher-too-many-hashes");
  EXPECT_EQ(stage.Apply(Repeat("- word\n", 50)).reason, "gopher-too-many-bullets");
  EXPECT_EQ(stage.Apply(Repeat("word ", 50)).reason, "gopher-enough-stop-words");
  EXPECT_EQ(stage.Apply(Repeat("word ", 50) + "the of").reason, "");
}

TEST(GopherQualityTest, ZeroIsOff) {
  const TestStage stage = Only({{"min-doc-words", {"0"}},
                                {"max-doc-words", {"0"}},
                                {"max-symbol-word-ratio", {"0"}},
                                {"max-bullet-lines-ratio", {"0"}}});
  EXPECT_EQ(stage.Apply("- # word ...").reason, "");
}

TEST(GopherQualityTest, AnyBytes) {
  const TestStage stage("gopher-quality");
  EXPECT_EQ(stage.Apply(std::string("\0\xFF\xE2\x80", 4)).reason, "gopher-short-doc");
  EXPECT_EQ(stage.Apply(std::string(1 << 20, '.')).reason, "gopher-short-doc");
  EXPECT_EQ(stage.Apply(Repeat("\xE2", 1 << 20)).reason, "gopher-short-doc");
}

TEST(GopherQualityTest, RefusesEmptyStopWords) {
  EXPECT_EQ(Message(TestStage("gopher-quality", {{"stop-words", {"the", ""}}}).status()),
            "stop-words: a word is empty; try the");
}

}  // namespace
}  // namespace corpusmill
