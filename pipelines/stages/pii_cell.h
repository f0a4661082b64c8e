#ifndef CORPUSMILL_PIPELINES_STAGES_PII_CELL_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_CELL_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Reading text for personal data: one character at a time, full-width forms as ASCII.
namespace corpusmill {

/// Stands for a letter of Latin-1 or Latin Extended: é, ß.
inline constexpr char kLatinLetter = '\x01';
/// Stands for any other character, for control characters and for bytes that are not UTF-8.
inline constexpr char kOtherCharacter = '\x02';
/// Stands for currency signs: € and $.
inline constexpr char kCurrency = '$';

/// A character of a text. ASCII and full-width forms (U+FF01 to U+FF5E) are ASCII; dashes (U+2010
/// to U+2015, U+2212) are '-'; no-break, thin and ideographic spaces are ' '.
struct PiiCell {
  char c = '\n';    ///< A line break before the beginning and after the end of the text.
  size_t size = 0;  ///< In bytes; 0 outside of the text.
};

/// The character at `at`; `at` may be the end of the text.
PiiCell CellAt(std::string_view text, size_t at);
/// The character before `at`, not looking before `floor`.
PiiCell CellBefore(std::string_view text, size_t at, size_t floor);

inline bool IsCellDigit(char c) { return static_cast<uint8_t>(c - '0') < 10; }
inline bool IsAsciiLetter(char c) { return static_cast<uint8_t>((c | 0x20) - 'a') < 26; }
inline bool IsCellLetter(char c) { return IsAsciiLetter(c) || c == kLatinLetter; }
/// Whether a number or name cannot begin or end next to the character.
inline bool IsCellWord(char c) { return IsCellDigit(c) || IsCellLetter(c) || c == '_'; }

/// Whether `text` names, within its last 40 bytes, one of the words, with no digit and no line
/// break after the word. `words` are in lower case; ASCII words count as whole words only. Sets
/// *distance to the bytes from the beginning of the last such word to the end of `text`.
bool EndsNearWord(std::string_view text, const std::string_view* words, size_t count,
                  size_t* distance);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_CELL_H_
