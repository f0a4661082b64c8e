#ifndef CORPUSMILL_PIPELINES_WORDS_ENGLISH_EXCEPTIONS_H_
#define CORPUSMILL_PIPELINES_WORDS_ENGLISH_EXCEPTIONS_H_

#include <map>
#include <string>
#include <vector>

namespace corpusmill {

/// A string that spaCy's rules for English divide into fixed words: "don't" into "do" and "n't".
/// The key is the string, the value its words.
using EnglishExceptions = std::map<std::string, std::vector<std::string>>;

/// All exceptions of spaCy 3.8's "en" that consist of other characters than white space.
EnglishExceptions MakeEnglishExceptions();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ENGLISH_EXCEPTIONS_H_
