#ifndef CORPUSMILL_TOKENIZER_NGRAMS_WORD_SPLITTER_H_
#define CORPUSMILL_TOKENIZER_NGRAMS_WORD_SPLITTER_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "tokenizer/ngrams/ngram_model.h"

namespace corpusmill {

/// Splits words that are too long to become pieces. NgramSegmenter ends a word where the model
/// lacks an n-gram. In text of few symbols, or of few kinds of lines, it lacks none, and whole
/// lines are words.
///
///   WordSplitter splitter(&model, /*ensure_unicode=*/true);
///   splitter.Split("a long word", &parts);   // appends views into the word
///
/// Each part begins at the end of the one before. It has at most kMaxBytes bytes, and at most as
/// many as the model expects to occur as often as the n-grams that it keeps. Of the possible ends,
/// it has the one where the bytes of the part say least about the next byte. Linear in the length.
/// Not thread-safe.
class WordSplitter {
 public:
  /// Longest part, and longest word that stays whole; the default of max_piece_length_bytes.
  static constexpr size_t kMaxBytes = 36;

  /// The model must outlive the splitter. With ensure_unicode no part begins at a byte 0x80 to
  /// 0xBF.
  WordSplitter(const NgramModel* model, bool ensure_unicode)
      : model_(*model), ensure_unicode_(ensure_unicode) {}

  /// Appends the parts of `word`; concatenated, they are the word.
  void Split(std::string_view word, std::vector<std::string_view>* parts);

 private:
  /// Returns the end of the part that begins at `begin`.
  size_t EndOf(std::string_view word, size_t begin) const;
  /// Logarithm of how often the model expects bytes [begin, end) of the word.
  double LogExpected(std::string_view word, size_t begin, size_t end) const;

  const NgramModel& model_;
  const bool ensure_unicode_;
  std::vector<double> gains_;  // How much the bytes before say about each byte.
  std::vector<double> sums_;   // Sum of log p of the bytes before each.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_NGRAMS_WORD_SPLITTER_H_
