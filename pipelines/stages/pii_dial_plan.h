#ifndef CORPUSMILL_PIPELINES_STAGES_PII_DIAL_PLAN_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_DIAL_PLAN_H_

#include <cstddef>
#include <string_view>

/// Which digits are phone numbers: country codes, and the national numbers of the United States,
/// the United Kingdom, Germany, France, China and India. Digits only; a national number has neither
/// a country code nor a leading 0.
namespace corpusmill {

/// Digits of the country code that begins an international number; 0 if none is assigned.
size_t CountryCodeSize(std::string_view digits);

/// Whether `national` can be a number of the country: lengths and first digits of its numbering
/// plan. Countries other than the six: 7 to 12 digits, 8 to 15 with the code.
bool IsNationalNumber(std::string_view country_code, std::string_view national);

/// North American numbering plan: 10 digits with an area code and an exchange that exist.
bool IsNorthAmerican(std::string_view ten_digits);
/// 138 0013 8000.
bool IsChineseMobile(std::string_view national);
/// The area code, without its 0, and the subscriber's number: 10 and 12345678.
bool IsChineseLandline(std::string_view area, std::string_view subscriber);
/// Ten digits that begin with 6 to 9.
bool IsIndianMobile(std::string_view national);
bool IsBritish(std::string_view national);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_DIAL_PLAN_H_
