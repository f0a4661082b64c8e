#ifndef CORPUSMILL_PIPELINES_WORDS_WORD_LIST_H_
#define CORPUSMILL_PIPELINES_WORDS_WORD_LIST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// A word of a list, and how often it occurs in some corpus.
struct ListedWord {
  std::string_view text;
  uint64_t count = 1;
};

/// Reads a word list: on each line a word, then optionally a count (default 1) and a tag, which is
/// ignored, separated by tabs or spaces. Skips empty lines. `name` names the file in errors; the
/// words are parts of `content`.
///
///   CM_ASSIGN_OR_RETURN(auto words, ParseWordList("dict.txt", "北京 34488 ns\n大学\n"));
///
/// kDataLoss naming the line if it has more fields, a count that is no number up to 2^53, a word of
/// more than kMaxWordBytes, or bytes that are not UTF-8.
absl::StatusOr<std::vector<ListedWord>> ParseWordList(std::string_view name,
                                                      std::string_view content);

inline constexpr size_t kMaxWordBytes = 255;

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_WORD_LIST_H_
