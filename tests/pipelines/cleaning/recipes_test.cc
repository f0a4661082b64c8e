// Runs the recipes of docs/recipes: on invented texts, and on the development corpora, whose
// ledgers docs/recipes.md shows.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipelines/cleaning/clean.h"
#include "pipelines/cleaning/jsonl_output.h"
#include "pipelines/cleaning/report_json.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

const std::string kRecipes = "docs/recipes/";

/// Runs a recipe of docs/recipes on other inputs, one for each of its sources.
absl::StatusOr<CleanReport> RunOn(const std::string& name, const std::vector<std::string>& inputs,
                                  const std::string& output) {
  Context context;
  CM_ASSIGN_OR_RETURN(Recipe recipe, ReadRecipe(kRecipes + name));
  if (recipe.sources.empty()) recipe.sources = {{.name = "input", .fields = {"text"}}};
  for (size_t i = 0; i < inputs.size(); ++i) recipe.sources[i].paths = {inputs[i]};
  CM_ASSIGN_OR_RETURN(const auto sources, ResolveSources(recipe, context));
  CM_ASSIGN_OR_RETURN(const auto sink, JsonlOutput::Create(recipe, {.pattern = output}, context));
  CleanOptions options;
  options.output_path = output;
  CM_ASSIGN_OR_RETURN(CleanReport report, Clean(recipe, sources, options, *sink, context));
  CM_RETURN_IF_ERROR(sink->Finish());
  return report;
}

TEST(RecipesTest, EveryRecipeIsValid) {
  size_t recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kRecipes)) {
    if (entry.path().extension() != ".yaml") continue;
    ++recipes;
    CM_EXPECT_OK(ReadRecipe(entry.path().string())) << entry.path();
  }
  EXPECT_EQ(recipes, 5);
}

TEST(RecipesTest, EnglishWebText) {
  const TestFolder folder;
  const std::string good =
      "The harbour master of the old town kept a careful diary. He wrote that the first ships "
      "would "
      "leave with the morning tide, and that every crew had to be on board before the bells of the "
      "church rang.\\nIn the afternoon he walked along the quay to look at the nets, which "
      "fishermen "
      "had spread over stones. Some of them have told stories about storms that nobody else "
      "remembers. When evening came, his daughter lit the lamp and read the numbers of the "
      "barometer "
      "aloud.\\nThey talked about prices, about the weather of the coming week, and a letter from "
      "her "
      "brother in Lisbon. Nothing was ever said of the lighthouse. The next day began like all "
      "others, with gulls and a cold wind from the north. ";
  const std::string mail = good + "Write to harbour@example.org for more of the tide tables.";
  folder.Write("in.jsonl", "{\"text\":\"" + mail + "\"}\n{\"text\":\"" + mail +
                               "\"}\n{\"text\":\"Click here!\"}\n{\"text\":\"Bonjour tout le "
                               "monde, voici un texte en français sur les bateaux.\"}\n");
  CM_ASSERT_OK_AND_ASSIGN(const CleanReport report,
                          RunOn("web-en.yaml", {folder / "in.jsonl"}, folder / "out.jsonl"));
  EXPECT_EQ(report.kept_documents, 1) << LedgerTable(report);
  EXPECT_THAT(ReadFile(folder / "out.jsonl"), HasSubstr("Write to <EMAIL> for more"));
}

TEST(RecipesTest, ChineseText) {
  const TestFolder folder;
  const std::string good =
      "港口的工作人员每天清晨检查船只，记录潮水的高度，并把结果写在木板上。下午渔民回来，大家一起修"
      "理渔网，"
      "谈论天气和收成。到了晚上，孩子们坐在岸边听老人讲海上的故事，直到灯塔的光照亮整个海湾。"
      "第二天太阳升起的时候，新的船队又准备出发了，没有人知道这一次会带回什么样的消息。";
  folder.Write("in.jsonl", "{\"text\":\"" + good + "\"}\n{\"text\":\"" + good +
                               "\"}\n{\"text\":\"短\"}\n{\"text\":\"This is an English text "
                               "about the harbour and its ships.\"}\n");
  CM_ASSERT_OK_AND_ASSIGN(const CleanReport report,
                          RunOn("web-zh.yaml", {folder / "in.jsonl"}, folder / "out.jsonl"));
  EXPECT_EQ(report.kept_documents, 1) << LedgerTable(report);
}

TEST(RecipesTest, SourceCode) {
  const TestFolder folder;
  std::string hex = "unsigned char data[] = {";
  for (int i = 0; i < 2000; ++i) hex += "0x" + std::to_string(i % 90 + 10) + ",";
  folder.Write("in.jsonl",
               "{\"text\":\"# Maintained by ann@example.org\\ndef tide(height):\\n    return "
               "height * 2\\n\\n\\ndef ships(port):\\n    return [s for s in port if s]\\n\"}\n"
               "{\"text\":\"" +
                   hex + "0};\"}\n");
  CM_ASSERT_OK_AND_ASSIGN(const CleanReport report,
                          RunOn("code.yaml", {folder / "in.jsonl"}, folder / "out.jsonl"));
  EXPECT_EQ(report.kept_documents, 1) << LedgerTable(report);
  EXPECT_THAT(ReadFile(folder / "out.jsonl"), HasSubstr("Maintained by <EMAIL>\\ndef tide"));
}

/// The ledgers on this page are what the recipes give.
TEST(RecipesTest, LedgersOfTheDocumentation) {
  const std::string data = DataFolder();
  if (data.empty()) GTEST_SKIP() << "CORPUSMILL_DATA names no folder of development corpora";
  const std::string page = ReadFile("docs/recipes.md");
  const auto corpus = [&](const std::string& name) { return data + "/" + name + "_dev.jsonl.zst"; };
  const std::map<std::string, std::vector<std::string>> runs = {
      {"web-en.yaml", {corpus("en")}},
      {"web-zh.yaml", {corpus("zh")}},
      {"code.yaml", {corpus("code")}},
      {"mixture.yaml", {corpus("en"), corpus("zh"), corpus("code")}}};
  const TestFolder folder;
  for (const auto& [name, inputs] : runs) {
    CM_ASSERT_OK_AND_ASSIGN(const CleanReport report, RunOn(name, inputs, folder / name));
    EXPECT_THAT(page, HasSubstr(LedgerTable(report))) << name;
  }
}

}  // namespace
}  // namespace corpusmill
