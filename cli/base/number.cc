#include "cli/base/number.h"

#include <charconv>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<uint64_t> ParseNumber(std::string_view text, uint64_t least) {
  std::string_view digits = text;
  uint64_t unit = 1;
  if (digits.ends_with('k')) unit = 1000;
  if (digits.ends_with('M')) unit = 1'000'000;
  if (digits.ends_with('G')) unit = 1'000'000'000;
  if (unit > 1) digits.remove_suffix(1);
  uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || rest != end || number > UINT64_MAX / unit || number * unit < least) {
    return UsageError(absl::StrFormat("'%s' is not an integer of at least %d", text, least));
  }
  return number * unit;
}

}  // namespace corpusmill
