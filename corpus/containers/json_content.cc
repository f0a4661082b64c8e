#include "corpus/containers/json_content.h"

#include <array>

namespace corpusmill {
namespace {

/// Whether a byte must be escaped in a JSON string.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> escaped{};
  for (int c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped['"'] = escaped['\\'] = true;
  return escaped;
}();

void AppendEscape(char c, std::string* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kNamed = "\b\f\n\r\t\"\\";
  constexpr std::string_view kNames = "bfnrt\"\\";
  out->push_back('\\');
  if (const size_t named = kNamed.find(c); named != kNamed.npos) {
    out->push_back(kNames[named]);
    return;
  }
  out->append("u00");
  out->push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
  out->push_back(kDigits[static_cast<unsigned char>(c) & 15]);
}

}  // namespace

void AppendJsonContent(std::string_view bytes, std::string* out) {
  size_t plain = 0;  // Start of the bytes that need no escape.
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (!kEscaped[static_cast<unsigned char>(bytes[i])]) continue;
    out->append(bytes.substr(plain, i - plain));
    AppendEscape(bytes[i], out);
    plain = i + 1;
  }
  out->append(bytes.substr(plain));
}

void AppendJsonMember(std::string_view name, std::string_view value, std::string* out) {
  out->append(out->ends_with('{') ? "\"" : ",\"");
  AppendJsonContent(name, out);
  out->append("\":\"");
  AppendJsonContent(value, out);
  out->push_back('"');
}

}  // namespace corpusmill
