#include "corpus/text/json.h"

#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
using Kind = JsonField::Kind;

/// A parser over padded copies.
class Parser {
 public:
  absl::Status Parse(std::string_view json) {
    padded_ = std::string(json) + std::string(kJsonPadding, '"');
    return parser_.Parse(std::string_view(padded_).substr(0, json.size()), fields_);
  }
  const JsonField& text() const { return fields_[0]; }
  const JsonField& id() const { return fields_[1]; }

 private:
  JsonObjectParser parser_;
  std::string padded_;
  JsonField fields_[2] = {{.name = "text"}, {.name = "id"}};
};

TEST(JsonObjectParser, FindsMembersAndTheirKinds) {
  Parser parser;
  CM_ASSERT_OK(parser.Parse(R"({"id": 7, "other": [1, {"text": 0}], "text": "abc"})"));
  EXPECT_EQ(parser.text().kind, Kind::kString);
  EXPECT_EQ(parser.text().value, "abc");
  EXPECT_EQ(parser.id().kind, Kind::kNumber);
  EXPECT_EQ(parser.id().value, "7");
  for (const char* other : {"null", "true", "[\"abc\"]", "{\"text\":\"x\"}"}) {
    CM_ASSERT_OK(parser.Parse(std::string("{\"text\":") + other + "}"));
    EXPECT_EQ(parser.text().kind, Kind::kOther);
    EXPECT_EQ(parser.text().value, "");
    EXPECT_EQ(parser.id().kind, Kind::kMissing) << "left over from the last record";
    EXPECT_EQ(parser.id().value, "");
  }
  CM_ASSERT_OK(parser.Parse("{}"));
  EXPECT_EQ(parser.text().kind, Kind::kMissing);
}

TEST(JsonObjectParser, OfMembersWithOneNameTheLastCounts) {
  Parser parser;
  CM_ASSERT_OK(parser.Parse(R"({"text":"a","text":"b"})"));
  EXPECT_EQ(parser.text().value, "b");
  CM_ASSERT_OK(parser.Parse(R"({"text":"a","text":1,"id":2,"id":"x"})"));
  EXPECT_EQ(parser.text().kind, Kind::kNumber);
  EXPECT_EQ(parser.id().kind, Kind::kString);
  CM_ASSERT_OK(parser.Parse(R"({"text":"a","te\u0078t":null})"));
  EXPECT_EQ(parser.text().kind, Kind::kOther);
  EXPECT_EQ(parser.text().value, "");
}

TEST(JsonObjectParser, UnescapesStrings) {
  const std::pair<const char*, std::string> cases[] = {
      {R"(\" \\ \/ \b\f\n\r\t)", "\" \\ / \b\f\n\r\t"},
      {R"(\u0041\u00e9\u4e2d\u4E2D)", "A\u00e9\u4e2d\u4e2d"},
      {R"(\ud83d\ude00\uD83D\uDE00)", "\U0001f600\U0001f600"},
      {R"(a\u0000b)", std::string("a\0b", 3)},
      {"\u4e2d\U0001f600\x7f", "\u4e2d\U0001f600\x7f"},
      {R"(\uffff\uFEFF)", "\uffff\ufeff"},
      {"", ""},
  };
  Parser parser;
  for (const auto& [escaped, text] : cases) {
    CM_ASSERT_OK(parser.Parse(std::string("{\"text\":\"") + escaped + "\"}")) << escaped;
    EXPECT_EQ(parser.text().value, text);
  }
}

TEST(JsonObjectParser, NeverGivesTextThatIsNotUtf8) {
  Parser parser;
  for (const char* lone :
       {R"(\ud83d)", R"(\ude00)", R"(\ud83dx)", R"(\ud83d\n)", R"(\ud83d\u0041)", R"(\ude00\ud83d)",
        R"(\ud83d\ud83d)", R"(\udc00\udc00)", R"(a\udfffb)", R"(\uDFFF)", R"(\\\udc80)"}) {
    EXPECT_THAT(parser.Parse(std::string("{\"text\":\"") + lone + "\"}"),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("surrogate")))
        << lone;
    EXPECT_THAT(parser.Parse(std::string("{\"x\":\"") + lone + "\"}"),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("surrogate")))
        << lone << " in a member nobody wants";
    EXPECT_THAT(parser.Parse(std::string("{\"") + lone + "\":1}"),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("surrogate")))
        << lone << " in a name";
  }
  CM_EXPECT_OK(parser.Parse(R"({"text":"\\udc80 \\\\ud83d"})"));
  CM_EXPECT_OK(parser.Parse(R"({"text":"\ud7ff\ue000\udbff\udfff\ud800\udc00"})"));
  for (const char* bytes : {"\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_THAT(parser.Parse(std::string("{\"text\":\"") + bytes + "\"}"),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("not UTF-8")));
  }
}

TEST(JsonObjectParser, NumbersComeInTheirShortestForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},
      {"-7", "-7"},
      {"9223372036854775807", "9223372036854775807"},
      {"18446744073709551615", "18446744073709551615"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"1.50", "1.5"},
      {"1.0", "1.0"},
  };
  Parser parser;
  for (const auto& [written, value] : cases) {
    CM_ASSERT_OK(parser.Parse(std::string("{\"id\":") + written + "}"));
    EXPECT_EQ(parser.id().value, value);
  }
}

TEST(JsonObjectParser, AByteOrderMarkAndBlanksAroundAreFine) {
  Parser parser;
  for (const char* json :
       {"\xEF\xBB\xBF{\"text\":\"a\"}", " \t{\"text\":\"a\"} \r", "{\"text\"\r:\n\"a\"}"}) {
    CM_ASSERT_OK(parser.Parse(json));
    EXPECT_EQ(parser.text().value, "a");
  }
}

TEST(JsonObjectParser, AnythingButOneObjectIsADataError) {
  Parser parser;
  for (const std::string json : {"",
                                 " ",
                                 "\xEF\xBB\xBF",
                                 "{",
                                 "}",
                                 "[]",
                                 "[{}]",
                                 "1",
                                 "\"text\"",
                                 "null",
                                 "{}{}",
                                 "{} {}",
                                 "{},",
                                 "{\"text\"}",
                                 "{\"text\":}",
                                 "{\"text\":\"a\",}",
                                 "{text:1}",
                                 "{'text':1}",
                                 "{\"a\":01}",
                                 "{\"a\":+1}",
                                 "{\"a\":.5}",
                                 "{\"a\":NaN}",
                                 "{\"a\":1e999}",
                                 "{\"a\":tru}",
                                 "{\"a\":\"\t\"}",
                                 "{\"a\":\"\\x\"}",
                                 "{\"a\":\"\\u12\"}",
                                 "{\"a\":\"b}",
                                 "{\"a\":\"b\\\"}",
                                 "{\"a\":1 \"b\":2}",
                                 "// x\n{}",
                                 "{\"a\":[1,2}",
                                 "{\"a\":[1,2]]}"}) {
    EXPECT_EQ(parser.Parse(json).code(), absl::StatusCode::kDataLoss) << json;
  }
  EXPECT_EQ(parser.Parse(std::string("{\"a\":1}\0", 8)).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(parser.Parse(std::string("{\"a\":\"\0\"}", 9)).code(), absl::StatusCode::kDataLoss);
}

TEST(JsonObjectParser, IsUsableAfterAnError) {
  Parser parser;
  EXPECT_FALSE(parser.Parse("{\"text\":\"a\"").ok());
  EXPECT_EQ(parser.text().kind, Kind::kMissing);
  CM_ASSERT_OK(parser.Parse("{\"text\":\"b\"}"));
  EXPECT_EQ(parser.text().value, "b");
}

TEST(JsonObjectParser, DeepNestingIsADataErrorAndNotACrash) {
  Parser parser;
  const auto nested = [](size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CM_EXPECT_OK(parser.Parse(nested(500)));
  EXPECT_THAT(parser.Parse(nested(100'000)),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("too deeply")));
}

TEST(JsonObjectParser, LargeRecordsAreParsed) {
  Parser parser;
  const std::string text(5 << 20, 'x');
  CM_ASSERT_OK(parser.Parse("{\"text\":\"" + text + "\"}"));
  EXPECT_TRUE(parser.text().value == text);
  EXPECT_GE(JsonObjectParser::MemoryBytes("{\"text\":\"" + text + "\"}"), text.size());
}

TEST(AppendJsonString, RoundTripsThroughTheParser) {
  std::string all;
  for (int byte = 0; byte < 128; ++byte) all += static_cast<char>(byte);
  Parser parser;
  for (const std::string& text : {std::string(), all, std::string("\u4e2d\U0001f600\u2028\ufeff"),
                                  std::string("\\u0041 \"quoted\"")}) {
    std::string json = "{\"text\":";
    AppendJsonString(text, &json);
    EXPECT_EQ(json.find('\n'), std::string::npos);
    CM_ASSERT_OK(parser.Parse(json + "}"));
    EXPECT_EQ(parser.text().value, text);
  }
}

TEST(AppendJsonString, KeepsNonAsciiRawAndEscapesControls) {
  std::string out = "x";
  AppendJsonString(std::string("\u4e2d\"\\/\n\r\t\0\x1f\x7f", 12), &out);
  EXPECT_EQ(out, "x\"\u4e2d\\\"\\\\/\\n\\r\\t\\u0000\\u001f\x7f\"");
}

TEST(AppendJsonString, InvalidBytesAreReplacedAsNormalizeReplacesThem) {
  for (const char* text : {"a\xff", "\xe4\xb8", "\xe4\xb8 x", "\xed\xa0\x80", "\xf0\x9f\x98y",
                           "\xc0\xaf", "\xf4\x90\x80\x80", "\x80"}) {
    std::string json, mended;
    AppendJsonString(text, &json);
    CM_ASSERT_OK(Normalize(text, Normalization::kNone, InvalidUtf8::kReplace, &mended));
    EXPECT_EQ(json, "\"" + mended + "\"");
  }
}

}  // namespace
}  // namespace corpusmill
