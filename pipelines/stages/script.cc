#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "pipelines/stages/script_counts.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr std::string_view kOnUnknown[] = {"keep", "drop"};

constexpr StageOption kOptions[] = {
    {.name = "keep",
     .type = OptionType::kStrings,
     .help = "Unicode scripts to keep, such as Latin, Han or Cyrl; without it, all documents stay"},
    {.name = "min-share",
     .type = OptionType::kNumber,
     .default_value = "0",
     .help = "Least share of letters in the scripts of `keep` (without it, in the main script), "
             "from 0 to 1",
     .minimum = 0,
     .maximum = 1},
    {.name = "on-unknown",
     .type = OptionType::kString,
     .help = "What happens to documents without letters; by default they are dropped if `keep` is "
             "given, else kept",
     .choices = kOnUnknown},
    {.name = "annotate",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Write members `script` and `script-share` to the output"},
};

class ScriptStage final : public Stage {
 public:
  ScriptStage(const StageOptions& options, std::vector<uint8_t> keep)
      : keep_(std::move(keep)),
        min_share_(options.Number("min-share")),
        drops_unknown_(options.Has("on-unknown") ? options.String("on-unknown") == "drop"
                                                 : !keep_.empty()),
        annotates_(options.Boolean("annotate")) {}

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    const ScriptCounts counts = CountScripts(document.text());
    if (counts.all == 0) {
      if (drops_unknown_) document.Drop("no-letters");
      return absl::OkStatus();
    }
    const uint8_t main = counts.Main();
    document.Annotate("script", std::string(NameOfScript(main)), annotates_);
    document.Annotate("script-share", Share(counts, counts.letters[main]), annotates_);
    uint64_t kept = keep_.empty() ? counts.letters[main] : 0;
    for (const uint8_t script : keep_) kept += counts.letters[script];
    const double share = Share(counts, kept);
    if (!keep_.empty() && std::find(keep_.begin(), keep_.end(), main) == keep_.end()) {
      document.Drop("other-script", share);
    } else if (share < min_share_) {
      document.Drop("low-share", share, min_share_);
    }
    return absl::OkStatus();
  }

 private:
  static double Share(const ScriptCounts& counts, uint64_t letters) {
    return static_cast<double>(letters) / static_cast<double>(counts.all);
  }

  const std::vector<uint8_t> keep_;
  const double min_share_;
  const bool drops_unknown_;
  const bool annotates_;
};

absl::StatusOr<std::unique_ptr<Stage>> Make(const StageSetup& setup) {
  std::vector<uint8_t> keep;
  if (setup.options.Has("keep")) {
    for (const std::string& name : setup.options.Strings("keep")) {
      const std::optional<uint8_t> script = ScriptOfName(name);
      if (!script) {
        return UsageError(absl::StrFormat(
            "keep: '%s' is not a Unicode script; try Latin, Han or Cyrillic", name));
      }
      if (std::find(keep.begin(), keep.end(), *script) == keep.end()) keep.push_back(*script);
    }
  }
  return std::make_unique<ScriptStage>(setup.options, std::move(keep));
}

}  // namespace

constinit const StageInfo kScriptStage = {
    .name = "script",
    .summary = "keep documents by the Unicode script of their letters",
    .details =
        "Letters are characters of the general category L, by the Script property of ICU's "
        "Unicode\n"
        "data. Letters that several scripts share, marks and digits do not count. The main script\n"
        "has most letters. A document stays if `keep` names its main script, and if the letters "
        "in\n"
        "all scripts of `keep` are a share of at least `min-share`. Names are those of Unicode or\n"
        "ISO 15924: Latin or Latn. Japanese is [Han, Hiragana, Katakana].\n"
        "\n"
        "Reasons: no-letters; other-script, low-share, with the share.",
    .options = kOptions,
    .main_option = "keep",
    .make = Make,
    .memory_per_text_byte = 0};

}  // namespace corpusmill
