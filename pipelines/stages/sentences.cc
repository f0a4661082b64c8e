#include "pipelines/stages/sentences.h"

#include <algorithm>
#include <deque>
#include <string>

#include "corpus/text/unicode.h"
#include "pipelines/stages/python_text.h"

namespace corpusmill {
namespace {

struct CodeRange {
  int32_t first, last;
};

/// The characters that end a sentence for spaCy: characters with Unicode's property
/// Sentence_Terminal, and some others, as of Unicode 9.
constexpr CodeRange kSentenceEnds[] = {
    {0x21, 0x21},       {0x2E, 0x2E},       {0x3F, 0x3F},       {0x589, 0x589},
    {0x61F, 0x61F},     {0x6D4, 0x6D4},     {0x700, 0x702},     {0x7F9, 0x7F9},
    {0x964, 0x965},     {0x104A, 0x104B},   {0x1362, 0x1362},   {0x1367, 0x1368},
    {0x166E, 0x166E},   {0x1735, 0x1736},   {0x1803, 0x1803},   {0x1809, 0x1809},
    {0x1944, 0x1945},   {0x1AA8, 0x1AAB},   {0x1B5A, 0x1B5B},   {0x1B5E, 0x1B5F},
    {0x1C3B, 0x1C3C},   {0x1C7E, 0x1C7F},   {0x203C, 0x203D},   {0x2047, 0x2049},
    {0x2E2E, 0x2E2E},   {0x2E3C, 0x2E3C},   {0x3002, 0x3002},   {0xA4FF, 0xA4FF},
    {0xA60E, 0xA60F},   {0xA6F3, 0xA6F3},   {0xA6F7, 0xA6F7},   {0xA876, 0xA877},
    {0xA8CE, 0xA8CF},   {0xA92F, 0xA92F},   {0xA9C8, 0xA9C9},   {0xAA5D, 0xAA5F},
    {0xAAF0, 0xAAF1},   {0xABEB, 0xABEB},   {0xFE52, 0xFE52},   {0xFE56, 0xFE57},
    {0xFF01, 0xFF01},   {0xFF0E, 0xFF0E},   {0xFF1F, 0xFF1F},   {0xFF61, 0xFF61},
    {0x10A56, 0x10A57}, {0x11047, 0x11048}, {0x110BE, 0x110C1}, {0x11141, 0x11143},
    {0x111C5, 0x111C6}, {0x111CD, 0x111CD}, {0x111DE, 0x111DF}, {0x11238, 0x11239},
    {0x1123B, 0x1123C}, {0x112A9, 0x112A9}, {0x1144B, 0x1144C}, {0x115C2, 0x115C3},
    {0x115C9, 0x115D7}, {0x11641, 0x11642}, {0x1173C, 0x1173E}, {0x11A42, 0x11A43},
    {0x11A9B, 0x11A9C}, {0x11C41, 0x11C42}, {0x16A6E, 0x16A6F}, {0x16AF5, 0x16AF5},
    {0x16B37, 0x16B38}, {0x16B44, 0x16B44}, {0x1BC9F, 0x1BC9F}, {0x1DA88, 0x1DA88},
};

/// The characters that datatrove adds to these.
constexpr CodeRange kMoreTerminals[] = {
    {0x61D, 0x61E},     {0x837, 0x837},     {0x839, 0x839},     {0x83D, 0x83E},
    {0x17D4, 0x17D6},   {0x17D9, 0x17DA},   {0x1B7D, 0x1B7E},   {0x2E53, 0x2E54},
    {0x10F55, 0x10F59}, {0x10F86, 0x10F89}, {0x11944, 0x11944}, {0x11946, 0x11946},
    {0x11EF7, 0x11EF8}, {0x11F43, 0x11F44}, {0x16E98, 0x16E98},
};

bool IsSentenceEnd(int32_t code) {
  const auto* const range =
      std::lower_bound(std::begin(kSentenceEnds), std::end(kSentenceEnds), code,
                       [](const CodeRange& r, int32_t c) { return r.last < c; });
  return range != std::end(kSentenceEnds) && range->first <= code;
}

bool IsSentenceEnd(std::string_view word, uint32_t characters) {
  if (characters != 1) return false;
  if (word.size() == 1) return word == "." || word == "!" || word == "?";
  int32_t code;
  return DecodeUtf8(word, &code) == word.size() && IsSentenceEnd(code);
}

/// A letter or digit of ASCII: most words begin with one, and are not punctuation.
bool BeginsAlphanumeric(std::string_view word) {
  const auto c = static_cast<uint8_t>(word.front());
  const uint8_t lower = c | 0x20;
  return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

}  // namespace

void FindSentences(std::string_view text, const std::vector<Word>& words,
                   std::vector<size_t>* ends) {
  ends->clear();
  size_t at = 0;  // The end of the previous word.
  bool ended = false;
  for (const Word& word : words) {
    const std::string_view gap = text.substr(at, word.begin - at);
    if (ended && !gap.empty() && gap != " ") {
      // The whitespace begins the next sentence. A first space belongs to the word before it.
      ends->push_back(at);
      ended = false;
    }
    const std::string_view bytes = text.substr(word.begin, word.end - word.begin);
    if (!BeginsAlphanumeric(bytes) && IsSentenceEnd(bytes, word.length)) {
      ended = true;
    } else if (ended && (BeginsAlphanumeric(bytes) || !IsPunctuation(bytes))) {
      ends->push_back(at);
      ended = false;
    }
    at = word.end;
  }
  const std::string_view gap = text.substr(at);
  if (ended && !gap.empty() && gap != " ") ends->push_back(at);
  ends->push_back(text.size());
}

const std::vector<std::string_view>& TerminalPunctuation() {
  static const std::vector<std::string_view> kCharacters = [] {
    static std::deque<std::string> kept;
    std::vector<std::string_view> characters;
    const auto add = [&](const CodeRange& range) {
      for (int32_t code = range.first; code <= range.last; ++code) {
        characters.push_back(kept.emplace_back(EncodeUtf8(code)));
      }
    };
    for (const CodeRange& range : kSentenceEnds) add(range);
    for (const CodeRange& range : kMoreTerminals) add(range);
    return characters;
  }();
  return kCharacters;
}

}  // namespace corpusmill
