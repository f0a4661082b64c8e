#ifndef CORPUSMILL_PIPELINES_WORDS_CHARACTER_CLASSES_H_
#define CORPUSMILL_PIPELINES_WORDS_CHARACTER_CLASSES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// The classes of every code point that rules for words ask for, as bits. Immutable.
///
///   const CharacterClasses& classes = CharacterClasses::Get();
///   classes.Of(U'é') & CharacterClasses::kLetter;   // not 0
///
/// Python's and datatrove's classes come from ICU's properties. Those of spaCy's English rules are
/// ICU's categories within the ranges that spaCy names.
class CharacterClasses {
 public:
  // The first two are the flags of Word.
  static constexpr uint32_t kLetter = Word::kHasLetter;         ///< Python's str.isalpha.
  static constexpr uint32_t kPunctuation = Word::kPunctuation;  ///< datatrove's PUNCTUATION_SET.
  static constexpr uint32_t kSpace = 1 << 2;                    ///< Python's str.isspace.
  static constexpr uint32_t kDecimal = 1 << 3;                  ///< Python's \d.
  static constexpr uint32_t kWordCharacter = 1 << 4;            ///< Python's \w.
  static constexpr uint32_t kHan = 1 << 5;                      ///< Script Han.
  static constexpr uint32_t kContinues = 1 << 6;  ///< Letters, digits and marks, but not Han.
  // Classes of spaCy's rules for English.
  static constexpr uint32_t kAlpha = 1 << 8;       ///< A letter next to an infix.
  static constexpr uint32_t kLower = 1 << 9;       ///< A lower-case or caseless letter.
  static constexpr uint32_t kUpper = 1 << 10;      ///< An upper-case or caseless letter.
  static constexpr uint32_t kQuote = 1 << 11;      ///< A quotation mark or bracket.
  static constexpr uint32_t kIcon = 1 << 12;       ///< A symbol that is a token of its own.
  static constexpr uint32_t kPrefix = 1 << 13;     ///< A prefix of one character.
  static constexpr uint32_t kSuffix = 1 << 14;     ///< A suffix of one character.
  static constexpr uint32_t kBeforeDot = 1 << 15;  ///< A dot behind it at the end is a suffix.
  static constexpr uint32_t kUnitEnd = 1 << 16;    ///< The last character of a unit or a currency.
  static constexpr uint32_t kInfix = 1 << 17;      ///< May begin an infix.

  /// Builds the tables on the first call. Thread-safe.
  static const CharacterClasses& Get();

  /// REQUIRES: 0 <= code <= 0x10FFFF.
  uint32_t Of(uint32_t code) const { return blocks_[index_[code >> 8] << 8 | (code & 0xFF)]; }

  /// A character of a text. Each byte that is not part of well-formed UTF-8 is a character of no
  /// class with code kInvalid.
  struct Character {
    uint32_t code;
    uint32_t classes;
    uint32_t bytes;
  };
  static constexpr uint32_t kInvalid = UINT32_MAX;

  /// The character at `at`. REQUIRES: at < end.
  Character At(const char* at, const char* end) const {
    const auto byte = static_cast<uint8_t>(*at);
    return byte < 0x80 ? Character{byte, blocks_[byte], 1} : AtNonAscii(at, end);
  }

  /// The character that ends at `at`. REQUIRES: begin < at.
  Character Before(const char* begin, const char* at) const {
    const auto byte = static_cast<uint8_t>(at[-1]);
    return byte < 0x80 ? Character{byte, blocks_[byte], 1} : BeforeNonAscii(begin, at);
  }

  /// The word of the bytes [begin, end) of the text at `text`, with length and flags.
  Word MakeWord(const char* text, const char* begin, const char* end) const;

 private:
  CharacterClasses();
  Character AtNonAscii(const char* at, const char* end) const;
  Character BeforeNonAscii(const char* begin, const char* at) const;

  std::vector<uint16_t> index_;   ///< Of the block of 256 characters.
  std::vector<uint32_t> blocks_;  ///< The first is that of ASCII.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_CHARACTER_CLASSES_H_
