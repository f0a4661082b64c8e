#include "tokenizer/model/chunker.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

/// Splits text[0, size) from the front of *text.
std::string_view Take(size_t size, std::string_view* text) {
  const std::string_view head = text->substr(0, size);
  text->remove_prefix(size);
  return head;
}

/// The position of the first newline, or the end.
size_t LineLength(std::string_view text) {
  if (text.empty()) return 0;
  const void* newline = std::memchr(text.data(), '\n', text.size());
  return newline == nullptr ? text.size() : static_cast<const char*>(newline) - text.data();
}

/// How many newlines text[begin…] starts with, at most `limit`.
size_t CountNewlines(std::string_view text, size_t begin, size_t limit) {
  const size_t end = limit < text.size() - begin ? begin + limit : text.size();
  size_t i = begin;
  while (i < end && text[i] == '\n') ++i;
  return i - begin;
}

/// The character at the front of `text`: its length, and whether it is a digit.
struct Character {
  size_t length;
  bool is_digit;
};
Character FirstCharacter(std::string_view text) {
  const auto byte = static_cast<uint8_t>(text[0]);
  if (byte < 0x80) return {1, byte >= '0' && byte <= '9'};
  int32_t code;
  const size_t length = DecodeUtf8(text, &code);
  if (code < 0) return {1, false};
  return {length, IsDecimalDigit(code)};
}

/// Length in bytes of the first kMaxCharacters of a line, or of the whole line.
size_t CappedLength(std::string_view text) {
  const size_t line = LineLength(text.substr(0, 4 * TrainingChunker::kMaxCharacters));
  if (line <= TrainingChunker::kMaxCharacters) return line;
  size_t i = 0;
  for (size_t n = 0; i < line && n < TrainingChunker::kMaxCharacters; ++n) {
    i += FirstCharacter(text.substr(i)).length;
  }
  return i;
}

/// As CappedLength, stopping before the first digit too.
size_t CappedLengthWithoutDigits(std::string_view text) {
  size_t i = 0;
  for (size_t n = 0; i < text.size() && n < TrainingChunker::kMaxCharacters; ++n) {
    if (text[i] == '\n') break;
    const Character character = FirstCharacter(text.substr(i));
    if (character.is_digit) break;
    i += character.length;
  }
  return i;
}

}  // namespace

bool LineChunker::Next(std::string_view* chunk) {
  if (rest_.empty()) return false;
  const size_t line = LineLength(rest_);
  *chunk = Take(line + CountNewlines(rest_, line, rest_.size()), &rest_);
  return true;
}

bool TrainingChunker::Next(std::string_view* chunk) {
  if (rest_.empty()) return false;
  size_t length;
  if (isolate_digits_) {
    const Character first = FirstCharacter(rest_);
    if (first.is_digit) {
      *chunk = Take(first.length, &rest_);
      return true;
    }
    length = CappedLengthWithoutDigits(rest_);
  } else {
    length = CappedLength(rest_);
  }
  *chunk = Take(length + CountNewlines(rest_, length, kMaxNewlines), &rest_);
  return true;
}

}  // namespace corpusmill
