#include "corpus/base/hash.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr std::string_view kKeys[] = {"document", "id"};

constexpr StageOption kOptions[] = {
    {.name = "rate",
     .type = OptionType::kNumber,
     .help = "Share of the documents to keep",
     .minimum = 0,
     .maximum = 1,
     .required = true},
    {.name = "by",
     .type = OptionType::kString,
     .default_value = "document",
     .help = "What the choice depends on: the place of the document in the inputs, or its id",
     .choices = kKeys},
};

class Sample final : public Stage {
 public:
  explicit Sample(const StageSetup& setup)
      : rate_(setup.options.Number("rate")),
        by_id_(setup.options.String("by") == "id"),
        seed_(setup.seed),
        position_(setup.position) {}

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    const double share = Share(document.identity());
    if (share >= rate_) document.Drop("not-sampled", share, rate_);
    return absl::OkStatus();
  }

 private:
  /// Uniform in [0, 1).
  double Share(const StageDocument::Identity& identity) const {
    constexpr double kUnit = 1.0 / (uint64_t{1} << 53);
    Draw draw;
    if (by_id_) {
      const Hash128 hash = HashBytes(identity.id);
      draw = seed_.At(DrawPurpose::kStageSampleById, hash.high, hash.low, position_);
    } else {
      // Fewer than 2^32 stages and copies.
      draw = seed_.At(DrawPurpose::kStageSample, identity.input, identity.record,
                      position_ << 32 | identity.copy);
    }
    return static_cast<double>(draw.high >> 11) * kUnit;
  }

  const double rate_;
  const bool by_id_;
  const RandomKey seed_;
  const uint64_t position_;
};

}  // namespace

constinit const StageInfo kSampleStage = {
    .name = "sample",
    .summary = "keep a random share of the documents",
    .details =
        "Each document has a number from 0 up to 1, drawn from the seed, the position of the "
        "stage\n"
        "in the recipe, and its input, record and copy. Documents below `rate` are kept: a larger\n"
        "rate keeps the same documents and more. With `by: id` the number is a function of the\n"
        "seed, the position and the id only, so the same documents are kept if the inputs are\n"
        "ordered or divided in another way; all copies of a document are kept or dropped\n"
        "together.",
    .options = kOptions,
    .main_option = "rate",
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      return std::make_unique<Sample>(setup);
    },
    .memory_per_text_byte = 0};

}  // namespace corpusmill
