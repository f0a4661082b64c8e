#include "corpus/text/unicode.h"

#include <algorithm>

#include "corpus/base/status.h"
#include "corpus/text/composition.h"
#include "simdjson.h"
#include "unicode/bytestream.h"
#include "unicode/edits.h"
#include "unicode/normalizer2.h"
#include "unicode/stringpiece.h"
#include "unicode/uchar.h"
#include "unicode/ucpmap.h"
#include "unicode/unorm2.h"
#include "unicode/uscript.h"
#include "unicode/utf8.h"

namespace corpusmill {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
// Text is normalised in parts of about this size: most parts are already normal and only checked.
// Small, because ICU's check, too, may take quadratic time.
constexpr size_t kPartBytes = 1 << 13;
// ICU's time is quadratic in the length of a range without a boundary: longer ones are composed by
// AppendComposed.
constexpr size_t kLongRangeBytes = 256;

const icu::Normalizer2* Normalizer(Normalization form) {
  UErrorCode error = U_ZERO_ERROR;
  return form == Normalization::kNfc ? icu::Normalizer2::getNFCInstance(error)
                                     : icu::Normalizer2::getNFKCInstance(error);
}

/// The end of the part of valid UTF-8 that begins at text[0]: nothing before the cut composes with
/// anything after it.
size_t PartEnd(std::string_view text, const icu::Normalizer2& normalizer) {
  if (text.size() <= kPartBytes) return text.size();
  size_t i = kPartBytes;
  while (i < text.size() && U8_IS_TRAIL(static_cast<uint8_t>(text[i]))) ++i;
  while (i < text.size()) {
    int32_t code;
    const size_t length = DecodeUtf8(text.substr(i), &code);
    if (normalizer.hasBoundaryBefore(code)) return i;
    i += length;
  }
  return i;
}

/// Bytes [begin, end) of a text.
struct Range {
  size_t begin, end;
};

/// The first long range without a boundary, which composes by itself; empty at the end of the text
/// if there is none.
Range FindLongRange(std::string_view text, const icu::Normalizer2& normalizer) {
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    int32_t code = static_cast<uint8_t>(text[i]);
    const size_t length = code < 0x80 ? 1 : DecodeUtf8(text.substr(i), &code);
    if (code < 0x80 || normalizer.hasBoundaryBefore(code)) {
      if (i - begin > kLongRangeBytes) return {begin, i};
      begin = i;
    }
    i += length;
  }
  return {text.size() - begin > kLongRangeBytes ? begin : text.size(), text.size()};
}

/// Appends a stretch, merging it with the previous one if neither changed.
void AppendStretch(size_t normalized_bytes, size_t original_bytes, bool changed,
                   std::vector<NormalizedStretch>* stretches) {
  if (normalized_bytes == 0 && original_bytes == 0) return;
  NormalizedStretch next{normalized_bytes, original_bytes, changed};
  if (!stretches->empty()) {
    next.normalized_end += stretches->back().normalized_end;
    next.original_end += stretches->back().original_end;
    if (!changed && !stretches->back().changed) stretches->pop_back();
  }
  stretches->push_back(next);
}

/// Whether a part is normal. False also if only AppendComposed can tell, because the part ends with
/// a long range.
bool IsNormalized(std::string_view text, const icu::Normalizer2& normalizer) {
  if (text.size() > kPartBytes + kLongRangeBytes) return false;
  UErrorCode error = U_ZERO_ERROR;
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  return normalizer.isNormalizedUTF8(piece, error) && U_SUCCESS(error);
}

/// Appends the normal form of a part without long ranges.
absl::Status AppendByIcu(std::string_view text, const icu::Normalizer2& normalizer,
                         std::string* out, std::vector<NormalizedStretch>* stretches) {
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  UErrorCode error = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(out);
  icu::Edits edits;
  normalizer.normalizeUTF8(0, piece, sink, stretches != nullptr ? &edits : nullptr, error);
  if (stretches != nullptr) {
    for (icu::Edits::Iterator edit = edits.getFineIterator(); edit.next(error);) {
      AppendStretch(static_cast<size_t>(edit.newLength()), static_cast<size_t>(edit.oldLength()),
                    edit.hasChange(), stretches);
    }
  }
  if (U_SUCCESS(error)) return absl::OkStatus();
  return absl::InternalError(absl::StrFormat("normalisation failed: %s", u_errorName(error)));
}

/// Appends the normal form of valid UTF-8 and, if requested, its stretches.
absl::Status AppendNormalized(std::string_view text, Normalization form, std::string* out,
                              std::vector<NormalizedStretch>* stretches) {
  const icu::Normalizer2& normalizer = *Normalizer(form);
  while (!text.empty()) {
    std::string_view part = text.substr(0, PartEnd(text, normalizer));
    text.remove_prefix(part.size());
    if (IsNormalized(part, normalizer)) {
      out->append(part);
      if (stretches != nullptr) AppendStretch(part.size(), part.size(), false, stretches);
      continue;
    }
    while (!part.empty()) {
      const Range range = FindLongRange(part, normalizer);
      if (range.begin > 0) {
        CM_RETURN_IF_ERROR(AppendByIcu(part.substr(0, range.begin), normalizer, out, stretches));
      }
      if (range.begin < range.end) {
        const std::string_view marks = part.substr(range.begin, range.end - range.begin);
        const size_t before = out->size();
        AppendComposed(marks, form == Normalization::kNfkc, out);
        const std::string_view composed = std::string_view(*out).substr(before);
        if (stretches != nullptr) {
          AppendStretch(composed.size(), marks.size(), composed != marks, stretches);
        }
      }
      part.remove_prefix(range.end);
    }
  }
  return absl::OkStatus();
}

/// Normalize; `stretches` under kKeep only, or nullptr.
absl::Status NormalizeTo(std::string_view text, Normalization form, InvalidUtf8 policy,
                         std::string* out, std::vector<NormalizedStretch>* stretches) {
  out->clear();
  const auto append_same = [&](std::string_view bytes) {
    out->append(bytes);
    if (stretches != nullptr) AppendStretch(bytes.size(), bytes.size(), false, stretches);
  };
  size_t begin = 0;
  while (begin < text.size()) {
    const std::string_view run = text.substr(begin, ValidUtf8Prefix(text.substr(begin)));
    if (form != Normalization::kNone) {
      CM_RETURN_IF_ERROR(AppendNormalized(run, form, out, stretches));
    } else {
      append_same(run);
    }
    begin += run.size();
    if (begin == text.size()) break;
    if (policy == InvalidUtf8::kFail) {
      return DataError(absl::StrFormat("byte %d is not UTF-8 (0x%02X)", begin,
                                       static_cast<uint8_t>(text[begin])));
    }
    int32_t code;
    const size_t length = DecodeUtf8(text.substr(begin), &code);
    append_same(policy == InvalidUtf8::kReplace ? kReplacement : text.substr(begin, length));
    begin += length;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Normalization> ParseNormalization(std::string_view name) {
  if (name == "none") return Normalization::kNone;
  if (name == "nfc") return Normalization::kNfc;
  if (name == "nfkc") return Normalization::kNfkc;
  return UsageError(absl::StrFormat("'%s' is not a normalization; try none, nfc or nfkc", name));
}

absl::StatusOr<InvalidUtf8> ParseInvalidUtf8(std::string_view name) {
  if (name == "keep") return InvalidUtf8::kKeep;
  if (name == "replace") return InvalidUtf8::kReplace;
  if (name == "fail") return InvalidUtf8::kFail;
  return UsageError(
      absl::StrFormat("'%s' is not a policy for invalid UTF-8; try keep, replace or fail", name));
}

std::string_view NormalizationName(Normalization form) {
  switch (form) {
    case Normalization::kNone:
      return "none";
    case Normalization::kNfc:
      return "nfc";
    case Normalization::kNfkc:
      return "nfkc";
  }
  return "";
}

std::string_view InvalidUtf8Name(InvalidUtf8 policy) {
  switch (policy) {
    case InvalidUtf8::kKeep:
      return "keep";
    case InvalidUtf8::kReplace:
      return "replace";
    case InvalidUtf8::kFail:
      return "fail";
  }
  return "";
}

absl::Status Normalize(std::string_view text, Normalization form, InvalidUtf8 policy,
                       std::string* out) {
  return NormalizeTo(text, form, policy, out, nullptr);
}

absl::Status NormalizeWithOffsets(std::string_view text, Normalization form, std::string* out,
                                  std::vector<NormalizedStretch>* stretches) {
  stretches->clear();
  return NormalizeTo(text, form, InvalidUtf8::kKeep, out, stretches);
}

size_t OriginalOffsets::Of(size_t normalized) {
  while (at_ < stretches_.size() && normalized >= stretches_[at_].normalized_end) {
    normalized_begin_ = stretches_[at_].normalized_end;
    original_begin_ = stretches_[at_].original_end;
    ++at_;
  }
  if (at_ < stretches_.size() && stretches_[at_].changed) return original_begin_;
  return original_begin_ + (normalized - normalized_begin_);
}

void ForEachUnstableRange(
    Normalization form,
    const std::function<void(uint32_t first, uint32_t last, uint8_t combining_class)>& visit) {
  if (form == Normalization::kNone) return;
  const auto for_each = [&](UProperty property, uint32_t stable, bool is_mark) {
    UErrorCode error = U_ZERO_ERROR;
    const UCPMap* const map = u_getIntPropertyMap(property, &error);
    if (U_FAILURE(error)) return visit(0x80, 0x10FFFF, 0);  // Unknown: visits everything.
    uint32_t value;
    for (UChar32 first = 0, last; first >= 0 && first <= 0x10FFFF; first = last + 1) {
      last = ucpmap_getRange(map, first, UCPMAP_RANGE_NORMAL, 0, nullptr, nullptr, &value);
      if (last < 0) break;
      if (value != stable) {
        visit(static_cast<uint32_t>(first), static_cast<uint32_t>(last),
              is_mark ? static_cast<uint8_t>(value) : 0);
      }
    }
  };
  for_each(UCHAR_CANONICAL_COMBINING_CLASS, 0, true);
  for_each(form == Normalization::kNfc ? UCHAR_NFC_QUICK_CHECK : UCHAR_NFKC_QUICK_CHECK, UNORM_YES,
           false);
}

size_t ValidUtf8Prefix(std::string_view text) {
  // The fast check covers whole parts; only a part that fails is scanned. Parts grow, so that
  // little is checked twice where invalid bytes are frequent.
  constexpr size_t kMaxStep = 1 << 12;
  size_t step = 1 << 6;
  size_t i = 0;
  while (i < text.size()) {
    size_t end = std::min(text.size(), i + step);
    step = std::min(2 * step, kMaxStep);
    // Does not cut a sequence: it has at most three trailing bytes.
    for (int back = 0; back < 3 && end < text.size() && end > i + 3 &&
                       U8_IS_TRAIL(static_cast<uint8_t>(text[end]));
         ++back) {
      --end;
    }
    if (simdjson::validate_utf8(text.data() + i, end - i)) {
      i = end;
      continue;
    }
    while (i < end) {
      int32_t code;
      const size_t length = DecodeUtf8(text.substr(i), &code);
      if (code < 0) return i;
      i += length;
    }
  }
  return i;
}

size_t DecodeUtf8(std::string_view text, int32_t* code) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int32_t size = static_cast<int32_t>(std::min<size_t>(text.size(), 4));
  int32_t i = 0;
  UChar32 c;
  U8_NEXT(bytes, i, size, c);
  *code = c < 0 ? -1 : c;
  return static_cast<size_t>(i);
}

std::string EncodeUtf8(int32_t code) {
  uint8_t bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, code);
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)};
}

bool IsDecimalDigit(int32_t code) {
  if (code < 0x80) return code >= '0' && code <= '9';
  return u_charType(code) == U_DECIMAL_DIGIT_NUMBER;
}

std::string_view ScriptName(int32_t code) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(code, &error);
  if (U_FAILURE(error) || script == USCRIPT_COMMON || script == USCRIPT_INHERITED ||
      script == USCRIPT_UNKNOWN) {
    return {};
  }
  return uscript_getName(script);
}

std::string Escaped(std::string_view text, std::string_view also) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    int32_t code;
    const std::string_view character = text.substr(0, DecodeUtf8(text, &code));
    text.remove_prefix(character.size());
    if (code == '\n') {
      out += "\\n";
    } else if (code < 0 || code < 0x20 || (code >= 0x7F && code < 0xA0)) {
      for (const char byte : character) {
        out += absl::StrFormat("\\x%02X", static_cast<uint8_t>(byte));
      }
    } else {
      const bool marked = code == '\\' || also.find(character) != std::string_view::npos;
      if (marked) out += '\\';
      out += character;
    }
  }
  return out;
}

std::string DropInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t valid = ValidUtf8Prefix(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    int32_t code;
    text.remove_prefix(DecodeUtf8(text, &code));
  }
  return out;
}

std::string UnicodeVersion() {
  UVersionInfo version;
  u_getUnicodeVersion(version);
  return absl::StrFormat("%d.%d", version[0], version[1]);
}

}  // namespace corpusmill
