#ifndef CORPUSMILL_PIPELINES_WORDS_ENGLISH_AFFIXES_H_
#define CORPUSMILL_PIPELINES_WORDS_ENGLISH_AFFIXES_H_

#include <cstddef>

#include "pipelines/words/character_classes.h"

namespace corpusmill {

/// spaCy's rules of prefixes, suffixes and infixes for English, as scanners. A string is [begin,
/// end): text without white space. Rules never look outside it. All functions are thread-safe.
class EnglishAffixes {
 public:
  explicit EnglishAffixes(const CharacterClasses& classes) : classes_(classes) {}

  /// The length in bytes of the prefix to divide off, 0 if none.
  size_t Prefix(const char* begin, const char* end) const;

  /// The length in bytes of the suffix to divide off, 0 if none.
  size_t Suffix(const char* begin, const char* end) const;

  struct Infix {
    const char* begin;
    const char* end;
  };
  /// The first infix that begins at `from` or later; {end, end} if none.
  Infix NextInfix(const char* begin, const char* from, const char* end) const;

 private:
  using Character = CharacterClasses::Character;

  bool DotIsSuffix(const char* begin, const char* dot) const;
  bool IsUnit(const char* begin, const char* end, size_t* bytes) const;
  /// The end of the infix at `at`, whose character is given; null if none begins here.
  const char* InfixEnd(const char* begin, const char* at, const Character& character,
                       const char* end) const;
  const char* HyphenEnd(const char* at, const Character& character, const char* end) const;
  bool HasClass(const char* at, const char* end, uint32_t classes) const {
    return at < end && (classes_.At(at, end).classes & classes) != 0;
  }

  const CharacterClasses& classes_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ENGLISH_AFFIXES_H_
