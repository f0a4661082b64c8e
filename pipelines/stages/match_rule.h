#ifndef CORPUSMILL_PIPELINES_STAGES_MATCH_RULE_H_
#define CORPUSMILL_PIPELINES_STAGES_MATCH_RULE_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/stages/pattern_set.h"
#include "pipelines/stages/stage.h"

namespace corpusmill {

inline constexpr std::string_view kMatchUnits[] = {"document", "line"};

/// The options of `keep` and `drop`.
inline constexpr StageOption kMatchRuleOptions[] = {
    kPatternOption,
    {.name = "per",
     .type = OptionType::kString,
     .default_value = "document",
     .help = "Look at the whole document, or at each line and remove lines",
     .choices = kMatchUnits},
    {.name = "field",
     .type = OptionType::kString,
     .default_value = "text",
     .help = "The text, or another member of the input object, such as url"},
    {.name = "reason",
     .type = OptionType::kString,
     .help = "Name of the reason in ledger and rejects; by default what matched"},
    kCaseOption,
    kMultiLineOption,
    kDotOption,
    kLiteralOption,
};

/// The stage that keeps (`keeps_matches`) or drops what matches any of the patterns.
absl::StatusOr<std::unique_ptr<Stage>> MakeMatchRule(const StageSetup& setup, bool keeps_matches);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_MATCH_RULE_H_
