#ifndef CORPUSMILL_CLI_COMMANDS_RECIPE_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_RECIPE_FLAGS_H_

#include <chrono>
#include <memory>
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

  /// Defines the flags besides the path of the recipe. The parameters are those of
  /// DocumentFlags::Define.
  void Define(CLI::App& app, RecordFormat auto_fallback, const std::string& default_invalid_utf8);
  std::vector<std::string> OutputPaths() const;

  /// Reads the recipe and applies the flags: inputs replace its sources; without either the only
  /// source is standard input.
  absl::StatusOr<Recipe> Read() const;
  CleanOptions Options(const Session& session) const;
  bool has_seed() const { return !seed_.empty(); }

 private:
  std::string seed_;
  CLI::App* app_ = nullptr;
};

/// The command `clean`; `last_task`, unless empty, is the only task of its job to run.
std::unique_ptr<Command> MakeCleanCommand(std::string last_task);

/// Logs the ledger as a table, and adds it to the summary for programs.
void LogLedger(const CleanReport& report, Session& session);

/// The report of a run that began at `begin`.
std::string RecipeReportHtml(const CleanReport& report, const Recipe& recipe,
                             const std::string& title, std::chrono::steady_clock::time_point begin,
                             Context& context);

/// Adds the figures of a run to the summary, and logs the ledger.
void AddCleanReport(const CleanReport& report, Session& session);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_RECIPE_FLAGS_H_
