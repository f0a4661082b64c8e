#include <string>

#include "gtest/gtest.h"
#include "pipelines/stages/zh_measures.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

constexpr std::string_view kProse =
    "清晨的阳光照进了院子，老人把门打开，看见孩子们已经在树下等他。他笑着说：今天我们不去学校，先把"
    "这块地里的菜收好。"
    "大家都很高兴，因为收完以后可以到河边去玩。太阳慢慢升起来，风从山上吹过，田里只有他们说话的声音"
    "。\n"
    "到了中午，活已经做完了。老人给每个人一碗水，又讲起他年轻时候的事情，孩子们听得很认真。\n";

std::string Reason(std::string_view text, const TestStage::Options& options = {}) {
  const TestStage::Result result = TestStage("zh-quality", options).Apply(text);
  EXPECT_TRUE(result.balances);
  EXPECT_EQ(result.text, text);
  return result.reason;
}

std::string Repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ZhQualityTest, KeepsProse) { EXPECT_EQ(Reason(kProse), ""); }

TEST(ZhQualityTest, DropsJunk) {
  EXPECT_EQ(Reason(std::string(kProse) + "\xEF\xBF\xBD\xEE\x80\x80"), "garbled");
  EXPECT_EQ(Reason(std::string(kProse) + "锟斤拷"), "garbled");
  EXPECT_EQ(Reason(std::string(kProse) + "\xFF\xFE"), "garbled");
  EXPECT_EQ(Reason(Repeated("click here to read more. ", 20)), "too-little-han");
  EXPECT_EQ(Reason(Repeated("龘靐齉爩鱻麤，", 20)), "rare-characters");
  EXPECT_EQ(Reason(Repeated("拖沓皱褶绷缠，", 20)), "too-few-common-characters");
  EXPECT_EQ(Reason(Repeated("这个是我们的", 30)), "too-little-punctuation");
  EXPECT_EQ(Reason(std::string(kProse) + Repeated("1234567", 10)), "too-many-digits");
  EXPECT_EQ(Reason(Repeated(kProse, 3)), "repeated-lines");
  EXPECT_EQ(Reason(Repeated("这是我们在这里说的话，", 20) + "。"), "sentences-too-long");
  EXPECT_EQ(Reason(Repeated("这是我们在这里说的话，你知道的。", 10)), "repeated-text");
}

TEST(ZhQualityTest, KeepsShortTextsUnlessTold) {
  EXPECT_EQ(Reason("龘靐齉"), "");
  EXPECT_EQ(Reason("龘靐齉", {{"min-characters", {"0"}}}), "rare-characters");
  EXPECT_EQ(Reason("龘靐齉", {{"min-characters", {"0"}}, {"max-rare-share", {"off"}}}),
            "too-few-common-characters");
  EXPECT_EQ(Reason(""), "");
}

TEST(ZhMeasuresTest, CountsShares) {
  ZhMeasures m = MeasureZh("我们 去A1，+\n哈哈哈。\n哈哈哈。\n");
  EXPECT_EQ(m.characters, 15);
  EXPECT_EQ(m.han_share, 9.0 / 15);
  EXPECT_EQ(m.latin_share, 1.0 / 15);
  EXPECT_EQ(m.digit_share, 1.0 / 15);
  EXPECT_EQ(m.symbol_share, 1.0 / 15);
  EXPECT_EQ(m.punctuation_share, 3.0 / 15);
  EXPECT_EQ(m.spaced_share, 1.0 / 9);
  EXPECT_EQ(m.sentence_length, 15.0 / 3);
  EXPECT_EQ(m.ended_line_share, 2.0 / 3);
  EXPECT_EQ(m.repeated_line_share, 4.0 / 15);
  EXPECT_EQ(m.double_share, 2.0 / 15);
  EXPECT_EQ(m.repeated_share, 0);
  // The second ten of twenty: the run that ends with the last character.
  EXPECT_EQ(MeasureZh("一二三四五六七八九十一二三四五六七八九十").repeated_share, 1.0 / 20);
  m = MeasureZh("");
  EXPECT_EQ(m.characters, 0);
  EXPECT_EQ(m.han_share, 0);
}

TEST(ZhMeasuresTest, TakesAnyBytesInLinearTime) {
  EXPECT_EQ(MeasureZh(std::string_view("\0\xE4\xB8", 3)).garbled_share, 1);
  EXPECT_EQ(MeasureZh("𠀀𠀁").rare_share, 1);
  EXPECT_EQ(MeasureZh(std::string(4 << 20, 'x')).sentence_length, 4 << 20);
  EXPECT_EQ(MeasureZh(std::string(4 << 20, '\n')).characters, 0);
}

}  // namespace
}  // namespace corpusmill
