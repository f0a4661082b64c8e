#ifndef CORPUSMILL_TOKENIZER_INSPECT_VOCABULARY_STATISTICS_H_
#define CORPUSMILL_TOKENIZER_INSPECT_VOCABULARY_STATISTICS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Statistics of the pieces of a vocabulary.
///
///   const VocabularyStatistics statistics = Describe(tokenizer.vocabulary());
///   statistics.by_script.at("Han");   // number of pieces of Han characters
struct VocabularyStatistics {
  // Entries by type.
  uint64_t pieces = 0;
  uint64_t control_symbols = 0;
  uint64_t user_symbols = 0;
  uint64_t unknown_symbols = 0;
  uint64_t byte_symbols = 0;
  uint64_t unused = 0;

  // All fields below are for pieces only.

  /// By length in bytes.
  std::map<uint64_t, uint64_t> by_bytes;
  /// By length in characters, without pieces that are not UTF-8.
  std::map<uint64_t, uint64_t> by_characters;
  /// By Unicode script, ignoring characters of no specific script: "Latin", "Han", …; kMixed for
  /// several scripts, kNoScript for only digits, punctuation, spaces and symbols, kNotUtf8.
  std::map<std::string, uint64_t> by_script;
  static constexpr const char* kMixed = "(mixed)";
  static constexpr const char* kNoScript = "(none)";
  static constexpr const char* kNotUtf8 = "(not UTF-8)";

  /// Pieces of several bytes that are not UTF-8. If 0, tokens of valid text are whole characters or
  /// single bytes, as with ensure_unicode.
  uint64_t long_not_utf8 = 0;
  /// Pieces with a decimal digit and another character. If 0, digits are isolated.
  uint64_t digit_and_more = 0;

  uint64_t begin_with_space = 0;  ///< Pieces of only spaces excluded.
  uint64_t end_with_space = 0;    ///< Pieces of only spaces excluded.
  uint64_t cross_space = 0;       ///< A space between other characters.
  uint64_t only_spaces = 0;       ///< One or more U+0020.
  uint64_t with_newline = 0;
  uint64_t newline_inside = 0;  ///< A newline before another character.

  /// Range and sum of the counts; 0 without counts.
  uint64_t least_count = 0;
  uint64_t largest_count = 0;
  uint64_t total_count = 0;
  double least_score = 0;
  double largest_score = 0;
};

VocabularyStatistics Describe(const Vocabulary& vocabulary);

/// The overlap of two vocabularies' pieces as byte strings.
struct VocabularyOverlap {
  uint64_t both = 0;
  uint64_t only_a = 0;
  uint64_t only_b = 0;
};

VocabularyOverlap Overlap(const Vocabulary& a, const Vocabulary& b);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_INSPECT_VOCABULARY_STATISTICS_H_
