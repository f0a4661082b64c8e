#ifndef CORPUSMILL_TOKENIZER_SEARCH_NBEST_H_
#define CORPUSMILL_TOKENIZER_SEARCH_NBEST_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// A segmentation and the sum of its pieces' scores.
struct ScoredSegmentation {
  std::vector<uint32_t> values;
  double score = 0;
};

/// Returns the n most probable segmentations of a text, best first, or all if there are fewer. The
/// first equals Segmenter's result. Ties: compared from the end, the segmentation with the longer
/// piece comes first. With cut_at_newlines, lines are searched separately and their scores added;
/// ties of sums are decided by the last line that differs.
///
///   for (const ScoredSegmentation& s : FindNBest(automaton, symbols, true, 5)) Use(s.values);
///
/// `bytes_are_pieces` as in SampleTables. Time per symbol: about (pieces that end there) × n × log
/// n. Memory per symbol: kNBestBytes × n, beside the results.
std::vector<ScoredSegmentation> FindNBest(const MatchAutomaton& automaton,
                                          std::span<const uint16_t> symbols, bool cut_at_newlines,
                                          size_t n, bool bytes_are_pieces = true);
inline constexpr size_t kNBestBytes = 48;

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_NBEST_H_
