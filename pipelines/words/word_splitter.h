#ifndef CORPUSMILL_PIPELINES_WORDS_WORD_SPLITTER_H_
#define CORPUSMILL_PIPELINES_WORDS_WORD_SPLITTER_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace corpusmill {

/// A word of a text.
struct Word {
  uint32_t begin = 0;   ///< Offset of its first byte in the text.
  uint32_t end = 0;     ///< Offset after its last byte.
  uint32_t length = 0;  ///< Code points.
  uint32_t flags = 0;   ///< Of the values below.

  /// The word has a letter: a character for which Python's str.isalpha is true.
  static constexpr uint32_t kHasLetter = 1;
  /// Every character of the word is in the punctuation set of datatrove.
  static constexpr uint32_t kPunctuation = 2;

  bool operator==(const Word&) const = default;
};

/// Divides text into words. Immutable and thread-safe.
///
///   CM_ASSIGN_OR_RETURN(auto splitter, MakeWordSplitter({.rule = WordRule::kSpacyEn}));
///   std::vector<Word> words;
///   splitter->Split("Don't panic.", &words);  // Do n't panic .
class WordSplitter {
 public:
  /// The longest text that Split accepts, in bytes.
  static constexpr uint64_t kMaxTextBytes = UINT32_MAX;

  virtual ~WordSplitter() = default;

  /// Replaces `*words` by the words of `text`, in order; no word is blank. Bytes that are not UTF-8
  /// count as one character each. REQUIRES: text.size() <= kMaxTextBytes.
  virtual void Split(std::string_view text, std::vector<Word>* words) const = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_WORD_SPLITTER_H_
