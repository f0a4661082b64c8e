#ifndef CORPUSMILL_PIPELINES_WORDS_ENGLISH_MERGES_H_
#define CORPUSMILL_PIPELINES_WORDS_ENGLISH_MERGES_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pipelines/words/english_chunker.h"

namespace corpusmill {

/// The last pass of spaCy's rules for English: words that together are an exception whose affixes
/// had been divided off become the words of the exception. "a-Mr." gives "a", "-", "Mr." where the
/// affixes alone give "a", "-", "Mr", ".". Immutable and thread-safe.
///
/// Of overlapping sequences the longest counts, then the first; a sequence that loses still keeps
/// others from its words. A sequence with blanks between its words counts, but changes nothing.
class EnglishMerges {
 public:
  EnglishMerges(const EnglishChunker& chunker, const EnglishExceptions& exceptions);

  /// Merges words of the output.
  void Apply(EnglishChunker::Output* output) const;

 private:
  /// The words [begin, end) of a text.
  struct Sequence {
    size_t begin;
    size_t end;
  };
  using Sequences = std::vector<Sequence>;

  void AddPattern(std::string_view exception, const std::vector<Word>& words);
  /// Adds the sequences that begin with the word `begin`.
  void FindFrom(const EnglishChunker::Output& output, size_t begin, Sequences* found) const;
  Sequences Find(const EnglishChunker::Output& output) const;
  static Sequences Chosen(Sequences found);

  static uint64_t SizeBit(size_t size) { return uint64_t{1} << (size < 63 ? size : 63); }

  const EnglishChunker& chunker_;
  EnglishStrings strings_;  ///< The words of the patterns.
  /// A trie of patterns: node << 32 | number of a word, to the next node. The root is 0.
  absl::flat_hash_map<uint64_t, uint32_t> next_;
  std::vector<bool> is_pattern_ = {false};  ///< Of each node.
  // Sizes of the first and of the second words of patterns as bits, by their first byte.
  std::array<uint64_t, 256> first_sizes_ = {};
  std::array<uint64_t, 256> second_sizes_ = {};
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ENGLISH_MERGES_H_
