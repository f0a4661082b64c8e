#include "pipelines/stages/ngram_repeats.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace corpusmill {
namespace {

uint64_t Load8(const char* from) {
  uint64_t value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

/// The bytes of a word of less than eight, and their number in the last byte.
uint64_t ShortKey(std::string_view text, size_t begin, size_t size) {
  uint64_t bytes = 0;
  if constexpr (std::endian::native == std::endian::little) {
    if (begin + 8 <= text.size()) {
      bytes = Load8(text.data() + begin) & ((uint64_t{1} << 8 * size) - 1);
      return bytes | uint64_t{size} << 56;
    }
  }
  for (size_t i = size; i > 0; --i) {
    bytes = bytes << 8 | static_cast<uint8_t>(text[begin + i - 1]);
  }
  return bytes | uint64_t{size} << 56;
}

}  // namespace

void NGramRepeats::Start(std::string_view text, const std::vector<Word>& words) {
  text_ = text;
  words_ = &words;
  size_ = 0;
  is_estimated_ = false;
  is_joined_ = false;
  candidate_size_ = 0;
}

void NGramRepeats::EstimateCounts() {
  const std::vector<Word>& words = *words_;
  const uint64_t mask = std::bit_ceil(std::max<size_t>(64, words.size())) - 1;
  hash_counts_.assign(mask + 1, 0);
  word_hashes_.resize(words.size());
  word_counts_.resize(words.size());
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t size = words[i].end - words[i].begin;
    // Of a longer word the first bytes and the size.
    const uint64_t key = ShortKey(text_, words[i].begin, std::min<size_t>(size, 7)) + size;
    const auto hash = static_cast<uint32_t>(hasher_(key) & mask);
    word_hashes_[i] = hash;
    ++hash_counts_[hash];
  }
  longest_word_.fill(0);
  for (size_t i = 0; i < words.size(); ++i) {
    const uint32_t count = hash_counts_[word_hashes_[i]];
    word_counts_[i] = count;
    uint32_t& longest = longest_word_[std::bit_width(count)];
    longest = std::max(longest, words[i].length);
  }
  for (size_t i = longest_word_.size() - 1; i > 0; --i) {
    longest_word_[i - 1] = std::max(longest_word_[i - 1], longest_word_[i]);
  }
  is_estimated_ = true;
}

/// The least count with which an n-gram can have more than `limit` characters. An n-gram occurs at
/// most as often as each of its words, and the longest word that occurs so often bounds its length.
uint64_t NGramRepeats::LeastCount(size_t n, double limit) const {
  uint64_t least = 1;
  while (least <= words_->size()) {
    const uint64_t longest = n * longest_word_[std::bit_width(least)] + n - 1;
    if (longest == 0) break;
    const auto next = static_cast<uint64_t>(limit / static_cast<double>(longest)) + 1;
    if (next <= least) return least;
    least = next;
  }
  return words_->size() + 1;
}

bool NGramRepeats::TopMayExceed(size_t n, double limit) {
  if (words_->size() < n) return false;
  if (!is_estimated_) EstimateCounts();
  // A little less: the comparison that follows rounds a quotient.
  const uint64_t least = LeastCount(n, limit * (1 - 1e-9));
  uint64_t places = 0;  // Where n words occur so often.
  size_t frequent = 0;
  for (const uint32_t count : word_counts_) {
    frequent = count >= least ? frequent + 1 : 0;
    places += frequent >= n ? 1 : 0;
  }
  return places >= least && EstimateTopCount(n, least) >= least;
}

uint64_t NGramRepeats::EstimateTopCount(size_t n, uint64_t least) {
  const size_t words = words_->size();
  const uint64_t mask = std::bit_ceil(std::max<size_t>(64, words)) - 1;
  hash_counts_.assign(mask + 1, 0);
  uint64_t top = 0;
  size_t frequent = 0;
  for (size_t i = 0; i < words; ++i) {
    frequent = word_counts_[i] >= least ? frequent + 1 : 0;
    if (frequent < n) continue;
    uint64_t hash = 0;
    for (size_t j = i + 1 - n; j <= i; ++j) hash = hasher_(hash + word_hashes_[j]);
    top = std::max<uint64_t>(top, ++hash_counts_[hash & mask]);
  }
  return top;
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
  number_table_.Start(words.size());
  table_.Start(std::min(words.size(), text_.size() / 8));
  ids_.resize(words.size());
  counts_.assign(words.size(), 0);
  top_count_ = 0;
  const auto bytes = [&](size_t i) {
    return text_.substr(words[i].begin, words[i].end - words[i].begin);
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = bytes(i);
    const auto number = static_cast<uint32_t>(i);
    if (word.size() < 8) {
      const uint64_t key = ShortKey(text_, words[i].begin, word.size());
      Count(i, number_table_.FindOrAdd(key, number));
    } else {
      Count(i, table_.FindOrAdd(word, number, [&](uint32_t j) { return bytes(j) == word; }));
    }
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
  number_table_.Start(grams);
  ids_.resize(words_->size());
  counts_.assign(words_->size(), 0);
  top_count_ = 0;
  for (size_t i = 0; i < grams; ++i) {
    auto id = static_cast<uint32_t>(i);
    if (counts[ids[i]] > 1 && counts[ids[i + 1]] > 1) {
      id = number_table_.FindOrAdd(uint64_t{ids[i]} << 32 | ids[i + 1], id);
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
  if (joined_.size() < text_.size() + 2 * kMaxPrefixBytes) {
    joined_.resize(text_.size() + 2 * kMaxPrefixBytes);
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
  std::memset(out, 0, kMaxPrefixBytes);
  is_joined_ = true;
}

/// Finds the words from which kPrefixBytes bytes occur elsewhere, and perhaps a few others: with
/// two bits for each value of a hash, which are cheaper than a table of the bytes.
void NGramRepeats::FindCandidates() {
  const size_t words = words_->size();
  const size_t bits = std::bit_ceil(std::max<size_t>(64, words * 16));
  once_.assign(bits / 64, 0);
  twice_.assign(bits / 64, 0);
  hashes_.resize(words);
  for (size_t i = 0; i < words; ++i) {
    const char* const prefix = joined_.data() + offsets_[i];
    const uint64_t hash = hasher_(Load8(prefix), Load8(prefix + 8));
    hashes_[i] = hash;
    const size_t slot = (hash & (bits - 1)) / 64;
    const uint64_t bit = uint64_t{1} << hash % 64;
    twice_[slot] |= once_[slot] & bit;
    once_[slot] |= bit;
  }
  candidates_.clear();
  compared_bytes_ = kPrefixBytes;
  const size_t n = candidate_size_;
  for (size_t i = 0; i + n <= words; ++i) {
    const uint64_t hash = hashes_[i];
    const bool repeats = (twice_[(hash & (bits - 1)) / 64] >> hash % 64 & 1) != 0;
    if (repeats || offsets_[i + n] - offsets_[i] < kPrefixBytes) {
      candidates_.push_back({hash, static_cast<uint32_t>(i),
                             repeats ? UINT32_MAX : static_cast<uint32_t>(kPrefixBytes)});
    }
  }
  CompareBeginnings();
}

/// Notes which of the candidates' beginnings do not repeat, by other bits of their hashes.
void NGramRepeats::CompareBeginnings() {
  const size_t bits = std::bit_ceil(std::max<size_t>(64, candidates_.size() * 16));
  once_.assign(bits / 64, 0);
  twice_.assign(bits / 64, 0);
  for (const Candidate& candidate : candidates_) {
    const uint64_t hash = candidate.hash >> 32;
    const size_t slot = (hash & (bits - 1)) / 64;
    const uint64_t bit = uint64_t{1} << hash % 64;
    twice_[slot] |= once_[slot] & bit;
    once_[slot] |= bit;
  }
  for (Candidate& candidate : candidates_) {
    const uint64_t hash = candidate.hash >> 32;
    const bool repeats = (twice_[(hash & (bits - 1)) / 64] >> hash % 64 & 1) != 0;
    if (!repeats) {
      candidate.unique_bytes =
          std::min(candidate.unique_bytes, static_cast<uint32_t>(compared_bytes_));
    }
  }
}

void NGramRepeats::LengthenBeginnings() {
  for (Candidate& candidate : candidates_) {
    const char* const begin = joined_.data() + offsets_[candidate.word];
    candidate.hash = hasher_(candidate.hash, Load8(begin + compared_bytes_));
  }
  compared_bytes_ += kPrefixStep;
  CompareBeginnings();
}

/// Candidates of fewer words that are not dropped here stay candidates: their beginnings, of
/// whatever length, are compared with those of all that an n-gram of more words can equal.
void NGramRepeats::PrepareCandidates(size_t n) {
  if (candidate_size_ == n) return;
  candidate_size_ = n;
  if (!is_joined_) {
    JoinWords();
    FindCandidates();
  }
  const auto drop = [&] {
    std::erase_if(candidates_, [&](const Candidate& c) {
      return c.word + n > words_->size() ||
             offsets_[c.word + n] - offsets_[c.word] >= c.unique_bytes;
    });
  };
  drop();
  // Words have between four and five bytes on average.
  while (compared_bytes_ < kMaxPrefixBytes && compared_bytes_ + kPrefixStep <= 4 * (n + 1)) {
    LengthenBeginnings();
    drop();
  }
}

bool NGramRepeats::DuplicatesMayExceed(size_t n, double limit) {
  if (words_->size() < n) return false;
  PrepareCandidates(n);
  // n-grams that count do not overlap: the bytes of all candidates bound their characters.
  uint64_t bytes = 0;
  size_t end = 0;
  for (const Candidate& candidate : candidates_) {
    const size_t begin = std::max<size_t>(candidate.word, end);
    end = candidate.word + n;
    bytes += offsets_[end] - offsets_[begin];
  }
  // A little less: the comparison that follows rounds a quotient.
  return static_cast<double>(bytes) > limit * (1 - 1e-9);
}

uint64_t NGramRepeats::DuplicateCharacters(size_t n) {
  if (words_->size() < n) return 0;
  PrepareCandidates(n);
  table_.Start(candidates_.size());
  uint64_t characters = 0;
  size_t next = 0;
  for (const Candidate& candidate : candidates_) {
    const uint32_t i = candidate.word;
    if (i < next) continue;
    const std::string_view gram = Joined(i, i + n);
    const uint32_t first =
        table_.FindOrAdd(gram, i, [&](uint32_t other) { return Joined(other, other + n) == gram; });
    if (first != i) {
      characters += Characters(i, n);
      next = i + n;
    }
  }
  return characters;
}

}  // namespace corpusmill
