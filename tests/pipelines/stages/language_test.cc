#include <thread>

#include "corpus/text/unicode.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pipelines/stages/text_sample.h"
#include "tests/pipelines/stages/fasttext_testing.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr char kEnglish[] =
    "The quick brown fox jumps over the lazy dog, and then it goes home. It was a long day and "
    "everyone "
    "wanted to sleep.";
constexpr char kGerman[] =
    "Der schnelle braune Fuchs springt über den faulen Hund und läuft weg. Am Abend kommt er "
    "wieder "
    "nach Hause und schläft.";
constexpr char kChinese[] =
    "今天天气很好，我们一起去公园散步，顺便买了一些水果和面包。晚上回家以后，妈妈做了很多好吃的菜，"
    "大家都"
    "很高兴。";
constexpr char kHebrew[] = "השועל החום המהיר קופץ מעל הכלב העצלן ואז הולך הביתה לישון";

TEST(LanguageTest, KeepsTheLanguagesOfTheList) {
  const TestStage stage("language", {{"keep", {"en", "zh"}}});
  EXPECT_EQ(stage.Apply(kEnglish).reason, "");
  EXPECT_EQ(stage.Apply(kChinese).reason, "");
  EXPECT_EQ(stage.Apply(kGerman).reason, "other-language");
  EXPECT_EQ(stage.Apply("").reason, "unknown-language");
  EXPECT_EQ(stage.Apply("123 456").reason, "unknown-language");
}

TEST(LanguageTest, KeepsAllWithoutAList) {
  const TestStage stage("language", {});
  EXPECT_EQ(stage.Apply(kGerman).annotations.at("language"), "de");
  EXPECT_EQ(stage.Apply(kHebrew).annotations.at("language"), "he");
  EXPECT_EQ(stage.Apply("").reason, "");
  EXPECT_EQ(stage.Apply("").annotations.at("language"), "un");
  EXPECT_EQ(TestStage("language", {{"on-unknown", {"drop"}}}).Apply("").reason, "unknown-language");
}

TEST(LanguageTest, MixedTextHasALowScore) {
  const TestStage stage("language", {{"min-score", {"0.9"}}});
  EXPECT_EQ(stage.Apply(kEnglish).reason, "");
  EXPECT_EQ(stage.Apply(std::string(kEnglish) + "\n" + kGerman).reason, "low-score");
}

TEST(LanguageTest, AnyBytesAreIdentified) {
  const TestStage stage("language", {});
  EXPECT_EQ(stage.Apply(std::string("\xFF\xFE\x80") + kGerman + "\xC3").annotations.at("language"),
            "de");
  for (const std::string& text : {std::string(5000, '\0'), std::string(5000, '\x80'),
                                  std::string(5000, '<'), std::string(5000, '&')}) {
    EXPECT_EQ(stage.Apply(text).reason, "");
  }
}

TEST(LanguageTest, UnreliableLanguagesCanBeUnknown) {
  const std::string text =
      "这个就是便宜。信号不错比TP-Link w340g在同一地点测量信号高4-5db 很不错了。";
  EXPECT_NE(TestStage("language", {}).Apply(text).annotations.at("language"), "un");
  EXPECT_EQ(
      TestStage("language", {{"only-reliable", {"true"}}}).Apply(text).annotations.at("language"),
      "un");
}

TEST(LanguageTest, SamplesLongText) {
  const TestStage sampled("language", {{"sample-bytes", {"2048"}}});
  const TestStage whole("language", {{"sample-bytes", {"0"}}});
  std::string text;
  for (int i = 0; i < 500; ++i) text += std::string(kGerman) + std::to_string(i) + "\n";
  EXPECT_EQ(sampled.Apply(text).annotations, whole.Apply(text).annotations);
  // What lies between the parts is not read.
  std::string hole(100'000, '\n');
  hole.replace(5000, 200, std::string(kEnglish) + std::string(kEnglish)).append(kGerman);
  EXPECT_EQ(sampled.Apply(hole).annotations.at("language"), "de");
  EXPECT_EQ(whole.Apply(hole).annotations.at("language"), "en");
}

TEST(LanguageTest, ThreadsAgree) {
  const TestStage stage("language", {});
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const bool german = (i + t) % 2 == 0;
        right[t] += stage.Apply(german ? kGerman : kEnglish).annotations.at("language") ==
                    (german ? "de" : "en");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(right, testing::Each(200));
}

TEST(LanguageTest, RefusesUnknownCodes) {
  EXPECT_THAT(TestStage("language", {{"keep", {"iw"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("'iw' is not a language code")));
  EXPECT_THAT(TestStage("language", {{"keep", {"english"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("'english' is not a language")));
}

TEST(LanguageTest, TakesAFastTextModel) {
  const TestFolder folder;
  const std::string model = TrainTestModel(folder);
  const TestStage stage("language",
                        {{"model", {model}}, {"keep", {"good"}}, {"annotate", {"true"}}});
  CM_ASSERT_OK(stage.status());
  EXPECT_EQ(stage.Apply("apple\nbanana\ncherry").annotations.at("language"), "good");
  EXPECT_EQ(stage.Apply("spam scam").reason, "other-language");
  EXPECT_EQ(stage.Apply("").reason, "unknown-language");
  EXPECT_THAT(TestStage("language", {{"model", {model}}, {"keep", {"god"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("try good")));
}

TEST(TextSampleTest, HasPartsFromBeginningToEnd) {
  std::string storage;
  EXPECT_EQ(SampleText("short", 64, &storage), "short");
  EXPECT_EQ(SampleText("any", 0, &storage), "any");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "日本é😀";
  for (size_t bytes = 64; bytes < 300; ++bytes) {
    const std::string_view sample = SampleText(text, bytes, &storage);
    EXPECT_LE(sample.size(), bytes);
    EXPECT_GE(sample.size() + 64, bytes);
    EXPECT_TRUE(IsValidUtf8(sample));
    EXPECT_EQ(std::count(sample.begin(), sample.end(), '\n'), 7);
    EXPECT_TRUE(sample.ends_with("😀"));
  }
}

}  // namespace
}  // namespace corpusmill
