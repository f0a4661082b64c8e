#include "pipelines/words/word_rule.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/words/blanks.h"
#include "pipelines/words/character_classes.h"
#include "pipelines/words/chinese_splitter.h"
#include "pipelines/words/english_splitter.h"

namespace corpusmill {
namespace {

/// Words between white space.
class WhitespaceSplitter final : public WordSplitter {
 public:
  void Split(std::string_view text, std::vector<Word>* words) const override {
    words->clear();
    const char* begin = text.data();
    const char* end = begin + text.size();
    for (const char* at = blanks_.SkipBlanks(begin, end); at < end;) {
      const char* word_end = blanks_.FindBlank(at, end);
      words->push_back(classes_.MakeWord(begin, at, word_end));
      at = blanks_.SkipBlanks(word_end, end);
    }
  }

 private:
  const CharacterClasses& classes_ = CharacterClasses::Get();
  const Blanks blanks_{classes_};
};

}  // namespace

absl::StatusOr<WordRule> ParseWordRule(std::string_view name) {
  if (name == "spacy-en") return WordRule::kSpacyEn;
  if (name == "zh") return WordRule::kZh;
  if (name == "whitespace") return WordRule::kWhitespace;
  return UsageError(
      absl::StrFormat("'%s' is not a rule for words; try spacy-en, zh or whitespace", name));
}

std::string_view WordRuleName(WordRule rule) {
  switch (rule) {
    case WordRule::kSpacyEn:
      return "spacy-en";
    case WordRule::kZh:
      return "zh";
    case WordRule::kWhitespace:
      return "whitespace";
  }
  return "";
}

absl::StatusOr<std::unique_ptr<WordSplitter>> MakeWordSplitter(const WordOptions& options) {
  switch (options.rule) {
    case WordRule::kSpacyEn:
      return MakeEnglishSplitter();
    case WordRule::kWhitespace:
      return std::make_unique<WhitespaceSplitter>();
    case WordRule::kZh:
      return MakeChineseSplitter(options.word_list_path);
  }
  return UsageError("no rule for words");
}

}  // namespace corpusmill
