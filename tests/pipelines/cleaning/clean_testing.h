#ifndef CORPUSMILL_TESTS_PIPELINES_CLEANING_CLEAN_TESTING_H_
#define CORPUSMILL_TESTS_PIPELINES_CLEANING_CLEAN_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "pipelines/cleaning/clean.h"
#include "pipelines/cleaning/jsonl_output.h"
#include "pipelines/cleaning/report_json.h"
#include "tests/testing.h"

namespace corpusmill {

/// What a run of `clean` wrote.
struct CleanResult {
  absl::Status status;
  CleanReport report;
  std::string output;
  std::string rejects;
};

/// Runs a recipe whose paths are relative to `folder`.
inline CleanResult RunRecipe(const TestFolder& folder, std::string_view text,
                             const ContextOptions& context_options = {}, ShuffleFiles files = {}) {
  CleanResult result;
  Context context(context_options);
  const auto run = [&]() -> absl::Status {
    CM_ASSIGN_OR_RETURN(const Recipe recipe, ParseRecipe(text, folder / "recipe.yaml"));
    CM_ASSIGN_OR_RETURN(const auto sources, ResolveSources(recipe, context));
    const bool one_file = files.pattern == "-";
    if (one_file) files.pattern = folder / "out.jsonl";
    files.overwrite = true;
    CleanOptions options;
    options.rejects_path = folder / "rejects.jsonl";
    options.overwrite = true;
    options.take_samples = true;
    options.output_path = files.pattern;
    CM_ASSIGN_OR_RETURN(const auto output, JsonlOutput::Create(recipe, files, context));
    CM_ASSIGN_OR_RETURN(result.report, Clean(recipe, sources, options, *output, context));
    CM_RETURN_IF_ERROR(output->Finish());
    if (one_file) result.output = ReadFile(folder / "out.jsonl");
    result.rejects = ReadFile(folder / "rejects.jsonl");
    return absl::OkStatus();
  };
  result.status = run();
  return result;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_PIPELINES_CLEANING_CLEAN_TESTING_H_
