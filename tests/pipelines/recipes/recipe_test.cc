#include "pipelines/recipes/recipe.h"

#include <string>

#include "nlohmann/json.hpp"
#include "pipelines/stages/stage_table.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

Recipe Parsed(std::string_view text) {
  auto recipe = ParseRecipe(text, "dir/r.yaml");
  EXPECT_THAT(recipe, IsOk());
  return recipe.ok() ? *std::move(recipe) : Recipe();
}

std::string ErrorOf(std::string_view text) {
  const auto recipe = ParseRecipe(text, "r.yaml");
  EXPECT_EQ(recipe.status().code(), absl::StatusCode::kInvalidArgument);
  return Message(recipe.status());
}

TEST(RecipeTest, ReadsSourcesAndStages) {
  const Recipe recipe = Parsed(R"(
sources:
  - web.jsonl.zst
  - path: [/abs/a, b]
    name: books
    field: [title, text]
    weight: 2.5
    max-bytes: 1K
    stages: [{length: {min-bytes: 3}}]
seed: 7
words: whitespace
stages:
  - length: {min-words: 5, max-words: off}
  - length
  - exact-dedup:
  - shuffle: "9"
)");
  ASSERT_EQ(recipe.sources.size(), 2);
  EXPECT_EQ(recipe.sources[0].paths, (std::vector<std::string>{"dir/web.jsonl.zst"}));
  EXPECT_EQ(recipe.sources[0].name, "web.jsonl.zst");
  EXPECT_EQ(recipe.sources[0].fields, (std::vector<std::string>{"text"}));
  EXPECT_EQ(recipe.sources[1].paths, (std::vector<std::string>{"/abs/a", "dir/b"}));
  EXPECT_EQ(recipe.sources[1].name, "books");
  EXPECT_EQ(recipe.sources[1].fields, (std::vector<std::string>{"title", "text"}));
  EXPECT_EQ(recipe.sources[1].weight.copies, 2);
  EXPECT_EQ(recipe.sources[1].max_bytes, 1024);
  ASSERT_EQ(recipe.sources[1].stages.size(), 1);
  EXPECT_EQ(recipe.sources[1].stages[0].label, "length");
  EXPECT_EQ(recipe.seed, "7");
  EXPECT_EQ(recipe.words.rule, WordRule::kWhitespace);
  ASSERT_EQ(recipe.stages.size(), 4);
  EXPECT_EQ(recipe.stages[0].label, "length-2");
  EXPECT_EQ(recipe.stages[0].options.Limit("min-words"), 5);
  EXPECT_FALSE(recipe.stages[0].options.Has("max-words"));
  EXPECT_EQ(recipe.stages[3].options.String("seed"), "9");
  EXPECT_EQ(recipe.stages[0].place, "dir/r.yaml:13:5");
}

TEST(RecipeTest, ErrorsNameThePlaceAndTheNearestName) {
  EXPECT_EQ(ErrorOf(""), "r.yaml:1:1: the recipe is empty; try `stages: [fineweb]`");
  EXPECT_EQ(ErrorOf("stage: [length]"), "r.yaml:1:1: stage: unknown option; try stages");
  EXPECT_EQ(ErrorOf("stages:\n  - lenght"), "r.yaml:2:5: 'lenght' is not a stage; try length");
  EXPECT_EQ(ErrorOf("stages:\n  - length: {min-word: 3}"),
            "r.yaml:2:14: min-word: unknown option; try min-words");
  EXPECT_EQ(ErrorOf("stages:\n  - length: {min-words: many}"),
            "r.yaml:2:25: min-words: 'many' is not a whole number or off");
  EXPECT_EQ(ErrorOf("stages:\n  - length: {min-words: '3'}"),
            "r.yaml:2:25: min-words: a string in quotes is not a whole number");
  EXPECT_EQ(ErrorOf("stages:\n  - length: {min-words: [3]}"),
            "r.yaml:2:25: min-words: a list is not a whole number");
  EXPECT_EQ(ErrorOf("stages:\n  - length: 3"),
            "r.yaml:2:13: a value is not a map with options of length; try --explain length");
  EXPECT_EQ(ErrorOf("stages: length"), "r.yaml:1:9: a value is not a list of stages");
  EXPECT_EQ(ErrorOf("seed: 1\nseed: 2"), "r.yaml:2:1: 'seed' is repeated; keep one");
  EXPECT_EQ(ErrorOf("stages: &a [*a]"), "r.yaml:1:9: an alias is inside of its own anchor");
  EXPECT_EQ(ErrorOf("sources: [{name: x}]"), "r.yaml:1:11: path: a list of strings is required");
  EXPECT_EQ(ErrorOf("sources: [a, {path: b, weight: 0}]").substr(0, 22), "r.yaml:1:14: weight: '");
  EXPECT_EQ(ErrorOf("sources: [a, a]"),
            "r.yaml:1:14: two sources are named 'a'; give one the key `name`");
  EXPECT_EQ(ErrorOf("sources: [{path: a, stages: [shuffle]}]"),
            "r.yaml:1:30: shuffle looks at the whole corpus; move it to the stages of the recipe");
  EXPECT_THAT(ErrorOf("words: spacy"), HasSubstr("try spacy-en, zh or whitespace"));
  EXPECT_THAT(ErrorOf("a: [\n"), HasSubstr("r.yaml:2:1: invalid YAML"));
  EXPECT_THAT(ErrorOf("a\n---\nb"), HasSubstr("several YAML documents"));
  EXPECT_THAT(ErrorOf(", a: 1"), HasSubstr("r.yaml:"));
}

TEST(RecipeTest, PathsAreRelativeToTheRecipe) {
  const Recipe recipe = Parsed(
      "stages: [{url-blocklist: {domains: [a.txt, /b.txt]}}, {quality: {model: q.bin, label: "
      "hq}}]");
  ASSERT_EQ(recipe.stages.size(), 2);
  EXPECT_EQ(recipe.stages[0].options.Strings("domains"),
            (std::vector<std::string>{"dir/a.txt", "/b.txt"}));
  EXPECT_EQ(recipe.stages[1].options.String("model"), "dir/q.bin");
}

TEST(RecipeTest, RefusesAliasesThatGrow) {
  std::string text = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    text += "k" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += "*a" + std::to_string(i - 1) + (j < 9 ? "," : "]\n");
  }
  EXPECT_THAT(ErrorOf(text), HasSubstr("aliases make too many values"));
}

TEST(StageTableTest, DefaultsAndDescriptionsAreValid) {
  for (const StageInfo* const stage : kStages) {
    EXPECT_NE(stage->make == nullptr, stage->make_global == nullptr) << stage->name;
    EXPECT_FALSE(stage->summary.empty() || stage->details.empty()) << stage->name;
    EXPECT_FALSE(stage->summary.ends_with('.')) << stage->name;
    bool has_main = stage->main_option.empty();
    for (const StageOption& option : stage->options) {
      has_main |= option.name == stage->main_option;
      EXPECT_NE(option.name, "name") << "the key for the name of the stage";
      EXPECT_FALSE(option.help.empty() || option.help.ends_with('.')) << option.name;
      if (option.default_value.empty() || option.type == OptionType::kStrings ||
          option.type == OptionType::kPaths) {
        continue;
      }
      StageOptions options(stage->options);
      EXPECT_THAT(options.Set(option.name, {std::string(option.default_value)}, false), IsOk());
    }
    EXPECT_TRUE(has_main) << stage->name;
  }
}

TEST(RecipeSchemaTest, NamesEveryStageAndOption) {
  const auto schema = nlohmann::json::parse(RecipeSchema());
  const auto& choices = schema["$defs"]["stages"]["items"]["anyOf"];
  for (const StageInfo* const stage : kStages) {
    const std::string name(stage->name);
    bool found = false;
    for (const auto& choice : choices) {
      if (!choice.contains("properties") || !choice["properties"].contains(name)) continue;
      found = true;
      const auto& properties = choice["properties"][name]["anyOf"][0]["properties"];
      EXPECT_EQ(properties.size(), stage->options.size() + 1) << name;
    }
    EXPECT_TRUE(found) << name;
    EXPECT_THAT(StageListText(), HasSubstr(name));
    EXPECT_THAT(StageHelpText(*stage), HasSubstr(std::string(stage->summary)));
  }
}

}  // namespace
}  // namespace corpusmill
