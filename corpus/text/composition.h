#ifndef CORPUSMILL_CORPUS_TEXT_COMPOSITION_H_
#define CORPUSMILL_CORPUS_TEXT_COMPOSITION_H_

#include <string>
#include <string_view>

namespace corpusmill {

/// Appends the NFC of `text`, or its NFKC if `compatibility`, by the definition (UAX #15): full
/// decomposition, canonical order, composition. For stretches of many combining marks: time is
/// linear for any text, where ICU's is quadratic in the length of a run of marks, and lengths have
/// 64 bits. ICU is faster for ordinary text. Takes twice the memory of the longest run of marks.
/// Thread-safe. REQUIRES: `text` is valid UTF-8.
void AppendComposed(std::string_view text, bool compatibility, std::string* out);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_COMPOSITION_H_
