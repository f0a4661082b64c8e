#ifndef CORPUSMILL_TOKENIZER_PRUNE_VITERBI_H_
#define CORPUSMILL_TOKENIZER_PRUNE_VITERBI_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/prune/piece_trie.h"

namespace corpusmill {

/// Logarithms of the probabilities of pieces; none is above 0.
struct PieceScores {
  /// By code in the trie; that of 0 is -infinity.
  std::vector<double> by_code;
  /// None of the pieces that begin with two bytes a, b is above [a << 8 | b], nor is a alone.
  std::vector<double> most_by_pair;
};

/// The most probable segmentation of a text into pieces of a trie, and the
/// buffers to find it with.
///
///   Viterbi viterbi;
///   std::vector<uint32_t> pieces;
///   viterbi.Segment(trie, scores, "hello", &pieces);   // the indices of the pieces
///
/// Scores are sums of doubles from left to right, S[0] = 0. Of equal scores at
/// one position the one with the longest last piece wins. These are the
/// additions and decisions of the reference's Aho-Corasick walk, so that segmentations
/// agree even where rounding decides.
///
/// Linear in text.size() × the longest piece at worst. Where no piece crosses a
/// position the best path surely passes it; the path is written out up to there,
/// so that the buffers stay small. May be used with one trie after the other, by
/// one thread at a time.
class Viterbi {
 public:
  /// Appends the indices of the best path. Nothing for an empty text.
  void Segment(const PieceTrie& trie, const PieceScores& scores, std::string_view text,
               std::vector<uint32_t>* pieces);

 private:
  /// Bytes between two writings of the path: buffers of this size stay in the
  /// first-level cache.
  static constexpr size_t kFlushBytes = 512;

  /// The best path to a position: its score and its last piece.
  struct Position {
    double score;
    PieceTrie::Node node;
    uint32_t length;
  };

  /// Goes on to a position. Sees the end if the text is not longer than the longest piece.
  template <bool kSeesEnd>
  void Advance(const PieceTrie& trie, const PieceScores& scores, std::string_view text, size_t to);

  void AppendPath(const PieceTrie& trie, size_t position, std::vector<uint32_t>* pieces);

  size_t written_ = 0;  ///< The path up to here was written out.
  size_t at_ = 0;       ///< Pieces that start before were looked at,
  size_t reach_ = 0;    ///< and do not go beyond this.
  double score_ = 0;    ///< Of the best path to at_.
  /// Those since the last one to which the path was written out. Scores are -infinity where
  /// none are reached yet, and again where they were used.
  std::vector<Position> positions_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_VITERBI_H_
