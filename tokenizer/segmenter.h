#ifndef CORPUSMILL_TOKENIZER_SEGMENTER_H_
#define CORPUSMILL_TOKENIZER_SEGMENTER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/match_automaton.h"
#include "tokenizer/match_scanner.h"

namespace corpusmill {

/// Which instructions a search uses. Results are the same.
enum class Simd { kAuto, kPlain, kAvx2 };

/// The most probable segmentation of a text into pieces, and the buffers to find
/// it with.
///
///   Segmenter segmenter;
///   std::vector<uint32_t> values;
///   segmenter.Segment(automaton, symbols, {.cut_at_newlines = true}, &values);
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
class Segmenter {
 public:
  struct Options {
    /// Each line, with the newlines behind it, by itself. The automaton's rule.
    bool cut_at_newlines = true;
    Simd simd = Simd::kAuto;
  };

  /// Appends the values of the pieces of a text, given as the automaton's symbols.
  void Segment(const MatchAutomaton& automaton, std::span<const uint16_t> symbols,
               const Options& options, std::vector<uint32_t>* values);

 private:
  /// Symbols that are searched between two looks for a place to write out the path.
  static constexpr size_t kBlock = 16384;
  /// Scores are kept for this many positions at once, so that they stay in the
  /// first-level cache.
  static constexpr size_t kScores = 1024;

  void BeginLine();
  void Search(const MatchAutomaton& automaton, size_t begin, size_t end, Simd simd);
  void WritePath(const MatchAutomaton& automaton, size_t end, std::vector<uint32_t>* values);

  MatchScanner scanner_;
  size_t written_ = 0;             ///< The path up to here is in the values.
  size_t origin_ = 0;              ///< Position of answers_[0] and lengths_[0].
  std::vector<uint32_t> answers_;  ///< Of each symbol.
  std::vector<uint16_t> lengths_;  ///< Of the best path's last piece up to each, less 1.
  size_t history_ = 0;             ///< Scores before the one of the current position.
  size_t position_ = 0;            ///< Index in scores_ of the current position.
  std::vector<double> scores_;
  std::vector<uint32_t> reversed_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEGMENTER_H_
