#include "pipelines/words/word_splitter.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// Placeholder until the rules are written: ASCII blanks only.
class Whitespace final : public WordSplitter {
 public:
  void Split(std::string_view text, std::vector<Word>* words) const override {
    words->clear();
    const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    for (size_t i = 0; i < text.size();) {
      if (is_blank(text[i])) {
        ++i;
        continue;
      }
      Word word{.begin = static_cast<uint32_t>(i)};
      for (; i < text.size() && !is_blank(text[i]); ++i) {
        word.length += (static_cast<uint8_t>(text[i]) & 0xC0) != 0x80 ? 1 : 0;
      }
      word.end = static_cast<uint32_t>(i);
      words->push_back(word);
    }
  }
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

absl::StatusOr<std::unique_ptr<WordSplitter>> WordSplitter::Create(const WordOptions&) {
  return std::make_unique<Whitespace>();
}

}  // namespace corpusmill
