#ifndef CORPUSMILL_PIPELINES_VOCABULARY_COUNTED_WORDS_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_COUNTED_WORDS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/memory.h"
#include "corpus/records/inputs.h"
#include "tokenizer/model/model.h"

namespace corpusmill {

struct CountedWordsOptions {
  /// Words are written with the escapes of piece_escapes.h, such as \n and \xE4. Without
  /// it a backslash is a backslash, and a word can hold anything but a line break.
  bool escaped = false;
};

/// Words and how often each was counted.
struct CountedWords {
  /// In order of bytes; the counts of words that are there twice are added up.
  std::vector<Piece> words;
  /// Lines that hold a word.
  uint64_t lines = 0;
  /// For the words, and for what becomes of them up to a stored model.
  MemoryLease lease;
};

/// Reads lists of words: a line is a word, a tab or spaces, and a whole number.
///
///   磨坊<TAB>120
///   state of the art 35
///
/// What separates is the last tab, which may have spaces after it, or, if there is none
/// behind them, the last spaces. White space at the end of a line (a carriage return, too),
/// lines of nothing else and a byte-order mark at the beginning of an input are passed
/// over. Words are bytes: they are not normalized and need not be UTF-8.
///
///   CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({"words.tsv"}));
///   CM_ASSIGN_OR_RETURN(const CountedWords list, ReadCountedWords(inputs, {}, context));
///
/// kDataLoss, `path:line: what`, for the first line that is anything else, where the word is
/// empty or longer than Model::kMaxPieceBytes, the count is not in 1 to 2^63, or the words
/// stand for 2^63 bytes or more; for lists without a word, too.
absl::StatusOr<CountedWords> ReadCountedWords(const std::vector<InputFile>& inputs,
                                              const CountedWordsOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_COUNTED_WORDS_H_
