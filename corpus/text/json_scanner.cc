#include "corpus/text/json_scanner.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "corpus/base/status.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

absl::Status Misplaced() {
  return DataError("invalid JSON: a comma, colon, quote or bracket is missing or out of place");
}

absl::Status WrongEscape() { return DataError("invalid JSON: a string has a wrong escape"); }

/// The code unit of four hexadecimal digits at the beginning of `text`.
std::optional<uint32_t> CodeUnit(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  uint32_t unit = 0;
  for (const char c : text.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      unit = unit * 16 + static_cast<uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit = unit * 16 + static_cast<uint32_t>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return unit;
}

/// The character of a two-character escape.
std::optional<char> SimpleEscape(char c) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt", kCharacters = "\"\\/\b\f\n\r\t";
  const size_t at = kEscapes.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return kCharacters[at];
}

size_t CountDigits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

}  // namespace

absl::Status JsonScanner::Scan(std::string_view json, std::span<JsonField> fields) {
  rest_ = json;
  SkipBlanks();
  if (!Take('{')) return DataError("not a JSON object");
  SkipBlanks();
  if (!Take('}')) {
    while (true) {
      CM_RETURN_IF_ERROR(Member(fields));
      SkipBlanks();
      if (Take('}')) break;
      if (!Take(',')) return Misplaced();
      SkipBlanks();
    }
  }
  SkipBlanks();
  return rest_.empty() ? absl::OkStatus() : Misplaced();
}

absl::Status JsonScanner::Member(std::span<JsonField> fields) {
  std::string_view inside;
  CM_RETURN_IF_ERROR(SkipString(&inside));
  std::string name;
  // A name that is not Unicode equals none that a caller asks for.
  CM_RETURN_IF_ERROR(Unescape(inside, /*replace_invalid=*/true, &name));
  SkipBlanks();
  if (!Take(':')) return Misplaced();
  SkipBlanks();
  const std::string_view value = rest_;
  bool found = false;
  for (JsonField& field : fields) {
    if (field.name != name) continue;
    rest_ = value;  // Each field reads the value in its own way.
    CM_RETURN_IF_ERROR(ReadField(&field));
    found = true;
  }
  return found ? absl::OkStatus() : SkipValue();
}

absl::Status JsonScanner::ReadField(JsonField* field) {
  field->value = {};
  if (!field->below.empty() || (field->list_separator != nullptr && rest_.starts_with('['))) {
    JsonStrings found;
    CM_RETURN_IF_ERROR(Collect(field->below, *field, 0, &found));
    found.Finish(storage_, field);
  } else if (rest_.starts_with('"')) {
    std::string_view inside;
    CM_RETURN_IF_ERROR(SkipString(&inside));
    std::string& text = storage_->emplace_back();
    CM_RETURN_IF_ERROR(Unescape(inside, replace_invalid_ || field->mend, &text));
    field->kind = JsonField::Kind::kString;
    field->value = text;
  } else if (!rest_.empty() && (rest_[0] == '-' || (rest_[0] >= '0' && rest_[0] <= '9'))) {
    CM_RETURN_IF_ERROR(ReadNumber(&field->value));
    field->kind = JsonField::Kind::kNumber;
  } else {
    field->is_null = rest_.starts_with("null");
    CM_RETURN_IF_ERROR(SkipValue());
    field->kind = JsonField::Kind::kOther;
  }
  return absl::OkStatus();
}

absl::Status JsonScanner::Collect(std::span<const std::string> below, const JsonField& field,
                                  size_t depth, JsonStrings* found) {
  constexpr size_t kMaxDepth = 1000;  // As deep as simdjson reads.
  SkipBlanks();
  if (TakeWord("null")) return absl::OkStatus();
  const bool is_list = rest_.starts_with('[') && field.list_separator != nullptr;
  if (depth < kMaxDepth && is_list) {
    Take('[');
    SkipBlanks();
    if (Take(']')) return absl::OkStatus();
    do {
      CM_RETURN_IF_ERROR(Collect(below, field, depth + 1, found));
      SkipBlanks();
    } while (Take(','));
    return Take(']') ? absl::OkStatus() : Misplaced();
  }
  if (depth < kMaxDepth && !below.empty() && rest_.starts_with('{')) {
    return CollectMember(below, field, depth, found);
  }
  if (below.empty() && rest_.starts_with('"')) {
    std::string_view inside;
    CM_RETURN_IF_ERROR(SkipString(&inside));
    std::string text;
    CM_RETURN_IF_ERROR(Unescape(inside, replace_invalid_, &text));
    found->Add(text, field);
    return absl::OkStatus();
  }
  found->other = true;
  return SkipValue();
}

absl::Status JsonScanner::CollectMember(std::span<const std::string> below, const JsonField& field,
                                        size_t depth, JsonStrings* found) {
  const size_t size = found->joined.size(), count = found->count;
  const bool other = found->other;
  Take('{');
  SkipBlanks();
  if (Take('}')) return absl::OkStatus();
  do {
    SkipBlanks();
    std::string_view inside;
    CM_RETURN_IF_ERROR(SkipString(&inside));
    std::string name;
    CM_RETURN_IF_ERROR(Unescape(inside, /*replace_invalid=*/true, &name));
    SkipBlanks();
    if (!Take(':')) return Misplaced();
    if (name != below.front()) {
      CM_RETURN_IF_ERROR(SkipValue());
    } else {
      // The last member of a name counts.
      found->joined.resize(size);
      found->count = count;
      found->other = other;
      CM_RETURN_IF_ERROR(Collect(below.subspan(1), field, depth + 1, found));
    }
    SkipBlanks();
  } while (Take(','));
  return Take('}') ? absl::OkStatus() : Misplaced();
}

std::vector<std::string> JsonScanner::MemberNames(std::string_view json, size_t most) {
  std::deque<std::string> storage;
  JsonScanner scanner(/*replace_invalid=*/true, &storage);
  scanner.rest_ = json;
  std::vector<std::string> names;
  scanner.SkipBlanks();
  if (!scanner.Take('{')) return names;
  do {
    std::string_view inside;
    scanner.SkipBlanks();
    if (names.size() == most || !scanner.SkipString(&inside).ok()) break;
    std::string name;
    if (!scanner.Unescape(inside, /*replace_invalid=*/true, &name).ok()) break;
    names.push_back(std::move(name));
    scanner.SkipBlanks();
    if (!scanner.Take(':') || !scanner.SkipValue().ok()) break;
    scanner.SkipBlanks();
  } while (scanner.Take(','));
  return names;
}

absl::Status JsonScanner::SkipValue() {
  // Each round reads a value or the beginning of one, then the ends that follow.
  open_.clear();
  while (true) {
    SkipBlanks();
    const bool opens = rest_.starts_with('{') || rest_.starts_with('[');
    if (opens) {
      open_ += rest_[0];
      rest_.remove_prefix(1);
      SkipBlanks();
    } else {
      CM_RETURN_IF_ERROR(SkipScalar());
    }
    bool value_ended = !opens;
    while (!open_.empty()) {
      SkipBlanks();
      if (Take(open_.back() == '{' ? '}' : ']')) {
        open_.pop_back();
        value_ended = true;
        continue;
      }
      if (value_ended && !Take(',')) return Misplaced();
      if (open_.back() == '{') {
        std::string_view name;
        SkipBlanks();
        CM_RETURN_IF_ERROR(SkipString(&name));
        SkipBlanks();
        if (!Take(':')) return Misplaced();
      }
      break;
    }
    if (open_.empty()) return absl::OkStatus();
  }
}

absl::Status JsonScanner::SkipScalar() {
  std::string_view unused;
  if (rest_.empty()) return Misplaced();
  if (rest_[0] == '"') return SkipString(&unused);
  if (TakeWord("true") || TakeWord("false") || TakeWord("null")) return absl::OkStatus();
  return ReadNumber(&unused);
}

absl::Status JsonScanner::ReadNumber(std::string_view* number) {
  const absl::Status malformed = DataError("invalid JSON: a number is malformed");
  const std::string_view begin = rest_;
  Take('-');
  const size_t digits = CountDigits(rest_);
  if (digits == 0) return begin.size() == rest_.size() ? Misplaced() : malformed;
  if (digits > 1 && rest_[0] == '0') return malformed;
  rest_.remove_prefix(digits);
  if (Take('.')) {
    const size_t places = CountDigits(rest_);
    if (places == 0) return malformed;
    rest_.remove_prefix(places);
  }
  if (Take('e') || Take('E')) {
    if (!Take('+')) Take('-');
    const size_t places = CountDigits(rest_);
    if (places == 0) return malformed;
    rest_.remove_prefix(places);
  }
  *number = begin.substr(0, begin.size() - rest_.size());
  return absl::OkStatus();
}

absl::Status JsonScanner::SkipString(std::string_view* inside) {
  if (!Take('"')) return Misplaced();
  const std::string_view begin = rest_;
  size_t i = 0;
  for (; i < begin.size() && begin[i] != '"'; ++i) {
    if (static_cast<uint8_t>(begin[i]) < 0x20) {
      return DataError("invalid JSON: a string holds an unescaped control character");
    }
    if (begin[i] != '\\') continue;
    if (++i == begin.size()) break;
    if (begin[i] == 'u' ? !CodeUnit(begin.substr(i + 1)) : !SimpleEscape(begin[i])) {
      return WrongEscape();
    }
  }
  if (i >= begin.size()) return DataError("invalid JSON: a string is not closed");
  *inside = begin.substr(0, i);
  rest_.remove_prefix(i + 1);
  return absl::OkStatus();
}

absl::Status JsonScanner::Unescape(std::string_view inside, bool replace_invalid,
                                   std::string* out) const {
  while (!inside.empty()) {
    const std::string_view plain = inside.substr(0, std::min(inside.find('\\'), inside.size()));
    for (std::string_view left = plain; !left.empty();) {
      const size_t valid = ValidUtf8Prefix(left);
      out->append(left.substr(0, valid));
      left.remove_prefix(valid);
      if (left.empty()) break;
      if (!replace_invalid) {
        return DataError("invalid JSON: it is not UTF-8; try --invalid-utf8 replace");
      }
      int32_t code;
      left.remove_prefix(DecodeUtf8(left, &code));
      out->append(kReplacement);
    }
    inside.remove_prefix(plain.size());
    if (inside.empty()) break;
    if (inside[1] != 'u') {
      *out += *SimpleEscape(inside[1]);
      inside.remove_prefix(2);
      continue;
    }
    uint32_t code = *CodeUnit(inside.substr(2));
    inside.remove_prefix(6);
    if (code >= 0xD800 && code < 0xDC00 && inside.starts_with("\\u")) {
      const uint32_t low = *CodeUnit(inside.substr(2));
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        inside.remove_prefix(6);
      }
    }
    if (code < 0xD800 || code >= 0xE000) {
      out->append(EncodeUtf8(static_cast<int32_t>(code)));
    } else if (replace_invalid) {
      out->append(kReplacement);
    } else {
      return DataError(
          "invalid JSON: a string has half a surrogate pair; try --invalid-utf8 replace");
    }
  }
  return absl::OkStatus();
}

void JsonScanner::SkipBlanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
}

bool JsonScanner::Take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool JsonScanner::TakeWord(std::string_view word) {
  if (!rest_.starts_with(word)) return false;
  rest_.remove_prefix(word.size());
  return true;
}

}  // namespace corpusmill
