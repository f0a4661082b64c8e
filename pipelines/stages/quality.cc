#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "corpus/base/status.h"
#include "pipelines/stages/fasttext_model.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/text_sample.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    {.name = "model",
     .type = OptionType::kPath,
     .help = "A fastText classifier, .bin or .ftz",
     .required = true},
    {.name = "label",
     .type = OptionType::kString,
     .help = "The label of good documents, without __label__",
     .required = true},
    {.name = "min-score",
     .type = OptionType::kNumber,
     .default_value = "0.5",
     .help = "Least probability of the label, from 0 to 1",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
    {.name = "sample-bytes",
     .type = OptionType::kInteger,
     .default_value = "0",
     .help = "Bytes of each document to look at, in eight parts; 0 = the whole text",
     .minimum = 0,
     .maximum = 1 << 30},
    {.name = "annotate",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Write a member `quality-score` to the output"},
};

class Quality final : public Stage {
 public:
  Quality(const StageOptions& options, std::shared_ptr<const FastTextModel> model)
      : label_(options.String("label")),
        min_score_(options.Limit("min-score")),
        sample_bytes_(static_cast<size_t>(options.Integer("sample-bytes"))),
        annotates_(options.Boolean("annotate")),
        model_(std::move(model)) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    const size_t bytes = sample_bytes_ == 0 ? 0 : std::max<size_t>(sample_bytes_, 64);
    const std::string_view sample =
        SampleText(document.text(), bytes, &scratch.Get<std::string>(this));
    CM_ASSIGN_OR_RETURN(const double score, model_->ScoreText(sample, label_));
    document.Annotate("quality-score", score, annotates_);
    if (min_score_ && score < *min_score_) document.Drop("low-score", score, *min_score_);
    return absl::OkStatus();
  }

 private:
  const std::string label_;
  const std::optional<double> min_score_;
  const size_t sample_bytes_;
  const bool annotates_;
  const std::shared_ptr<const FastTextModel> model_;
};

absl::StatusOr<std::unique_ptr<Stage>> Make(const StageSetup& setup) {
  CM_ASSIGN_OR_RETURN(std::shared_ptr<const FastTextModel> model,
                      FastTextModel::Load(setup.options.String("model"), setup.context));
  CM_RETURN_IF_ERROR(model->CheckLabel("label", setup.options.String("label")));
  return std::make_unique<Quality>(setup.options, std::move(model));
}

}  // namespace

constinit const StageInfo kQualityStage = {
    .name = "quality",
    .summary = "drop documents that a fastText classifier gives a low score",
    .details =
        "The score is the probability that the model gives to `label` for the whole text, with "
        "line\n"
        "breaks as spaces: what `fasttext predict-prob` prints for the text on one line. A blank\n"
        "text has the score 0. With `min-score: off` nothing is dropped.\n"
        "\n"
        "Sizes in the model's file are checked before it is loaded, and its memory is taken from\n"
        "--memory. Reason: low-score.",
    .options = kOptions,
    .main_option = "model",
    .make = Make,
    .memory_per_text_byte = 8};

}  // namespace corpusmill
