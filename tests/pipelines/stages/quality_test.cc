#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pipelines/stages/fasttext_file.h"
#include "pipelines/stages/fasttext_model.h"
#include "tests/pipelines/stages/fasttext_testing.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

TEST(QualityTest, DropsLowScores) {
  const TestFolder folder;
  const TestStage stage("quality", {{"model", {TrainTestModel(folder)}}, {"label", {"good"}}});
  CM_ASSERT_OK(stage.status());
  EXPECT_EQ(stage.Apply("apple banana\ncherry").reason, "");
  const TestStage::Result result = stage.Apply("spam scam casino");
  EXPECT_EQ(result.reason, "low-score");
  EXPECT_LT(result.value, 0.5);
  EXPECT_EQ(result.threshold, 0.5);
  EXPECT_EQ(stage.Apply(" \n\t").value, 0);
  EXPECT_EQ(stage.Apply(std::string("apple\0banana \xFF\xC3 cherry", 24)).reason, "");
}

TEST(QualityTest, ScoresAreThoseOfTheLibrary) {
  const TestFolder folder;
  const std::string path = TrainTestModel(folder);
  fasttext::FastText library;
  library.loadModel(path);
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const auto model, FastTextModel::Load(path, context));
  EXPECT_GT(context.memory().used_bytes(), 0);
  for (const char* text : {"apple banana", "spam", "apple scam", "unknown words here"}) {
    std::istringstream in(std::string(text) + "\n");
    std::vector<std::pair<fasttext::real, std::string>> expected;
    library.predictLine(in, expected, 2, 0);
    ASSERT_EQ(expected.size(), 2u);
    for (const auto& [score, label] : expected) {
      CM_ASSERT_OK_AND_ASSIGN(const double got, model->ScoreText(text, label.substr(9)));
      EXPECT_NEAR(got, score, 1e-6);
    }
  }
}

TEST(QualityTest, AllKindsOfModelsLoad) {
  struct Kind {
    fasttext::loss_name loss;
    bool quantize;
  };
  for (const Kind& kind :
       {Kind{fasttext::loss_name::hs, false}, Kind{fasttext::loss_name::ova, false},
        Kind{fasttext::loss_name::softmax, true}}) {
    const TestFolder folder;
    const TestStage stage("quality", {{"model", {TrainTestModel(folder, kind.loss, kind.quantize)}},
                                      {"label", {"bad"}}});
    CM_ASSERT_OK(stage.status());
    EXPECT_EQ(stage.Apply("spam scam casino").reason, "");
    EXPECT_EQ(stage.Apply("apple banana cherry").reason, "low-score");
  }
}

TEST(QualityTest, RefusesBadOptions) {
  const TestFolder folder;
  const std::string model = TrainTestModel(folder);
  EXPECT_THAT(TestStage("quality", {{"model", {model}}, {"label", {"goof"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("label: 'goof' is not a label")));
  EXPECT_THAT(TestStage("quality", {{"model", {model}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("label")));
  EXPECT_THAT(TestStage("quality", {{"model", {folder / "none"}}, {"label", {"x"}}}).status(),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("none")));
}

TEST(FastTextFileTest, EveryCutOfAModelIsAnError) {
  const TestFolder folder;
  const std::string model = ReadFile(TrainTestModel(folder));
  CM_ASSERT_OK(CheckFastTextFile(folder / "model.bin"));
  for (size_t size = 0; size < model.size(); size += 1 + size / 40) {
    const std::string cut = folder.Write("cut", model.substr(0, size));
    EXPECT_THAT(CheckFastTextFile(cut), Fails(absl::StatusCode::kDataLoss, HasSubstr("cut: ")));
  }
  EXPECT_THAT(CheckFastTextFile(folder.Write("more", model + "x")),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("bytes follow")));
}

TEST(FastTextFileTest, DamagedModelsAreRefusedOrUsable) {
  const TestFolder folder;
  const std::string model = ReadFile(TrainTestModel(folder));
  Context context({.threads = 1});
  size_t refused = 0;
  for (size_t at = 0; at < std::min<size_t>(model.size(), 340); at += 2) {
    std::string damaged = model;
    damaged[at] = "\xFF\0\x7F"[at / 2 % 3];
    const auto loaded = FastTextModel::Load(folder.Write("damaged", damaged), context);
    refused += !loaded.ok();
    if (loaded.ok()) (void)(*loaded)->Best("apple spam");
  }
  EXPECT_GT(refused, 20);
}

TEST(FastTextFileTest, MemoryIsTakenFromTheBudget) {
  const TestFolder folder;
  std::string model = ReadFile(TrainTestModel(folder, fasttext::loss_name::ns));
  Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  EXPECT_THAT(FastTextModel::Load(folder / "model.bin", context),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("the fastText model")));
}

}  // namespace
}  // namespace corpusmill
