#ifndef CORPUSMILL_PIPELINES_WORDS_ENGLISH_URL_H_
#define CORPUSMILL_PIPELINES_WORDS_ENGLISH_URL_H_

#include "pipelines/words/character_classes.h"

namespace corpusmill {

/// True if [begin, end), a text without white space, is a URL by spaCy's rule: an optional scheme,
/// an optional user, a public IPv4 address or a domain name, an optional port and path. Linear.
bool IsEnglishUrl(const CharacterClasses& classes, const char* begin, const char* end);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ENGLISH_URL_H_
