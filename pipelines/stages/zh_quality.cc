#include <memory>

#include "pipelines/stages/quality_rules.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/zh_measures.h"

namespace corpusmill {
namespace {

// The defaults are percentiles of the development corpora: docs/profiles.md.
constexpr StageOption kOptions[] = {
    {.name = "min-characters",
     .type = OptionType::kInteger,
     .default_value = "100",
     .help = "Keep texts of fewer characters without a look at the limits",
     .minimum = 0},
    QualityLimit("max-garbled-share", "0.002",
                 "Most U+FFFD, private, unassigned characters and 锟斤拷"),
    QualityLimit("min-han-share", "0.097", "Least share of Chinese characters"),
    QualityLimit("max-rare-share", "0.051", "Most rare ones among the Chinese characters"),
    QualityLimit("min-common-share", "0.248",
                 "Least share of very usual ones among the Chinese characters"),
    QualityLimit("max-latin-share", "0.677", "Most Latin letters"),
    QualityLimit("max-digit-share", "0.168", "Most decimal digits"),
    QualityLimit("max-symbol-share", "0.115", "Most symbols"),
    QualityLimit("min-punctuation-share", "0.0034", "Least punctuation"),
    QualityLimit("max-punctuation-share", "0.337", "Most punctuation"),
    QualityLimit("max-spaced-share", "0.059",
                 "Most Chinese characters that blanks or bars separate"),
    QualityLimit("min-sentence-length", "11.2", "Least mean characters of a sentence",
                 kMaxQualityLength),
    QualityLimit("max-sentence-length", "177", "Most mean characters of a sentence",
                 kMaxQualityLength),
    QualityLimit("min-ended-line-share", "", "Least share of lines that end with punctuation"),
    QualityLimit("max-repeated-line-share", "0.447",
                 "Most characters in lines that occurred before"),
    QualityLimit("max-repeated-share", "0.411", "Most characters in repeated runs of ten"),
    QualityLimit("max-double-share", "0.03", "Most third and further ones of a character in a row"),
};

class ZhQuality final : public Stage {
 public:
  explicit ZhQuality(const StageOptions& options)
      : min_characters_(static_cast<double>(options.Integer("min-characters"))),
        rules_(kZhRules, options) {}

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    const ZhMeasures measures = MeasureZh(document.text());
    if (measures.characters >= min_characters_) rules_.Check(measures, document);
    return absl::OkStatus();
  }

 private:
  const double min_characters_;
  const QualityRules<ZhMeasures> rules_;
};

}  // namespace

constinit const StageInfo kZhQualityStage = {
    .name = "zh-quality",
    .summary = "drop Chinese documents by shares of characters, sentences and repetition",
    .details =
        "For Chinese, where the thresholds of Gopher and C4 do not hold. Checked in the order of\n"
        "the options; the first that fails is the reason. Characters are code points that are not\n"
        "blank, and shares are of them unless stated. Texts of fewer than min-characters are\n"
        "kept: shares of a few characters say little. The stage `length` drops short texts.\n"
        "\n"
        "Garbled: U+FFFD, private use, unassigned, controls, and 锟斤拷 (3 each). Rare: Chinese\n"
        "characters in neither GB 2312 nor level 1 of Big5, of all Chinese ones. Common: the\n"
        "330 most usual of modern and classical text, of all Chinese ones. Spaced: Chinese\n"
        "characters with blanks, | _ or / between them and the one before, of all Chinese ones.\n"
        "Sentences end at 。！？!?；;… and line ends; those without letters or digits do\n"
        "not count. Ended lines: those whose last character is punctuation, of all that\n"
        "are not blank.\n"
        "Repeated: letters and digits at the end of a run of ten, without the punctuation between\n"
        "them, that occurred before. Double: Chinese characters equal to both before them.\n"
        "\n"
        "The defaults are percentiles of development corpora, where each source has the same\n"
        "weight; docs/profiles.md states them, and what they drop.",
    .options = kOptions,
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      return std::make_unique<ZhQuality>(setup.options);
    },
    .memory_per_text_byte = 24};

}  // namespace corpusmill
