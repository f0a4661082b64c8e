#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

TEST(ScriptTest, KeepsMainScripts) {
  const TestStage stage("script", {{"keep", {"Latin", "hani"}}});
  EXPECT_EQ(stage.Apply("Straße 12").reason, "");
  EXPECT_EQ(stage.Apply("日本").reason, "");
  EXPECT_EQ(stage.Apply("улица street").reason, "");
  EXPECT_EQ(stage.Apply("улицами street").reason, "other-script");
  EXPECT_EQ(stage.Apply("12 ... \xCC\x81").reason, "no-letters");
}

TEST(ScriptTest, SharesAreOfLetters) {
  const TestStage stage("script", {{"keep", {"Cyrillic"}}, {"min-share", {"0.75"}}});
  EXPECT_EQ(stage.Apply("абв, 123 4567890 d").reason, "");
  const TestStage::Result result = stage.Apply("абв de");
  EXPECT_EQ(result.reason, "low-share");
  EXPECT_DOUBLE_EQ(result.value, 0.6);
  EXPECT_EQ(result.threshold, 0.75);
  EXPECT_EQ(TestStage("script", {{"keep", {"Han", "Hiragana"}}, {"min-share", {"1"}}})
                .Apply("日本の")
                .reason,
            "");
  EXPECT_EQ(TestStage("script", {{"min-share", {"0.9"}}}).Apply("abcабв").reason, "low-share");
}

TEST(ScriptTest, NotesTheMainScript) {
  const TestStage::Result result = TestStage("script").Apply("ひらがな 漢");
  EXPECT_EQ(result.annotations,
            (std::map<std::string, std::string>{{"script", "Hiragana"}, {"script-share", "0.8"}}));
  EXPECT_TRUE(TestStage("script").Apply("1").annotations.empty());
  EXPECT_EQ(TestStage("script").Apply("1").reason, "");
  EXPECT_EQ(TestStage("script", {{"on-unknown", {"drop"}}}).Apply("").reason, "no-letters");
}

TEST(ScriptTest, BytesThatAreNotUtf8DoNotCount) {
  EXPECT_EQ(TestStage("script").Apply("\xFF\x80漢\xE6\xBC").annotations.at("script-share"), "1");
  EXPECT_EQ(TestStage("script").Apply("𠀀\U000323AF").annotations.at("script"), "Han");
}

TEST(ScriptTest, RefusesUnknownScripts) {
  EXPECT_EQ(Message(TestStage("script", {{"keep", {"English"}}}).status()),
            "keep: 'English' is not a Unicode script; try Latin, Han or Cyrillic");
  EXPECT_FALSE(TestStage("script", {{"keep", {"Common"}}}).status().ok());
}

}  // namespace
}  // namespace corpusmill
