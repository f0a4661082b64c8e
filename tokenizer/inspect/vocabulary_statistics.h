#ifndef CORPUSMILL_TOKENIZER_INSPECT_VOCABULARY_STATISTICS_H_
#define CORPUSMILL_TOKENIZER_INSPECT_VOCABULARY_STATISTICS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// What kinds of pieces a vocabulary has.
///
///   const VocabularyStatistics statistics = Describe(tokenizer.vocabulary());
///   statistics.by_script.at("Han");   // how many pieces are Chinese characters
struct VocabularyStatistics {
  // Entries by type.
  uint64_t pieces = 0;
  uint64_t control_symbols = 0;
  uint64_t user_symbols = 0;
  uint64_t unknown_symbols = 0;
  uint64_t byte_symbols = 0;
  uint64_t unused = 0;

  // All below is of pieces only.

  /// By length in bytes.
  std::map<uint64_t, uint64_t> by_bytes;
  /// By length in characters; pieces that are not UTF-8 are left out.
  std::map<uint64_t, uint64_t> by_characters;
  /// By the Unicode script of the characters that have one of their own: "Latin", "Han",
  /// …; kMixed for several, kNoScript for digits, punctuation, spaces and symbols alone,
  /// kNotUtf8.
  std::map<std::string, uint64_t> by_script;
  static constexpr const char* kMixed = "(mixed)";
  static constexpr const char* kNoScript = "(none)";
  static constexpr const char* kNotUtf8 = "(not UTF-8)";

  /// Pieces of several bytes that are not UTF-8. None: the tokens of valid text are whole
  /// characters or single bytes, as ensure_unicode makes them.
  uint64_t long_not_utf8 = 0;
  /// Pieces that hold a decimal digit and more. None: digits are isolated.
  uint64_t digit_and_more = 0;

  uint64_t begin_with_space = 0;  ///< And hold more than spaces.
  uint64_t end_with_space = 0;    ///< And hold more than spaces.
  uint64_t cross_space = 0;       ///< A space has something else than spaces on both sides.
  uint64_t only_spaces = 0;       ///< One or more U+0020.
  uint64_t with_newline = 0;
  uint64_t newline_inside = 0;  ///< Something else follows a newline.

  /// Range and sum of the counts; 0 without counts.
  uint64_t least_count = 0;
  uint64_t largest_count = 0;
  uint64_t total_count = 0;
  double least_score = 0;
  double largest_score = 0;
};

VocabularyStatistics Describe(const Vocabulary& vocabulary);

/// How two vocabularies' pieces, taken as byte strings, overlap.
struct VocabularyOverlap {
  uint64_t both = 0;
  uint64_t only_a = 0;
  uint64_t only_b = 0;
};

VocabularyOverlap Overlap(const Vocabulary& a, const Vocabulary& b);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_INSPECT_VOCABULARY_STATISTICS_H_
