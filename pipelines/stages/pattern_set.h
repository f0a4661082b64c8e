#ifndef CORPUSMILL_PIPELINES_STAGES_PATTERN_SET_H_
#define CORPUSMILL_PIPELINES_STAGES_PATTERN_SET_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipelines/stages/stage_options.h"
#include "re2/re2.h"
#include "re2/set.h"

namespace corpusmill {

/// The options of stages with patterns that PatternSet reads.
inline constexpr StageOption kPatternOption = {.name = "patterns",
                                               .type = OptionType::kStrings,
                                               .help = "Regular expressions of RE2",
                                               .required = true};
inline constexpr StageOption kCaseOption = {.name = "case-sensitive",
                                            .type = OptionType::kBoolean,
                                            .default_value = "true",
                                            .help = "Tell capitals from small letters"};
inline constexpr StageOption kMultiLineOption = {.name = "multi-line",
                                                 .type = OptionType::kBoolean,
                                                 .default_value = "false",
                                                 .help = "^ and $ also match at lines"};
inline constexpr StageOption kDotOption = {.name = "dot-newline",
                                           .type = OptionType::kBoolean,
                                           .default_value = "false",
                                           .help = "`.` also matches the end of a line"};
inline constexpr StageOption kLiteralOption = {.name = "literal",
                                               .type = OptionType::kBoolean,
                                               .default_value = "false",
                                               .help = "Patterns are plain strings"};

/// What the documentation of each stage with patterns says about them: a string literal.
// clang-format off
#define CM_PATTERN_DETAILS \
  "Patterns are those of RE2: linear time, no look-around or back references. \\b, \\w, \\d\n" \
  "and \\s are of ASCII; \\pL, \\p{Han} and \\p{Nd} are of Unicode. Flags may stand in a\n" \
  "pattern: (?i), (?s), (?m). Bytes that are not UTF-8 match nothing, not even `.`; the text\n" \
  "around them is matched as usual."
// clang-format on

/// Patterns that are searched together. Immutable and thread-safe.
class PatternSet {
 public:
  /// Reads the options above. kInvalidArgument, as `patterns: what`, with RE2's message if a
  /// pattern is wrong.
  static absl::StatusOr<std::unique_ptr<PatternSet>> Create(const StageOptions& options);

  /// The position of the first pattern, in the order of the list, that matches anywhere in `text`.
  std::optional<size_t> FirstMatch(std::string_view text) const;

  size_t size() const { return patterns_.size(); }
  const RE2& pattern(size_t i) const { return *patterns_[i]; }

 private:
  std::vector<std::unique_ptr<RE2>> patterns_;
  std::unique_ptr<RE2::Set> set_;  // Of several patterns.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PATTERN_SET_H_
