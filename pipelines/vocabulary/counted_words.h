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
  /// Reads words with the escapes of piece_escapes.h, such as \n and \xE4. If false, a backslash
  /// is literal, and a word may hold any byte but a line break.
  bool escaped = false;
};

/// Words with counts.
struct CountedWords {
  /// Sorted by bytes; equal words are joined and their counts added.
  std::vector<Piece> words;
  /// Number of lines with a word.
  uint64_t lines = 0;
  /// Memory for the words and for the model made of them, until it is stored.
  MemoryLease lease;
};

/// Reads lists of counted words. A line is a word, a tab or spaces, and a whole number.
///
///   磨坊<TAB>120
///   state of the art 35
///
/// The separator is the last run of spaces, or the last tab with any spaces after it. Ignores
/// white space at the end of a line (a carriage return, too), blank lines and a byte-order mark
/// at the start of an input. Words are bytes: they are not normalized and need not be UTF-8.
///
///   CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({"words.tsv"}));
///   CM_ASSIGN_OR_RETURN(const CountedWords list, ReadCountedWords(inputs, {}, context));
///
/// kDataLoss, `path:line: what`, for the first malformed line: the word is empty or longer than
/// Model::kMaxPieceBytes, the count is outside 1 to 2^63, or the words stand for 2^63 bytes or
/// more. kDataLoss also for lists without a word.
absl::StatusOr<CountedWords> ReadCountedWords(const std::vector<InputFile>& inputs,
                                              const CountedWordsOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_COUNTED_WORDS_H_
