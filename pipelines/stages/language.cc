// The header of libcld2 needs FILE.
// clang-format off
#include <cstdio>
#include <cld2/public/compact_lang_det.h>
// clang-format on

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "pipelines/stages/fasttext_model.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/text_sample.h"

namespace corpusmill {
namespace {

constexpr std::string_view kUnknown = "un";
constexpr std::string_view kOnUnknown[] = {"keep", "drop"};

constexpr StageOption kOptions[] = {
    {.name = "keep",
     .type = OptionType::kStrings,
     .help = "Codes of languages to keep; without it, all documents stay"},
    {.name = "min-score",
     .type = OptionType::kNumber,
     .default_value = "0",
     .help = "Least score of the language, from 0 to 1",
     .minimum = 0,
     .maximum = 1},
    {.name = "on-unknown",
     .type = OptionType::kString,
     .default_value = "",
     .help = "What happens to documents without a recognised language; by default they are dropped "
             "if `keep` is given, else kept",
     .choices = kOnUnknown},
    {.name = "sample-bytes",
     .type = OptionType::kInteger,
     .default_value = "2048",
     .help = "Bytes of each document to look at, in eight parts; 0 = the whole text",
     .minimum = 0,
     .maximum = 1 << 30},
    {.name = "model",
     .type = OptionType::kPath,
     .help = "A fastText model in place of the built-in detector, such as lid.176.ftz"},
    {.name = "only-reliable",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Count what libcld2 calls unreliable as unknown"},
    {.name = "annotate",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Write members `language` and `language-score` to the output"},
};

struct Detected {
  std::string code;
  double score = 0;
};

/// Codes that libcld2 has from before ISO 639-1 changed.
std::string_view CurrentCode(std::string_view code) {
  if (code == "iw") return "he";
  if (code == "jw") return "jv";
  return code;
}

/// libcld2 on valid UTF-8; its functions are safe for several threads.
Detected DetectByCld2(std::string_view text, bool only_reliable) {
  text = text.substr(0, std::numeric_limits<int32_t>::max() / 2);
  std::string valid;
  if (!IsValidUtf8(text)) {
    valid = DropInvalidUtf8(text);
    text = valid;
  }
  CLD2::Language languages[3];
  int percents[3] = {0, 0, 0};
  int text_bytes = 0;
  bool is_reliable = false;
  CLD2::DetectLanguageSummary(text.data(), static_cast<int>(text.size()), /*is_plain_text=*/true,
                              languages, percents, &text_bytes, &is_reliable);
  if (languages[0] == CLD2::UNKNOWN_LANGUAGE || (only_reliable && !is_reliable)) {
    return {std::string(kUnknown), 0};
  }
  return {std::string(CurrentCode(CLD2::LanguageCode(languages[0]))), percents[0] / 100.0};
}

/// kInvalidArgument unless libcld2 has the code.
absl::Status CheckCld2Code(std::string_view code) {
  std::vector<std::string_view> codes;
  for (int i = 0; i < CLD2::NUM_LANGUAGES; ++i) {
    codes.push_back(CurrentCode(CLD2::LanguageCode(static_cast<CLD2::Language>(i))));
    if (codes.back() == code) return absl::OkStatus();
  }
  const std::string_view nearest = NearestName(code, codes);
  return UsageError(absl::StrFormat("keep: '%s' is not a language code; try %s", code,
                                    nearest.empty() ? "en, de, fr or zh" : nearest));
}

class LanguageStage final : public Stage {
 public:
  LanguageStage(const StageOptions& options, std::shared_ptr<const FastTextModel> model)
      : keep_(options.Has("keep") ? options.Strings("keep") : std::vector<std::string>()),
        min_score_(options.Number("min-score")),
        drops_unknown_(options.Has("on-unknown") ? options.String("on-unknown") == "drop"
                                                 : !keep_.empty()),
        sample_bytes_(SampleBytes(options)),
        only_reliable_(options.Boolean("only-reliable")),
        annotates_(options.Boolean("annotate")),
        model_(std::move(model)) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    const std::string_view sample =
        SampleText(document.text(), sample_bytes_, &scratch.Get<std::string>(this));
    CM_ASSIGN_OR_RETURN(const Detected detected, Detect(sample));
    document.Annotate("language", detected.code, annotates_);
    document.Annotate("language-score", detected.score, annotates_);
    if (detected.code == kUnknown) {
      if (drops_unknown_) document.Drop("unknown-language");
    } else if (!keep_.empty() &&
               std::find(keep_.begin(), keep_.end(), detected.code) == keep_.end()) {
      document.Drop("other-language", detected.score);
    } else if (detected.score < min_score_) {
      document.Drop("low-score", detected.score, min_score_);
    }
    return absl::OkStatus();
  }

 private:
  static size_t SampleBytes(const StageOptions& options) {
    const int64_t bytes = options.Integer("sample-bytes");
    return bytes == 0 ? 0 : static_cast<size_t>(std::max<int64_t>(bytes, 64));
  }

  absl::StatusOr<Detected> Detect(std::string_view text) const {
    if (model_ == nullptr) return DetectByCld2(text, only_reliable_);
    CM_ASSIGN_OR_RETURN(FastTextModel::Prediction best, model_->Best(text));
    if (best.label.empty()) return Detected{std::string(kUnknown), 0};
    return Detected{std::move(best.label), best.score};
  }

  const std::vector<std::string> keep_;
  const double min_score_;
  const bool drops_unknown_;
  const size_t sample_bytes_;
  const bool only_reliable_;
  const bool annotates_;
  const std::shared_ptr<const FastTextModel> model_;
};

absl::StatusOr<std::unique_ptr<Stage>> Make(const StageSetup& setup) {
  const StageOptions& options = setup.options;
  std::shared_ptr<const FastTextModel> model;
  if (options.Has("model")) {
    CM_ASSIGN_OR_RETURN(model, FastTextModel::Load(options.String("model"), setup.context));
  }
  if (options.Has("keep")) {
    for (const std::string& code : options.Strings("keep")) {
      CM_RETURN_IF_ERROR(model != nullptr ? model->CheckLabel("keep", code) : CheckCld2Code(code));
    }
  }
  return std::make_unique<LanguageStage>(options, std::move(model));
}

}  // namespace

constinit const StageInfo kLanguageStage = {
    .name = "language",
    .summary = "identify the language of documents and keep some languages",
    .details =
        "The detector is libcld2 (plain text, no hints), or the fastText model that `model` "
        "names.\n"
        "\n"
        "Codes of libcld2 are ISO 639-1 where there is one, else ISO 639-2 or -3: en, de, ceb. "
        "`zh`\n"
        "is Chinese in simplified characters, `zh-Hant` in traditional ones; `no` is Bokmål, `nn`\n"
        "Nynorsk. Hebrew is `he` and Javanese `jv` (libcld2 itself says iw and jw). `un` is no\n"
        "language that it knows. Codes of a fastText model are its labels without `__label__`; "
        "`un`\n"
        "is a text of which the model knows nothing.\n"
        "\n"
        "The score is the share of the text in the language by libcld2, from 0 to 1 in steps of\n"
        "0.01, or the probability that the model gives. Results that libcld2 calls unreliable "
        "count:\n"
        "their texts are mixed, and the score is low.\n"
        "\n"
        "A document that is longer than `sample-bytes` (64 at least) is judged by eight parts of\n"
        "equal size, from its beginning to its end.\n"
        "\n"
        "Reasons: unknown-language; other-language, with the score; low-score.",
    .options = kOptions,
    .main_option = "keep",
    .make = Make};

}  // namespace corpusmill
