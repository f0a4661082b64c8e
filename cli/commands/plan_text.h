#ifndef CORPUSMILL_CLI_COMMANDS_PLAN_TEXT_H_
#define CORPUSMILL_CLI_COMMANDS_PLAN_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

/// The plan of a run for people: sources, stages by pass, memory, temporary space and time. Runs a
/// sample of the inputs if they are files; leaves no files.
absl::StatusOr<std::string> CleaningPlanText(const Recipe& recipe,
                                             const std::vector<std::vector<InputFile>>& sources,
                                             const CleanOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_PLAN_TEXT_H_
