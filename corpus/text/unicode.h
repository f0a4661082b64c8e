#ifndef CORPUSMILL_CORPUS_TEXT_UNICODE_H_
#define CORPUSMILL_CORPUS_TEXT_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

/// Unicode functions by ICU on UTF-8 that may be invalid. All functions are thread-safe.
namespace corpusmill {

enum class Normalization { kNone, kNfc, kNfkc };

/// The policy for bytes that are not UTF-8 (Unicode's maximal subparts; an encoded surrogate and
/// anything above U+10FFFF are invalid too).
enum class InvalidUtf8 {
  kKeep,     ///< Pass through untouched; text on each side is normalised separately.
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
/// kNone keeps the bytes, but the policy still applies. Text that is already normalised is only
/// checked and copied. Fails only under kFail.
absl::Status Normalize(std::string_view text, Normalization form, InvalidUtf8 policy,
                       std::string* out);

/// Calls visit(first, last, combining_class) for ranges of code points that cover all characters
/// that normalised text may exclude or reorder. Class 0: the form may change the character. Other
/// classes: only the order can be wrong, and text in which no such character directly follows one
/// of a higher class is in the form. Text without any of these characters is in the form.
void ForEachUnstableRange(
    Normalization form,
    const std::function<void(uint32_t first, uint32_t last, uint8_t combining_class)>& visit);

/// A stretch of normalised text and the stretch of the original it came from. Both begin at the end
/// of the previous stretch, or at 0.
struct NormalizedStretch {
  size_t normalized_end = 0;
  size_t original_end = 0;
  /// The bytes differ: "e\u0301" has become "é". Offsets inside the two do not correspond.
  bool changed = false;

  bool operator==(const NormalizedStretch&) const = default;
};

/// Normalizes under kKeep and records the origin of each byte. Replaces `*stretches` by stretches
/// that cover `*out` and `text`. Changed stretches are as short as ICU can tell, unchanged ones as
/// long as possible. An empty text has none.
///
///   std::vector<NormalizedStretch> stretches;
///   CM_RETURN_IF_ERROR(NormalizeWithOffsets("xe\u0301", Normalization::kNfc, &out, &stretches));
///   // {1, 1, false}, {3, 4, true}
///   OriginalOffsets offsets(stretches);
///   offsets.Of(1);  // 1: é came from the bytes from 1
///   offsets.Of(2);  // 1: inside of it
///   offsets.Of(3);  // 4: the end
absl::Status NormalizeWithOffsets(std::string_view text, Normalization form, std::string* out,
                                  std::vector<NormalizedStretch>* stretches);

/// Maps ascending offsets in normalised text to offsets in the original. The stretches must outlive
/// it; an empty list means that both texts are equal.
class OriginalOffsets {
 public:
  explicit OriginalOffsets(const std::vector<NormalizedStretch>& stretches)
      : stretches_(stretches) {}

  /// The origin of the byte at `normalized`: inside a changed stretch, the beginning of that
  /// stretch; at the end of the text, the end of the original. Ascends with its argument. REQUIRES:
  /// `normalized` is within the text and not less than in the previous call.
  size_t Of(size_t normalized);

 private:
  const std::vector<NormalizedStretch>& stretches_;
  size_t at_ = 0;
  size_t normalized_begin_ = 0;  // Where the stretch at_ begins.
  size_t original_begin_ = 0;
};

/// Length of the well-formed UTF-8 prefix of `text`.
size_t ValidUtf8Prefix(std::string_view text);
inline bool IsValidUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

/// Decodes the code point at text[0]: returns its length in bytes and sets *code,
/// or the length of the invalid maximal subpart (≥ 1) and *code = -1.
/// REQUIRES: !text.empty().
size_t DecodeUtf8(std::string_view text, int32_t* code);

/// The UTF-8 form of a code point, 0 to 0x10FFFF without surrogates.
std::string EncodeUtf8(int32_t code);

/// True for Unicode general category Nd: what Python's `\d` matches.
bool IsDecimalDigit(int32_t code);

/// The name of the Unicode script of a character, such as "Latin" or "Han". Empty for characters of
/// several scripts (digits, punctuation, most symbols and combining marks) and for unassigned code
/// points.
std::string_view ScriptName(int32_t code);

/// `text` on one line for people, unambiguous: a line break becomes \n, other control characters
/// and bytes that are not UTF-8 become \x0B or \xFF, and a backslash precedes each backslash and
/// each ASCII character in `also`.
///
///   Escaped("caf\xE9|\n", "|") == "caf\\xE9\\|\\n"
std::string Escaped(std::string_view text, std::string_view also = "");

/// A copy of `text` without bytes that are not UTF-8, as Python's bytes.decode(errors="ignore").
std::string DropInvalidUtf8(std::string_view text);

/// The version of the Unicode data in use, such as "15.0".
std::string UnicodeVersion();

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_UNICODE_H_
