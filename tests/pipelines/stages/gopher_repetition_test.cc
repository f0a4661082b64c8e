#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using Options = TestStage::Options;

TestStage Only(const Options& options) {
  Options all;
  for (const char* name :
       {"dup-line-frac", "dup-para-frac", "dup-line-char-frac", "dup-para-char-frac", "top-2-gram",
        "top-3-gram", "top-4-gram", "dup-5-gram", "dup-6-gram", "dup-7-gram", "dup-8-gram",
        "dup-9-gram", "dup-10-gram"}) {
    all[name] = {"off"};
  }
  for (const auto& [name, value] : options) all[name] = value;
  return TestStage("gopher-repetition", all, {.rule = WordRule::kWhitespace});
}

void ExpectDrop(const TestStage::Result& result, std::string_view reason, double value,
                double threshold) {
  EXPECT_EQ(result.reason, reason);
  EXPECT_EQ(result.value, value);
  EXPECT_EQ(result.threshold, threshold);
}

TEST(GopherRepetitionTest, DropsEmptyText) {
  EXPECT_EQ(Only({}).Apply("").reason, "empty");
  EXPECT_EQ(TestStage("gopher-repetition").Apply("  ").reason, "");
}

TEST(GopherRepetitionTest, Paragraphs) {
  const TestStage stage = Only({{"dup-para-frac", {"0.3"}}});
  EXPECT_EQ(stage.Apply("a\n\na\n\nb\n\nc").reason, "");
  ExpectDrop(stage.Apply("\n\na\n\n\na\n\nb\n"), "dup-para-frac", 1. / 3, 0.3);
  EXPECT_EQ(stage.Apply("a\na\nb").reason, "");
  const TestStage characters = Only({{"dup-para-char-frac", {"0.25"}}});
  EXPECT_EQ(characters.Apply("ää\n\nää\n\n").reason, "");  // 2 of 8.
  ExpectDrop(characters.Apply("ää\n\nää\n"), "dup-para-char-frac", 2. / 7, 0.25);
}

TEST(GopherRepetitionTest, LinesAreNotStripped) {
  const TestStage stage = Only({{"dup-line-frac", {"0.3"}}});
  EXPECT_EQ(stage.Apply("a\na\nb\nc").reason, "");
  ExpectDrop(stage.Apply("a\n\n\na\nb"), "dup-line-frac", 1. / 3, 0.3);
  EXPECT_EQ(stage.Apply("a\na \nb").reason, "");
  ExpectDrop(stage.Apply("\na\n"), "dup-line-frac", 1. / 3, 0.3);  // Empty first and last lines.
  const TestStage characters = Only({{"dup-line-char-frac", {"0.2"}}});
  EXPECT_EQ(characters.Apply("a\na\nb").reason, "");
  ExpectDrop(characters.Apply("a\na\n"), "dup-line-char-frac", 0.25, 0.2);
}

TEST(GopherRepetitionTest, TopGramsAreTheFirstOfTheMostFrequent) {
  const TestStage stage = Only({{"top-2-gram", {"0.5"}}});
  // "a b" twice: 6 of 12 characters; "c d" also occurs once.
  EXPECT_EQ(stage.Apply("a b a b ccc ").reason, "");
  ExpectDrop(stage.Apply("a b a b ccc"), "top-2-gram", 6. / 11, 0.5);
  // All occur once: the first is it.
  ExpectDrop(stage.Apply("aaaa bbbb c"), "top-2-gram", 9. / 11, 0.5);
  EXPECT_EQ(stage.Apply("a b cccc dddd").reason, "");
  EXPECT_EQ(stage.Apply("word").reason, "");
  ExpectDrop(Only({{"top-3-gram", {"0.5"}}}).Apply("a b c a b c"), "top-3-gram", 10. / 11, 0.5);
  ExpectDrop(Only({{"top-4-gram", {"0.5"}}}).Apply("é b c d é b c d"), "top-4-gram", 14. / 15, 0.5);
}

TEST(GopherRepetitionTest, DuplicateGramsSkipTheirWords) {
  const TestStage stage = Only({{"dup-5-gram", {"0.25"}}});
  // a…e again after f: 5 of 21 characters; then of 20.
  EXPECT_EQ(stage.Apply("a b c d e f a b c d e").reason, "");
  ExpectDrop(stage.Apply("a b c d e\na b c d e"), "duplicated-5-n-grams", 5. / 19, 0.25);
  EXPECT_EQ(stage.Apply("a b c d").reason, "");
}

TEST(GopherRepetitionTest, DuplicateGramsAreJoinedByNothing) {
  const TestStage stage = Only({{"dup-5-gram", {"0.1"}}});
  ExpectDrop(stage.Apply("ab c d e f a bc d e f"), "duplicated-5-n-grams", 6. / 21, 0.1);
}

TEST(GopherRepetitionTest, EachSizeHasItsThreshold) {
  for (int n = 5; n <= 10; ++n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += absl::StrFormat("w%d ", i);
    const std::string option = absl::StrFormat("dup-%d-gram", n);
    const auto repeated = static_cast<double>(2 * n);
    ExpectDrop(Only({{option, {"0.3"}}}).Apply(text + text),
               absl::StrFormat("duplicated-%d-n-grams", n), repeated / (3. * n * 2), 0.3);
    EXPECT_EQ(Only({{option, {"0.34"}}}).Apply(text + text).reason, "");
  }
}

TEST(GopherRepetitionTest, ReasonsComeInDatatrovesOrder) {
  const TestStage stage("gopher-repetition");
  EXPECT_EQ(stage.Apply("a b\n\na b\n\na b").reason, "dup-para-frac");
  EXPECT_EQ(stage.Apply("x\n\nlong paragraph\n\nlong paragraph\n\ny").reason, "dup-para-char-frac");
  EXPECT_EQ(stage.Apply("a b\na b\na b").reason, "dup-line-frac");
  EXPECT_EQ(stage.Apply("a b c").reason, "top-2-gram");
}

TEST(GopherRepetitionTest, ZeroIsOffForLinesAndParagraphs) {
  EXPECT_EQ(Only({{"dup-line-frac", {"0"}}, {"dup-para-char-frac", {"0"}}}).Apply("a\n\na").reason,
            "");
}

TEST(GopherRepetitionTest, AnyBytesInLinearTime) {
  const TestStage stage("gopher-repetition");
  EXPECT_EQ(stage.Apply(std::string("\0\0", 2)).reason, "");
  EXPECT_EQ(stage.Apply("\xFF\n\xFF\n\xFF\n\xFF").reason, "dup-line-frac");
  EXPECT_EQ(stage.Apply(std::string(10 << 20, 'a')).reason, "");
  std::string same;
  for (int i = 0; i < 300000; ++i) same += "a ";
  EXPECT_EQ(stage.Apply(same).reason, "top-2-gram");
  same.assign(4 << 20, '\n');
  EXPECT_EQ(stage.Apply(same).reason, "dup-line-frac");
}

}  // namespace
}  // namespace corpusmill
