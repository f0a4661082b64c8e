#include "corpus/text/json_edit.h"

#include <string>
#include <vector>

#include "corpus/text/json.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

std::string Edit(std::string_view object, const std::vector<std::string>& path,
                 std::string_view json) {
  std::string out;
  EditJsonObject(object, std::vector<JsonMemberEdit>{{path, json}}, &out);
  return out;
}

TEST(JsonEditTest, ReplacesOneValueAndKeepsAllOtherBytes) {
  EXPECT_EQ(Edit(R"({"id": 007e1, "text" : "a\"}", "n":{"text":[1,{}]}})", {"text"}, R"("b")"),
            R"({"id": 007e1, "text" : "b", "n":{"text":[1,{}]}})");
  EXPECT_EQ(Edit("\xEF\xBB\xBF {\"text\":\"\"}\r\n", {"text"}, "\"x\""), "{\"text\":\"x\"}");
}

TEST(JsonEditTest, ReplacesEveryMemberOfTheName) {
  EXPECT_EQ(Edit(R"({"text":"a","text":"b"})", {"text"}, "1"), R"({"text":1,"text":1})");
  EXPECT_EQ(Edit(R"({"te\u0078t":"a"})", {"text"}, "1"), R"({"te\u0078t":1})");
}

TEST(JsonEditTest, AddsAMember) {
  EXPECT_EQ(Edit(R"({"a":1 })", {"b"}, "2"), R"({"a":1 ,"b":2})");
  EXPECT_EQ(Edit("{ }", {"b"}, "2"), R"({ "b":2})");
  EXPECT_EQ(Edit("{}", {"b"}, "2"), R"({"b":2})");
}

TEST(JsonEditTest, FollowsAPathThroughObjects) {
  EXPECT_EQ(Edit(R"({"text":0,"data":{"text":"a"}})", {"data", "text"}, "1"),
            R"({"text":0,"data":{"text":1}})");
  EXPECT_EQ(Edit(R"({"data":[{"text":"a"}]})", {"data", "text"}, "1"),
            R"({"data":[{"text":"a"}],"text":1})");
}

TEST(JsonEditTest, SeveralEditsInOneObject) {
  const std::vector<std::string> a = {"a"}, b = {"b"}, c = {"c"};
  std::string out;
  EditJsonObject(R"({"b":[1,2],"a":null})",
                 std::vector<JsonMemberEdit>{{a, "1"}, {b, "2"}, {c, "3"}}, &out);
  EXPECT_EQ(out, R"({"b":2,"a":1,"c":3})");
}

TEST(JsonEditTest, EndsOnAnyText) {
  for (const std::string_view text : {"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":[", "\\",
                                      "{\"a\\", "}", "{\"a\":}", "{\"a\":\"\\"}) {
    std::string out;
    EditJsonObject(text, {}, &out);
    EXPECT_EQ(out, TrimJsonObject(text));
    Edit(text, {"a"}, "1");
  }
}

TEST(JsonEditTest, TellsWhetherAPathIsAString) {
  const std::vector<std::string> path = {"a", "b"};
  EXPECT_TRUE(HasJsonString(R"({"a":{"b":"x"}})", path));
  EXPECT_FALSE(HasJsonString(R"({"a":{"b":1}})", path));
  EXPECT_FALSE(HasJsonString(R"({"a":[{"b":"x"}]})", path));
}

TEST(JsonStringTest, EscapesAsJsonRequires) {
  std::string out;
  AppendJsonString(std::string_view("a\"\\\b\f\n\r\t\x01\x1f\x7f\0é字", 17), &out);
  EXPECT_EQ(out, "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000é字\"");
  out.clear();
  AppendJsonString("a\xFFz", &out);
  EXPECT_EQ(out, "\"a\xEF\xBF\xBDz\"");
}

}  // namespace
}  // namespace corpusmill
