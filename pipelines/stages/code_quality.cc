#include <memory>

#include "pipelines/stages/code_measures.h"
#include "pipelines/stages/quality_rules.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

// The defaults are percentiles of the development corpora: docs/profiles.md.
constexpr StageOption kOptions[] = {
    QualityLimit("max-generated", "0",
                 "0 drops files that say that a program wrote them; 1 keeps them"),
    QualityLimit("max-line-length", "900", "Most characters of a line", kMaxQualityLength),
    QualityLimit("max-mean-line-length", "78", "Most mean characters of a line", kMaxQualityLength),
    QualityLimit("min-alphanumeric-share", "0.54", "Least share of letters and digits"),
    QualityLimit("max-digit-share", "0.46", "Most digits"),
    QualityLimit("max-blob-share", "0.04",
                 "Most characters in long runs, such as Base64 and hashes"),
    QualityLimit("max-number-line-share", "0.4", "Most lines of numbers without words"),
    QualityLimit("max-markup-line-share", "0.33", "Most lines that begin with <"),
    QualityLimit("max-comment-line-share", "0.93", "Most lines that begin as comments"),
    QualityLimit("max-repeated-line-share", "0.61", "Most lines that occurred before"),
};

class CodeQuality final : public Stage {
 public:
  explicit CodeQuality(const StageOptions& options) : rules_(kCodeRules, options) {}

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    rules_.Check(MeasureCode(document.text()), document);
    return absl::OkStatus();
  }

 private:
  const QualityRules<CodeMeasures> rules_;
};

}  // namespace

constinit const StageInfo kCodeQualityStage = {
    .name = "code-quality",
    .summary = "drop generated, minified and encoded files among source code",
    .details =
        "Checked in the order of the options; the first that fails is the reason. Lines are those\n"
        "that are not blank; characters are code points, in shares without blanks.\n"
        "\n"
        "Generated: one of the first 20 lines says so (@generated, auto-generated, code generated\n"
        "by, generated … do not edit). Blobs: runs of 40 or more of A-Z a-z 0-9 + / = with both\n"
        "letters and digits. Lines of numbers: with a digit and without three letters in a row,\n"
        "numbers such as 0xface left out.\n"
        "Comments: lines that begin with // * /* -- ; % \"\"\" <!-- or # (but not #include).\n"
        "Repeated lines: of 5 or more characters without their indentation.\n"
        "\n"
        "The defaults are percentiles of development corpora, where each source has the same\n"
        "weight; docs/profiles.md states them, and what they drop.",
    .options = kOptions,
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      return std::make_unique<CodeQuality>(setup.options);
    },
    .memory_per_text_byte = 4};

}  // namespace corpusmill
