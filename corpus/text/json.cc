#include "corpus/text/json.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "corpus/base/status.h"
#include "corpus/text/byte_scan.h"
#include "corpus/text/json_scanner.h"
#include "nlohmann/json.hpp"
#include "simdjson.h"

namespace corpusmill {
namespace {

namespace dom = simdjson::dom;
using simdjson::error_code;

static_assert(kJsonPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The character after the backslash of each byte's escape in a JSON string; 0: no escape.
constexpr std::array<char, 256> kJsonEscapes = [] {
  std::array<char, 256> escapes{};
  for (size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

/// Adds the strings of `value` at the path `below`.
void Collect(dom::element value, std::span<const std::string> below, const JsonField& field,
             JsonStrings* found) {
  if (value.is_null()) return;
  if (value.is_array() && field.list_separator != nullptr) {
    for (const dom::element element : value.get_array()) Collect(element, below, field, found);
    return;
  }
  if (below.empty()) {
    if (!value.is_string()) {
      found->other = true;
    } else {
      found->Add(value.get_string().value_unsafe(), field);
    }
    return;
  }
  if (!value.is_object()) {
    found->other = true;
    return;
  }
  std::optional<dom::element> member;  // The last of its name.
  for (const dom::key_value_pair pair : value.get_object()) {
    if (pair.key == below.front()) member = pair.value;
  }
  if (member) Collect(*member, below.subspan(1), field, found);
}

error_code ParseObject(dom::parser& parser, std::string_view json, std::span<JsonField> fields,
                       std::deque<std::string>* values) {
  dom::object object;
  if (error_code error = parser.parse(json.data(), json.size(), /*realloc_if_needed=*/false)
                             .get_object()
                             .get(object)) {
    return error;
  }
  for (const dom::key_value_pair member : object) {
    for (JsonField& field : fields) {
      if (field.name != member.key) continue;
      field.value = {};
      if (!field.below.empty() || (field.list_separator != nullptr && member.value.is_array())) {
        JsonStrings found;
        Collect(member.value, field.below, field, &found);
        found.Finish(values, &field);
      } else if (member.value.is_string()) {
        field.kind = JsonField::Kind::kString;
        field.value = member.value.get_string().value_unsafe();
      } else if (member.value.is_number()) {
        field.kind = JsonField::Kind::kNumber;
        field.value = values->emplace_back(simdjson::minify(member.value));
      } else {
        field.kind = JsonField::Kind::kOther;
        field.is_null = member.value.is_null();
      }
    }
  }
  return simdjson::SUCCESS;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    out->append(
        nlohmann::json(std::string(text))
            .dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace));
    return;
  }
  // The same bytes as nlohmann's, an order of magnitude faster: runs without escapes are copied.
  out->push_back('"');
  size_t copied = 0;
  constexpr auto kFindEscape = FindByte<0x20, '"', '\\'>;
  for (size_t i = kFindEscape(text, 0); i < text.size(); i = kFindEscape(text, i + 1)) {
    const char c = text[i];
    out->append(text.substr(copied, i - copied));
    copied = i + 1;
    out->push_back('\\');
    out->push_back(kJsonEscapes[static_cast<uint8_t>(c)]);
    if (kJsonEscapes[static_cast<uint8_t>(c)] != 'u') continue;
    constexpr std::string_view kHex = "0123456789abcdef";
    out->append("00").append({kHex[static_cast<uint8_t>(c) >> 4], kHex[c & 15]});
  }
  out->append(text.substr(copied)).push_back('"');
}

struct JsonObjectParser::Impl {
  dom::parser parser;
  std::deque<std::string> values;  // Storage for the views of fields.

  /// Reads a record that simdjson refuses.
  absl::Status Scan(std::string_view json, std::span<JsonField> fields, bool replace_invalid) {
    Clear(fields);
    CM_RETURN_IF_ERROR(JsonScanner(replace_invalid, &values).Scan(json, fields));
    for (JsonField& field : fields) {
      if (field.kind != JsonField::Kind::kNumber) continue;
      // As without the fault elsewhere in the record.
      dom::element number;
      if (parser.parse(std::string(field.value)).get(number) == simdjson::SUCCESS) {
        field.value = values.emplace_back(simdjson::minify(number));
      }
    }
    return absl::OkStatus();
  }

  void Clear(std::span<JsonField> fields) {
    values.clear();
    for (JsonField& field : fields) {
      field.kind = JsonField::Kind::kMissing;
      field.is_null = false;
      field.value = {};
    }
  }
};

JsonObjectParser::JsonObjectParser() : impl_(std::make_unique<Impl>()) {}
JsonObjectParser::~JsonObjectParser() = default;

absl::Status JsonObjectParser::Parse(std::string_view json, std::span<JsonField> fields,
                                     bool replace_invalid) {
  impl_->Clear(fields);
  if (json.starts_with(kByteOrderMark)) json.remove_prefix(kByteOrderMark.size());
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return DataError("invalid JSON: it is empty");
  }
  switch (ParseObject(impl_->parser, json, fields, &impl_->values)) {
    case simdjson::SUCCESS:
      return absl::OkStatus();
    case simdjson::INCORRECT_TYPE:
      return DataError("not a JSON object");
    case simdjson::UNCLOSED_STRING:
      return DataError("invalid JSON: a string is not closed");
    case simdjson::UNESCAPED_CHARS:
      return DataError("invalid JSON: a string holds an unescaped control character");
    case simdjson::MEMALLOC:
      return MemoryError("a JSON record is too large for memory");
    case simdjson::UTF8_ERROR:    // Perhaps in a member that nobody requests.
    case simdjson::STRING_ERROR:  // Half a surrogate pair.
    case simdjson::NUMBER_ERROR:  // Beyond 64 bits.
    case simdjson::DEPTH_ERROR:
    case simdjson::CAPACITY:  // Above 4 GiB.
      return impl_->Scan(json, fields, replace_invalid);
    default:
      return DataError("invalid JSON: a comma, colon, quote or bracket is missing or out of place");
  }
}

uint64_t JsonObjectParser::MemoryBytes(std::string_view json, bool replace_invalid) {
  // simdjson keeps the unescaped strings, four bytes per structural character and up to two
  // eight-byte words per value. A value needs a structural character.
  uint64_t structural = 0;
  for (const char c : json) {
    structural += (c == ',') | (c == ':') | (c == '"') | ((c | 0x20) == '{') | ((c | 0x20) == '}');
  }
  return (replace_invalid ? 4 : 2) * json.size() + 20 * structural;
}

}  // namespace corpusmill
