#include "pipelines/stages/python_text.h"

#include <array>
#include <cstring>

#include "corpus/text/byte_scan.h"
#include "corpus/text/unicode.h"
#include "unicode/uchar.h"

namespace corpusmill {
namespace {

bool IsAsciiSpace(uint8_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
}

/// U+0085 and U+00A0.
bool IsSpace2(uint8_t a, uint8_t b) { return a == 0xC2 && (b == 0x85 || b == 0xA0); }

/// U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F and U+3000.
bool IsSpace3(uint8_t a, uint8_t b, uint8_t c) {
  if (a == 0xE2 && b == 0x80) {
    return (c >= 0x80 && c <= 0x8A) || c == 0xA8 || c == 0xA9 || c == 0xAF;
  }
  return (a == 0xE2 && b == 0x81 && c == 0x9F) || (a == 0xE1 && b == 0x9A && c == 0x80) ||
         (a == 0xE3 && b == 0x80 && c == 0x80);
}

uint8_t Byte(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

/// The bytes with which an end of line can begin.
constexpr std::array<bool, 256> kLineEndBytes = [] {
  std::array<bool, 256> table{};
  for (const int c : {0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0xC2, 0xE2}) table[c] = true;
  return table;
}();

/// Bytes of the end of line at text[i]; 0 if there is none.
size_t LineEndAt(std::string_view text, size_t i) {
  const uint8_t c = Byte(text, i);
  if (c == 0x0D) return i + 1 < text.size() && text[i + 1] == '\n' ? 2 : 1;
  if (c < 0x80) return 1;
  if (c == 0xC2) return i + 1 < text.size() && Byte(text, i + 1) == 0x85 ? 2 : 0;
  return i + 2 < text.size() && Byte(text, i + 1) == 0x80 && (Byte(text, i + 2) | 1) == 0xA9 ? 3
                                                                                             : 0;
}

}  // namespace

size_t SpaceAt(std::string_view text, size_t at) {
  const size_t left = text.size() - at;
  if (left == 0) return 0;
  const uint8_t c = Byte(text, at);
  if (c < 0x80) return IsAsciiSpace(c) ? 1 : 0;
  if (c == 0xC2) return left >= 2 && IsSpace2(c, Byte(text, at + 1)) ? 2 : 0;
  return left >= 3 && IsSpace3(c, Byte(text, at + 1), Byte(text, at + 2)) ? 3 : 0;
}

size_t SpaceBefore(std::string_view text, size_t end) {
  if (end == 0) return 0;
  const uint8_t c = Byte(text, end - 1);
  if (c < 0x80) return IsAsciiSpace(c) ? 1 : 0;
  if (end >= 2 && IsSpace2(Byte(text, end - 2), c)) return 2;
  return end >= 3 && IsSpace3(Byte(text, end - 3), Byte(text, end - 2), c) ? 3 : 0;
}

std::string_view StripLeft(std::string_view text) {
  size_t begin = 0;
  while (const size_t bytes = SpaceAt(text, begin)) begin += bytes;
  return text.substr(begin);
}

std::string_view StripRight(std::string_view text) {
  size_t end = text.size();
  while (const size_t bytes = SpaceBefore(text, end)) end -= bytes;
  return text.substr(0, end);
}

std::string_view Strip(std::string_view text) { return StripRight(StripLeft(text)); }

void SplitLines(std::string_view text, std::vector<std::string_view>* lines) {
  lines->clear();
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    // A control character or the first byte of U+0085, U+2028 or U+2029.
    i = FindByte<0x20, 0xC2, 0xE2>(text, i);
    if (i == text.size()) break;
    if (!kLineEndBytes[Byte(text, i)]) {
      ++i;
      continue;
    }
    const size_t bytes = LineEndAt(text, i);
    if (bytes == 0) {
      ++i;
      continue;
    }
    lines->push_back(text.substr(begin, i - begin));
    begin = i += bytes;
  }
  if (begin < text.size()) lines->push_back(text.substr(begin));
}

uint64_t CountValidCharacters(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t trailing = 0;
  size_t i = 0;
  while (i + 8 <= text.size()) {
    // Adds up each of the eight bytes by itself; 255 times do not overflow.
    uint64_t sums = 0;
    for (int round = 0; round < 255 && i + 8 <= text.size(); ++round, i += 8) {
      uint64_t word;
      std::memcpy(&word, text.data() + i, 8);
      sums += (word >> 7) & ~(word >> 6) & kOnes;
    }
    // Of pairs first: the sum of all eight can exceed a byte.
    const uint64_t pairs = (sums & 0x00FF00FF00FF00FF) + ((sums >> 8) & 0x00FF00FF00FF00FF);
    trailing += (pairs * 0x0001000100010001) >> 48;
  }
  for (; i < text.size(); ++i) trailing += (Byte(text, i) & 0xC0) == 0x80 ? 1 : 0;
  return text.size() - trailing;
}

uint64_t CountCharacters(std::string_view text) {
  const size_t valid = ValidUtf8Prefix(text);
  uint64_t characters = CountValidCharacters(text.substr(0, valid));
  for (size_t i = valid; i < text.size(); ++characters) {
    int32_t code;
    i += Byte(text, i) < 0x80 ? 1 : DecodeUtf8(text.substr(i), &code);
  }
  return characters;
}

bool IsPunctuation(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    int32_t code;
    i += DecodeUtf8(text.substr(i), &code);
    if (code < 0 || !u_ispunct(code)) return false;
  }
  return true;
}

bool IsWordCharacter(int32_t code) {
  constexpr uint32_t kWord = U_GC_L_MASK | U_GC_N_MASK;
  return code == '_' || (code >= 0 && (U_GET_GC_MASK(code) & kWord) != 0);
}

}  // namespace corpusmill
