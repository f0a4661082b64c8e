// The worked example of CONTRIBUTING.md: a stage in one file, and its test.
#include "pipelines/stages/stage.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

// pipelines/stages/shouting.cc
constexpr StageOption kOptions[] = {{.name = "max-share",
                                     .default_value = "0.5",
                                     .help = "Largest share of capital letters among ASCII letters",
                                     .minimum = 0,
                                     .maximum = 1}};

class Shouting final : public Stage {
 public:
  explicit Shouting(double max_share) : max_share_(max_share) {}

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    size_t letters = 0, capitals = 0;
    for (const char c : document.text()) {
      const bool is_capital = c >= 'A' && c <= 'Z';
      letters += is_capital || (c >= 'a' && c <= 'z') ? 1 : 0;
      capitals += is_capital ? 1 : 0;
    }
    if (letters == 0) return absl::OkStatus();
    const double share = static_cast<double>(capitals) / static_cast<double>(letters);
    if (share > max_share_) document.Drop("too-many-capitals", share, max_share_);
    return absl::OkStatus();
  }

 private:
  const double max_share_;
};

constinit const StageInfo kShoutingStage = {
    .name = "shouting",
    .summary = "drop documents in capital letters",
    .details = "The share is of the letters A to Z and a to z; a text without letters stays.",
    .options = kOptions,
    .main_option = "max-share",
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      return std::make_unique<Shouting>(setup.options.Number("max-share"));
    }};
// The end of the file. A line in stage_table.h adds it to recipes, help, schema and reports.

TEST(ShoutingTest, DropsDocumentsInCapitals) {
  const TestStage stage(kShoutingStage, {{"max-share", {"0.4"}}});
  EXPECT_EQ(stage.Apply("Quiet text.").reason, "");
  EXPECT_EQ(stage.Apply("123").reason, "");
  const TestStage::Result result = stage.Apply("BUY now");
  EXPECT_EQ(result.reason, "too-many-capitals");
  EXPECT_EQ(result.value, 0.5);
  EXPECT_EQ(result.threshold, 0.4);
  EXPECT_TRUE(result.balances);
}

TEST(ShoutingTest, RefusesAShareAboveOne) {
  EXPECT_THAT(TestStage(kShoutingStage, {{"max-share", {"2"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, testing::HasSubstr("try 0 to 1")));
}

}  // namespace
}  // namespace corpusmill
