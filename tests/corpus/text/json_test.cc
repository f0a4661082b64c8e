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
  absl::Status Parse(std::string_view json, bool replace_invalid = false) {
    padded_ = std::string(json) + std::string(kJsonPadding, '"');
    return parser_.Parse(std::string_view(padded_).substr(0, json.size()), fields_,
                         replace_invalid);
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
    // In a member or a name that nobody wants.
    for (const std::string& json :
         {std::string("{\"x\":\"") + lone + "\",\"text\":\"b\"}",
          std::string("{\"text\":\"b\",\"") + lone + "\":[{\"" + lone + "\":1}]}"}) {
      CM_ASSERT_OK(parser.Parse(json)) << json;
      EXPECT_EQ(parser.text().value, "b") << json;
    }
  }
  CM_EXPECT_OK(parser.Parse(R"({"text":"\\udc80 \\\\ud83d"})"));
  CM_EXPECT_OK(parser.Parse(R"({"text":"\ud7ff\ue000\udbff\udfff\ud800\udc00"})"));
  for (const char* bytes : {"\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_THAT(parser.Parse(std::string("{\"text\":\"") + bytes + "\"}"),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("not UTF-8")));
    CM_ASSERT_OK(parser.Parse(std::string("{\"x\":[\"") + bytes + "\"],\"text\":\"b\"}"));
    EXPECT_EQ(parser.text().value, "b");
  }
}

TEST(JsonObjectParser, ReplacesWhatIsNotUnicode) {
  const std::string r = "\uFFFD";
  const std::pair<std::string, std::string> strings[] = {
      {R"(\ud83d)", r},
      {R"(\uDE00)", r},
      {R"(\ud83dx)", r + "x"},
      {R"(\ud83d\n)", r + "\n"},
      {R"(\ud83d\u0041)", r + "A"},
      {R"(\ude00\ud83d)", r + r},
      {R"(\ud83d\ud83d\ude00)", r + "\U0001f600"},
      {R"(\ud83d\\ude00)", r + "\\ude00"},
      {"\xff", r},
      {"a\xe4\xb8\"", ""},  // The quote ends the string: not JSON.
      {"a\xe4\xb8 \xf0\x9f\x98y", "a" + r + " " + r + "y"},
      {"\xed\xa0\x80", r + r + r},
      {"\xff\\ud800\\\"", r + r + "\""},
  };
  Parser parser;
  for (const auto& [inside, text] : strings) {
    const std::string json = "{\"id\":1e999,\"text\":\"" + inside + "\"}";
    if (text.empty()) {
      EXPECT_FALSE(parser.Parse(json, true).ok()) << json;
      continue;
    }
    CM_ASSERT_OK(parser.Parse(json, true)) << json;
    EXPECT_EQ(parser.text().value, text) << json;
    EXPECT_EQ(parser.id().value, "1e999");
    EXPECT_EQ(parser.Parse(json, false).code(), absl::StatusCode::kDataLoss) << json;
  }
  // A wrong escape is wrong in any encoding.
  for (const char* wrong : {R"(\x)", R"(\u12)", R"(\u12g4)", R"(\ud83d\u00)", "\xff\t"}) {
    EXPECT_FALSE(parser.Parse(std::string("{\"text\":\"") + wrong + "\"}", true).ok()) << wrong;
  }
}

TEST(JsonObjectParser, AMemberThatNobodyWantsDoesNoHarm) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  std::string objects, ends;
  for (int i = 0; i < 20'000; ++i) {
    objects += R"({"a":[1,{"b":"}]\""},)";
    ends += "]}";
  }
  for (const std::string& value :
       {std::string("18446744073709551616"), std::string("-9223372036854775809"),
        std::string("1e400"), std::string("-1.5E-999999999999"), std::string(100'000, '7'),
        "0." + std::string(100'000, '7') + "e-7", deep, objects + "null" + ends}) {
    Parser parser;
    for (const std::string& json :
         {"{\"x\":" + value + ",\"text\":\"a\\n\",\"id\":1.50}",
          "{\"id\":1.50,\"text\":\"a\\n\",\"x\":[" + value + " , {} ,[ ]]} "}) {
      CM_ASSERT_OK(parser.Parse(json)) << json.substr(0, 100);
      EXPECT_EQ(parser.text().value, "a\n");
      EXPECT_EQ(parser.id().value, "1.5") << "as in a record without such a member";
    }
    // The grammar still holds.
    for (const std::string& json :
         {"{\"x\":" + value, "{\"x\":" + value + "]}", "{\"x\":[" + value + ",]}",
          "{\"x\":[" + value + " 1]}", "{\"x\":" + value + ",\"y\":{\"a\":1,}}",
          "{\"x\":" + value + ",\"y\":{\"a\"}}", "{\"x\":" + value + ",\"y\":{1:2}}",
          "{\"x\":" + value + "}x", "{\"x\":" + value + ",}", "{\"x\":" + value + ",\"y\":tru}",
          "{\"x\":" + value + ",\"y\":01}", "{\"x\":" + value + ",\"y\":1.}",
          "{\"x\":" + value + ",\"y\":\"\\x\"}", "{\"x\":" + value + ",\"y\":\"\t\"}",
          "{\"x\":" + value + " \"y\":1}", "[" + value + "]"}) {
      EXPECT_EQ(parser.Parse(json).code(), absl::StatusCode::kDataLoss) << json.substr(0, 100);
    }
  }
}

TEST(JsonObjectParser, ANumberBeyond64BitsIsReadAsItIsWritten) {
  Parser parser;
  for (const char* number : {"18446744073709551616", "-9223372036854775809", "1e400", "-2E+400",
                             "123456789012345678901234567890"}) {
    CM_ASSERT_OK(parser.Parse(std::string("{\"text\":\"t\",\"id\":") + number + "}"));
    EXPECT_EQ(parser.id().kind, Kind::kNumber);
    EXPECT_EQ(parser.id().value, number);
    EXPECT_EQ(parser.text().value, "t");
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
  for (const std::string& json : {"",
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

TEST(JsonObjectParser, DeepNestingIsNoCrash) {
  Parser parser;
  const auto nested = [](size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CM_EXPECT_OK(parser.Parse(nested(500)));
  CM_EXPECT_OK(parser.Parse(nested(2'000'000)));
  EXPECT_EQ(parser.Parse("{\"a\":" + std::string(2'000'000, '[') + "}").code(),
            absl::StatusCode::kDataLoss);
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
