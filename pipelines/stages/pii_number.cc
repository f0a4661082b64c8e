#include "pipelines/stages/pii_number.h"

#include <algorithm>
#include <string>

#include "pipelines/stages/pii_cell.h"

namespace corpusmill {
namespace {

using Separator = NumberRun::Separator;

/// Reads the digits of a group; false if there are too many.
bool ReadGroup(std::string_view text, size_t* at, Separator before, NumberRun* run) {
  NumberRun::Group group{.first = run->digit_count, .begin = *at, .before = before};
  PiiCell cell = CellAt(text, *at);
  bool fits = true;
  for (; cell.size > 0 && IsCellDigit(cell.c); cell = CellAt(text, *at)) {
    if (run->digit_count + group.size < NumberRun::kMaxDigits) {
      run->digits[group.first + group.size++] = cell.c;
    } else {
      fits = false;
      if (run->group_count > 0) break;  // Only the first group is read to its end.
    }
    *at += cell.size;
  }
  if (run->group_count == 0) run->first_group_end = *at;
  if (!fits) return false;
  group.end = *at;
  run->digit_count += group.size;
  run->groups[run->group_count++] = group;
  return true;
}

/// Reads what may stand between two groups; false if no digit follows.
bool ReadSeparator(std::string_view text, size_t* at, Separator* separator) {
  char cells[4];
  size_t count = 0;
  size_t end = *at;
  for (; count < 4; ++count) {
    const PiiCell cell = CellAt(text, end);
    if (cell.size == 0) return false;
    if (IsCellDigit(cell.c)) break;
    cells[count] = cell.c;
    end += cell.size;
  }
  const std::string_view between(cells, count);
  if (between == " ") {
    *separator = Separator::kSpace;
  } else if (between == "-" || between == " - ") {
    *separator = Separator::kDash;
  } else if (between == ".") {
    *separator = Separator::kDot;
  } else if (between == "/" || between == " / ") {
    *separator = Separator::kSlash;
  } else if (between == "(" || between == " (" || between == "-(") {
    *separator = Separator::kOpen;
  } else if (between == ")" || between == ") " || between == ")-" || between == ") - ") {
    *separator = Separator::kClose;
  } else {
    return false;
  }
  *at = end;
  return true;
}

void ReadPrefix(std::string_view text, size_t at, size_t floor, NumberRun* run) {
  run->begin = at;
  PiiCell before = CellBefore(text, at, floor);
  if (before.c == '+') {
    run->plus = true;
    run->begin -= before.size;
    before = CellBefore(text, run->begin, floor);
  }
  if (before.c == '(') run->bracket = true;
}

/// Whether `digits` pass the check of Luhn (ISO/IEC 7812-1).
bool PassesLuhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (size_t i = digits.size(); i-- > 0; twice = !twice) {
    const int digit = digits[i] - '0';
    sum += twice ? digit * 2 - (digit > 4 ? 9 : 0) : digit;
  }
  return sum % 10 == 0;
}

/// Issuer prefixes of four digits, and the lengths that they have.
struct CardRange {
  int first, last;
  size_t shortest, longest;
};
constexpr CardRange kCardRanges[] = {
    {2200, 2204, 16, 19},  // Mir
    {2221, 2720, 16, 16},  // Mastercard
    {3000, 3059, 14, 14},  // Diners Club
    {3400, 3499, 15, 15},  // American Express
    {3528, 3589, 16, 19},  // JCB
    {3600, 3699, 14, 14},  // Diners Club
    {3700, 3799, 15, 15},  // American Express
    {3800, 3999, 14, 14},  // Diners Club
    {4000, 4999, 16, 16},  // Visa
    {4000, 4999, 13, 13},  // Visa, old
    {4000, 4999, 19, 19},  // Visa
    {5000, 5099, 16, 19},  // Maestro, RuPay
    {5100, 5599, 16, 16},  // Mastercard
    {5600, 5899, 16, 19},  // Maestro
    {6011, 6011, 16, 19},  // Discover
    {6200, 6299, 16, 19},  // UnionPay
    {6304, 6304, 16, 19},  // Maestro
    {6440, 6599, 16, 19},  // Discover, RuPay
    {6759, 6763, 16, 19},  // Maestro
    {8100, 8199, 16, 19},  // UnionPay, RuPay
    {8200, 8299, 16, 16},  // RuPay
};

bool IsCardNumber(std::string_view digits) {
  if (digits.size() < 13 || digits.size() > 19) return false;
  int prefix = 0;
  for (const char digit : digits.substr(0, 4)) prefix = prefix * 10 + (digit - '0');
  const bool known =
      std::any_of(std::begin(kCardRanges), std::end(kCardRanges), [&](const CardRange& range) {
        return prefix >= range.first && prefix <= range.last && digits.size() >= range.shortest &&
               digits.size() <= range.longest;
      });
  return known && PassesLuhn(digits);
}

/// Whether the groups are as cards print them: of four digits, the last of one to four; or 4-6-4
/// and 4-6-5. UnionPay also prints 6-13.
bool HasCardGroups(const NumberRun& run, size_t groups) {
  if (groups == 1 || run.HasSizes(0, groups, {4, 6, 4}) || run.HasSizes(0, groups, {4, 6, 5}) ||
      run.HasSizes(0, groups, {6, 13})) {
    return true;
  }
  for (size_t i = 0; i < groups; ++i) {
    const size_t size = run.groups[i].size;
    if (i + 1 < groups ? size != 4 : size > 4) return false;
  }
  return true;
}

bool IsProvince(std::string_view code) {
  static constexpr std::string_view kProvinces =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
      "61 62 63 64 65 71 81 82 83";
  for (size_t i = 0; i < kProvinces.size(); i += 3) {
    if (kProvinces.substr(i, 2) == code) return true;
  }
  return false;
}

bool IsBirthDate(std::string_view yyyymmdd) {
  int value = 0;
  for (const char digit : yyyymmdd) value = value * 10 + (digit - '0');
  const int year = value / 10000, month = value / 100 % 100, day = value % 100;
  if (year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1) return false;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

/// GB 11643-1999: ISO 7064 MOD 11-2 over 17 digits.
bool IsChineseId(std::string_view id) {
  if (!IsProvince(id.substr(0, 2)) || !IsBirthDate(id.substr(6, 8))) return false;
  int check = 0;
  for (const char digit : id.substr(0, 17)) check = (check + (digit - '0')) * 2 % 11;
  const int last = (12 - check) % 11;
  return id[17] == (last == 10 ? 'X' : static_cast<char>('0' + last));
}

/// Whether the digits at `at`, after a comma, are neither decimals nor thousands.
bool BeginsNumberOfItsOwn(std::string_view text, size_t at) {
  size_t digits = 0;
  PiiCell cell = CellAt(text, at);
  for (; digits < 5 && cell.size > 0 && IsCellDigit(cell.c); cell = CellAt(text, at)) {
    at += cell.size;
    ++digits;
  }
  return digits == 5 || (digits >= 3 && cell.c == '-');
}

}  // namespace

bool NumberRun::HasSizes(size_t from, size_t to, std::initializer_list<size_t> sizes) const {
  if (to < from || to - from != sizes.size()) return false;
  return std::equal(sizes.begin(), sizes.end(), groups + from,
                    [](size_t size, const Group& group) { return group.size == size; });
}

bool NumberRun::AllSeparators(size_t count, Separator separator) const {
  return std::all_of(groups + 1, groups + count,
                     [&](const Group& group) { return group.before == separator; });
}

NumberRun ReadNumberRun(std::string_view text, size_t at, size_t floor) {
  NumberRun run;
  ReadPrefix(text, at, floor, &run);
  bool open = run.bracket;
  size_t open_group = 0;
  Separator separator = Separator::kNone;
  do {
    if (!ReadGroup(text, &at, separator, &run)) {
      run.too_long = run.group_count == 0;
      break;
    }
    if (run.group_count == NumberRun::kMaxGroups || !ReadSeparator(text, &at, &separator)) break;
    if (open && separator != Separator::kClose) {
      if (open_group > 0) break;  // An opening bracket that does not close after its group.
      run.bracket = open = false;
    }
    if (separator == Separator::kClose) {
      if (!open) break;
      open = false;
    } else if (separator == Separator::kOpen) {
      open = true;
      open_group = run.group_count;
    }
  } while (true);
  if (open && open_group > 0) {  // Leave out the group in the bracket.
    run.group_count = open_group;
    run.digit_count = run.groups[open_group].first;
  }
  if (open && open_group == 0) run.bracket = false;
  if (run.bracket) run.begin -= CellBefore(text, run.begin, floor).size;
  return run;
}

bool EndsNumber(std::string_view text, const NumberRun& run, size_t groups) {
  if (groups < run.group_count) {
    const Separator next = run.groups[groups].before;
    return next == Separator::kSpace || next == Separator::kSlash || next == Separator::kOpen;
  }
  const size_t end = run.groups[groups - 1].end;
  const PiiCell next = CellAt(text, end);
  if (IsCellWord(next.c) || next.c == '%' || next.c == kCurrency) return false;
  const char after = CellAt(text, end + next.size).c;
  if (next.c == '*') return !IsCellWord(after);  // A product, not bold type.
  if (next.c != '.' && next.c != ',' && next.c != '-' && next.c != ':' && next.c != '+') {
    return true;
  }
  if (next.c == ',' && BeginsNumberOfItsOwn(text, end + next.size)) return true;
  return !IsCellDigit(after) && !(next.c == '-' && after == '_');
}

size_t MatchCard(std::string_view text, const NumberRun& run) {
  if (run.plus || run.bracket) return 0;
  for (size_t groups = run.group_count; groups > 0; --groups) {
    if (run.Digits(groups).size() < 13) return 0;
    if ((run.AllSeparators(groups, Separator::kSpace) ||
         run.AllSeparators(groups, Separator::kDash)) &&
        HasCardGroups(run, groups) && IsCardNumber(run.Digits(groups)) &&
        EndsNumber(text, run, groups)) {
      return groups;
    }
  }
  return 0;
}

size_t MatchChineseId(std::string_view text, const NumberRun& run, std::string* value) {
  if (run.plus || run.bracket) return 0;
  // 18 digits, or 17 and X; in one group, or 6-8-4 with spaces.
  size_t groups = 0;
  if (run.groups[0].size == 17 || run.groups[0].size == 18) groups = 1;
  if (run.group_count >= 3 && run.AllSeparators(3, Separator::kSpace) &&
      (run.HasSizes(0, 3, {6, 8, 4}) || run.HasSizes(0, 3, {6, 8, 3}))) {
    groups = 3;
  }
  if (groups == 0) return 0;
  std::string id(run.Digits(groups));
  size_t end = run.groups[groups - 1].end;
  if (id.size() == 17) {
    const PiiCell last = CellAt(text, end);
    if (last.c != 'X' && last.c != 'x') return 0;
    id += 'X';
    end += last.size;
    if (IsCellWord(CellAt(text, end).c)) return 0;
  } else if (!EndsNumber(text, run, groups)) {
    return 0;
  }
  if (!IsChineseId(id)) return 0;
  *value = std::move(id);
  return end;
}

}  // namespace corpusmill
