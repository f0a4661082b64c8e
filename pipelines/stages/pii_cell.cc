#include "pipelines/stages/pii_cell.h"

#include <algorithm>

namespace corpusmill {
namespace {

constexpr size_t kContextBytes = 40;

char AsciiCell(uint8_t byte) {
  if (byte == '\t') return ' ';
  if (byte == '\r') return '\n';
  return (byte < 0x20 && byte != '\n') || byte == 0x7F ? kOtherCharacter : static_cast<char>(byte);
}

PiiCell TwoBytes(uint8_t lead, uint8_t second) {
  if (lead >= 0xC3 && lead <= 0xC9) {
    const bool sign = lead == 0xC3 && (second == 0x97 || second == 0xB7);  // × and ÷
    return {sign ? kOtherCharacter : kLatinLetter, 2};
  }
  if (lead == 0xC2 && second == 0xA0) return {' ', 2};
  if (lead == 0xC2 && (second == 0xA3 || second == 0xA5)) return {kCurrency, 2};  // £ ¥
  return {kOtherCharacter, 2};
}

PiiCell ThreeBytes(uint8_t lead, uint8_t second, uint8_t third) {
  char c = kOtherCharacter;
  if (lead == 0xEF && second == 0xBC && third >= 0x81) {
    c = static_cast<char>(third - 0x81 + 0x21);
  } else if (lead == 0xEF && second == 0xBD && third <= 0x9E) {
    c = static_cast<char>(third - 0x80 + 0x60);
  } else if (lead == 0xE2 && second == 0x80) {
    if (third >= 0x90 && third <= 0x95) c = '-';
    if (third == 0x89 || third == 0xAF) c = ' ';
  } else if (lead == 0xE2 && second == 0x88 && third == 0x92) {
    c = '-';
  } else if (lead == 0xE3 && second == 0x80 && third == 0x80) {
    c = ' ';
  } else if ((lead == 0xE2 && second == 0x82 && (third == 0xAC || third == 0xB9)) ||
             (lead == 0xEF && second == 0xBF && third == 0xA5)) {  // € ₹ ￥
    c = kCurrency;
  }
  return {c, 3};
}

bool IsContinuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool IsAsciiWord(std::string_view word) { return static_cast<uint8_t>(word[0]) < 0x80; }

}  // namespace

PiiCell CellAt(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {AsciiCell(lead), 1};
  const size_t left = text.size() - at;
  if (lead >= 0xC2 && lead < 0xE0 && left >= 2 && IsContinuation(byte(1))) {
    return TwoBytes(lead, byte(1));
  }
  if (lead >= 0xE0 && lead < 0xF0 && left >= 3 && IsContinuation(byte(1)) &&
      IsContinuation(byte(2))) {
    return ThreeBytes(lead, byte(1), byte(2));
  }
  return {kOtherCharacter, 1};
}

PiiCell CellBefore(std::string_view text, size_t at, size_t floor) {
  if (at <= floor) return {};
  const uint8_t last = static_cast<uint8_t>(text[at - 1]);
  if (last < 0x80) return {AsciiCell(last), 1};
  for (size_t size = 2; size <= 3 && at - floor >= size; ++size) {
    const PiiCell cell = CellAt(text.substr(0, at), at - size);
    if (cell.size == size) return cell;
  }
  return {kOtherCharacter, 1};
}

bool EndsNearWord(std::string_view text, const std::string_view* words, size_t count,
                  size_t* distance) {
  const size_t size = std::min(text.size(), kContextBytes);
  const size_t skipped = text.size() - size;
  char window[kContextBytes];
  size_t begin = 0;
  for (size_t i = 0; i < size; ++i) {
    window[i] = Lower(text[skipped + i]);
    if (IsCellDigit(window[i]) || window[i] == '\n') begin = i + 1;
  }
  const std::string_view near(window + begin, size - begin);
  size_t best = std::string_view::npos;
  for (size_t w = 0; w < count; ++w) {
    for (size_t at = near.rfind(words[w]); at != std::string_view::npos;
         at = at == 0 ? std::string_view::npos : near.rfind(words[w], at - 1)) {
      const size_t end = at + words[w].size();
      const bool whole = !IsAsciiWord(words[w]) ||
                         ((at == 0 ? begin == 0 && skipped == 0 : !IsAsciiLetter(near[at - 1])) ||
                          (at == 0 && begin > 0));
      if (whole && (!IsAsciiWord(words[w]) || end == near.size() || !IsAsciiLetter(near[end]))) {
        if (best == std::string_view::npos || at > best) best = at;
        break;
      }
    }
  }
  if (best == std::string_view::npos) return false;
  *distance = near.size() - best;
  return true;
}

}  // namespace corpusmill
