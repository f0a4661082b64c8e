#ifndef CORPUSMILL_PIPELINES_STAGES_SENTENCES_H_
#define CORPUSMILL_PIPELINES_STAGES_SENTENCES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// Replaces `*ends` by the ends, as offsets in `text`, of the sentences that spaCy 3.8's
/// `sentencizer` finds in these words of the text: a sentence ends after a word that is one of 128
/// terminal punctuation characters, and after the punctuation that follows it. Whitespace
/// between two words is a word for this purpose, unless it is a single space. Text without words
/// has one sentence, or none if it is empty.
///
///   // "Yes. (No!) Why" ends at 4, 10 and 14.
void FindSentences(std::string_view text, const std::vector<Word>& words,
                   std::vector<size_t>* ends);

/// The terminal punctuation of datatrove, 159 characters without quotes: the default `stop-chars`
/// of FineWeb. Valid forever.
const std::vector<std::string_view>& TerminalPunctuation();

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_SENTENCES_H_
