#ifndef CORPUSMILL_PIPELINES_STAGES_PII_MATCH_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_MATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace corpusmill {

/// Kinds of personal data that the stage `pii` finds.
enum class PiiKind : uint8_t { kEmail, kPhone, kIp, kCard, kIban, kChineseId };

/// The names of the kinds in recipes and reports, in the order of PiiKind.
inline constexpr std::array<std::string_view, 6> kPiiKindNames = {"email", "phone", "ip",
                                                                  "card",  "iban",  "chinese-id"};
inline constexpr std::string_view PiiKindName(PiiKind kind) {
  return kPiiKindNames[static_cast<size_t>(kind)];
}

/// A place in a text that holds personal data.
struct PiiMatch {
  size_t begin = 0;  ///< Offset of its first byte.
  size_t end = 0;    ///< Offset after its last byte.
  PiiKind kind = PiiKind::kEmail;
  /// The value without its spelling: "+14155550132" for "(415) 555-0132".
  std::string value;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_MATCH_H_
