#ifndef CORPUSMILL_PIPELINES_WORDS_ENGLISH_SPLITTER_H_
#define CORPUSMILL_PIPELINES_WORDS_ENGLISH_SPLITTER_H_

#include <memory>

#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// The rule kSpacyEn. Tables are shared by all splitters of the process.
std::unique_ptr<WordSplitter> MakeEnglishSplitter();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ENGLISH_SPLITTER_H_
