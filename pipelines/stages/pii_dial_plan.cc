#include "pipelines/stages/pii_dial_plan.h"

#include <algorithm>

namespace corpusmill {
namespace {

bool IsBetween(char c, char first, char last) { return c >= first && c <= last; }

bool IsChinese(std::string_view national) {
  if (IsChineseMobile(national)) return true;
  if (national.size() == 10 && (national.starts_with("400") || national.starts_with("800"))) {
    return true;
  }
  const size_t area = national.starts_with("10") || national.starts_with("2") ? 2 : 3;
  return national.size() > area &&
         IsChineseLandline(national.substr(0, area), national.substr(area));
}

bool IsGerman(std::string_view national) {
  if (!IsBetween(national[0], '1', '9')) return false;
  if (national[0] == '1') {  // Mobile and service numbers only.
    return (national[1] >= '5' && national[1] <= '8' && national.size() >= 10 &&
            national.size() <= 11);
  }
  return national.size() >= 6 && national.size() <= 11;
}

}  // namespace

size_t CountryCodeSize(std::string_view digits) {
  if (digits.size() < 8) return 0;
  if (digits[0] == '1' || digits[0] == '7') return 1;
  static constexpr std::string_view kTwoDigits =
      "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 "
      "64 65 66 81 82 84 86 90 91 92 93 94 95 98";
  static constexpr std::string_view kThreeDigitZones =
      "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99";
  const auto holds = [&](std::string_view list) {
    for (size_t i = 0; i < list.size(); i += 3) {
      if (list[i] == digits[0] && list[i + 1] == digits[1]) return true;
    }
    return false;
  };
  if (holds(kTwoDigits)) return 2;
  return holds(kThreeDigitZones) && digits.substr(0, 3) != "999" ? 3 : 0;
}

bool IsNationalNumber(std::string_view country_code, std::string_view national) {
  if (national.size() < 6) return false;
  if (country_code == "1") return IsNorthAmerican(national);
  if (country_code == "44") return IsBritish(national);
  if (country_code == "49") return IsGerman(national);
  if (country_code == "33") return national.size() == 9 && IsBetween(national[0], '1', '9');
  if (country_code == "86") return IsChinese(national);
  if (country_code == "91") return national.size() == 10 && IsBetween(national[0], '1', '9');
  return national.size() >= 7 && national.size() <= 12 &&
         country_code.size() + national.size() <= 15;
}

bool IsNorthAmerican(std::string_view ten_digits) {
  if (ten_digits.size() != 10) return false;
  const std::string_view area = ten_digits.substr(0, 3), exchange = ten_digits.substr(3, 3);
  if (area[0] < '2' || exchange[0] < '2') return false;
  if (area.substr(1) == "11" || exchange.substr(1) == "11" || area[1] == '9') return false;
  return area.substr(1) != "00" || area[0] >= '5';  // 200, 300 and 400 are not area codes.
}

bool IsChineseMobile(std::string_view national) {
  return national.size() == 11 && national[0] == '1' && IsBetween(national[1], '3', '9');
}

bool IsChineseLandline(std::string_view area, std::string_view subscriber) {
  if (subscriber.empty() || !IsBetween(subscriber[0], '2', '8')) return false;
  if (area.size() == 2) {
    return (area == "10" || area[0] == '2') && subscriber.size() == 8;
  }
  return area.size() == 3 && IsBetween(area[0], '3', '9') &&
         (subscriber.size() == 7 || subscriber.size() == 8);
}

bool IsIndianMobile(std::string_view national) {
  return national.size() == 10 && IsBetween(national[0], '6', '9');
}

bool IsBritish(std::string_view national) {
  const size_t size = national.size();
  switch (size == 9 || size == 10 ? national[0] : '0') {
    case '1':
      return national[1] != '0';
    case '2':
    case '3':
    case '7':
    case '9':
      return size == 10;
    case '5':
      return size == 10 && (national[1] == '5' || national[1] == '6');
    case '8':
      return size == 10 || national.starts_with("800");
    default:
      return false;
  }
}

}  // namespace corpusmill
