#include <string>

#include "gtest/gtest.h"
#include "pipelines/stages/html_entities.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using Options = TestStage::Options;

/// The text after the stage; checks the ledger.
std::string Normalized(std::string_view text, const Options& options = {}) {
  const TestStage stage("normalize", options);
  EXPECT_TRUE(stage.status().ok()) << Message(stage.status());
  const TestStage::Result result = stage.Apply(text);
  EXPECT_TRUE(result.balances) << text;
  EXPECT_EQ(result.edits.empty(), result.text == text) << text;
  return result.text;
}

/// UTF-8 read as Latin-1, or as Windows-1252 where that differs.
std::string Misread(std::string_view text, bool is_latin1) {
  constexpr std::string_view kHigh[32] = {
      "€", "\xC2\x81", "‚",        "ƒ", "„",        "…",        "†", "‡",        "ˆ", "‰", "Š",
      "‹", "Œ",        "\xC2\x8D", "Ž", "\xC2\x8F", "\xC2\x90", "‘", "’",        "“", "”", "•",
      "–", "—",        "˜",        "™", "š",        "›",        "œ", "\xC2\x9D", "ž", "Ÿ"};
  std::string out;
  for (const char c : text) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      out += c;
    } else if (byte < 0xA0 && !is_latin1) {
      out += kHigh[byte - 0x80];
    } else {
      out += static_cast<char>(0xC0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

TEST(NormalizeTest, LeavesCleanTextAlone) {
  for (const std::string_view text :
       {"", "a", "A line.\n\n\tindented  twice\n", "第一条 为了加强管理，制定本条例。\n",
        "Café – 5 °C", "می‌خواهم", "👨‍👩‍👧 family", "привет",
        "\xFF\xC3\x28 not UTF-8 \xE4\xB8"}) {
    EXPECT_EQ(Normalized(text), text);
  }
}

TEST(NormalizeTest, RepairsUtf8ReadAsOtherEncodings) {
  EXPECT_EQ(Normalized("CafÃ©"), "Café");
  EXPECT_EQ(Normalized("CafÃƒÂ©"), "Café");
  EXPECT_EQ(Normalized("donâ€™t â€“ 5Â°C, Â© 2020, â„¢"), "don’t – 5°C, © 2020, ™");
  EXPECT_EQ(Normalized("鎴戜滑"), "我们");
  for (const std::string_view text :
       {"don’t", "Straße", "naïve café", "Ünder Öl", "państwo", "привет, мир", "我们的世界。",
        "こんにちは", "हिन्दी", "wow 😀!", "10 € – “ok”…", "ёлка"}) {
    for (const bool is_latin1 : {false, true}) {
      EXPECT_EQ(Normalized(Misread(text, is_latin1)), text) << is_latin1;
      EXPECT_EQ(Normalized(Misread(Misread(text, is_latin1), false)), text) << is_latin1;
    }
  }
  EXPECT_EQ(Normalized("CafÃ©", {{"repair-mojibake", {"false"}}}), "CafÃ©");
}

TEST(NormalizeTest, LeavesWhatMayBeMeant) {
  for (const std::string_view text :
       {"MAÇÃ” e NÃO”", "“CAFÉ“", "MENÜ®", "é”…", "Il dit « SÉPARÉ » – où ?", "JÄÄ…", "IRMÃ®",
        "the letter Ã” is", "café”… voilà…“", "Ä is a letter", "¿QUÉ»", "漯河市锛"}) {
    EXPECT_EQ(Normalized(text), text);
  }
}

TEST(NormalizeTest, RemovesControlCharacters) {
  const TestStage stage("normalize");
  constexpr char kText[] =
      "\xEF\xBB\xBF"
      "a\0b\x07\x1B[31mred\x1B[0m\xC2\x80 \xE2\x80\x8E|\xE2\x80\x8D|\tx\fy";
  const TestStage::Result result = stage.Apply(std::string_view(kText, sizeof(kText) - 1));
  EXPECT_EQ(result.text, "abred ||\tx\ny");
  EXPECT_EQ(result.edits, (std::map<std::string, uint64_t>{{"control-character", 4},
                                                           {"invisible-character", 2},
                                                           {"terminal-sequence", 2},
                                                           {"text-direction", 1}}));
  EXPECT_TRUE(result.balances);
  EXPECT_EQ(Normalized("a\x1B[", {}), "a[");
}

TEST(NormalizeTest, CleansWhitespace) {
  EXPECT_EQ(Normalized("a \r\nb\t\rc\xC2\x85"
                       "d\xE2\x80\xA8 e \xC2\xA0\n\n\n\n  f  g　 "),
            "a\nb\nc\nd\n e\n\n\n\n  f  g");
  EXPECT_EQ(Normalized("  a \t b\xC2\xA0"
                       "c\n　　段落　二",
                       {{"whitespace", {"collapse"}}}),
            "a b c\n段落 二");
  EXPECT_EQ(Normalized("a\n\n\n\n \nb\n\n\n", {{"max-blank-lines", {"1"}}}), "a\n\nb\n\n");
  EXPECT_EQ(Normalized("\n\na\n\nb", {{"max-blank-lines", {"0"}}}), "a\nb");
  EXPECT_EQ(Normalized("a \r\n", {{"whitespace", {"none"}}}), "a \r\n");
}

TEST(NormalizeTest, ComposesCharacters) {
  EXPECT_EQ(Normalized("e\xCC\x81 ﬁ"), "é ﬁ");
  EXPECT_EQ(Normalized("e\xCC\x81 ﬁ①", {{"form", {"nfkc"}}}), "é fi1");
  EXPECT_EQ(Normalized("e\xCC\x81", {{"form", {"none"}}}), "e\xCC\x81");
  EXPECT_EQ(Normalized("\xFF"
                       "e\xCC\x81\xFF"),
            "\xFFé\xFF");
}

TEST(NormalizeTest, DecodesEntitiesOnce) {
  const Options on = {{"html-entities", {"true"}}};
  EXPECT_EQ(Normalized("&lt;p&gt; &amp;lt; &#20013;&#x6587; &eacute;&apos;&#8217;&#146;", on),
            "<p> &lt; 中文 é'’’");
  for (const std::string_view text : {"&", "&;", "&#;", "&#x;", "&nosuch;", "&amp", "&#0;", "&#7;",
                                      "&#xD800;", "&#1114112;", "&#99999999999999;", "AT&T; x"}) {
    EXPECT_EQ(Normalized(text, on), text);
  }
  EXPECT_EQ(Normalized("&lt;"), "&lt;");
  int32_t code = 0;
  EXPECT_EQ(DecodeHtmlEntity("&thetasym;&", &code), 10u);
  EXPECT_EQ(code, 0x3D1);
}

TEST(NormalizeTest, TakesLinearTimeOnLongText) {
  std::string text;
  for (int i = 0; i < 500000; ++i) text += "Ã©鎴 \xCC\x81\xE2\x80\x8D\r";
  const TestStage stage("normalize", {{"whitespace", {"collapse"}}, {"html-entities", {"true"}}});
  EXPECT_TRUE(stage.Apply(text).balances);
  EXPECT_TRUE(stage.Apply(std::string(10 << 20, ' ')).text.empty());
  EXPECT_TRUE(stage.Apply(std::string(10 << 20, '&')).balances);
}

TEST(NormalizeTest, RefusesBlankLinesWithoutWhitespace) {
  EXPECT_THAT(
      TestStage("normalize", {{"whitespace", {"none"}}, {"max-blank-lines", {"1"}}}).status(),
      Fails(absl::StatusCode::kInvalidArgument, testing::HasSubstr("has no effect")));
}

}  // namespace
}  // namespace corpusmill
