#ifndef CORPUSMILL_CLI_COMMANDS_RECIPE_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_RECIPE_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

/// Flags of commands that follow a recipe. A flag that is given wins over the recipe.
struct RecipeFlags {
  std::string recipe_path;
  DocumentFlags documents;
  std::string rejects_path;

  /// Defines the flags besides the path of the recipe.
  void Define(CLI::App& app);
  std::vector<std::string> OutputPaths() const;

  /// Reads the recipe and applies the flags: inputs replace its sources; without either the only
  /// source is standard input.
  absl::StatusOr<Recipe> Read() const;
  CleanOptions Options(const Session& session) const;

 private:
  std::string seed_;
  CLI::App* app_ = nullptr;
};

/// Adds the figures of a run to the summary, and logs the ledger as a table.
void AddCleanReport(const CleanReport& report, Session& session);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_RECIPE_FLAGS_H_
