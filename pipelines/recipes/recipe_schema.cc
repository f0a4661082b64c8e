#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "pipelines/recipes/recipe.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

using Json = nlohmann::ordered_json;

std::string JsonType(OptionType type) {
  switch (type) {
    case OptionType::kBoolean:
      return "boolean";
    case OptionType::kInteger:
      return "integer";
    case OptionType::kNumber:
      return "number";
    case OptionType::kString:
    case OptionType::kPath:
    case OptionType::kStrings:
    case OptionType::kPaths:
      return "string";
  }
  return "";
}

Json ScalarSchema(const StageOption& option) {
  Json schema = {{"type", JsonType(option.type)}};
  // Strings may look like numbers in YAML.
  if (schema["type"] == "string") schema["type"] = {"string", "number", "boolean"};
  if (option.minimum != std::numeric_limits<double>::lowest()) schema["minimum"] = option.minimum;
  if (option.maximum != std::numeric_limits<double>::max()) schema["maximum"] = option.maximum;
  if (!option.choices.empty()) {
    schema = {{"enum", std::vector<std::string>(option.choices.begin(), option.choices.end())}};
  }
  return schema;
}

Json OptionSchema(const StageOption& option) {
  Json schema = ScalarSchema(option);
  if (option.type == OptionType::kStrings || option.type == OptionType::kPaths) {
    schema = {{"anyOf", {schema, {{"type", "array"}, {"items", schema}}}}};
  } else if (option.can_be_off) {
    // YAML 1.1 reads `off` as false.
    schema = {{"anyOf", {schema, {{"enum", {"off", false}}}}}};
  }
  schema["description"] = std::string(option.help);
  if (!option.default_value.empty()) schema["default"] = std::string(option.default_value);
  return schema;
}

Json ObjectSchema(std::span<const StageOption> options) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const StageOption& option : options) {
    properties[std::string(option.name)] = OptionSchema(option);
    if (option.required) required.push_back(std::string(option.name));
  }
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

Json StageSchema(const StageInfo& stage) {
  Json options = ObjectSchema(stage.options);
  options["properties"]["name"] = {{"type", "string"},
                                   {"description", "Name of the stage in reports"}};
  Json value = {{"anyOf", {options, {{"type", "null"}}}}};
  for (const StageOption& option : stage.options) {
    if (option.name == stage.main_option) value["anyOf"].push_back(OptionSchema(option));
  }
  return {{"type", "object"},
          {"description", std::string(stage.summary)},
          {"properties", {{std::string(stage.name), value}}},
          {"required", {std::string(stage.name)}},
          {"additionalProperties", false}};
}

Json StagesSchema() {
  Json names = Json::array();
  Json choices = Json::array();
  for (const StageInfo* const stage : kStages) {
    names.push_back(std::string(stage->name));
    choices.push_back(StageSchema(*stage));
  }
  choices.insert(choices.begin(), Json{{"enum", names}});
  return {{"type", "array"}, {"items", {{"anyOf", choices}}}};
}

std::string OptionHelp(const StageOption& option) {
  std::string text = absl::StrFormat("  %-26s %s", option.name, option.help);
  std::string values;
  for (const std::string_view choice : option.choices) {
    values += (values.empty() ? "" : ", ") + std::string(choice);
  }
  text += absl::StrFormat(" (%s%s)", values.empty() ? OptionTypeName(option.type) : values,
                          option.can_be_off ? " or off" : "");
  if (option.required) return text + " [required]\n";
  if (!option.default_value.empty()) text += absl::StrFormat(" [%s]", option.default_value);
  return text + "\n";
}

}  // namespace

std::string RecipeSchema() {
  Json schema = ObjectSchema(RecipeKeys());
  Json source = ObjectSchema(SourceKeys());
  source["properties"]["stages"] = {{"$ref", "#/$defs/stages"}};
  schema["properties"]["sources"] = {{"type", "array"},
                                     {"items", {{"anyOf", {{{"type", "string"}}, source}}}}};
  schema["properties"]["stages"] = {{"$ref", "#/$defs/stages"}};
  schema["$defs"] = {{"stages", StagesSchema()}};
  Json document = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "Corpusmill recipe"}};
  document.update(schema);
  return document.dump(2) + "\n";
}

std::string StageListText() {
  std::string text;
  for (const StageInfo* const stage : kStages) {
    text += absl::StrFormat("%-20s %s%s\n", stage->name, stage->summary,
                            stage->make_global != nullptr ? " (looks at the whole corpus)" : "");
  }
  return text;
}

std::string StageHelpText(const StageInfo& stage) {
  std::string text = absl::StrFormat("%s: %s\n\n%s\n", stage.name, stage.summary, stage.details);
  if (!stage.options.empty()) text += "\nOptions:\n";
  for (const StageOption& option : stage.options) text += OptionHelp(option);
  if (!stage.main_option.empty()) {
    text += absl::StrFormat("\n`- %s: VALUE` sets %s.\n", stage.name, stage.main_option);
  }
  return text;
}

}  // namespace corpusmill
