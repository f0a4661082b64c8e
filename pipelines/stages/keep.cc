#include "pipelines/stages/match_rule.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {

constinit const StageInfo kKeepStage = {
    .name = "keep",
    .summary = "keep documents, or lines, that match a pattern",
    .details =
        "A document is kept if any of the patterns matches anywhere in its text, or in another\n"
        "member of the input object (an absent one is empty). The others are dropped with the\n"
        "reason no-match, or the one that `reason` names. With `per: line`, lines without a match\n"
        "are removed; a document without a line left is dropped as no-line-left.\n"
        "\n" CM_PATTERN_DETAILS,
    .options = kMatchRuleOptions,
    .main_option = "patterns",
    .make = [](const StageSetup& setup) { return MakeMatchRule(setup, /*keeps_matches=*/true); }};

}  // namespace corpusmill
