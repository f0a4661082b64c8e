#ifndef CORPUSMILL_PIPELINES_WORDS_DICTIONARY_SEGMENTER_H_
#define CORPUSMILL_PIPELINES_WORDS_DICTIONARY_SEGMENTER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "pipelines/words/han_segmenter.h"

namespace corpusmill {

/// Words of ICU's Chinese dictionary, by its word break iterator. Runs longer than kMaxRun are cut
/// there, without regard to words. kUnavailable if ICU's data are not installed.
absl::StatusOr<std::unique_ptr<HanSegmenter>> MakeDictionarySegmenter();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_DICTIONARY_SEGMENTER_H_
