#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using Options = TestStage::Options;

TestStage Only(const Options& options) {
  Options all;
  for (const char* name :
       {"line-punct-thr", "short-line-thr", "char-duplicates-ratio", "new-line-ratio"}) {
    all[name] = {"off"};
  }
  for (const auto& [name, value] : options) all[name] = value;
  return TestStage("fineweb", all);
}

void ExpectDrop(const TestStage::Result& result, std::string_view reason, double value,
                double threshold) {
  EXPECT_EQ(result.reason, reason);
  EXPECT_EQ(result.value, value);
  EXPECT_EQ(result.threshold, threshold);
}

TEST(FineWebTest, DropsBlankText) {
  EXPECT_EQ(Only({}).Apply("").reason, "empty");
  EXPECT_EQ(Only({}).Apply(" \n\t\n\xE3\x80\x80").reason, "empty");
}

TEST(FineWebTest, LinesThatEndInTerminalPunctuation) {
  const TestStage stage = Only({{"line-punct-thr", {"0.5"}}});
  EXPECT_EQ(stage.Apply("a.\nb").reason, "");
  EXPECT_EQ(stage.Apply("一。\n二\n\n").reason, "");
  ExpectDrop(stage.Apply("a.\nb. \n\"c.\""), "line-punct-ratio", 1. / 3, 0.5);  // Unstripped.
  ExpectDrop(stage.Apply("a.\r\nb.\r\n"), "line-punct-ratio", 0, 0.5);
  const TestStage exclude =
      Only({{"line-punct-thr", {"0.5"}}, {"line-punct-exclude-zero", {"true"}}});
  EXPECT_EQ(exclude.Apply("a\nb").reason, "");
  EXPECT_EQ(exclude.Apply("a.\nb\nc").reason, "line-punct-ratio");
}

TEST(FineWebTest, StopCharactersOfYourOwn) {
  const TestStage stage = Only({{"line-punct-thr", {"0.5"}}, {"stop-chars", {"।", "END"}}});
  EXPECT_EQ(stage.Apply("a।\nb").reason, "");
  EXPECT_EQ(stage.Apply("a END\nb").reason, "");
  EXPECT_EQ(stage.Apply("a.\nb.").reason, "line-punct-ratio");
  EXPECT_EQ(Message(TestStage("fineweb", {{"stop-chars", {".", ""}}}).status()),
            "stop-chars: a string is empty; try '.'");
}

TEST(FineWebTest, ShortLinesAreCountedInCodePoints) {
  const TestStage stage = Only({{"short-line-thr", {"0.5"}}, {"short-line-length", {"3"}}});
  EXPECT_EQ(stage.Apply("語語語\nlong line").reason, "");
  ExpectDrop(stage.Apply("語語語\nabc\nlong\n"), "short-line-ratio", 2. / 3, 0.5);
  EXPECT_EQ(stage.Apply("abcd\nlong").reason, "");
  EXPECT_EQ(stage.Apply("\xFF\xFE\xFF\n\xE2\x80\xE2\x80\xE2\x80").reason, "short-line-ratio");
}

TEST(FineWebTest, RepeatedLines) {
  const TestStage stage = Only({{"char-duplicates-ratio", {"0.25"}}});
  EXPECT_EQ(stage.Apply("ab\nab\ncdef").reason, "");
  ExpectDrop(stage.Apply("ab\nab\ncde"), "char-dup-ratio", 2. / 7, 0.25);
  EXPECT_EQ(stage.Apply("ab\nab \ncde").reason, "");
}

TEST(FineWebTest, NewlinesPerWord) {
  const TestStage stage = Only({{"new-line-ratio", {"0.3"}}});
  EXPECT_EQ(stage.Apply("a b c d e f g h i j\n\n\n").reason, "");
  ExpectDrop(stage.Apply("a b c d e f g h i j\n\n\n\n"), "list-ratio", 0.4, 0.3);
  // Three words between blanks, but ten words.
  EXPECT_EQ(stage.Apply("a,b,c\nd,e\nf!\n").reason, "");
}

TEST(FineWebTest, ReasonsComeInDatatrovesOrder) {
  const TestStage stage("fineweb");
  EXPECT_EQ(stage.Apply("a\na\na").reason, "line-punct-ratio");
  EXPECT_EQ(stage.Apply("a.\na.\na.").reason, "short-line-ratio");
  const std::string line = "A line that has more than thirty characters.\n";
  EXPECT_EQ(stage.Apply(line + line).reason, "char-dup-ratio");
  EXPECT_EQ(stage.Apply(line + "\n\n\n\n\n").reason, "list-ratio");
  EXPECT_EQ(stage.Apply(line).reason, "");
}

}  // namespace
}  // namespace corpusmill
