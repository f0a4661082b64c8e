#ifndef CORPUSMILL_PIPELINES_WORDS_LIST_SEGMENTER_H_
#define CORPUSMILL_PIPELINES_WORDS_LIST_SEGMENTER_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipelines/words/character_classes.h"
#include "pipelines/words/han_segmenter.h"
#include "pipelines/words/word_list.h"

namespace corpusmill {

/// Finds the most probable words of a list: the division with the greatest product of the words'
/// shares of all counts. A character at which no word begins is a word with a count of 1. A word
/// with a count of 0 is none. Of equally probable divisions, takes the longest first word. ASCII
/// letters and digits that are words of one character become one word.
///
/// Time is linear in the run for a given list: every position tries the words that begin there.
class ListSegmenter final : public HanSegmenter {
 public:
  /// kResourceExhausted if the words have too many different characters. Words with other
  /// characters than Chinese ones and ASCII letters and digits are only counted.
  static absl::StatusOr<std::unique_ptr<HanSegmenter>> Create(std::string_view name,
                                                              const std::vector<ListedWord>& words);

  bool TakesAscii() const override { return true; }
  void Cut(std::span<const uint32_t> run, Buffers* buffers,
           std::vector<uint32_t>* ends) const override;
  size_t SafeEnd(std::span<const uint32_t> run) const override;

 private:
  friend class ListSegmenterBuilder;
  ListSegmenter() = default;

  /// A node of the trie in a double array (double_array_builder.h): the symbol that leads to it,
  /// the log probability of the word that ends there, -infinity if none, and the base of its
  /// children, 0 if none.
  struct Unit {
    double score;
    uint32_t base = 0;
    uint32_t label = 0;
  };

  uint16_t SymbolOf(uint32_t code) const { return code < symbols_.size() ? symbols_[code] : 0; }
  void ConvertToSymbols(std::span<const uint32_t> run, std::vector<uint16_t>* symbols) const;

  std::vector<uint16_t> symbols_;  ///< By code point; 0 for a character of no word.
  std::vector<Unit> firsts_;       ///< The nodes of first characters, by symbol.
  std::vector<Unit> units_;        ///< All other nodes.
  double fallback_ = 0;            ///< Log probability of a character that is no word.
  size_t longest_ = 1;             ///< Characters of the longest word.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_LIST_SEGMENTER_H_
