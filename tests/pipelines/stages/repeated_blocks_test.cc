#include <string>

#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

std::string Cleaned(std::string_view text, const TestStage::Options& options) {
  const TestStage stage("repeated-blocks", options);
  EXPECT_TRUE(stage.status().ok()) << Message(stage.status());
  const TestStage::Result result = stage.Apply(text);
  EXPECT_TRUE(result.balances);
  return result.text;
}

TEST(RepeatedBlocksTest, RemovesLongLines) {
  const TestStage::Options five = {{"min-characters", {"5"}}};
  EXPECT_EQ(Cleaned("abcde\nx\nabcde\n\ny\nabcde", five), "abcde\nx\ny\n");
  EXPECT_EQ(Cleaned("abcd\nx\nabcd\n", five), "abcd\nx\nabcd\n");
  EXPECT_EQ(Cleaned("语料语料语\nx\n语料语料语\r\n", five), "语料语料语\nx\n");
  EXPECT_EQ(Cleaned("语料\nx\n语料", five), "语料\nx\n语料");
  EXPECT_EQ(Cleaned("abcde\nabcdE\n abcde", five), "abcde\nabcdE\n abcde");
}

TEST(RepeatedBlocksTest, RemovesBlocksOfShortLines) {
  const TestStage::Options ten = {{"min-characters", {"10"}}};
  const std::string menu = "Home\nNews\n\nShop\nHelp\n";
  EXPECT_EQ(Cleaned(menu + "text\n" + menu + "end\n" + menu, ten), menu + "text\nend\n");
  // Other blank lines do not matter; a shorter part stays.
  EXPECT_EQ(Cleaned(menu + "text\nHome\n\nNews\nShop\n\nHelp\nend\nNews\nShop\n", ten),
            menu + "text\nend\nNews\nShop\n");
}

TEST(RepeatedBlocksTest, RemovesOverlappingBlocks) {
  const TestStage::Options four = {{"min-characters", {"4"}}};
  EXPECT_EQ(Cleaned("aaaa\naaaa\naaaa\n", four), "aaaa\n");
  EXPECT_EQ(Cleaned("ab\ncd\nab\ncd\nab\ncd\nx\n", four), "ab\ncd\nx\n");
  // The block ends with a line that is too short for a block of its own.
  EXPECT_EQ(Cleaned("abcdef\nx\ny\nabcdef\nx\nz\n", four), "abcdef\nx\ny\nz\n");
}

TEST(RepeatedBlocksTest, TakesParagraphs) {
  EXPECT_EQ(
      Cleaned("a\nb\n\nc\n\na\nb\n\nd\n", {{"min-characters", {"3"}}, {"unit", {"paragraph"}}}),
      "a\nb\n\nc\n\nd\n");
  EXPECT_EQ(Cleaned("a\nb\n\nc\nb\n", {{"min-characters", {"1"}}, {"unit", {"paragraph"}}}),
            "a\nb\n\nc\nb\n");
}

TEST(RepeatedBlocksTest, DropsAboveAShare) {
  const TestStage stage("repeated-blocks", {{"min-characters", {"2"}}, {"max-share", {"0.5"}}});
  EXPECT_EQ(stage.Apply("aa\nbb\naa\nbb\n").reason, "");
  const TestStage::Result result = stage.Apply("aa\naa\naa\nbb");
  EXPECT_EQ(result.reason, "");
  const TestStage::Result dropped = stage.Apply("aa\naa\naa\naa");
  EXPECT_EQ(dropped.reason, "repeated-share");
  EXPECT_EQ(dropped.value, 0.75);
  EXPECT_EQ(dropped.text, "aa\naa\naa\naa");
}

TEST(RepeatedBlocksTest, TakesAnyBytesInLinearTime) {
  for (const std::string_view text : {"", "\n", "\r\n\r\n", "\xFF\xFF\n\xFF\xFF"}) {
    EXPECT_TRUE(TestStage("repeated-blocks").Apply(text).balances);
  }
  const TestStage stage("repeated-blocks", {{"min-characters", {"1000"}}});
  std::string lines;
  for (int i = 0; i < 1 << 20; ++i) lines += "a\n";
  EXPECT_EQ(stage.Apply(lines).text, "a\n");
  std::string doubled;
  for (int i = 0; i < 100000; ++i) doubled += absl::StrFormat("%d\n", i * 7919 % 1000);
  EXPECT_TRUE(stage.Apply(doubled).balances);
  EXPECT_EQ(stage.Apply(std::string(10 << 20, 'x')).text.size(), size_t{10} << 20);
}

}  // namespace
}  // namespace corpusmill
