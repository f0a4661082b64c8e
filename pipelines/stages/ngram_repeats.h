#ifndef CORPUSMILL_PIPELINES_STAGES_NGRAM_REPEATS_H_
#define CORPUSMILL_PIPELINES_STAGES_NGRAM_REPEATS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/stages/repeat_table.h"
#include "pipelines/words/word_splitter.h"

namespace corpusmill {

/// Counts characters of repeated n-grams of words, as the repetition rules of Gopher do. Exact: no
/// result depends on a hash. Time and memory are linear in the text. Not thread-safe.
///
///   NGramRepeats repeats;
///   repeats.Start("a b a b", words);
///   repeats.TopCharacters(2);  // 6: "a b", twice
class NGramRepeats {
 public:
  /// Looks at another text. `text` and `words` must outlive the calls below.
  void Start(std::string_view text, const std::vector<Word>& words);

  /// Length of the most frequent n-gram, its words joined by a space, times its count; of equally
  /// frequent ones the first. 0 if there are fewer than n words. REQUIRES: n >= 1, and not less
  /// than in the previous call for this text.
  uint64_t TopCharacters(size_t n);

  /// False only if TopCharacters(n) is at most `limit`, which takes less time to see: a frequent
  /// n-gram consists of frequent words, and these are short. REQUIRES: n >= 1.
  bool TopMayExceed(size_t n, double limit);

  /// Characters of n-grams that occurred before, their words joined by nothing. Goes from word to
  /// word, and skips n words after such an n-gram. REQUIRES: n >= 1, and not less than in the
  /// previous call for this text.
  uint64_t DuplicateCharacters(size_t n);

 private:
  /// n-grams shorter than this are looked up whole. Of longer ones only those whose first bytes
  /// occur elsewhere are.
  static constexpr size_t kPrefixBytes = 16;

  void EstimateCounts();
  uint64_t LeastCount(size_t n, double limit) const;
  void CountWords();
  void Lengthen();
  void Count(size_t position, uint32_t id);
  void JoinWords();
  void FindCandidates(size_t n);
  std::string_view Joined(size_t begin, size_t end) const {
    return std::string_view(joined_).substr(offsets_[begin], offsets_[end] - offsets_[begin]);
  }
  uint64_t Characters(size_t first, size_t n) const;

  std::string_view text_;
  const std::vector<Word>* words_ = nullptr;
  RepeatTable table_;
  RepeatedNumberTable number_table_;
  const RepeatHasher hasher_;

  // The n-grams of size_ words: that at each position is known by the first position of an equal
  // one, and each of these has a count.
  size_t size_ = 0;
  std::vector<uint32_t> ids_;
  std::vector<uint32_t> longer_ids_;
  std::vector<uint32_t> counts_;
  std::vector<uint32_t> longer_counts_;
  uint32_t top_count_ = 0;
  uint32_t top_id_ = 0;

  // Words by a hash, so that a count can be too large, but not too small.
  bool is_estimated_ = false;
  std::vector<uint32_t> hash_counts_;
  std::vector<uint32_t> word_counts_;        // Of the word at each position.
  std::array<uint32_t, 33> longest_word_{};  // Of those with a count of at least 2^(i-1).

  // All words joined by nothing.
  bool is_joined_ = false;
  std::string joined_;
  std::vector<uint32_t> offsets_;       // Of each word in joined_, and the end.
  std::vector<uint32_t> hashes_;        // Of the bytes that begin with each word.
  std::vector<uint64_t> once_, twice_;  // Bits of hashes that occur once, and again.
  /// An n-gram that may repeat.
  struct Candidate {
    uint32_t word;
    bool prefix_repeats;
  };
  std::vector<Candidate> candidates_;  // Ascending; those of a larger n are among them.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_NGRAM_REPEATS_H_
