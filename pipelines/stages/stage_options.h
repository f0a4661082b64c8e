#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_OPTIONS_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_OPTIONS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"

namespace corpusmill {

enum class OptionType {
  kBoolean,
  kInteger,  ///< 64 bits.
  kNumber,   ///< A double.
  kString,
  kPath,     ///< A file; relative to the recipe.
  kStrings,  ///< A list; one string is a list of one.
  kPaths,    ///< A list of files; relative to the recipe.
};

/// One option of a stage. The tables of options make the checks of recipes, the help, the JSON
/// Schema and the documentation.
struct StageOption {
  std::string_view name;  ///< kebab-case.
  OptionType type = OptionType::kNumber;
  /// As it is written in a recipe; strings of a list are separated by ", ". "" = no value.
  std::string_view default_value = {};
  std::string_view help;  ///< A sentence without a full stop, with the unit.
  double minimum = std::numeric_limits<double>::lowest();  ///< Of numbers.
  double maximum = std::numeric_limits<double>::max();
  std::span<const std::string_view> choices = {};  ///< The values of strings, if they are limited.
  bool required = false;
  bool can_be_off = false;  ///< The value `off` disables the check of a number.
};

/// "number", "list of strings", ….
std::string_view OptionTypeName(OptionType type);

/// The values of a stage's options; at first the defaults.
///
///   StageOptions options(info.options);
///   CM_RETURN_IF_ERROR(options.Set("min-words", {"50"}));
///   options.Number("min-words");   // 50
///
/// Asking for an option that is not in the table, or with another type, is a programming error.
class StageOptions {
 public:
  /// `table` must outlive the options.
  explicit StageOptions(std::span<const StageOption> table);

  /// Sets an option from the scalars of a recipe. kInvalidArgument, as `max-words: what; try …`, if
  /// the name is unknown (naming the nearest), or the value has a wrong type, is out of range or
  /// not among the choices.
  absl::Status Set(std::string_view name, const std::vector<std::string>& scalars, bool is_list);
  /// kInvalidArgument if a required option has no value.
  absl::Status CheckRequired() const;

  bool Boolean(std::string_view name) const { return std::get<bool>(Get(name)); }
  int64_t Integer(std::string_view name) const { return std::get<int64_t>(Get(name)); }
  double Number(std::string_view name) const { return std::get<double>(Get(name)); }
  const std::string& String(std::string_view name) const {
    return std::get<std::string>(Get(name));
  }
  const std::vector<std::string>& Strings(std::string_view name) const {
    return std::get<std::vector<std::string>>(Get(name));
  }
  /// A number, integer or fraction, that can be off or have no value.
  std::optional<double> Limit(std::string_view name) const;
  /// Whether the option has a value other than off.
  bool Has(std::string_view name) const {
    return !std::holds_alternative<std::monostate>(Get(name));
  }

  std::span<const StageOption> table() const { return table_; }
  /// The value as a recipe writes it: "0.3", "off", "[a, b]".
  std::string Text(std::string_view name) const;

 private:
  using Value =
      std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<std::string>>;

  const Value& Get(std::string_view name) const;

  std::span<const StageOption> table_;
  std::vector<Value> values_;  // Of each option of the table.
};

/// The name among `names` that is most like `name`, within two or three changes of a character; ""
/// if there is none.
std::string_view NearestName(std::string_view name, std::span<const std::string_view> names);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_OPTIONS_H_
