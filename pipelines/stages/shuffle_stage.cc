#include <memory>
#include <string>

#include "pipelines/stages/global_stage.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    {.name = "seed",
     .type = OptionType::kString,
     .help = "Seed of the order; by default the recipe's"},
};

class ShuffleStage final : public GlobalStage {
 public:
  explicit ShuffleStage(std::string seed) : seed_(std::move(seed)) {}

  absl::StatusOr<Verdict> Offer(StageDocument&) override { return Verdict::kWait; }
  std::optional<std::string> shuffle_seed() const override { return seed_; }

 private:
  const std::string seed_;
};

}  // namespace

constinit const StageInfo kShuffleStage = {
    .name = "shuffle",
    .summary = "put documents into a uniformly random order",
    .details =
        "The order is that of `corpusmill shuffle --seed SEED` of the documents that reach\n"
        "the stage: exactly uniform over the whole corpus.",
    .options = kOptions,
    .main_option = "seed",
    .make_global = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<GlobalStage>> {
      return std::make_unique<ShuffleStage>(setup.options.Has("seed") ? setup.options.String("seed")
                                                                      : setup.seed_text);
    }};

}  // namespace corpusmill
