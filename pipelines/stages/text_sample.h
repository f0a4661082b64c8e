#ifndef CORPUSMILL_PIPELINES_STAGES_TEXT_SAMPLE_H_
#define CORPUSMILL_PIPELINES_STAGES_TEXT_SAMPLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace corpusmill {

/// Parts of a text that stand for the whole: eight parts of equal size, the first at the beginning,
/// the last at the end, the others evenly between. Parts begin and end between characters and are
/// joined by a line break.
///
/// Returns `text` itself if it has no more than `bytes` bytes or if `bytes` is 0. Else the sample
/// is in `*storage` and has at most `bytes` bytes. REQUIRES: `bytes` is 0 or at least 64.
std::string_view SampleText(std::string_view text, size_t bytes, std::string* storage);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_TEXT_SAMPLE_H_
