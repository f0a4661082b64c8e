#include "pipelines/recipes/recipe.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "pipelines/recipes/yaml_tree.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr std::string_view kWordRules[] = {"spacy-en", "zh", "whitespace"};

constexpr StageOption kRecipeKeys[] = {
    {.name = "sources",
     .type = OptionType::kStrings,
     .help = "The inputs: paths, or maps with the keys of a source"},
    {.name = "words",
     .type = OptionType::kString,
     .default_value = "spacy-en",
     .help = "How text is divided into words",
     .choices = kWordRules},
    {.name = "word-list",
     .type = OptionType::kPath,
     .help = "Words for `words: zh`, one per line, optionally with counts"},
    {.name = "seed",
     .type = OptionType::kString,
     .default_value = "0",
     .help = "Seed of everything that is random"},
    {.name = "stages",
     .type = OptionType::kStrings,
     .help = "The stages, in order: names, or maps of a name to options"},
};

constexpr StageOption kSourceKeys[] = {
    {.name = "path",
     .type = OptionType::kStrings,
     .help = "File, folder, pattern or `-`; a list for several. Relative to the recipe",
     .required = true},
    {.name = "name",
     .type = OptionType::kString,
     .help = "Name in reports; by default the first path"},
    {.name = "field",
     .type = OptionType::kStrings,
     .default_value = "text",
     .help = "Path of the JSON member with the text; the texts of several are joined"},
    {.name = "record",
     .type = OptionType::kString,
     .default_value = "auto",
     .help = "Record format: auto, lines, nul, jsonl, whole or bytes:N"},
    {.name = "weight",
     .type = OptionType::kString,
     .default_value = "1",
     .help = "Copies of each document that has passed the stages; 2.5 is 2 or 3 by a draw"},
    {.name = "max-documents",
     .type = OptionType::kInteger,
     .help = "Limit of documents that have passed the stages",
     .minimum = 0},
    {.name = "max-bytes",
     .type = OptionType::kString,
     .help = "Limit of text that has passed the stages, such as 10G"},
    {.name = "stages",
     .type = OptionType::kStrings,
     .help = "Stages for this source only, before those of the recipe"},
};

using Kind = YamlTree::Kind;

bool IsList(OptionType type) { return type == OptionType::kStrings || type == OptionType::kPaths; }
bool IsPath(OptionType type) { return type == OptionType::kPath || type == OptionType::kPaths; }
bool IsText(OptionType type) { return type == OptionType::kString || IsList(type) || IsPath(type); }

/// Reads the tree of one recipe.
class Reader {
 public:
  explicit Reader(Recipe* recipe)
      : recipe_(*recipe), folder_(std::filesystem::path(recipe->path).parent_path()) {}

  absl::Status Read(const YamlTree& tree) {
    if (tree.kind == Kind::kNull) {
      return tree.Error(recipe_.path, "the recipe is empty; try `stages: [fineweb]`");
    }
    CM_RETURN_IF_ERROR(Expect(tree, Kind::kMap, "a map with keys such as `stages`"));
    StageOptions keys(kRecipeKeys);
    for (const auto& [key, value] : tree.members) {
      if (key.scalar == "sources") {
        CM_RETURN_IF_ERROR(Expect(value, Kind::kList, "a list of sources"));
        for (const YamlTree& item : value.items) {
          CM_RETURN_IF_ERROR(ReadSource(item, &recipe_.sources.emplace_back()));
        }
      } else if (key.scalar == "stages") {
        CM_RETURN_IF_ERROR(ReadStages(value, /*local_only=*/false, &recipe_.stages));
      } else {
        CM_RETURN_IF_ERROR(SetOption(key, value, &keys));
      }
    }
    CM_ASSIGN_OR_RETURN(recipe_.words.rule, ParseWordRule(keys.String("words")));
    if (keys.Has("word-list")) recipe_.words.word_list_path = keys.String("word-list");
    if (!recipe_.words.word_list_path.empty() && recipe_.words.rule != WordRule::kZh) {
      return tree.Error(recipe_.path, "word-list: only `words: zh` takes a list of words");
    }
    recipe_.seed = keys.String("seed");
    return absl::OkStatus();
  }

 private:
  absl::Status Expect(const YamlTree& tree, Kind kind, std::string_view what) const {
    if (tree.kind == kind) return absl::OkStatus();
    return tree.Error(recipe_.path, absl::StrFormat("%s is not %s", YamlKindName(tree.kind), what));
  }

  std::string Resolve(const std::string& path) const {
    if (path == kStandardStream || folder_.empty() || path.starts_with('/')) return path;
    return (folder_ / path).string();
  }

  absl::Status ReadSource(const YamlTree& tree, RecipeSource* source) {
    StageOptions keys(kSourceKeys);
    if (tree.kind == Kind::kScalar) {
      CM_RETURN_IF_ERROR(keys.Set("path", {tree.scalar}, false));
    } else {
      CM_RETURN_IF_ERROR(Expect(tree, Kind::kMap, "a path or a map with the key `path`"));
    }
    for (const auto& [key, value] : tree.members) {
      if (key.scalar == "stages") {
        CM_RETURN_IF_ERROR(ReadStages(value, /*local_only=*/true, &source->stages));
      } else {
        CM_RETURN_IF_ERROR(SetOption(key, value, &keys));
      }
    }
    CM_RETURN_IF_ERROR(AtPlace(tree, keys.CheckRequired()));
    CM_RETURN_IF_ERROR(AtPlace(tree, Fill(keys, source)));
    if (!names_.insert(source->name).second) {
      return tree.Error(recipe_.path, absl::StrFormat("two sources are named '%s'; give one the "
                                                      "key `name`",
                                                      source->name));
    }
    return absl::OkStatus();
  }

  absl::Status Fill(const StageOptions& keys, RecipeSource* source) const {
    for (const std::string& path : keys.Strings("path")) source->paths.push_back(Resolve(path));
    source->name = keys.Has("name") ? keys.String("name") : keys.Strings("path").front();
    source->fields = keys.Strings("field");
    if (source->fields.empty()) return UsageError("field: the list is empty; try `field: text`");
    absl::StatusOr<RecordOptions> record = ParseRecordOptions(keys.String("record"));
    CM_RETURN_IF_ERROR(Annotate(record.status(), "record"));
    source->record = *record;
    absl::StatusOr<Weight> weight = ParseWeight(keys.String("weight"));
    CM_RETURN_IF_ERROR(Annotate(weight.status(), "weight"));
    source->weight = *weight;
    if (keys.Has("max-documents")) {
      source->max_documents = static_cast<uint64_t>(keys.Integer("max-documents"));
    }
    if (keys.Has("max-bytes")) {
      absl::StatusOr<uint64_t> bytes = ParseByteSize(keys.String("max-bytes"));
      CM_RETURN_IF_ERROR(Annotate(bytes.status(), "max-bytes"));
      source->max_bytes = *bytes;
    }
    return absl::OkStatus();
  }

  absl::Status ReadStages(const YamlTree& tree, bool local_only, std::vector<RecipeStage>* stages) {
    CM_RETURN_IF_ERROR(Expect(tree, Kind::kList, "a list of stages"));
    for (const YamlTree& item : tree.items) {
      CM_ASSIGN_OR_RETURN(RecipeStage stage, ReadStage(item));
      if (local_only && stage.info->make == nullptr) {
        return item.Error(recipe_.path,
                          absl::StrFormat("%s looks at the whole corpus; move it to the stages of "
                                          "the recipe",
                                          stage.info->name));
      }
      stages->push_back(std::move(stage));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<RecipeStage> ReadStage(const YamlTree& tree) {
    const YamlTree* name = &tree;
    const YamlTree* value = nullptr;
    if (tree.kind == Kind::kMap && tree.members.size() == 1) {
      name = &tree.members.front().first;
      value = &tree.members.front().second;
    }
    if (name->kind != Kind::kScalar) {
      return tree.Error(recipe_.path,
                        absl::StrFormat("%s with %d keys is not a stage; try `- name` or `- name: "
                                        "{option: value}`",
                                        YamlKindName(tree.kind), tree.members.size()));
    }
    absl::StatusOr<const StageInfo*> info = FindStage(name->scalar);
    CM_RETURN_IF_ERROR(AtPlace(*name, info.status()));
    RecipeStage stage{.info = *info,
                      .options = StageOptions((*info)->options),
                      .label = "",
                      .place = absl::StrFormat("%s:%d:%d", recipe_.path, name->line, name->column)};
    if (value != nullptr) CM_RETURN_IF_ERROR(ReadOptions(*value, &stage));
    CM_RETURN_IF_ERROR(AtPlace(*name, Annotate(stage.options.CheckRequired(), stage.info->name)));
    if (stage.label.empty()) {
      const int number = ++uses_[std::string(stage.info->name)];
      stage.label = number == 1 ? std::string(stage.info->name)
                                : absl::StrFormat("%s-%d", stage.info->name, number);
    }
    if (!labels_.insert(stage.label).second) {
      return name->Error(recipe_.path,
                         absl::StrFormat("two stages have the name '%s'; change one", stage.label));
    }
    return stage;
  }

  absl::Status ReadOptions(const YamlTree& tree, RecipeStage* stage) {
    const StageInfo& info = *stage->info;
    if (tree.kind == Kind::kMap) {
      for (const auto& [key, value] : tree.members) {
        if (key.scalar == "name") {
          CM_RETURN_IF_ERROR(Expect(value, Kind::kScalar, "a name"));
          stage->label = value.scalar;
        } else {
          CM_RETURN_IF_ERROR(SetOption(key, value, &stage->options));
        }
      }
      return absl::OkStatus();
    }
    if (tree.kind == Kind::kNull) return absl::OkStatus();
    if (info.main_option.empty()) {
      return tree.Error(recipe_.path,
                        absl::StrFormat("%s is not a map with options of %s; try "
                                        "--explain %s",
                                        YamlKindName(tree.kind), info.name, info.name));
    }
    YamlTree key{.kind = Kind::kScalar, .scalar = std::string(info.main_option)};
    key.line = tree.line;
    key.column = tree.column;
    return SetOption(key, tree, &stage->options);
  }

  absl::Status SetOption(const YamlTree& key, const YamlTree& value, StageOptions* options) const {
    const auto table = options->table();
    const auto option = std::find_if(table.begin(), table.end(),
                                     [&](const StageOption& o) { return o.name == key.scalar; });
    if (option == table.end()) return AtPlace(key, options->Set(key.scalar, {""}, false));
    const auto wrong = [&](const YamlTree& tree) {
      return tree.Error(recipe_.path,
                        absl::StrFormat("%s: %s is not a %s", key.scalar,
                                        tree.kind == Kind::kScalar ? "a string in quotes"
                                                                   : YamlKindName(tree.kind),
                                        OptionTypeName(option->type)));
    };
    std::vector<std::string> scalars;
    const auto add = [&](const YamlTree& tree) {
      if (tree.kind != Kind::kScalar || (tree.is_quoted && !IsText(option->type))) {
        return wrong(tree);
      }
      scalars.push_back(IsPath(option->type) ? Resolve(tree.scalar) : tree.scalar);
      return absl::OkStatus();
    };
    if (value.kind == Kind::kList && IsList(option->type)) {
      for (const YamlTree& item : value.items) CM_RETURN_IF_ERROR(add(item));
    } else {
      CM_RETURN_IF_ERROR(add(value));
    }
    return AtPlace(value, options->Set(key.scalar, scalars, value.kind == Kind::kList));
  }

  absl::Status AtPlace(const YamlTree& tree, const absl::Status& status) const {
    return status.ok() ? status : tree.Error(recipe_.path, Message(status));
  }

  Recipe& recipe_;
  const std::filesystem::path folder_;
  std::set<std::string> names_;      // Of sources.
  std::set<std::string> labels_;     // Of stages.
  std::map<std::string, int> uses_;  // Of stages without a label.
};

}  // namespace

std::span<const StageOption> RecipeKeys() { return kRecipeKeys; }
std::span<const StageOption> SourceKeys() { return kSourceKeys; }

absl::StatusOr<Recipe> ParseRecipe(std::string_view text, const std::string& path) {
  Recipe recipe{.path = path, .text = std::string(text)};
  CM_ASSIGN_OR_RETURN(const YamlTree tree, ParseYaml(text, path));
  CM_RETURN_IF_ERROR(Reader(&recipe).Read(tree));
  return recipe;
}

absl::StatusOr<Recipe> ReadRecipe(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(path));
  return ParseRecipe(text, path);
}

}  // namespace corpusmill
