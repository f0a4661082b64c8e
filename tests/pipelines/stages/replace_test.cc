#include <string>

#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

std::string Replaced(std::string_view text, const TestStage::Options& options) {
  const TestStage stage("replace", options);
  EXPECT_TRUE(stage.status().ok()) << Message(stage.status());
  const TestStage::Result result = stage.Apply(text);
  EXPECT_TRUE(result.balances);
  return result.text;
}

TEST(ReplaceTest, WritesGroups) {
  EXPECT_EQ(Replaced("2020-01-31 x 1999-12-01",
                     {{"patterns", {"(\\d+)-(\\d+)-(\\d+)"}}, {"with", {"\\3.\\2.\\1"}}}),
            "31.01.2020 x 01.12.1999");
  EXPECT_EQ(Replaced("a\\b", {{"patterns", {"b"}}, {"with", {"[\\0\\\\]"}}}), "a\\[b\\]");
  EXPECT_EQ(Replaced("a [1] b [22]", {{"patterns", {" \\[\\d*]"}}}), "a b");
}

TEST(ReplaceTest, AppliesPatternsInOrder) {
  EXPECT_EQ(Replaced("a", {{"patterns", {"a", "b"}}, {"with", {"b", "c"}}}), "c");
  EXPECT_EQ(Replaced("ab", {{"patterns", {"a", "b"}}, {"with", {"."}}}), "..");
}

TEST(ReplaceTest, EmptyMatchesInsertAndEnd) {
  EXPECT_EQ(Replaced("语a\xFF", {{"patterns", {"x*"}}, {"with", {"-"}}}), "-语-a-\xFF-");
  EXPECT_EQ(Replaced("", {{"patterns", {"^"}}, {"with", {"-"}}}), "-");
  EXPECT_EQ(Replaced("a\nb", {{"patterns", {"^"}}, {"with", {"> "}}, {"multi-line", {"true"}}}),
            "> a\n> b");
  EXPECT_EQ(Replaced("baac", {{"patterns", {"a*"}}, {"with", {"-"}}}), "-b--c-");
}

TEST(ReplaceTest, CountsUnderItsKind) {
  const TestStage stage("replace", {{"patterns", {"a"}}, {"kind", {"letter"}}});
  EXPECT_EQ(stage.Apply("banana").edits, (std::map<std::string, uint64_t>{{"letter", 3}}));
  EXPECT_EQ(stage.Apply("").text, "");
}

TEST(ReplaceTest, RefusesWrongReferencesAndCounts) {
  EXPECT_THAT(TestStage("replace", {{"patterns", {"a"}}, {"with", {"\\1"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, testing::StartsWith("with: '\\1': ")));
  EXPECT_EQ(
      Message(TestStage("replace", {{"patterns", {"a", "b", "c"}}, {"with", {"x", "y"}}}).status()),
      "with: 2 strings for 3 patterns; try one for each");
}

TEST(ReplaceTest, ReplacesInTenMegabytesOfOneLine) {
  const TestStage stage("replace", {{"patterns", {"ab"}}, {"with", {"c"}}});
  std::string text;
  for (int i = 0; i < 1 << 20; ++i) text += "xxxxxxxxab";
  const TestStage::Result result = stage.Apply(text);
  EXPECT_EQ(result.text.size(), text.size() - (1 << 20));
  EXPECT_TRUE(result.balances);
}

}  // namespace
}  // namespace corpusmill
