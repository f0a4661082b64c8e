#ifndef CORPUSMILL_PIPELINES_STAGES_QUALITY_RULES_H_
#define CORPUSMILL_PIPELINES_STAGES_QUALITY_RULES_H_

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pipelines/stages/stage_document.h"
#include "pipelines/stages/stage_options.h"

namespace corpusmill {

/// The option of a limit. Shares are at most 1.
constexpr StageOption QualityLimit(std::string_view name, std::string_view default_value,
                                   std::string_view help, double maximum = 1) {
  return {.name = name,
          .type = OptionType::kNumber,
          .default_value = default_value,
          .help = help,
          .minimum = 0,
          .maximum = maximum,
          .can_be_off = true};
}

/// The largest limit of a length in characters.
inline constexpr double kMaxQualityLength = 1e9;

/// A limit of a measure of a text, such as the share of digits. `Measures` holds a double for each.
template <typename Measures>
struct QualityRule {
  std::string_view option;  ///< The limit's option: "max-digit-share".
  std::string_view reason;  ///< "too-many-digits"
  double Measures::*value = nullptr;
  bool is_maximum = false;  ///< Otherwise a minimum. A value equal to the limit passes.
};

/// The rules of a stage with the limits of a recipe. Immutable and thread-safe.
template <typename Measures>
class QualityRules {
 public:
  QualityRules(std::span<const QualityRule<Measures>> rules, const StageOptions& options)
      : rules_(rules) {
    for (const auto& rule : rules) limits_.push_back(options.Limit(rule.option));
  }

  /// Drops the document by the first rule that it does not meet.
  void Check(const Measures& measures, StageDocument& document) const {
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (!limits_[i]) continue;
      const double value = measures.*rules_[i].value;
      if (rules_[i].is_maximum ? value > *limits_[i] : value < *limits_[i]) {
        return document.Drop(rules_[i].reason, value, *limits_[i]);
      }
    }
  }

 private:
  const std::span<const QualityRule<Measures>> rules_;
  std::vector<std::optional<double>> limits_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_QUALITY_RULES_H_
