// Divides arbitrary bytes into words by every rule: words are in order, not blank, within the text;
// words of spacy-en and whitespace leave out white space only. The plain forms of spacy-en give
// what its chunker gives. What precedes an empty line is tried as a word list.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "pipelines/words/blanks.h"
#include "pipelines/words/character_classes.h"
#include "pipelines/words/english_chunker.h"
#include "pipelines/words/english_merges.h"
#include "pipelines/words/list_segmenter.h"
#include "pipelines/words/word_list.h"
#include "pipelines/words/word_rule.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

const WordSplitter& Splitter(WordRule rule) {
  static const auto splitters = [] {
    std::vector<std::unique_ptr<WordSplitter>> made;
    for (const WordRule each : {WordRule::kSpacyEn, WordRule::kZh, WordRule::kWhitespace}) {
      auto splitter = MakeWordSplitter({.rule = each});
      Check(splitter.ok());
      made.push_back(std::move(splitter).value());
    }
    return made;
  }();
  return *splitters[static_cast<size_t>(rule)];
}

bool HasNonBlank(const char* begin, const char* end) {
  return Blanks(CharacterClasses::Get()).SkipBlanks(begin, end) < end;
}

void CheckWords(std::string_view text, const std::vector<Word>& words) {
  const CharacterClasses& classes = CharacterClasses::Get();
  uint32_t end = 0;
  for (const Word& word : words) {
    Check(end <= word.begin && word.begin < word.end && word.end <= text.size());
    Check(HasNonBlank(text.data() + word.begin, text.data() + word.end));
    Check(!HasNonBlank(text.data() + end, text.data() + word.begin));
    Check(word == classes.MakeWord(text.data(), text.data() + word.begin, text.data() + word.end));
    end = word.end;
  }
  Check(!HasNonBlank(text.data() + end, text.data() + text.size()));
}

/// The words of spacy-en without shortcuts.
std::vector<Word> SlowEnglish(std::string_view text) {
  static const EnglishExceptions exceptions = MakeEnglishExceptions();
  static const EnglishChunker chunker(exceptions);
  static const EnglishMerges merges(chunker, exceptions);
  const Blanks blanks(CharacterClasses::Get());
  std::vector<Word> words;
  EnglishChunker::Output output{.text = text, .words = &words};
  const char* end = text.data() + text.size();
  for (const char* at = blanks.SkipBlanks(text.data(), end); at < end;) {
    const char* chunk_end = blanks.FindBlank(at, end);
    chunker.Split(at, chunk_end, &output);
    at = blanks.SkipBlanks(chunk_end, end);
  }
  merges.Apply(&output);
  return words;
}

/// Cuts the Chinese characters of the text by a list.
void CutByList(std::string_view list, std::string_view text) {
  const auto words = ParseWordList("list", list);
  if (!words.ok()) return;
  const auto segmenter = ListSegmenter::Create("list", *words);
  Check(segmenter.ok());
  std::vector<uint32_t> run;
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    const auto character = CharacterClasses::Get().At(at, end);
    if (character.code != CharacterClasses::kInvalid) run.push_back(character.code);
    at += character.bytes;
  }
  if (run.empty() || run.size() > HanSegmenter::kMaxRun) return;
  HanSegmenter::Buffers buffers;
  std::vector<uint32_t> ends;
  (*segmenter)->Cut(run, &buffers, &ends);
  Check(!ends.empty() && ends.back() == run.size());
  Check(std::is_sorted(ends.begin(), ends.end()) &&
        std::adjacent_find(ends.begin(), ends.end()) == ends.end() && ends.front() > 0);
  const size_t safe = (*segmenter)->SafeEnd(run);
  Check(safe > 0 && safe <= run.size());
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Word> words;
  for (const WordRule rule : {WordRule::kSpacyEn, WordRule::kZh, WordRule::kWhitespace}) {
    Splitter(rule).Split(text, &words);
    CheckWords(text, words);
    if (rule == WordRule::kSpacyEn) Check(words == SlowEnglish(text));
  }
  const size_t list_end = std::min(text.find("\n\n"), text.size());
  CutByList(text.substr(0, list_end), text.substr(list_end));
  return 0;
}
