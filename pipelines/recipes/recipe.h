#ifndef CORPUSMILL_PIPELINES_RECIPES_RECIPE_H_
#define CORPUSMILL_PIPELINES_RECIPES_RECIPE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/records/inputs.h"
#include "corpus/records/records.h"
#include "pipelines/stages/stage.h"
#include "pipelines/words/word_rule.h"

namespace corpusmill {

/// A stage with its options, as a recipe names it.
struct RecipeStage {
  const StageInfo* info = nullptr;
  StageOptions options;
  /// Names the stage in reports, unique in the recipe: "length", or "length-2" for the second.
  std::string label;
  std::string place;  ///< In messages: "recipe.yaml:3:5".
};

/// A part of the corpus.
struct RecipeSource {
  std::string name;                 ///< Unique; by default the first path.
  std::vector<std::string> paths;   ///< As ResolveInputs takes them; "-" is standard input.
  std::vector<std::string> fields;  ///< The text; several are joined. Never empty.
  RecordOptions record;
  /// Copies of each document that has passed the stages.
  Weight weight;
  /// Limits of the documents that have passed the stages, in order; further documents are dropped.
  std::optional<uint64_t> max_documents;
  std::optional<uint64_t> max_bytes;
  /// Applied to the documents of this source, before the stages of the recipe.
  std::vector<RecipeStage> stages;
};

/// What `clean` and `prepare` do with a corpus: docs/recipes.md.
struct Recipe {
  std::string path;                   ///< Names the recipe in messages.
  std::string text;                   ///< The YAML text.
  std::vector<RecipeSource> sources;  ///< May be empty: the command line names the inputs.
  WordOptions words;
  std::string seed = "0";
  std::vector<RecipeStage> stages;
};

/// Parses a recipe.
///
///   CM_ASSIGN_OR_RETURN(Recipe recipe, ParseRecipe("stages: [gopher-quality]", "r.yaml"));
///
/// Relative paths are taken from the folder of `path`. kInvalidArgument, as `r.yaml:2:9: what; try
/// …`, for a syntax error, an unknown or repeated key, or a value of a wrong type or out of range.
absl::StatusOr<Recipe> ParseRecipe(std::string_view text, const std::string& path);

/// Reads and parses a file.
absl::StatusOr<Recipe> ReadRecipe(const std::string& path);

/// The keys of a recipe, and of one of its sources, for help and schema.
std::span<const StageOption> RecipeKeys();
std::span<const StageOption> SourceKeys();

/// A JSON Schema (draft 2020-12) of recipes, for editors. Ends with a newline.
std::string RecipeSchema();

/// The stages, one per line with their summaries, and the description of one.
std::string StageListText();
std::string StageHelpText(const StageInfo& stage);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_RECIPES_RECIPE_H_
