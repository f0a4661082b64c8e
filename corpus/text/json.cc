#include "corpus/text/json.h"

#include <algorithm>
#include <deque>

#include "corpus/base/status.h"
#include "nlohmann/json.hpp"
#include "simdjson.h"

namespace corpusmill {
namespace {

namespace dom = simdjson::dom;
using simdjson::error_code;

static_assert(kJsonPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

error_code ParseObject(dom::parser& parser, std::string_view json, std::span<JsonField> fields,
                       std::deque<std::string>* numbers) {
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
      if (member.value.is_string()) {
        field.kind = JsonField::Kind::kString;
        field.value = member.value.get_string().value_unsafe();
      } else if (member.value.is_number()) {
        field.kind = JsonField::Kind::kNumber;
        field.value = numbers->emplace_back(simdjson::minify(member.value));
      } else {
        field.kind = JsonField::Kind::kOther;
      }
    }
  }
  return simdjson::SUCCESS;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  // Names and most pieces need no escaping.
  const auto is_plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out->append("\"").append(text).append("\"");
    return;
  }
  out->append(nlohmann::json(std::string(text))
                  .dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace));
}

struct JsonObjectParser::Impl {
  dom::parser parser;
  std::deque<std::string> numbers;  // Storage for the views of number fields.
};

JsonObjectParser::JsonObjectParser() : impl_(std::make_unique<Impl>()) {}
JsonObjectParser::~JsonObjectParser() = default;

absl::Status JsonObjectParser::Parse(std::string_view json, std::span<JsonField> fields) {
  for (JsonField& field : fields) {
    field.kind = JsonField::Kind::kMissing;
    field.value = {};
  }
  if (json.starts_with(kByteOrderMark)) json.remove_prefix(kByteOrderMark.size());
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return DataError("invalid JSON: it is empty");
  }
  impl_->numbers.clear();
  const error_code error = ParseObject(impl_->parser, json, fields, &impl_->numbers);
  switch (error) {
    case simdjson::SUCCESS:
      return absl::OkStatus();
    case simdjson::INCORRECT_TYPE:
      return DataError("not a JSON object");
    case simdjson::UTF8_ERROR:
      return DataError("invalid JSON: it is not UTF-8");
    case simdjson::STRING_ERROR:
      return DataError("invalid JSON: a string has a wrong escape or half a surrogate pair");
    case simdjson::UNCLOSED_STRING:
      return DataError("invalid JSON: a string is not closed");
    case simdjson::UNESCAPED_CHARS:
      return DataError("invalid JSON: a string holds an unescaped control character");
    case simdjson::NUMBER_ERROR:
      return DataError("invalid JSON: a number is malformed or out of range");
    case simdjson::DEPTH_ERROR:
      return DataError("invalid JSON: nested too deeply");
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
      return MemoryError("a JSON record is too large for memory");
    default:
      return DataError("invalid JSON: a comma, colon, quote or bracket is missing or out of place");
  }
}

uint64_t JsonObjectParser::MemoryBytes(std::string_view json) {
  // simdjson keeps the unescaped strings, four bytes per structural character and up to two
  // eight-byte words per value. A value needs a structural character.
  uint64_t structural = 0;
  for (const char c : json) {
    structural += (c == ',') | (c == ':') | (c == '"') | ((c | 0x20) == '{') | ((c | 0x20) == '}');
  }
  return 2 * json.size() + 20 * structural;
}

}  // namespace corpusmill
