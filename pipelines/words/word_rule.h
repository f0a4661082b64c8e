#ifndef CORPUSMILL_PIPELINES_WORDS_WORD_RULE_H_
#define CORPUSMILL_PIPELINES_WORDS_WORD_RULE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// How text is divided into words.
enum class WordRule {
  kSpacyEn,     ///< The tokens of spaCy 3.8's blank English pipeline, stripped, blank ones removed.
  kZh,          ///< Chinese words: ICU's dictionary, or the most probable words of a list.
  kWhitespace,  ///< Runs of characters that Python's str.split() keeps.
};

struct WordOptions {
  WordRule rule = WordRule::kSpacyEn;
  /// For kZh: a file with a word on each line, optionally followed by a count; "" = ICU.
  std::string word_list_path = "";
};

/// "spacy-en", "zh", "whitespace". kInvalidArgument otherwise.
absl::StatusOr<WordRule> ParseWordRule(std::string_view name);
std::string_view WordRuleName(WordRule rule);

/// Makes the splitter of a rule. kUnavailable or kDataLoss naming the word list if it cannot be
/// used.
absl::StatusOr<std::unique_ptr<WordSplitter>> MakeWordSplitter(const WordOptions& options);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_WORD_RULE_H_
