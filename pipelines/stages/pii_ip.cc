#include "pipelines/stages/pii_ip.h"

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/str_format.h"
#include "pipelines/stages/pii_cell.h"

namespace corpusmill {
namespace {

using Separator = NumberRun::Separator;

constexpr std::string_view kVersionWords[] = {
    "version", "versions", "ver",    "v",       "release", "section", "sec",  "rev",  "revision",
    "build",   "firmware", "driver", "chapter", "clause",  "table",   "版本", "章节", "§"};

struct Block {
  uint32_t address;
  int bits;
};
/// IANA's registry of special-purpose IPv4 addresses, multicast, and the reserved class E.
constexpr Block kReservedBlocks[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
    {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
    {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};

bool IsReserved(uint32_t address) {
  for (const Block& block : kReservedBlocks) {
    if ((address ^ block.address) >> (32 - block.bits) == 0) return true;
  }
  return false;
}

/// The part of an address in the group; -1 if it is none: 256, or 01 as in a date.
int Octet(std::string_view digits) {
  if (digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return -1;
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value <= 255 ? value : -1;
}

bool CanBegin(std::string_view text, const NumberRun& run, size_t floor) {
  const size_t begin = run.groups[0].begin;
  const PiiCell before = CellBefore(text, begin, floor);
  const char next = CellBefore(text, begin - before.size, floor).c;
  if (IsCellWord(before.c)) return false;
  if (before.c == '.') return !IsCellWord(next);
  if (before.c == '-') return !IsCellLetter(next) && next != '_';
  return true;
}

bool CanEnd(std::string_view text, const NumberRun& run) {
  if (run.group_count > 4) return run.groups[4].before != Separator::kDot;
  const size_t end = run.groups[3].end;
  const PiiCell next = CellAt(text, end);
  if (IsCellWord(next.c)) return false;
  if (next.c != '.' && next.c != '-') return true;
  return !IsCellWord(CellAt(text, end + next.size).c);
}

/// Whether only marks of headings and lists stand between the beginning of the line and `at`.
bool BeginsLine(std::string_view text, size_t at) {
  for (int i = 0; i < 16; ++i) {
    const PiiCell before = CellBefore(text, at, 0);
    if (before.c == '\n') return true;
    if (before.c != ' ' && before.c != '#' && before.c != '*' && before.c != '-') return false;
    at -= before.size;
  }
  return false;
}

/// Whether the operator of a version requirement stands before `at`: >= == ~= < >.
bool FollowsComparison(std::string_view text, size_t at) {
  const auto last = [&] { return at == 0 ? '\n' : text[at - 1]; };
  if (last() == ' ') --at;
  if (last() != '=') return last() == '<' || (last() == '>' && at >= 2 && text[at - 2] == ' ');
  --at;
  return last() == '=' || last() == '<' || last() == '>' || last() == '~' || last() == '!';
}

/// A number of a version or a section: after such a word or a comparison; or, of single digits,
/// where a line begins.
bool IsNumbering(std::string_view text, const NumberRun& run, size_t floor) {
  const size_t begin = run.groups[0].begin;
  size_t distance = 0;
  if (EndsNearWord(text.substr(floor, begin - floor), kVersionWords, std::size(kVersionWords),
                   &distance) &&
      distance <= 16) {
    return true;
  }
  return FollowsComparison(text, begin) ||
         (run.HasSizes(0, 4, {1, 1, 1, 1}) && BeginsLine(text, begin) &&
          CellAt(text, run.groups[3].end).c == ' ');
}

/// Reads up to four hexadecimal digits; the count of digits.
size_t ReadGroup(std::string_view text, size_t* at, uint16_t* value) {
  size_t count = 0;
  *value = 0;
  while (count < 5) {
    const char c = *at < text.size() ? text[*at] : '\n';
    const bool letter = static_cast<uint8_t>((c | 0x20) - 'a') < 6;
    if (!letter && !IsCellDigit(c)) break;
    const int digit = letter ? (c | 0x20) - 'a' + 10 : c - '0';
    *value = static_cast<uint16_t>(*value << 4 | digit);
    ++count;
    ++*at;
  }
  return count;
}

/// An IPv6 address while it is read.
struct Ipv6 {
  std::array<uint16_t, 8> groups{};
  size_t count = 0;
  size_t gap = 8;  ///< Groups before "::"; 8: none.
  size_t end = 0;
};

/// Reads dotted octets as the last two groups.
bool ReadDotted(std::string_view text, size_t begin, Ipv6* address) {
  const NumberRun run = ReadNumberRun(text, begin, begin);
  if (run.group_count < 4 || !CanEnd(text, run) || address->count > 6) return false;
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int octet = Octet(run.GroupDigits(i));
    if (octet < 0 || (i > 0 && run.groups[i].before != Separator::kDot)) return false;
    value = value << 8 | static_cast<uint32_t>(octet);
  }
  address->groups[address->count++] = static_cast<uint16_t>(value >> 16);
  address->groups[address->count++] = static_cast<uint16_t>(value);
  address->end = run.groups[3].end;
  return true;
}

/// Reads an address; false if the text at `at` is none.
bool ReadIpv6(std::string_view text, size_t at, Ipv6* address) {
  const auto is_colon = [&](size_t i) { return i < text.size() && text[i] == ':'; };
  if (is_colon(at)) {
    if (!is_colon(at + 1)) return false;
    address->gap = 0;
    at += 2;
    address->end = at;
  }
  while (address->count < 8) {
    const size_t begin = at;
    uint16_t value = 0;
    const size_t digits = ReadGroup(text, &at, &value);
    if (digits == 0) break;  // After "::".
    if (digits > 4) return false;
    if (at < text.size() && text[at] == '.' && at + 1 < text.size() && IsCellDigit(text[at + 1])) {
      return ReadDotted(text, begin, address) &&
             (address->gap < 8 ? address->count < 8 : address->count == 8);
    }
    address->groups[address->count++] = value;
    address->end = at;
    if (!is_colon(at) || address->count == 8) break;
    if (is_colon(at + 1)) {
      if (address->gap < 8) return false;
      address->gap = address->count;
      at += 2;
      address->end = at;
    } else {
      uint16_t next = 0;
      size_t ahead = at + 1;
      if (ReadGroup(text, &ahead, &next) == 0) break;  // "…: and": the colon is punctuation.
      ++at;
    }
  }
  return address->gap < 8 ? address->count < 8 : address->count == 8;
}

/// The 16 bytes of the address in full: "20010db8…".
std::string Expanded(const Ipv6& address) {
  std::string text;
  const size_t zeros = 8 - address.count;
  for (size_t i = 0; i < address.count; ++i) {
    if (i == address.gap) text.append(zeros * 4, '0');
    text += absl::StrFormat("%04x", address.groups[i]);
  }
  if (address.gap >= address.count) text.append(zeros * 4, '0');
  return text;
}

enum class Scope { kPublic, kReserved, kNone };

/// By the allocations of IANA. Blocks that are not allocated hold no address: a::b in a program.
Scope ScopeOf(const Ipv6& address, size_t first_digits) {
  const uint16_t first = address.groups[0];
  if (address.gap == 0) {
    if (address.count == 1 && first == 1) return Scope::kReserved;  // ::1
    if (address.count != 3 || first != 0xFFFF) return Scope::kNone;
    const uint32_t ipv4 = static_cast<uint32_t>(address.groups[1]) << 16 | address.groups[2];
    return IsReserved(ipv4) ? Scope::kReserved : Scope::kPublic;
  }
  if (first == 0x64 && address.count > 1 && address.groups[1] == 0xFF9B) return Scope::kPublic;
  if (first_digits != 4) return Scope::kNone;
  if (first == 0x2001 && address.count > 1 && address.gap > 1 && address.groups[1] == 0xDB8) {
    return Scope::kReserved;
  }
  if (first >> 13 == 1) return first >= 0x3FFF ? Scope::kReserved : Scope::kPublic;
  const bool local = first >> 9 == 0xFC00 >> 9 || first >> 6 == 0xFE80 >> 6;
  return local || first >> 8 == 0xFF ? Scope::kReserved : Scope::kNone;
}

}  // namespace

std::optional<PiiMatch> MatchIpv4(std::string_view text, const NumberRun& run, size_t floor,
                                  bool reserved) {
  if (run.group_count < 4) return std::nullopt;
  uint32_t address = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int octet = Octet(run.GroupDigits(i));
    if (octet < 0 || (i > 0 && run.groups[i].before != Separator::kDot)) return std::nullopt;
    address = address << 8 | static_cast<uint32_t>(octet);
  }
  if (!CanBegin(text, run, floor) || !CanEnd(text, run)) return std::nullopt;
  if (!reserved && IsReserved(address)) return std::nullopt;
  if (IsNumbering(text, run, floor)) return std::nullopt;
  return PiiMatch{.begin = run.groups[0].begin,
                  .end = run.groups[3].end,
                  .kind = PiiKind::kIp,
                  .value = absl::StrFormat("%08x", address)};
}

std::optional<PiiMatch> MatchIpv6(std::string_view text, size_t at, size_t floor, bool reserved) {
  size_t begin = at;
  while (
      begin > floor && at - begin < 5 &&
      (IsCellDigit(text[begin - 1]) || static_cast<uint8_t>((text[begin - 1] | 0x20) - 'a') < 6)) {
    --begin;
  }
  if (at - begin > 4) return std::nullopt;
  const PiiCell before = CellBefore(text, begin, floor);
  if (IsCellWord(before.c) || before.c == ':' || before.c == '.') return std::nullopt;
  Ipv6 address;
  if (!ReadIpv6(text, begin, &address)) return std::nullopt;
  const PiiCell after = CellAt(text, address.end);
  if (IsCellWord(after.c) || (after.c == ':' && text[address.end - 1] == ':')) {
    return std::nullopt;
  }
  const Scope scope = ScopeOf(address, at - begin);
  if (scope == Scope::kNone || (scope == Scope::kReserved && !reserved)) return std::nullopt;
  return PiiMatch{
      .begin = begin, .end = address.end, .kind = PiiKind::kIp, .value = Expanded(address)};
}

}  // namespace corpusmill
