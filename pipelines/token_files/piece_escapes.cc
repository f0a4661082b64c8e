#include "pipelines/token_files/piece_escapes.h"

#include <algorithm>
#include <cstdint>

#include "corpus/base/status.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

/// Unicode's control characters and White_Space except the space. Some programs end a line or a
/// column at each of them.
bool IsControlOrSpace(int32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f ||
         code == 0x205f || code == 0x3000;
}

void AppendHex(std::string_view bytes, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char byte : bytes) {
    out->append("\\x");
    out->push_back(kDigits[static_cast<uint8_t>(byte) >> 4]);
    out->push_back(kDigits[byte & 15]);
  }
}

/// The value of a hexadecimal digit, or -1.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void AppendEscaped(std::string_view bytes, EscapeSpaces spaces, std::string* out) {
  while (!bytes.empty()) {
    const char c = bytes[0];
    if (c > ' ' && c < 0x7f && c != '\\') {  // Most bytes.
      out->push_back(c);
      bytes.remove_prefix(1);
      continue;
    }
    int32_t code;
    const size_t length = DecodeUtf8(bytes, &code);
    const std::string_view character = bytes.substr(0, length);
    bytes.remove_prefix(length);
    switch (code) {
      case '\\':
        out->append("\\\\");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      case ' ':
        out->append(spaces == EscapeSpaces::kYes ? "\\s" : " ");
        break;
      default:
        if (code < 0 || IsControlOrSpace(code)) {
          AppendHex(character, out);
        } else {
          out->append(character);
        }
    }
  }
}

void AppendEscapedPiece(const Vocabulary::Entry& entry, EscapeSpaces spaces, std::string* out) {
  if (entry.type == Vocabulary::Type::kControl || entry.type == Vocabulary::Type::kUnknown) {
    out->append("\\@");
  }
  AppendEscaped(entry.bytes, spaces, out);
}

absl::Status AppendUnescaped(std::string_view escaped, std::string* out) {
  while (!escaped.empty()) {
    const size_t plain = std::min(escaped.find('\\'), escaped.size());
    out->append(escaped.substr(0, plain));
    escaped.remove_prefix(plain);
    if (escaped.empty()) break;
    const char kind = escaped.size() > 1 ? escaped[1] : '\0';
    size_t length = 2;
    if (kind == '\\') {
      out->push_back('\\');
    } else if (kind == 'n') {
      out->push_back('\n');
    } else if (kind == 'r') {
      out->push_back('\r');
    } else if (kind == 't') {
      out->push_back('\t');
    } else if (kind == 's') {
      out->push_back(' ');
    } else if (kind == 'x' && escaped.size() >= 4 && HexDigit(escaped[2]) >= 0 &&
               HexDigit(escaped[3]) >= 0) {
      out->push_back(static_cast<char>(HexDigit(escaped[2]) << 4 | HexDigit(escaped[3])));
      length = 4;
    } else {
      return DataError(absl::StrFormat("'%s' is not an escape; try --format ids",
                                       escaped.substr(0, kind == 'x' ? 4 : 2)));
    }
    escaped.remove_prefix(length);
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
