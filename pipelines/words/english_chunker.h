#ifndef CORPUSMILL_PIPELINES_WORDS_ENGLISH_CHUNKER_H_
#define CORPUSMILL_PIPELINES_WORDS_ENGLISH_CHUNKER_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "pipelines/words/character_classes.h"
#include "pipelines/words/english_affixes.h"
#include "pipelines/words/english_exceptions.h"
#include "pipelines/words/english_strings.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// Divides chunks, which are stretches of text without white space, by spaCy's rules for English:
/// affixes are divided off from outside to inside until an exception or nothing of the kind is
/// left; what is left and is no URL is divided at infixes. Immutable and thread-safe.
class EnglishChunker {
 public:
  /// Words found so far, with the text that they point into and a buffer.
  struct Output {
    std::string_view text;
    std::vector<Word>* words;
    std::vector<std::pair<const char*, const char*>> suffixes = {};  ///< From outside to inside.
  };

  explicit EnglishChunker(const EnglishExceptions& exceptions);

  /// Appends the words of the chunk [begin, end) of the output's text.
  void Split(const char* begin, const char* end, Output* output) const;

  /// As Split, without exceptions.
  void SplitByAffixes(const char* begin, const char* end, Output* output) const;

  /// Appends the words of [begin, end) if it is an exception.
  bool AddException(const char* begin, const char* end, Output* output) const {
    const char* readable = output->text.data() + output->text.size();
    const uint32_t found = strings_.Find(begin, end, readable);
    if (found == EnglishStrings::kNone) return false;
    AddWords(begin, divisions_[found], output);
    return true;
  }

  const CharacterClasses& classes() const { return classes_; }
  const EnglishAffixes& affixes() const { return affixes_; }

 private:
  bool IsException(const char* begin, const char* end, const Output& output) const {
    const char* readable = output.text.data() + output.text.size();
    return strings_.Find(begin, end, readable) != EnglishStrings::kNone;
  }
  void Add(const char* begin, const char* end, Output* output) const {
    output->words->push_back(classes_.MakeWord(output->text.data(), begin, end));
  }
  void AddWords(const char* begin, const std::vector<uint8_t>& sizes, Output* output) const;
  void AddInfixed(const char* begin, const char* end, Output* output) const;
  template <bool kExceptions>
  void SplitChunk(const char* begin, const char* end, Output* output) const;

  const CharacterClasses& classes_;
  const EnglishAffixes affixes_;
  EnglishStrings strings_;                       ///< The exceptions.
  std::vector<std::vector<uint8_t>> divisions_;  ///< Sizes of their words in bytes.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ENGLISH_CHUNKER_H_
