#ifndef CORPUSMILL_CORPUS_UNICODE_H_
#define CORPUSMILL_CORPUS_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

/// Unicode by ICU over UTF-8 that may be invalid. All functions are thread-safe.
namespace corpusmill {

enum class Normalization { kNone, kNfc, kNfkc };

/// What happens to bytes that are not UTF-8 (Unicode's maximal subparts; an
/// encoded surrogate and anything above U+10FFFF are invalid too).
enum class InvalidUtf8 {
  kKeep,     ///< Pass through untouched; text on both sides is normalised alone.
  kReplace,  ///< Each maximal subpart becomes U+FFFD.
  kFail,     ///< kDataLoss naming the byte offset.
};

/// "none", "nfc", "nfkc"; "keep", "replace", "fail". kInvalidArgument otherwise.
absl::StatusOr<Normalization> ParseNormalization(std::string_view name);
absl::StatusOr<InvalidUtf8> ParseInvalidUtf8(std::string_view name);
/// The name that the Parse functions take.
std::string_view NormalizationName(Normalization form);
std::string_view InvalidUtf8Name(InvalidUtf8 policy);

/// Replaces `*out` by the normalised form of `text`.
///
///   std::string out;
///   CM_RETURN_IF_ERROR(Normalize("e\u0301", Normalization::kNfc, InvalidUtf8::kKeep, &out));
///   // out == "é"
///
/// With kNone the bytes stay as they are but the policy still applies. Text that
/// is already normalised is only checked and copied. Fails only under kFail.
absl::Status Normalize(std::string_view text, Normalization form, InvalidUtf8 policy,
                       std::string* out);

/// Length of the well-formed UTF-8 prefix of `text`.
size_t ValidUtf8Prefix(std::string_view text);
inline bool IsValidUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

/// Decodes the code point at text[0]: returns its length in bytes and sets *code,
/// or the length of the invalid maximal subpart (≥ 1) and *code = -1.
/// REQUIRES: !text.empty().
size_t DecodeUtf8(std::string_view text, int32_t* code);

/// True for Unicode general category Nd: what Python's `\d` matches.
bool IsDecimalDigit(int32_t code);

/// The name of the Unicode script of a character, such as "Latin" or "Han". Empty for
/// what several scripts share (digits, punctuation, most symbols and combining marks)
/// and for code points that are not assigned.
std::string_view ScriptName(int32_t code);

/// `text` on one line for people, unambiguous: a line break becomes \n, other control
/// characters and bytes that are not UTF-8 become \x0B or \xFF, and a backslash precedes
/// each backslash and each of the ASCII characters in `also`.
///
///   Escaped("caf\xE9|\n", "|") == "caf\\xE9\\|\\n"
std::string Escaped(std::string_view text, std::string_view also = "");

/// Copy of `text` without the bytes that are not UTF-8: Python's
/// bytes.decode(errors="ignore").
std::string DropInvalidUtf8(std::string_view text);

/// The version of the Unicode data in use, such as "15.0".
std::string UnicodeVersion();

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_UNICODE_H_
