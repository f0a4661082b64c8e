#include "pipelines/words/english_affixes.h"

#include <algorithm>
#include <string_view>

namespace corpusmill {
namespace {

using Classes = CharacterClasses;

constexpr uint32_t kEllipsis = 0x2026;

/// Units and currencies that are suffixes of ASCII digits. The one of seven bytes that looks like
/// an accident is one: spaCy's list lacks a blank between two units.
constexpr std::string_view kUnits[] = {
    "km",   "km²",  "km³", "m",  "m²",  "m³",   "dm",    "dm²", "dm³",  "cm",  "cm²",  "cm³",
    "mm",   "mm²",  "mm³", "ha", "µm",  "nm",   "yd",    "in",  "ft",   "kg",  "g",    "mg",
    "µg",   "t",    "lb",  "oz", "m/s", "km/h", "kmh",   "mph", "hPa",  "Pa",  "mbar", "mb",
    "MB",   "kb",   "KB",  "gb", "GB",  "tb",   "TB",    "T",   "G",    "M",   "K",    "%",
    "км",   "км²",  "км³", "м",  "м²",  "м³",   "дм",    "дм²", "дм³",  "см",  "см²",  "см³",
    "мм",   "мм²",  "мм³", "нм", "кг",  "г",    "мг",    "м/с", "км/ч", "кПа", "Па",   "мбар",
    "Кб",   "КБ",   "кб",  "Мб", "МБ",  "мб",   "Гб",    "ГБ",  "гб",   "Тб",  "ТБ",   "тбكم",
    "كم",   "كم²",  "كم³", "م",  "م²",  "م³",   "سم",    "سم²", "سم³",  "مم",  "مم²",  "مم³",
    "غرام", "جرام", "جم",  "كغ", "ملغ", "كوب",  "اكواب", "US$", "C$",   "A$",
};
constexpr size_t kLongestUnit = 10;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The end of the dots from `at` on.
const char* DotsEnd(const char* at, const char* end) {
  while (at < end && *at == '.') ++at;
  return at;
}

}  // namespace

size_t EnglishAffixes::Prefix(const char* begin, const char* end) const {
  if (begin == end) return 0;
  const Character first = classes_.At(begin, end);
  if (first.classes & Classes::kPrefix) return first.bytes;
  switch (*begin) {
    case '+':
      return begin + 1 < end && IsDigit(begin[1]) ? 0 : 1;
    case '.': {
      const auto dots = static_cast<size_t>(DotsEnd(begin, end) - begin);
      return dots > 1 ? dots : 0;
    }
    case 'U':
      return end - begin > 2 && begin[1] == 'S' && begin[2] == '$' ? 3 : 0;
    case 'A':
    case 'C':
      return end - begin > 1 && begin[1] == '$' ? 2 : 0;
    default:
      return 0;
  }
}

bool EnglishAffixes::DotIsSuffix(const char* begin, const char* dot) const {
  if (dot == begin) return false;
  const Character last = classes_.Before(begin, dot);
  if (last.classes & Classes::kBeforeDot) return true;
  if (dot - last.bytes == begin) return false;
  const Character before = classes_.Before(begin, dot - last.bytes);
  if (last.classes & before.classes & Classes::kUpper) return true;
  // A capital C, F or K of a temperature; small letters are in the class above.
  return before.code == 0xB0 && (last.code == 'C' || last.code == 'F' || last.code == 'K');
}

bool EnglishAffixes::IsUnit(const char* begin, const char* end, size_t* bytes) const {
  const char* unit = end;
  while (unit > begin && !IsDigit(unit[-1])) {
    if (static_cast<size_t>(end - --unit) > kLongestUnit) return false;
  }
  if (unit == begin || unit == end) return false;
  const std::string_view tail(unit, static_cast<size_t>(end - unit));
  *bytes = tail.size();
  const Character first = classes_.At(unit, end);
  // Currencies of one character are prefixes too.
  if (first.bytes == tail.size() && (first.classes & Classes::kPrefix) != 0) return true;
  return std::find(std::begin(kUnits), std::end(kUnits), tail) != std::end(kUnits);
}

size_t EnglishAffixes::Suffix(const char* begin, const char* end) const {
  if (begin == end) return 0;
  const Character last = classes_.Before(begin, end);
  const char* before = end - last.bytes;
  if (last.code == '.') {
    while (before > begin && before[-1] == '.') --before;
    if (end - before > 1) return static_cast<size_t>(end - before);
    return DotIsSuffix(begin, before) ? 1 : 0;
  }
  if (last.code == kEllipsis) {
    const bool two = before > begin && classes_.Before(begin, before).code == kEllipsis;
    return two ? 2 * last.bytes : last.bytes;
  }
  if (last.classes & Classes::kSuffix) return last.bytes;
  if ((last.code == 's' || last.code == 'S') && before > begin) {
    const Character apostrophe = classes_.Before(begin, before);
    if (apostrophe.code == '\'' || apostrophe.code == 0x2019) return 1 + apostrophe.bytes;
  }
  if (last.code == '+') return before > begin && IsDigit(before[-1]) ? 1 : 0;
  size_t bytes = 0;
  return (last.classes & Classes::kUnitEnd) != 0 && IsUnit(begin, end, &bytes) ? bytes : 0;
}

const char* EnglishAffixes::HyphenEnd(const char* at, const Character& character,
                                      const char* end) const {
  const char* next = at + character.bytes;
  if (HasClass(next, end, Classes::kAlpha)) return next;
  if (*at == '-') {
    for (int more = 0; more < 2 && next < end && *next == '-'; ++more) {
      if (HasClass(++next, end, Classes::kAlpha)) return next;
    }
  } else if (character.code == 0x2014 && next < end && classes_.At(next, end).code == 0x2014) {
    next += character.bytes;
    if (HasClass(next, end, Classes::kAlpha)) return next;
  }
  return nullptr;
}

const char* EnglishAffixes::InfixEnd(const char* begin, const char* at, const Character& character,
                                     const char* end) const {
  const char* next = at + character.bytes;
  if (character.code == kEllipsis || (character.classes & Classes::kIcon) != 0) return next;
  if (*at == '.' && next < end && *next == '.') return DotsEnd(next, end);
  if (at == begin) return nullptr;
  const Character before = classes_.Before(begin, at);
  const bool after_digit = before.code < 0x80 && IsDigit(static_cast<char>(before.code));
  const bool after_alpha = (before.classes & Classes::kAlpha) != 0;
  switch (character.code) {
    case '.': {
      const bool sentence = (before.classes & (Classes::kLower | Classes::kQuote)) != 0 &&
                            HasClass(next, end, Classes::kUpper | Classes::kQuote);
      return sentence ? next : nullptr;
    }
    case ',':
      return after_alpha && HasClass(next, end, Classes::kAlpha) ? next : nullptr;
    case '+':
    case '*':
    case '^':
      return after_digit && next < end && (IsDigit(*next) || *next == '-') ? next : nullptr;
    case '-':
      if (after_digit && next < end && (IsDigit(*next) || *next == '-')) return next;
      [[fallthrough]];
    case '~':
    case 0x2013:
    case 0x2014:
      return after_alpha || after_digit ? HyphenEnd(at, character, end) : nullptr;
    case ':':
    case '<':
    case '>':
    case '=':
    case '/':
      return (after_alpha || after_digit) && HasClass(next, end, Classes::kAlpha) ? next : nullptr;
    default:
      return nullptr;
  }
}

EnglishAffixes::Infix EnglishAffixes::NextInfix(const char* begin, const char* from,
                                                const char* end) const {
  for (const char* at = from; at < end;) {
    const Character character = classes_.At(at, end);
    if (character.classes & Classes::kInfix) {
      if (const char* infix_end = InfixEnd(begin, at, character, end)) return {at, infix_end};
    }
    at += character.bytes;
  }
  return {end, end};
}

}  // namespace corpusmill
