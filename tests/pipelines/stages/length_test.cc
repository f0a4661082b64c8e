#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

TEST(LengthTest, LimitsAreInclusive) {
  const TestStage stage("length", {{"min-bytes", {"3"}}, {"max-bytes", {"5"}}});
  EXPECT_EQ(stage.Apply("ab").reason, "too-few-bytes");
  EXPECT_EQ(stage.Apply("abc").reason, "");
  EXPECT_EQ(stage.Apply("abcde").reason, "");
  const TestStage::Result result = stage.Apply("abcdef");
  EXPECT_EQ(result.reason, "too-many-bytes");
  EXPECT_EQ(result.value, 6);
  EXPECT_EQ(result.threshold, 5);
}

TEST(LengthTest, CountsCodePointsAndWords) {
  EXPECT_EQ(TestStage("length", {{"min-characters", {"3"}}}).Apply("日本").reason,
            "too-few-characters");
  EXPECT_EQ(TestStage("length", {{"min-characters", {"3"}}}).Apply("日本語").reason, "");
  EXPECT_EQ(TestStage("length", {{"max-words", {"2"}}}).Apply("a b c").reason, "too-many-words");
}

TEST(LengthTest, RefusesUnknownOptionsAndWrongValues) {
  EXPECT_EQ(Message(TestStage("length", {{"min-byte", {"3"}}}).status()),
            "min-byte: unknown option; try min-bytes");
  EXPECT_EQ(Message(TestStage("length", {{"min-bytes", {"x"}}}).status()),
            "min-bytes: 'x' is not a whole number or off");
}

}  // namespace
}  // namespace corpusmill
