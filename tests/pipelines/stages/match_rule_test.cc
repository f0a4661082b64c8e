#include <string>

#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

TEST(MatchRuleTest, KeepsDocumentsThatMatch) {
  const TestStage stage("keep", {{"patterns", {"corpus", "\\p{Han}"}}});
  EXPECT_EQ(stage.Apply("a corpus").reason, "");
  EXPECT_EQ(stage.Apply("语料").reason, "");
  EXPECT_EQ(stage.Apply("text").reason, "no-match");
  EXPECT_EQ(TestStage("keep", {{"patterns", {"x"}}, {"reason", {"off-topic"}}}).Apply("a").reason,
            "off-topic");
}

TEST(MatchRuleTest, DropsDocumentsAndNamesThePattern) {
  const TestStage stage("drop",
                        {{"patterns", {"casino", "lottery"}}, {"case-sensitive", {"false"}}});
  EXPECT_EQ(stage.Apply("LOTTERY").reason, "pattern-2");
  EXPECT_EQ(stage.Apply("lottery and Casino").reason, "pattern-1");
  EXPECT_EQ(stage.Apply("text").reason, "");
}

TEST(MatchRuleTest, RemovesLines) {
  const TestStage drop("drop", {{"patterns", {"^#", "ad$"}}, {"per", {"line"}}});
  TestStage::Result result = drop.Apply("# x\na\r\nan ad\r\nb");
  EXPECT_EQ(result.text, "a\r\nb");
  EXPECT_EQ(result.edits["line"], 2u);
  EXPECT_TRUE(result.balances);
  result = drop.Apply("# x\n");
  EXPECT_EQ(result.reason, "no-line-left");
  EXPECT_EQ(result.text, "# x\n");
  EXPECT_EQ(drop.Apply("").reason, "");
  const TestStage keep("keep", {{"patterns", {"a"}}, {"per", {"line"}}});
  EXPECT_EQ(keep.Apply("a\n\nb\nca").text, "a\nca");
}

TEST(MatchRuleTest, LooksAtOtherMembers) {
  const TestStage stage("drop", {{"patterns", {"\\.test/"}}, {"field", {"url"}}});
  EXPECT_EQ(stage.stage().members(), std::vector<std::string>{"url"});
  EXPECT_EQ(stage.Apply("x", {{"url", "http://a.test/"}}).reason, "pattern-1");
  EXPECT_EQ(stage.Apply(".test/").reason, "");
}

TEST(MatchRuleTest, TakesPlainStringsAndFlags) {
  EXPECT_EQ(TestStage("keep", {{"patterns", {"a.b("}}, {"literal", {"true"}}}).Apply("a.b(").reason,
            "");
  EXPECT_EQ(TestStage("keep", {{"patterns", {"^b$"}}}).Apply("a\nb\n").reason, "no-match");
  EXPECT_EQ(
      TestStage("keep", {{"patterns", {"^b$"}}, {"multi-line", {"true"}}}).Apply("a\nb\n").reason,
      "");
  EXPECT_EQ(
      TestStage("keep", {{"patterns", {"a.b"}}, {"dot-newline", {"true"}}}).Apply("a\nb").reason,
      "");
}

TEST(MatchRuleTest, ShowsTheMessageOfRe2) {
  EXPECT_EQ(Message(TestStage("drop", {{"patterns", {"a", "b("}}}).status()),
            "patterns: number 2, 'b(': missing ): b(");
  EXPECT_EQ(Message(TestStage("drop").status()), "patterns: a list of strings is required");
  EXPECT_THAT(
      TestStage("keep", {{"patterns", {"a"}}, {"per", {"line"}}, {"field", {"url"}}}).status(),
      Fails(absl::StatusCode::kInvalidArgument, testing::HasSubstr("try per: document")));
}

TEST(MatchRuleTest, InvalidUtf8MatchesNothing) {
  const TestStage any("keep", {{"patterns", {"."}}});
  EXPECT_EQ(any.Apply("\xFF\xFE").reason, "no-match");
  EXPECT_EQ(any.Apply("\xFF!").reason, "");
  const TestStage several("keep", {{"patterns", {"[^a]", "\\w"}}});
  EXPECT_EQ(several.Apply("\xE4\xB8").reason, "no-match");
  EXPECT_EQ(several.Apply(std::string_view("\0", 1)).reason, "");
}

TEST(MatchRuleTest, SearchesManyPatternsThatExceedAnAutomaton) {
  // Each needs many states; together they exceed the memory of a set on this text.
  TestStage::Options options = {{"patterns", {}}};
  for (int i = 0; i < 24; ++i) {
    options["patterns"].push_back("[ab]*" + std::string(1, static_cast<char>('a' + i % 2)) +
                                  "[ab]{" + std::to_string(60 + i) + "}x");
  }
  const TestStage stage("drop", options);
  ASSERT_TRUE(stage.status().ok()) << Message(stage.status());
  std::string text;
  uint32_t state = 1;
  for (int i = 0; i < 4000; ++i) {
    state = state * 1664525 + 1013904223;
    text += (state >> 30 & 1) != 0 ? 'a' : 'b';
  }
  EXPECT_EQ(stage.Apply(text).reason, "");
  EXPECT_NE(stage.Apply(text + "x").reason, "");
}

}  // namespace
}  // namespace corpusmill
