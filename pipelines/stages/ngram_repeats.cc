#include "pipelines/stages/ngram_repeats.h"

#include <cstring>

namespace corpusmill {
namespace {

uint64_t Load8(const char* from) {
  uint64_t value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

}  // namespace

void NGramRepeats::Start(std::string_view text, const std::vector<Word>& words) {
  text_ = text;
  words_ = &words;
  size_ = 0;
  is_joined_ = false;
}

uint64_t NGramRepeats::TopCharacters(size_t n) {
  if (words_->size() < n) return 0;
  if (size_ == 0) CountWords();
  while (size_ < n) Lengthen();
  return (Characters(top_id_, n) + n - 1) * top_count_;
}

void NGramRepeats::Count(size_t position, uint32_t id) {
  ids_[position] = id;
  const uint32_t count = ++counts_[id];
  if (count > top_count_ || (count == top_count_ && id < top_id_)) {
    top_count_ = count;
    top_id_ = id;
  }
}

void NGramRepeats::CountWords() {
  const std::vector<Word>& words = *words_;
  table_.Start(words.size());
  ids_.resize(words.size());
  counts_.assign(words.size(), 0);
  top_count_ = 0;
  const auto bytes = [&](size_t i) {
    return text_.substr(words[i].begin, words[i].end - words[i].begin);
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = bytes(i);
    Count(i, table_.FindOrAdd(RepeatHash(word), static_cast<uint32_t>(i),
                              [&](uint32_t other) { return bytes(other) == word; }));
  }
  size_ = 1;
}

/// A longer n-gram can repeat only where both of the shorter ones in it repeat.
void NGramRepeats::Lengthen() {
  const size_t grams = words_->size() - size_;
  ids_.swap(longer_ids_);
  counts_.swap(longer_counts_);
  const std::vector<uint32_t>& ids = longer_ids_;
  const std::vector<uint32_t>& counts = longer_counts_;
  table_.Start(grams);
  ids_.resize(words_->size());
  counts_.assign(words_->size(), 0);
  top_count_ = 0;
  for (size_t i = 0; i < grams; ++i) {
    auto id = static_cast<uint32_t>(i);
    if (counts[ids[i]] > 1 && counts[ids[i + 1]] > 1) {
      id = table_.FindOrAdd(RepeatHash(ids[i], ids[i + 1]), id, [&](uint32_t other) {
        return ids[other] == ids[i] && ids[other + 1] == ids[i + 1];
      });
    }
    Count(i, id);
  }
  ++size_;
}

uint64_t NGramRepeats::Characters(size_t first, size_t n) const {
  uint64_t characters = 0;
  for (size_t i = first; i < first + n; ++i) characters += (*words_)[i].length;
  return characters;
}

void NGramRepeats::JoinWords() {
  const std::vector<Word>& words = *words_;
  // The words do not overlap, so that they have room; the end is for reading and copying beyond.
  if (joined_.size() < text_.size() + 2 * kPrefixBytes) {
    joined_.resize(text_.size() + 2 * kPrefixBytes);
  }
  offsets_.resize(words.size() + 1);
  char* out = joined_.data();
  for (size_t i = 0; i < words.size(); ++i) {
    offsets_[i] = static_cast<uint32_t>(out - joined_.data());
    const size_t size = words[i].end - words[i].begin;
    if (size <= kPrefixBytes && words[i].begin + kPrefixBytes <= text_.size()) {
      std::memcpy(out, text_.data() + words[i].begin, kPrefixBytes);
    } else {
      std::memcpy(out, text_.data() + words[i].begin, size);
    }
    out += size;
  }
  offsets_[words.size()] = static_cast<uint32_t>(out - joined_.data());
  std::memset(out, 0, kPrefixBytes);
  is_joined_ = true;
}

void NGramRepeats::FindRepeatedPrefixes() {
  const size_t words = words_->size();
  repeated_prefix_.assign(words, 0);
  table_.Start(words);
  for (size_t i = 0; i < words; ++i) {
    const char* const prefix = joined_.data() + offsets_[i];
    const uint64_t first = Load8(prefix);
    const uint64_t second = Load8(prefix + 8);
    const uint32_t other =
        table_.FindOrAdd(RepeatHash(first, second), static_cast<uint32_t>(i), [&](uint32_t number) {
          const char* const seen = joined_.data() + offsets_[number];
          return Load8(seen) == first && Load8(seen + 8) == second;
        });
    if (other != i) repeated_prefix_[i] = repeated_prefix_[other] = 1;
  }
}

uint64_t NGramRepeats::DuplicateCharacters(size_t n) {
  if (words_->size() < n) return 0;
  if (!is_joined_) {
    JoinWords();
    FindRepeatedPrefixes();
  }
  candidates_.clear();
  for (size_t i = 0; i + n <= words_->size(); ++i) {
    if (repeated_prefix_[i] != 0 || offsets_[i + n] - offsets_[i] < kPrefixBytes) {
      candidates_.push_back(static_cast<uint32_t>(i));
    }
  }
  table_.Start(candidates_.size());
  uint64_t characters = 0;
  size_t next = 0;
  for (const uint32_t i : candidates_) {
    if (i < next) continue;
    const std::string_view gram = Joined(i, i + n);
    const uint32_t first = table_.FindOrAdd(
        RepeatHash(gram), i, [&](uint32_t other) { return Joined(other, other + n) == gram; });
    if (first != i) {
      characters += Characters(i, n);
      next = i + n;
    }
  }
  return characters;
}

}  // namespace corpusmill
