#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using Options = TestStage::Options;

/// The stage without the count of sentences.
TestStage Lines(Options options = {}) {
  options.emplace("min-num-sentences", std::vector<std::string>{"off"});
  return TestStage("c4", options);
}

/// What the stage leaves of the text; its reason if it drops it.
std::string Kept(const TestStage& stage, std::string_view text) {
  const TestStage::Result result = stage.Apply(text);
  EXPECT_TRUE(result.balances);
  return result.reason.empty() ? result.text : "dropped: " + result.reason;
}

TEST(C4Test, KeepsLinesThatEndInTerminalPunctuation) {
  const TestStage stage = Lines();
  EXPECT_EQ(Kept(stage,
                 " It is one. \r\nIt is two\n\nIs it three?\x0BIt is \"four\"\n"
                 "It is 'five'\nIt is six...\nIt is seven!\nIt is eight。"),
            "It is one.\nIs it three?\nIt is \"four\"\nIt is 'five'\nIt is seven!");
  EXPECT_EQ(Kept(Lines({{"terminal-punctuation", {"false"}}}), "It is two\nIt is six..."),
            "It is two\nIt is six...");
}

TEST(C4Test, ReportsTheLinesAndCountsTheBytes) {
  const TestStage::Result result = Lines().Apply(
      "It is one.[1]\nNo end\nFew words.\nUse javascript with us.\nWe use cookies.\n");
  EXPECT_EQ(result.text, "It is one.");
  EXPECT_EQ(result.edits, (std::map<std::string, uint64_t>{{"no-terminal-punc", 1},
                                                           {"too-few-words", 1},
                                                           {"javascript", 1},
                                                           {"policy", 1},
                                                           {"citation", 1}}));
  EXPECT_TRUE(result.balances);
}

TEST(C4Test, LinesWithLongWords) {
  const TestStage stage = Lines({{"max-word-length", {"5"}}});
  EXPECT_EQ(Kept(stage, "a bcdef g."), "a bcdef g.");
  EXPECT_EQ(Kept(stage, "a bcdefg h."), "");
  EXPECT_EQ(Kept(stage, "ä ööööö ü."), "ä ööööö ü.");
  EXPECT_EQ(Kept(stage, "ä öööööö ü."), "");
  EXPECT_EQ(Kept(stage,
                 "aaaaa\xC2\xA0"
                 "bbbbb\xE3\x80\x80"
                 "cccc."),
            "aaaaa\xC2\xA0"
            "bbbbb\xE3\x80\x80"
            "cccc.");
  const std::string word(1000, 'a');
  EXPECT_EQ(Kept(Lines(), "is it " + word + " ?"), "is it " + word + " ?");
  EXPECT_EQ(Kept(Lines(), "is it " + word + "? ?"), "");
  EXPECT_EQ(Kept(Lines({{"max-word-length", {"off"}}}), "is it " + word + "? ?"),
            "is it " + word + "? ?");
}

TEST(C4Test, WordsAreCountedBeforeCitationsGo) {
  EXPECT_EQ(Kept(Lines(), "Yes [1] [2] no."), "Yes   no.");
  EXPECT_EQ(Kept(Lines(), "Yes no."), "");
  EXPECT_EQ(Kept(Lines({{"min-words-per-line", {"2"}}}), "Yes no."), "Yes no.");
}

TEST(C4Test, Citations) {
  EXPECT_EQ(Kept(Lines(), "[edit] It[12] is[] so[citation needed]![\xEF\xBC\x91]"), "It is so!");
  EXPECT_EQ(Kept(Lines(), "It is [a] [1 so [[2]] now."), "It is [a] [1 so [] now.");
  EXPECT_EQ(Kept(Lines({{"remove-citations", {"false"}}}), "It is so[1]."), "It is so[1].");
  // Whitespace that is left stays inside of the text and goes at its ends.
  EXPECT_EQ(Kept(Lines({{"terminal-punctuation", {"false"}}}), "[1] [2] [3]\n[1] a b\nc d [2]"),
            "a b\nc d");
  EXPECT_EQ(Kept(Lines({{"terminal-punctuation", {"false"}}}), "x y z\n[1] [2] [3]\na b c"),
            "x y z\n  \na b c");
}

TEST(C4Test, PhrasesInTheirOrder) {
  EXPECT_EQ(Kept(Lines(), "It is LOREM Ipsum { javascript."), "dropped: lorem-ipsum");
  EXPECT_EQ(Kept(Lines(), "It is a JavaScript { line."), "");
  EXPECT_EQ(Kept(Lines(), "It is { use cookies."), "dropped: curly-bracket");
  EXPECT_EQ(Kept(Lines(), "It is {"), "");  // The line goes before its bracket is seen.
  EXPECT_EQ(Kept(Lines({{"curly-bracket", {"false"}}}), "It is a {."), "It is a {.");
  EXPECT_EQ(Kept(Lines({{"lorem-ipsum", {"false"}}}), "It is lorem ipsum."), "It is lorem ipsum.");
  EXPECT_EQ(Kept(Lines({{"javascript", {"false"}}}), "It is javascript."), "It is javascript.");
  for (const char* phrase : {"Terms of Use", "privacy POLICY", "Cookie policy", "uses cookies",
                             "use of cookies", "use cookies", "use coo\u212Aies"}) {
    const std::string line = std::string("The ") + phrase + " it is.";
    EXPECT_EQ(Kept(Lines(), line), "") << phrase;
    EXPECT_EQ(Kept(Lines({{"policy", {"false"}}}), line), line);
  }
  EXPECT_EQ(Kept(Lines(), "The cookies terms use policy."), "The cookies terms use policy.");
}

TEST(C4Test, CountsSentencesOfTheLinesThatAreKept) {
  const TestStage stage("c4");
  EXPECT_EQ(stage.Apply("It is. It is! Is it? (It is.) Yes.\nIt is so.").reason, "");
  const TestStage::Result result = stage.Apply("It is. It is! Is it?\nIt is so.\nNo\nNo.");
  EXPECT_EQ(result.reason, "too-few-sentences");
  EXPECT_EQ(result.value, 4);
  EXPECT_EQ(result.threshold, 5);
  EXPECT_EQ(stage.Apply("").reason, "too-few-sentences");
}

TEST(C4Test, SentencesInPlaceOfLines) {
  const TestStage stage("c4", {{"split-paragraph", {"false"}}, {"min-num-sentences", {"2"}}});
  EXPECT_EQ(Kept(stage, "It is one. Two.\nIt is three.\n\nNo end"), "It is one. It is three.");
  EXPECT_EQ(Kept(stage, "It is one. Two. No end"), "dropped: too-few-sentences");
}

TEST(C4Test, ParagraphRule) {
  const TestStage stage(
      "c4",
      {{"line-rules", {"false"}}, {"paragraph-rule", {"true"}}, {"min-paragraph-len", {"3"}}});
  EXPECT_EQ(Kept(stage, "語語語\nabc\nx\nabcd"), "語語語\nabc\nx\nabcd");
  const TestStage::Result result = stage.Apply("語語\nabc\nabc");
  EXPECT_EQ(result.reason, "too-few-paragraphs");
  EXPECT_EQ(result.value, 2);
  EXPECT_EQ(result.threshold, 3);
}

class C4BadWordsTest : public testing::Test {
 protected:
  TestStage Stage(std::string_view list, Options options = {}) {
    options.emplace("line-rules", std::vector<std::string>{"false"});
    options.emplace("bad-words", std::vector<std::string>{folder_.Write("words.txt", list)});
    return TestStage("c4", options);
  }
  TestFolder folder_;
};

TEST_F(C4BadWordsTest, MatchesWholeWordsInAnyCase) {
  const TestStage stage = Stage("darn\nvery bad \n\nstraße\n");
  const auto is_dropped = [&](std::string_view text) {
    return stage.Apply(text).reason == "document-removed-with-badwords";
  };
  EXPECT_TRUE(is_dropped("darn"));
  EXPECT_TRUE(is_dropped("Oh, DARN!"));
  EXPECT_TRUE(is_dropped("it is (very bad)"));
  EXPECT_TRUE(is_dropped("die STRASSE, Straße"));
  EXPECT_FALSE(is_dropped("darned darn_ darn1 édarn darné"));
  EXPECT_FALSE(is_dropped("very  bad"));
  EXPECT_FALSE(is_dropped(""));
  EXPECT_TRUE(
      is_dropped("\xFF"
                 "darn\xFF"));
}

TEST_F(C4BadWordsTest, MatchesInsideOfWordsWhereLanguagesNeedIt) {
  const TestStage stage = Stage("坏话\n性\n", {{"bad-words-language", {"zh"}}});
  EXPECT_EQ(stage.Apply("这是坏话吗").reason, "document-removed-with-badwords");
  EXPECT_EQ(stage.Apply("性格").reason, "");  // Ignored by default.
  EXPECT_EQ(Stage("坏话\n").Apply("这是坏话吗").reason, "");
}

TEST_F(C4BadWordsTest, KeepsAFraction) {
  const TestStage stage = Stage("darn\n", {{"keep-fraction", {"0.25"}}});
  int kept = 0;
  for (uint64_t record = 0; record < 1000; ++record) {
    const TestStage::Result result = stage.Apply("darn", {}, record);
    kept += result.reason.empty() ? 1 : 0;
    EXPECT_EQ(result.reason, stage.Apply("darn", {}, record).reason);
  }
  EXPECT_NEAR(kept, 250, 50);
}

TEST_F(C4BadWordsTest, RefusesListsThatItCannotUse) {
  EXPECT_THAT(Stage("\n \n").status(),
              Fails(absl::StatusCode::kDataLoss, testing::HasSubstr("no words; try a file")));
  EXPECT_THAT(Stage("a\n\xFF").status(),
              Fails(absl::StatusCode::kDataLoss, testing::HasSubstr("byte 2 is not UTF-8")));
  EXPECT_THAT(TestStage("c4", {{"bad-words", {folder_ / "none"}}}).status(),
              Fails(absl::StatusCode::kUnavailable, testing::HasSubstr("none")));
}

TEST(C4Test, AnyBytesInLinearTime) {
  const TestStage stage("c4");
  EXPECT_EQ(stage.Apply(std::string("\0\xFF\xE2", 3)).reason, "too-few-sentences");
  EXPECT_EQ(stage.Apply(std::string(10 << 20, '[')).reason, "too-few-sentences");
  EXPECT_EQ(stage.Apply(std::string(10 << 20, '1')).reason, "too-few-sentences");
  EXPECT_EQ(stage.Apply(std::string(10 << 20, ' ')).reason, "too-few-sentences");
  std::string text;
  for (int i = 0; i < 300000; ++i) text += "[1] ";
  EXPECT_EQ(Kept(Lines({{"terminal-punctuation", {"false"}}}), text), "");
}

}  // namespace
}  // namespace corpusmill
