#ifndef CORPUSMILL_PIPELINES_WORDS_CHINESE_SPLITTER_H_
#define CORPUSMILL_PIPELINES_WORDS_CHINESE_SPLITTER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// The rule kZh with the word list of that path, or with ICU's dictionary if it is empty.
absl::StatusOr<std::unique_ptr<WordSplitter>> MakeChineseSplitter(
    const std::string& word_list_path);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_CHINESE_SPLITTER_H_
