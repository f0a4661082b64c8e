#ifndef CORPUSMILL_TOKENIZER_SEGMENTER_H_
#define CORPUSMILL_TOKENIZER_SEGMENTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tokenizer/best_pieces.h"
#include "tokenizer/path_search.h"

namespace corpusmill {

/// Which instructions a search uses. Results are the same.
enum class Simd { kAuto, kPlain, kAvx2 };

/// The most probable segmentation of a text into pieces, and the buffers to find
/// it with.
///
///   Segmenter segmenter;
///   std::vector<uint32_t> values;
///   segmenter.Run(automaton, symbols, /*cut_at_newlines=*/true, &values);
///
/// Scores are sums of doubles from left to right, 0 at the beginning of each line
/// (of the text, without cut_at_newlines). Of equal scores at one position the one
/// with the longest last piece wins. These are the additions and decisions of
/// BytePiece, so that ids agree even where rounding decides.
///
/// Takes time linear in the text, whatever it is, and about 6 bytes of memory for
/// each symbol of the longest stretch without a sure cut: a line, or less in long
/// ones. Buffers stay for the next text. May be used with one automaton after the
/// other, by one thread at a time.
class Segmenter final : public PathSearch {
 public:
  /// Whichever is fastest here, by default.
  explicit Segmenter(Simd simd = Simd::kAuto);

 private:
  /// Scores are kept for this many positions at once, so that they stay in the
  /// first-level cache.
  static constexpr size_t kScores = 1024;

  void BeginText() override;
  void BeginLine() override;
  void Reserve(size_t size) override;
  void MoveToFront(size_t from, size_t to) override;
  void Search(size_t begin, size_t end) override;
  void WritePath(size_t end) override;

  const FindBestPieces find_;
  std::vector<uint16_t> lengths_;  ///< Of the best path's last piece up to each symbol, less 1.
  size_t history_ = 0;             ///< Scores before the one of the current position.
  size_t position_ = 0;            ///< Index in scores_ of the current position.
  std::vector<double> scores_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEGMENTER_H_
