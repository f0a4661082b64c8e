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

  /// False only if DuplicateCharacters(n) is at most `limit`, which takes less time to see: n-grams
  /// that repeat are where their first bytes do. REQUIRES: as for DuplicateCharacters.
  bool DuplicatesMayExceed(size_t n, double limit);

 private:
  /// n-grams shorter than this are looked up whole. Of longer ones only those whose first bytes
  /// occur elsewhere are.
  static constexpr size_t kPrefixBytes = 16;
  /// By so many bytes the compared beginnings grow with n, up to kMaxPrefixBytes.
  static constexpr size_t kPrefixStep = 8;
  static constexpr size_t kMaxPrefixBytes = 40;

  void EstimateCounts();
  uint64_t LeastCount(size_t n, double limit) const;
  void CountWords();
  void Lengthen();
  void Count(size_t position, uint32_t id);
  /// The largest count of n-grams of words that occur so often; can be too large.
  uint64_t EstimateTopCount(size_t n, uint64_t least);
  void JoinWords();
  void FindCandidates();
  void CompareBeginnings();
  void LengthenBeginnings();
  /// Makes candidates_ those of n words.
  void PrepareCandidates(size_t n);
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
  std::vector<uint32_t> word_hashes_;        // Of the word at each position.
  std::vector<uint32_t> word_counts_;        // As often does its hash occur.
  std::array<uint32_t, 33> longest_word_{};  // Of those with a count of at least 2^(i-1).

  // All words joined by nothing.
  bool is_joined_ = false;
  std::string joined_;
  std::vector<uint32_t> offsets_;       // Of each word in joined_, and the end.
  std::vector<uint64_t> hashes_;        // Of the bytes that begin with each word.
  std::vector<uint64_t> once_, twice_;  // Bits of hashes that occur once, and again.
  /// An n-gram that may repeat.
  struct Candidate {
    uint64_t hash;          // Of its first compared_bytes_ bytes.
    uint32_t word;          // Its first.
    uint32_t unique_bytes;  // So many of the bytes from there occur once; UINT32_MAX: not known.
  };
  std::vector<Candidate> candidates_;  // Ascending; those of a larger n are among them.
  size_t candidate_size_ = 0;          // The n of candidates_.
  size_t compared_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_NGRAM_REPEATS_H_
