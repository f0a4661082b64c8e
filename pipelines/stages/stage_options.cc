#include "pipelines/stages/stage_options.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "absl/strings/str_format.h"
#include "corpus/base/name_list.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr std::string_view kOff = "off";

template <typename T>
std::optional<T> Parse(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> ParseBoolean(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  return std::nullopt;
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t end = text.find(", ");
    items.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? "" : text.substr(end + 2);
  }
  return items;
}

bool IsList(OptionType type) { return type == OptionType::kStrings || type == OptionType::kPaths; }

std::vector<std::string> Copies(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

absl::Status CheckChoice(const StageOption& option, std::string_view text) {
  if (option.choices.empty()) return absl::OkStatus();
  if (std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end()) {
    return absl::OkStatus();
  }
  return UsageError(absl::StrFormat("%s: '%s' is not a choice; try %s", option.name, text,
                                    NameList(Copies(option.choices), "or")));
}

absl::Status CheckRange(const StageOption& option, double value) {
  if (value >= option.minimum && value <= option.maximum) return absl::OkStatus();
  if (option.maximum == std::numeric_limits<double>::max()) {
    return UsageError(absl::StrFormat("%s: %g is out of range; try %g or more", option.name, value,
                                      option.minimum));
  }
  return UsageError(absl::StrFormat("%s: %g is out of range; try %g to %g", option.name, value,
                                    option.minimum, option.maximum));
}

/// Edits that turn one name into the other: a character inserted, removed or replaced.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view OptionTypeName(OptionType type) {
  switch (type) {
    case OptionType::kBoolean:
      return "true or false";
    case OptionType::kInteger:
      return "whole number";
    case OptionType::kNumber:
      return "number";
    case OptionType::kString:
      return "string";
    case OptionType::kPath:
      return "path of a file";
    case OptionType::kStrings:
      return "list of strings";
    case OptionType::kPaths:
      return "list of files";
  }
  return "";
}

std::string_view NearestName(std::string_view name, std::span<const std::string_view> names) {
  std::string_view nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : names) {
    size_t distance = EditDistance(name, candidate);
    if (candidate.size() > name.size() + 2 && candidate.starts_with(name)) distance = 2;
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

StageOptions::StageOptions(std::span<const StageOption> table)
    : table_(table), values_(table.size()) {
  for (const StageOption& option : table) {
    if (option.default_value.empty()) {
      if (IsList(option.type)) values_[&option - table.data()] = std::vector<std::string>();
      continue;
    }
    const bool is_list = IsList(option.type);
    const std::vector<std::string> scalars =
        is_list ? SplitList(option.default_value)
                : std::vector<std::string>{std::string(option.default_value)};
    Set(option.name, scalars, is_list).IgnoreError();  // A test checks the defaults of all stages.
  }
}

absl::Status StageOptions::Set(std::string_view name, const std::vector<std::string>& scalars,
                               bool is_list) {
  const auto option = std::find_if(table_.begin(), table_.end(),
                                   [&](const StageOption& o) { return o.name == name; });
  if (option == table_.end()) {
    std::vector<std::string_view> names;
    for (const StageOption& o : table_) names.push_back(o.name);
    const std::string_view nearest = NearestName(name, names);
    if (!nearest.empty()) {
      return UsageError(absl::StrFormat("%s: unknown option; try %s", name, nearest));
    }
    if (names.empty()) return UsageError(absl::StrFormat("%s: the stage has no options", name));
    return UsageError(
        absl::StrFormat("%s: unknown option; try %s", name, NameList(Copies(names), "or")));
  }
  Value& value = values_[option - table_.begin()];
  if (IsList(option->type)) {
    for (const std::string& text : scalars) CM_RETURN_IF_ERROR(CheckChoice(*option, text));
    value = scalars;
    return absl::OkStatus();
  }
  const auto wrong_type = [&](std::string_view given) {
    return UsageError(absl::StrFormat("%s: %s is not a %s%s", name, given,
                                      OptionTypeName(option->type),
                                      option->can_be_off ? " or off" : ""));
  };
  if (is_list) return wrong_type("a list");
  const std::string& text = scalars.front();
  if (option->can_be_off && text == kOff) {
    value = std::monostate();
    return absl::OkStatus();
  }
  switch (option->type) {
    case OptionType::kBoolean: {
      const std::optional<bool> parsed = ParseBoolean(text);
      if (!parsed) return wrong_type(absl::StrFormat("'%s'", text));
      value = *parsed;
      return absl::OkStatus();
    }
    case OptionType::kInteger: {
      const std::optional<int64_t> parsed = Parse<int64_t>(text);
      if (!parsed) return wrong_type(absl::StrFormat("'%s'", text));
      value = *parsed;
      return CheckRange(*option, static_cast<double>(*parsed));
    }
    case OptionType::kNumber: {
      const std::optional<double> parsed = Parse<double>(text);
      // Also refuses nan and inf.
      if (!parsed || !(*parsed - *parsed == 0)) return wrong_type(absl::StrFormat("'%s'", text));
      value = *parsed;
      return CheckRange(*option, *parsed);
    }
    default:
      CM_RETURN_IF_ERROR(CheckChoice(*option, text));
      value = text;
      return absl::OkStatus();
  }
}

absl::Status StageOptions::CheckRequired() const {
  for (size_t i = 0; i < table_.size(); ++i) {
    const auto* list = std::get_if<std::vector<std::string>>(&values_[i]);
    const bool empty =
        std::holds_alternative<std::monostate>(values_[i]) || (list != nullptr && list->empty());
    if (table_[i].required && empty) {
      return UsageError(
          absl::StrFormat("%s: a %s is required", table_[i].name, OptionTypeName(table_[i].type)));
    }
  }
  return absl::OkStatus();
}

std::optional<double> StageOptions::Limit(std::string_view name) const {
  const Value& value = Get(name);
  if (const int64_t* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  if (const double* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

std::string StageOptions::Text(std::string_view name) const {
  const Value& value = Get(name);
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const int64_t* integer = std::get_if<int64_t>(&value)) return absl::StrFormat("%d", *integer);
  if (const double* number = std::get_if<double>(&value)) return absl::StrFormat("%g", *number);
  if (const std::string* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    std::string text;
    for (const std::string& item : *list) text += (text.empty() ? "" : ", ") + item;
    return "[" + text + "]";
  }
  return std::string(kOff);
}

const StageOptions::Value& StageOptions::Get(std::string_view name) const {
  for (size_t i = 0; i < table_.size(); ++i) {
    if (table_[i].name == name) return values_[i];
  }
  static const Value kNone;
  return kNone;
}

}  // namespace corpusmill
