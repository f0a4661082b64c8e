#include "corpus/containers/json_values.h"

#include <memory>
#include <string>
#include <utility>

#include "corpus/containers/peek_source.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

JsonLayout Layout(std::string text) {
  PeekSource source(SlicedSource(std::move(text), 3, "in"));
  return FindJsonLayout(source).value();
}

/// The lines of JSON text, read in slices of several sizes.
absl::StatusOr<std::string> Lines(const std::string& text) {
  absl::StatusOr<std::string> lines = Drain(*JsonValueLines(SlicedSource(text, 1, "in")));
  const absl::StatusOr<std::string> again =
      Drain(*JsonValueLines(SlicedSource(text, text.size() + 1, "in")), 7);
  EXPECT_EQ(lines.ok(), again.ok());
  if (lines.ok() && again.ok()) {
    EXPECT_EQ(*lines, *again);
  }
  return lines;
}

TEST(FindJsonLayout, ArraysOfObjectsAndObjectsOverSeveralLines) {
  EXPECT_EQ(Layout("[{\"text\":\"a\"}]"), JsonLayout::kArray);
  EXPECT_EQ(Layout("\n [ \n\t{ \n \"text\": 1"), JsonLayout::kArray);
  EXPECT_EQ(Layout("[{}, {}]"), JsonLayout::kArray);
  EXPECT_EQ(Layout("{\n  \"text\": \"a\"\n}\n"), JsonLayout::kValues);
  EXPECT_EQ(Layout("{\"id\": 1,\n \"text\": \"a\"}"), JsonLayout::kValues);
  EXPECT_EQ(Layout("{\"list\": [\n{\"text\": \"a\"}]}"), JsonLayout::kValues);
}

TEST(FindJsonLayout, OtherTextAndJsonlAreNone) {
  for (const char* const text :
       {"", "\n\n", "text", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "{}\n{}\n", "[1] a footnote\n",
        "[[1,2],[3]]", "[\"a\", \"b\"]", "[{x}]", "{ int i; }\n", "[]",
        // Damaged JSONL stays JSONL, so that the error names the line.
        "{\"text\":\"a\"\n", "{\"text\":\"a\n{\"text\":\"b\"}\n",
        "{\"a\":{\"b\":1}\n{\"a\":2}\n"}) {
    EXPECT_EQ(Layout(text), JsonLayout::kNone) << text;
  }
  EXPECT_EQ(Layout("{\"text\":\"" + std::string(200'000, 'a')), JsonLayout::kNone);
}

TEST(FindJsonLayout, ConsumesNothing) {
  PeekSource source(SlicedSource("[ {\"a\":1}]", 2, "in"));
  CM_ASSERT_OK(FindJsonLayout(source));
  EXPECT_EQ(Drain(source).value(), "[ {\"a\":1}]");
}

TEST(MentionsMember, LooksForTheNameAsAMember) {
  PeekSource source(SlicedSource(R"({"name": "text", "version" : 1})", 4, "in"));
  EXPECT_TRUE(MentionsMember(source, "name").value());
  EXPECT_TRUE(MentionsMember(source, "version").value());
  EXPECT_FALSE(MentionsMember(source, "text").value()) << "a value, not a member";
}

TEST(JsonValueLines, ElementsAndValuesBecomeLines) {
  EXPECT_EQ(Lines("[{\"a\":1},\n {\"b\":[1,\n2]} ]\n").value(), "{\"a\":1}\n{\"b\":[1, 2]}\n");
  EXPECT_EQ(Lines("{\n\"a\": \"x\\ny\"\n}\n{\"b\": {}}").value(),
            "{ \"a\": \"x\\ny\" }\n{\"b\": {}}\n");
  EXPECT_EQ(Lines("[]").value(), "");
  EXPECT_EQ(Lines("").value(), "");
  EXPECT_EQ(Lines(R"([{"a":"]},[{\"\\"}])").value(), "{\"a\":\"]},[{\\\"\\\\\"}\n")
      << "brackets, quotes and backslashes in strings";
  EXPECT_EQ(Lines("[{\"a\":1}][{\"a\":2}]").value(), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(Lines("[1 2]").value(), "1 2\n") << "invalid stays invalid";
  EXPECT_EQ(Lines("[{\"a\":1},2,\"x\"]").value(), "{\"a\":1}\n2\n\"x\"\n")
      << "the reader of the lines refuses what is no object";
}

TEST(JsonValueLines, DamageIsAnErrorWithItsOffset) {
  const auto fails = [](const std::string& text, const std::string& message) {
    EXPECT_THAT(Lines(text), Fails(absl::StatusCode::kDataLoss, HasSubstr(message))) << text;
  };
  fails("[{\"a\":1}", "in: the JSON text ends within a value, at byte 8");
  fails("{\"a\":[1,", "ends within a value");
  fails("[{\"a\":\"x", "ends within a value");
  fails("{\"a\":1}}", "invalid JSON at byte 7: a bracket has no partner");
  fails("{\"a\":1}]", "a bracket has no partner");
  fails("[{\"a\":\"x\ny\"}]", "a string holds a line break");
}

}  // namespace
}  // namespace corpusmill
