#ifndef CORPUSMILL_CORPUS_TEXT_LINE_CUT_H_
#define CORPUSMILL_CORPUS_TEXT_LINE_CUT_H_

#include <cstddef>
#include <string_view>

namespace corpusmill {

/// Where to cut a long text into parts that can be processed separately. Returns the length of the
/// longest prefix of at most `target_bytes` that ends with a line; else of the shortest prefix that
/// does; else of the whole text.
///
///   while (!text.empty()) {
///     const size_t size = LinePrefix(text, 64 << 10);
///     Work(text.substr(0, size));
///     text.remove_prefix(size);
///   }
///
/// A cut follows the last "\n" of a run, never lies inside it. No Unicode normalisation composes
/// over it and no token crosses it, so that normalising or tokenizing the parts equals processing
/// the whole. REQUIRES: target_bytes > 0.
size_t LinePrefix(std::string_view text, size_t target_bytes);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_LINE_CUT_H_
