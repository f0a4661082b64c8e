#include <algorithm>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

/// The records among the first `count` that a sample keeps.
std::set<int> Kept(double rate, size_t position, std::string_view by, bool reversed = false,
                   uint64_t copy = 0) {
  StageOptions options(kSampleStage.options);
  EXPECT_TRUE(options.Set("rate", {absl::StrFormat("%g", rate)}, false).ok());
  EXPECT_TRUE(options.Set("by", {std::string(by)}, false).ok());
  Context context;
  auto stage = kSampleStage.make({.options = options,
                                  .words = nullptr,
                                  .seed = RandomKey("seed"),
                                  .position = position,
                                  .context = context});
  EXPECT_TRUE(stage.ok());
  std::set<int> kept;
  constexpr int kCount = 4000;
  StageScratch scratch;
  for (int i = 0; i < kCount; ++i) {
    const std::string id = absl::StrFormat("id-%d", i);
    StageDocument document({.input = 3,
                            .record = static_cast<uint64_t>(reversed ? kCount - i : i),
                            .copy = copy,
                            .id = id},
                           "text");
    EXPECT_TRUE((*stage)->Apply(document, scratch).ok());
    if (!document.is_dropped()) kept.insert(i);
    if (document.is_dropped()) {
      EXPECT_GE(document.rejection()->value, rate);
    }
  }
  return kept;
}

TEST(SampleTest, KeepsTheShare) {
  // Four standard deviations of a binomial.
  EXPECT_NEAR(static_cast<double>(Kept(0.25, 0, "document").size()), 1000, 110);
  EXPECT_NEAR(static_cast<double>(Kept(0.25, 0, "id").size()), 1000, 110);
  EXPECT_EQ(Kept(0, 0, "document").size(), 0u);
  EXPECT_EQ(Kept(1, 0, "id").size(), 4000u);
}

TEST(SampleTest, PositionsAndCopiesAreIndependent) {
  for (const char* const by : {"document", "id"}) {
    std::set<int> both;
    const std::set<int> first = Kept(0.5, 0, by), second = Kept(0.5, 1, by);
    for (const int i : first) {
      if (second.contains(i)) both.insert(i);
    }
    EXPECT_NEAR(static_cast<double>(both.size()), 1000, 110);
  }
  EXPECT_NE(Kept(0.5, 0, "document", false, 0), Kept(0.5, 0, "document", false, 1));
  EXPECT_EQ(Kept(0.5, 0, "id", false, 0), Kept(0.5, 0, "id", false, 1));
}

TEST(SampleTest, ALargerRateKeepsTheSameAndMore) {
  const std::set<int> less = Kept(0.1, 2, "document"), more = Kept(0.2, 2, "document");
  EXPECT_TRUE(std::includes(more.begin(), more.end(), less.begin(), less.end()));
  EXPECT_GT(more.size(), less.size());
}

TEST(SampleTest, ByIdDoesNotDependOnTheOrder) {
  EXPECT_EQ(Kept(0.5, 0, "id"), Kept(0.5, 0, "id", /*reversed=*/true));
  EXPECT_NE(Kept(0.5, 0, "document"), Kept(0.5, 0, "document", /*reversed=*/true));
}

TEST(SampleTest, DrawsStayTheSame) {
  EXPECT_EQ(*Kept(0.01, 0, "document").begin(), 305);  // Part of the contract of seeds.
  EXPECT_EQ(*Kept(0.01, 0, "id").begin(), 27);
}

TEST(SampleTest, NeedsARate) {
  EXPECT_EQ(Message(TestStage("sample").status()), "rate: a number is required");
  EXPECT_FALSE(TestStage("sample", {{"rate", {"1.5"}}}).status().ok());
}

}  // namespace
}  // namespace corpusmill
