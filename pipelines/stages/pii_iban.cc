#include "pipelines/stages/pii_iban.h"

#include <string>

#include "pipelines/stages/pii_cell.h"

namespace corpusmill {
namespace {

/// The length of a country's IBAN (the registry of ISO 13616); 0 if the country has none.
size_t IbanSize(char first, char second) {
  static constexpr std::string_view kSizes =
      "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
      "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 "
      "IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 "
      "MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 "
      "SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";
  for (size_t i = 0; i < kSizes.size(); i += 5) {
    if (kSizes[i] == first && kSizes[i + 1] == second) {
      return static_cast<size_t>(kSizes[i + 2] - '0') * 10 +
             static_cast<size_t>(kSizes[i + 3] - '0');
    }
  }
  return 0;
}

char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }

/// ISO 7064 MOD 97-10 over the characters from the fifth, then the first four.
bool PassesMod97(std::string_view iban) {
  int rest = 0;
  for (size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    rest = IsCellDigit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

}  // namespace

std::optional<PiiMatch> MatchIban(std::string_view text, size_t at, size_t floor) {
  const PiiCell second = CellBefore(text, at, floor);
  if (!IsAsciiLetter(second.c)) return std::nullopt;
  size_t begin = at - second.size;
  const PiiCell first = CellBefore(text, begin, floor);
  if (!IsAsciiLetter(first.c)) return std::nullopt;
  begin -= first.size;
  if (IsCellWord(CellBefore(text, begin, floor).c)) return std::nullopt;
  const size_t size = IbanSize(Upper(first.c), Upper(second.c));
  if (size == 0) return std::nullopt;

  std::string iban{Upper(first.c), Upper(second.c)};
  size_t end = at;
  while (iban.size() < size) {
    PiiCell cell = CellAt(text, end);
    if ((cell.c == ' ' || cell.c == '-') && iban.size() % 4 == 0) {
      end += cell.size;
      cell = CellAt(text, end);
    }
    if (cell.size == 0 || !(IsCellDigit(cell.c) || IsAsciiLetter(cell.c)) ||
        (iban.size() < 4 && !IsCellDigit(cell.c))) {
      return std::nullopt;
    }
    iban += Upper(cell.c);
    end += cell.size;
  }
  if (IsCellWord(CellAt(text, end).c) || !PassesMod97(iban)) return std::nullopt;
  return PiiMatch{.begin = begin, .end = end, .kind = PiiKind::kIban, .value = std::move(iban)};
}

}  // namespace corpusmill
