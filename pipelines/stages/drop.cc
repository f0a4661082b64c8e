#include "pipelines/stages/match_rule.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {

constinit const StageInfo kDropStage = {
    .name = "drop",
    .summary = "drop documents, or lines, that match a pattern",
    .details =
        "A document is dropped if any of the patterns matches anywhere in its text, or in another\n"
        "member of the input object (an absent one is empty). Its reason is pattern-1 if the "
        "first\n"
        "pattern matches, else pattern-2 and so on, or the one that `reason` names. With\n"
        "`per: line`, lines with a match are removed; a document without a line left is dropped "
        "as\n"
        "no-line-left.\n"
        "\n" CM_PATTERN_DETAILS,
    .options = kMatchRuleOptions,
    .main_option = "patterns",
    .make = [](const StageSetup& setup) { return MakeMatchRule(setup, /*keeps_matches=*/false); }};

}  // namespace corpusmill
