#ifndef CORPUSMILL_PIPELINES_STAGES_PII_NUMBER_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_NUMBER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace corpusmill {

/// Groups of digits that stand in a row: "+49 (0) 171 / 123-4567". Shared by the rules for phone
/// numbers, payment cards and identity numbers.
struct NumberRun {
  static constexpr size_t kMaxDigits = 28;
  static constexpr size_t kMaxGroups = 10;
  /// What stands before a group.
  enum class Separator : uint8_t { kNone, kSpace, kDash, kDot, kSlash, kOpen, kClose };
  struct Group {
    size_t first = 0;  ///< Position of its first digit in `digits`.
    size_t size = 0;   ///< In digits.
    size_t begin = 0;  ///< Offset of its first byte in the text.
    size_t end = 0;    ///< Offset after its last byte.
    Separator before = Separator::kNone;
  };

  char digits[kMaxDigits];
  Group groups[kMaxGroups];
  size_t group_count = 0;
  size_t digit_count = 0;
  size_t begin = 0;            ///< Offset of the first digit, or of the plus and bracket before it.
  bool plus = false;           ///< A plus sign stands before the first digit.
  bool bracket = false;        ///< The first group stands in brackets.
  bool too_long = false;       ///< A group has too many digits; it is not among the groups.
  size_t first_group_end = 0;  ///< Offset after the first group, even if it is too long.

  /// Digits of the groups [0, groups).
  std::string_view Digits(size_t groups) const {
    return {digits, this->groups[groups - 1].first + this->groups[groups - 1].size};
  }
  std::string_view GroupDigits(size_t group) const {
    return {digits + groups[group].first, groups[group].size};
  }
  /// Whether the groups have these sizes, from the group `from` to the group `to`.
  bool HasSizes(size_t from, size_t to, std::initializer_list<size_t> sizes) const;
  /// Whether all separators of the groups [1, groups) are `separator`.
  bool AllSeparators(size_t groups, Separator separator) const;
};

/// Reads the run that begins with the digit at `at`. Looks at nothing before `floor`.
NumberRun ReadNumberRun(std::string_view text, size_t at, size_t floor);

/// Whether the groups [0, groups) of a run are not the beginning of something longer: letters,
/// decimals, further groups with a dash.
bool EndsNumber(std::string_view text, const NumberRun& run, size_t groups);

/// The groups of the run, from the first, that are a payment card; 0 if they are none.
size_t MatchCard(std::string_view text, const NumberRun& run);

/// Offset after the Chinese resident identity number that begins the run; 0 if there is none. Sets
/// *value to its 18 characters.
size_t MatchChineseId(std::string_view text, const NumberRun& run, std::string* value);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_NUMBER_H_
