#include "pipelines/words/english_url.h"

#include <algorithm>
#include <cstring>

namespace corpusmill {
namespace {

using Classes = CharacterClasses;

class Url {
 public:
  Url(const Classes& classes, const char* end) : classes_(classes), end_(end) {}

  /// True if a host that begins at `begin`, an optional port and an optional path fill the rest.
  bool IsHostAndPath(const char* begin) const {
    const char* host_end = HostEnd(begin);
    return host_end != nullptr && (IsAddress(begin, host_end) || IsDomain(begin, host_end)) &&
           IsPortAndPath(host_end);
  }

  /// The end of a scheme and "://" at `begin`, or null.
  const char* SchemeEnd(const char* begin) const {
    int characters = 0;
    const char* at = begin;
    while (at < end_) {
      const auto character = classes_.At(at, end_);
      const bool fits = (character.classes & Classes::kWordCharacter) != 0 || *at == '+' ||
                        *at == '-' || *at == '.';
      if (!fits) break;
      at += character.bytes;
      ++characters;
    }
    return characters >= 2 && end_ - at >= 3 && std::memcmp(at, "://", 3) == 0 ? at + 3 : nullptr;
  }

 private:
  static bool EndsHost(char c) { return c == ':' || c == '/' || c == '?' || c == '#'; }
  static bool IsLabelCharacter(const Classes::Character& character) {
    const uint32_t code = character.code;
    if (code >= 0x80) return code >= 0xA1 && code <= 0xFFFF;
    return (code >= '0' && code <= '9') || ((code | 0x20) >= 'a' && (code | 0x20) <= 'z');
  }

  /// The end of the characters that hosts may have; null if something else than a port or a path
  /// follows.
  const char* HostEnd(const char* begin) const {
    for (const char* at = begin; at < end_;) {
      if (EndsHost(*at)) return at;
      const auto character = classes_.At(at, end_);
      if (!IsLabelCharacter(character) && *at != '.' && *at != '-' && *at != '_' &&
          (character.classes & (Classes::kDecimal | Classes::kLower)) == 0) {
        return nullptr;
      }
      at += character.bytes;
    }
    return end_;
  }

  /// Reads up to 4 decimal digits; ASCII ones as 0 to 9, others as -1.
  int Digits(const char** at, const char* end, int* digits) const {
    int count = 0;
    while (*at < end && count < 4) {
      const auto character = classes_.At(*at, end);
      if ((character.classes & Classes::kDecimal) == 0) break;
      digits[count++] = character.code < 0x80 ? static_cast<int>(character.code) - '0' : -1;
      *at += character.bytes;
    }
    return count;
  }

  /// A number of an address: 1 to 223, then 0 to 255 twice (two digits may begin with 0), then 1 to
  /// 254. A digit of another script fits where the rule takes any digit.
  static bool IsOctet(const int* d, int count, int position) {
    const bool from_1 = d[0] >= 1;
    if (position == 0) {
      if (count < 3) return count > 0 && from_1;
      if (d[0] == 1) return true;
      return d[0] == 2 && (d[1] == 0 || d[1] == 1 || (d[1] == 2 && d[2] >= 0 && d[2] <= 3));
    }
    if (count < 3) return count > 0 && (position < 3 || from_1);
    if (d[0] == 1) return true;
    if (d[0] != 2 || d[1] < 0) return false;
    return d[1] <= 4 || (d[1] == 5 && d[2] >= 0 && d[2] <= (position == 3 ? 4 : 5));
  }

  bool IsAddress(const char* at, const char* end) const {
    int digits[4][4];
    int counts[4];
    for (int i = 0; i < 4; ++i) {
      if (i > 0 && (at == end || *at++ != '.')) return false;
      counts[i] = Digits(&at, end, digits[i]);
      if (counts[i] > 3 || !IsOctet(digits[i], counts[i], i)) return false;
    }
    return at == end && !IsPrivate(digits, counts);
  }

  /// 10.*, 127.*, 169.254.*, 192.168.*, 172.16.* to 172.31.*.
  static bool IsPrivate(const int digits[4][4], const int* counts) {
    const auto is = [&](int i, int count, int a, int b, int c) {
      const int* d = digits[i];
      return counts[i] == count && d[0] == a && d[1] == b && (count < 3 || d[2] == c);
    };
    if (is(0, 2, 1, 0, 0) || is(0, 3, 1, 2, 7)) return true;
    if (is(0, 3, 1, 6, 9) && is(1, 3, 2, 5, 4)) return true;
    if (is(0, 3, 1, 9, 2) && is(1, 3, 1, 6, 8)) return true;
    if (!is(0, 3, 1, 7, 2) || counts[1] != 2) return false;
    const int* second = digits[1];
    return (second[0] == 1 && second[1] >= 6) || second[0] == 2 ||
           (second[0] == 3 && second[1] >= 0 && second[1] <= 1);
  }

  /// Labels of 1 to 64 characters, each with a dot behind it, and a name of 2 to 63 lower-case
  /// letters.
  bool IsDomain(const char* begin, const char* end) const {
    const char* dot = end;
    while (dot > begin && dot[-1] != '.') --dot;
    if (dot == begin) return false;
    int letters = 0;
    for (const char* at = dot; at < end; ++letters) {
      const auto character = classes_.At(at, end);
      if ((character.classes & Classes::kLower) == 0) return false;
      at += character.bytes;
    }
    if (letters < 2 || letters > 63) return false;
    for (const char* at = begin; at < dot;) {
      const char* label_end = std::find(at, dot, '.');
      if (!IsLabel(at, label_end)) return false;
      at = label_end + 1;
    }
    return true;
  }

  bool IsLabel(const char* begin, const char* end) const {
    int characters = 0;
    bool fits = false;
    for (const char* at = begin; at < end; ++characters) {
      const auto character = classes_.At(at, end);
      fits = IsLabelCharacter(character);
      if (!fits && (at == begin || (*at != '-' && *at != '_'))) return false;
      at += character.bytes;
    }
    return fits && characters <= 64;
  }

  bool IsPortAndPath(const char* at) const {
    if (at < end_ && *at == ':') {
      int count = 0;
      for (++at; at < end_ && count < 6; ++count) {
        const auto character = classes_.At(at, end_);
        if ((character.classes & Classes::kDecimal) == 0) break;
        at += character.bytes;
      }
      if (count < 2 || count > 5) return false;
    }
    return at == end_ || *at == '/' || *at == '?' || *at == '#';
  }

  const Classes& classes_;
  const char* const end_;
};

}  // namespace

bool IsEnglishUrl(const CharacterClasses& classes, const char* begin, const char* end) {
  if (std::find(begin, end, '.') == end) return false;
  const Url url(classes, end);
  if (url.IsHostAndPath(begin)) return true;
  if (const char* host = url.SchemeEnd(begin); host != nullptr && url.IsHostAndPath(host)) {
    return true;
  }
  // Behind each @ that has something before it.
  for (const char* at = begin; (at = std::find(at, end, '@')) < end; ++at) {
    if (at > begin && url.IsHostAndPath(at + 1)) return true;
  }
  return false;
}

}  // namespace corpusmill
