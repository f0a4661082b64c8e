#include "pipelines/words/english_chunker.h"

#include "pipelines/words/english_url.h"

namespace corpusmill {

EnglishChunker::EnglishChunker(const EnglishExceptions& exceptions)
    : classes_(CharacterClasses::Get()), affixes_(classes_) {
  for (const auto& [text, words] : exceptions) {
    strings_.Add(text);
    std::vector<uint8_t>& sizes = divisions_.emplace_back();
    for (const std::string& word : words) sizes.push_back(static_cast<uint8_t>(word.size()));
  }
}

void EnglishChunker::AddWords(const char* begin, const std::vector<uint8_t>& sizes,
                              Output* output) const {
  for (const uint8_t size : sizes) {
    Add(begin, begin + size, output);
    begin += size;
  }
}

void EnglishChunker::AddInfixed(const char* begin, const char* end, Output* output) const {
  EnglishAffixes::Infix infix = affixes_.NextInfix(begin, begin, end);
  if (infix.begin == end || IsEnglishUrl(classes_, begin, end)) return Add(begin, end, output);
  const char* word = begin;
  for (; infix.begin < end; infix = affixes_.NextInfix(begin, infix.end, end)) {
    if (infix.begin == begin) continue;  // An infix at the beginning stays with what follows.
    if (infix.begin > word) Add(word, infix.begin, output);
    Add(infix.begin, infix.end, output);
    word = infix.end;
  }
  if (word < end) Add(word, end, output);
}

template <bool kExceptions>
void EnglishChunker::SplitChunk(const char* begin, const char* end, Output* output) const {
  const auto is_exception = [&](const char* from, const char* to) {
    return kExceptions && from < to && IsException(from, to, *output);
  };
  output->suffixes.clear();
  for (bool divided = true; divided && begin < end;) {
    if (is_exception(begin, end)) break;
    const char* inner_begin = begin + affixes_.Prefix(begin, end);
    if (inner_begin > begin && is_exception(inner_begin, end)) {
      Add(begin, inner_begin, output);
      begin = inner_begin;
      break;
    }
    const char* inner_end = end - affixes_.Suffix(inner_begin, end);
    if (inner_end < end) output->suffixes.emplace_back(inner_end, end);
    if (inner_end < end && is_exception(begin, inner_end)) {
      end = inner_end;
      break;
    }
    divided = inner_begin > begin || inner_end < end;
    if (inner_begin > begin) Add(begin, inner_begin, output);
    begin = inner_begin;
    end = inner_end;
  }
  if (begin < end && !(kExceptions && AddException(begin, end, output))) {
    AddInfixed(begin, end, output);
  }
  for (auto suffix = output->suffixes.rbegin(); suffix != output->suffixes.rend(); ++suffix) {
    Add(suffix->first, suffix->second, output);
  }
}

void EnglishChunker::Split(const char* begin, const char* end, Output* output) const {
  SplitChunk<true>(begin, end, output);
}

void EnglishChunker::SplitByAffixes(const char* begin, const char* end, Output* output) const {
  SplitChunk<false>(begin, end, output);
}

}  // namespace corpusmill
