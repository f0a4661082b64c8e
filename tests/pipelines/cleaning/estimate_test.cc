#include "pipelines/cleaning/estimate.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_format.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

std::string Documents(size_t count, size_t bytes) {
  std::string lines;
  for (size_t i = 0; i < count; ++i) {
    lines += absl::StrFormat("{\"n\":%d,\"text\":\"%s\"}\n", i,
                             std::string(bytes, static_cast<char>('a' + i % 26)));
  }
  return lines;
}

absl::StatusOr<CleaningEstimate> Estimate(const TestFolder& folder, std::string_view text,
                                          Context& context) {
  CM_ASSIGN_OR_RETURN(const Recipe recipe, ParseRecipe(text, folder / "recipe.yaml"));
  CM_ASSIGN_OR_RETURN(const auto sources, ResolveSources(recipe, context));
  EXPECT_TRUE(CanEstimate(sources));
  CleanOptions options;
  options.rejects_path = folder / "rejects.jsonl";
  options.documents.on_bad_record = {BadRecordAction::kQuarantine, folder / "bad.jsonl"};
  options.output_path = folder / "out.jsonl";
  return EstimateCleaning(recipe, sources, options, context);
}

TEST(EstimateTest, SmallInputsAreMeasuredWhole) {
  const TestFolder folder;
  folder.Write("a.jsonl", Documents(10, 100) + "bad\n");
  folder.Write("b.jsonl", Documents(5, 100));
  Context context;
  const auto estimate = Estimate(folder, "sources: [a.jsonl, b.jsonl]\nstages: []", context);
  CM_ASSERT_OK(estimate.status());
  EXPECT_TRUE(estimate->is_whole);
  EXPECT_EQ(estimate->sample_documents, 15u);
  EXPECT_EQ(estimate->sample_text_bytes, 1500u);
  EXPECT_EQ(estimate->text_bytes, 1500u);
  EXPECT_EQ(estimate->seconds, estimate->sample_seconds);
  // Nothing else is written: no rejects, output or bad records.
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
    (void)entry;
    ++files;
  }
  EXPECT_EQ(files, 2u);
}

TEST(EstimateTest, ScalesASampleByStoredBytes) {
  const TestFolder folder;
  constexpr size_t kCount = 8000, kBytes = 4000;  // 32 MB
  folder.Write("a.jsonl", Documents(kCount, kBytes));
  Context context({.threads = 1});
  const auto estimate = Estimate(folder, "sources: [a.jsonl]\nstages: [shuffle]", context);
  CM_ASSERT_OK(estimate.status());
  EXPECT_FALSE(estimate->is_whole);
  EXPECT_GE(estimate->sample_text_bytes, kSampleTextBytes);
  EXPECT_LT(estimate->sample_text_bytes, kSampleTextBytes + 2 * kBytes);
  const double text = static_cast<double>(kCount * kBytes);
  EXPECT_NEAR(static_cast<double>(estimate->text_bytes), text, 0.1 * text);
  EXPECT_GT(estimate->seconds, 1.5 * estimate->sample_seconds);
}

TEST(EstimateTest, TempSpaceIsThatOfStagesWhereDocumentsWait) {
  const TestFolder folder;
  folder.Write("a.jsonl", Documents(100, 1000));
  Context context({.temp_compression = TempCompression::kOff});
  const std::string text = "sources: [a.jsonl]\nstages: [{length: {min-bytes: 1}}, shuffle]";
  const auto estimate = Estimate(folder, text, context);
  CM_ASSERT_OK(estimate.status());
  const Recipe recipe = *ParseRecipe(text, folder / "recipe.yaml");
  const auto plan = PlanCleaning(recipe, folder / "", context);
  CM_ASSERT_OK(plan.status());
  EXPECT_EQ(estimate->TempBytes(plan->stages[0]), 0u);
  // Up to three times the text and the object that holds it.
  EXPECT_GE(estimate->TempBytes(plan->stages[1]), 6 * estimate->text_bytes);
  EXPECT_LE(estimate->TempBytes(plan->stages[1]), 7 * estimate->text_bytes);
}

TEST(EstimateTest, StandardInputCannotBeEstimated) {
  EXPECT_FALSE(CanEstimate({{InputFile{.path = "-"}}}));
}

TEST(EstimateTest, ErrorsOfTheInputsAreReported) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":7}\n");
  Context context;
  const Recipe recipe = *ParseRecipe("sources: [a.jsonl]\nstages: []", folder / "recipe.yaml");
  const auto estimate = EstimateCleaning(recipe, *ResolveSources(recipe, context), {}, context);
  EXPECT_EQ(estimate.status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace corpusmill
