#include "pipelines/words/english_merges.h"

#include <algorithm>

namespace corpusmill {
namespace {

/// True if spaCy has no token between two words: nothing or one blank.
bool AreNeighbours(std::string_view text, const Word& left, const Word& right) {
  return left.end == right.begin || (left.end + 1 == right.begin && text[left.end] == ' ');
}

}  // namespace

EnglishMerges::EnglishMerges(const EnglishChunker& chunker, const EnglishExceptions& exceptions)
    : chunker_(chunker) {
  for (const auto& [text, unused] : exceptions) {
    const char* begin = text.data();
    const char* end = begin + text.size();
    const EnglishAffixes& affixes = chunker.affixes();
    if (affixes.Prefix(begin, end) == 0 && affixes.Suffix(begin, end) == 0 &&
        affixes.NextInfix(begin, begin, end).begin == end) {
      continue;
    }
    std::vector<Word> words;
    EnglishChunker::Output output{.text = text, .words = &words};
    chunker.SplitByAffixes(begin, end, &output);
    if (words.size() > 1) AddPattern(text, words);  // One word is that exception already.
  }
}

void EnglishMerges::AddPattern(std::string_view exception, const std::vector<Word>& words) {
  uint64_t node = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const auto bytes = exception.substr(words[i].begin, words[i].end - words[i].begin);
    const auto first = static_cast<uint8_t>(bytes[0]);
    if (i == 0) first_sizes_[first] |= SizeBit(bytes.size());
    if (i == 1) second_sizes_[first] |= SizeBit(bytes.size());
    const uint64_t key = node << 32 | strings_.Add(bytes);
    node = next_.try_emplace(key, static_cast<uint32_t>(is_pattern_.size())).first->second;
    if (node == is_pattern_.size()) is_pattern_.push_back(false);
  }
  is_pattern_[node] = true;
}

void EnglishMerges::FindFrom(const EnglishChunker::Output& output, size_t begin,
                             Sequences* found) const {
  const std::string_view text = output.text;
  const std::vector<Word>& words = *output.words;
  uint64_t node = 0;
  for (size_t i = begin; i < words.size(); ++i) {
    if (i > begin && !AreNeighbours(text, words[i - 1], words[i])) return;
    const uint32_t number = strings_.Find(text.data() + words[i].begin, text.data() + words[i].end,
                                          text.data() + text.size());
    if (number == EnglishStrings::kNone) return;
    const auto next = next_.find(node << 32 | number);
    if (next == next_.end()) return;
    node = next->second;
    if (is_pattern_[node]) found->push_back({begin, i + 1});
  }
}

EnglishMerges::Sequences EnglishMerges::Find(const EnglishChunker::Output& output) const {
  Sequences found;
  const std::vector<Word>& words = *output.words;
  const auto is_in = [&](const Word& word, const std::array<uint64_t, 256>& sizes) {
    const auto first = static_cast<uint8_t>(output.text[word.begin]);
    return (sizes[first] & SizeBit(word.end - word.begin)) != 0;
  };
  for (size_t i = 1; i < words.size(); ++i) {
    if (is_in(words[i], second_sizes_) && is_in(words[i - 1], first_sizes_)) {
      FindFrom(output, i - 1, &found);
    }
  }
  return found;
}

EnglishMerges::Sequences EnglishMerges::Chosen(Sequences found) {
  std::vector<bool> is_taken(found.back().end - found.front().begin + EnglishStrings::kMaxBytes);
  const size_t origin = found.front().begin;
  std::stable_sort(found.begin(), found.end(), [](const Sequence& a, const Sequence& b) {
    return a.end - a.begin > b.end - b.begin;  // Equally long ones stay in order.
  });
  Sequences chosen;
  for (const Sequence& sequence : found) {
    if (!is_taken[sequence.begin - origin] && !is_taken[sequence.end - 1 - origin]) {
      chosen.push_back(sequence);
    }
    for (size_t i = sequence.begin; i < sequence.end; ++i) is_taken[i - origin] = true;
  }
  std::sort(chosen.begin(), chosen.end(),
            [](const Sequence& a, const Sequence& b) { return a.begin < b.begin; });
  return chosen;
}

void EnglishMerges::Apply(EnglishChunker::Output* output) const {
  Sequences found = Find(*output);
  if (found.empty()) return;
  std::vector<Word> merged;
  EnglishChunker::Output replaced{.text = output->text, .words = &merged};
  std::vector<Word>& words = *output->words;
  size_t copied = 0;
  for (const Sequence& sequence : Chosen(std::move(found))) {
    const auto word = [&](size_t i) { return words.begin() + static_cast<ptrdiff_t>(i); };
    merged.insert(merged.end(), word(copied), word(sequence.begin));
    const char* text = output->text.data();
    // A blank between the words makes it no exception.
    if (chunker_.AddException(text + words[sequence.begin].begin,
                              text + words[sequence.end - 1].end, &replaced)) {
      copied = sequence.end;
    } else {
      copied = sequence.begin;
    }
  }
  merged.insert(merged.end(), words.begin() + static_cast<ptrdiff_t>(copied), words.end());
  words.swap(merged);
}

}  // namespace corpusmill
