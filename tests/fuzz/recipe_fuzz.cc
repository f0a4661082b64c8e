// Reads arbitrary bytes as a recipe: an error has a place, and a recipe that is read is complete.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "corpus/base/status.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckRecipe(std::string_view text) {
  const absl::StatusOr<Recipe> recipe = ParseRecipe(text, "r.yaml");
  if (!recipe.ok()) {
    Check(recipe.status().code() == absl::StatusCode::kInvalidArgument);
    Check(Message(recipe.status()).starts_with("r.yaml:"));
    return;
  }
  for (const RecipeSource& source : recipe->sources) {
    Check(!source.paths.empty() && !source.fields.empty());
  }
  for (const RecipeStage& stage : recipe->stages) {
    Check(stage.info != nullptr && !stage.label.empty() && stage.options.CheckRequired().ok());
  }
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  corpusmill::CheckRecipe({reinterpret_cast<const char*>(data), size});
  return 0;
}
