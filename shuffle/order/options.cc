#include "shuffle/order/options.h"

#include <algorithm>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// An exact decimal number: digits / 10^places. "1%" is 0.01.
struct Decimal {
  uint64_t digits = 0;
  int places = 0;
};

constexpr int kMaxDigits = 18;

std::optional<Decimal> ParseDecimal(std::string_view text) {
  Decimal number;
  int digits = 0;
  bool point = false;
  if (text.ends_with('%')) {
    text.remove_suffix(1);
    number.places = 2;
  }
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9' && ++digits <= kMaxDigits) {
      number.digits = number.digits * 10 + static_cast<uint64_t>(c - '0');
      number.places += point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (digits == 0 || number.places > kMaxDigits) return std::nullopt;
  return number;
}

uint64_t PowerOfTen(int exponent) {
  uint64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

using Wide = unsigned __int128;

}  // namespace

absl::StatusOr<std::optional<Draw>> ParseFraction(std::string_view text) {
  const std::optional<Decimal> number = ParseDecimal(text);
  const uint64_t one = number ? PowerOfTen(number->places) : 0;
  if (!number || number->digits == 0 || number->digits > one) {
    return UsageError(
        absl::StrFormat("'%s' is no fraction; try a decimal above 0 and at most 1, or 1%%", text));
  }
  if (number->digits == one) return std::nullopt;
  const Wide high = (Wide{number->digits} << 64) / one;
  const Wide rest = (Wide{number->digits} << 64) % one;
  return Draw{static_cast<uint64_t>(high), static_cast<uint64_t>((rest << 64) / one)};
}

absl::StatusOr<std::vector<Split>> ParseSplits(std::string_view text) {
  const auto bad = [text](std::string_view why) {
    return UsageError(absl::StrFormat("'%s': %s; try train=0.98,valid=0.01,test=0.01", text, why));
  };
  constexpr int kPlaces = 9;  // All shares as whole numbers of this unit.
  std::vector<Split> splits;
  std::vector<Wide> ends;
  Wide sum = 0;
  std::string_view rest = text;
  while (true) {
    const size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) return bad("a split is NAME=SHARE");
    const std::string name(item.substr(0, equals));
    if (name.find('/') != std::string::npos) return bad("a name with a slash");
    if (std::any_of(splits.begin(), splits.end(), [&](const Split& s) { return s.name == name; })) {
      return bad(absl::StrFormat("%s stands twice", name));
    }
    const std::optional<Decimal> share = ParseDecimal(item.substr(equals + 1));
    if (!share || share->digits == 0 || share->places > kPlaces ||
        share->digits > uint64_t{1'000'000'000}) {
      return bad("a share is a decimal above 0 with at most 9 places, or a percentage");
    }
    sum += Wide{share->digits} * PowerOfTen(kPlaces - share->places);
    splits.push_back({.name = name});
    ends.push_back(sum);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  for (size_t i = 0; i + 1 < splits.size(); ++i) {
    // ends * 2^64 / sum; a sum below 2^64 keeps it exact.
    if (sum >> 64 != 0) return bad("the shares are too large");
    splits[i].end = static_cast<uint64_t>((ends[i] << 64) / sum);
  }
  return splits;
}

absl::StatusOr<SplitBy> ParseSplitBy(std::string_view text, std::string* field) {
  if (text == "record") return SplitBy::kRecord;
  if (text == "content") return SplitBy::kContent;
  constexpr std::string_view kField = "field:";
  if (text.starts_with(kField) && text.size() > kField.size()) {
    *field = text.substr(kField.size());
    return SplitBy::kField;
  }
  return UsageError(absl::StrFormat("'%s' is unknown; try record, content or field:NAME", text));
}

}  // namespace corpusmill
