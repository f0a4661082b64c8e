#ifndef CORPUSMILL_TOKENIZER_VITERBI_H_
#define CORPUSMILL_TOKENIZER_VITERBI_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/piece_trie.h"

namespace corpusmill {

/// The most probable segmentation of a chunk into pieces of a trie, and the
/// buffers to find it with.
///
///   Viterbi viterbi;
///   std::vector<uint32_t> values;
///   viterbi.Segment(trie, "hello", &values);   // the values of the pieces
///
/// Scores are sums of doubles from left to right, S[0] = 0. Of equal scores at
/// one position the one with the longest last piece wins. These are the
/// additions and decisions of the reference's Aho-Corasick walk, so that ids
/// agree even where rounding decides.
///
/// Linear in text.size() × the longest piece at worst. Where no piece crosses a
/// position the best path surely passes it; the path is written out up to there,
/// so that the buffers stay small. May be used with one trie after the other, by
/// one thread at a time.
class Viterbi {
 public:
  /// Appends the values of the best path. Nothing for an empty text.
  void Segment(const PieceTrie& trie, std::string_view text, std::vector<uint32_t>* values);

 private:
  /// Bytes between two writings of the path: buffers of this size stay in the
  /// first-level cache.
  static constexpr size_t kFlushBytes = 512;

  void AppendPath(const PieceTrie& trie, size_t length, std::vector<uint32_t>* values);

  /// Best scores of the positions that pieces can reach from here, a ring:
  /// position i is at i modulo the size, a power of two.
  std::vector<double> scores_;
  /// The node of the last piece of the best path to each position since the last
  /// one that was written out.
  std::vector<uint32_t> last_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_VITERBI_H_
