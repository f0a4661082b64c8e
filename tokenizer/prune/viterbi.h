#ifndef CORPUSMILL_TOKENIZER_PRUNE_VITERBI_H_
#define CORPUSMILL_TOKENIZER_PRUNE_VITERBI_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/prune/piece_trie.h"

namespace corpusmill {

/// Log-probabilities of pieces; none is above 0.
struct PieceScores {
  /// By code in the trie; -infinity for code 0.
  std::vector<double> by_code;
  /// Upper bound [a << 8 | b] on the scores of the piece a and of all pieces that begin with the
  /// bytes a, b.
  std::vector<double> most_by_pair;
};

/// Finds the most probable segmentation of a text into the pieces of a trie, with reusable buffers.
///
///   Viterbi viterbi;
///   std::vector<uint32_t> pieces;
///   viterbi.Segment(trie, scores, "hello", &pieces);   // the indices of the pieces
///
/// Scores are sums of doubles from left to right, S[0] = 0. Ties at a position go to the longest
/// last piece. Additions and decisions are those of the reference's Aho-Corasick search, so
/// segmentations agree even where rounding decides.
///
/// Worst-case time: text.size() × length of the longest piece. At a position that no piece crosses,
/// the path so far is final and is written out, so buffers stay small. May be used with different
/// tries in turn. Not thread-safe.
class Viterbi {
 public:
  /// Appends the piece indices of the best path; nothing for an empty text.
  void Segment(const PieceTrie& trie, const PieceScores& scores, std::string_view text,
               std::vector<uint32_t>* pieces);

 private:
  /// Bytes after which to write out the path; buffers of this size stay in the L1 cache.
  static constexpr size_t kFlushBytes = 512;

  /// The best path to a position: its score and its last piece.
  struct Position {
    double score;
    PieceTrie::Node node;
    uint32_t length;
  };

  /// Advances to position `to`. kSeesEnd: the text is not longer than the longest piece, so the end
  /// is within reach.
  template <bool kSeesEnd>
  void Advance(const PieceTrie& trie, const PieceScores& scores, std::string_view text, size_t to);

  void AppendPath(const PieceTrie& trie, size_t position, std::vector<uint32_t>* pieces);

  size_t written_ = 0;  ///< The path up to here has been written out.
  size_t at_ = 0;       ///< Pieces that start before this have been tried,
  size_t reach_ = 0;    ///< and do not extend beyond this.
  double score_ = 0;    ///< Score of the best path to at_.
  /// Positions since written_. Scores are -infinity for positions not yet reached, and are reset
  /// after use.
  std::vector<Position> positions_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_VITERBI_H_
