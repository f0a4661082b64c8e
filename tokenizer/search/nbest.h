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

/// The n most probable segmentations of a text, the best first: fewer when there are
/// not as many. The first is what Segmenter gives. Of equal scores that one comes
/// first which has the longer last piece, where they differ from the end; lines are
/// searched by themselves, and the scores of lines are added up; of equal sums that one
/// comes first whose last line does, where they differ from the end.
///
///   for (const ScoredSegmentation& s : FindNBest(automaton, symbols, true, 5)) Use(s.values);
///
/// bytes_are_pieces as in SampleTables. Time is about (pieces that end at each symbol) × n × log n
/// for each symbol; memory kNBestBytes × n for each symbol, beside the results.
std::vector<ScoredSegmentation> FindNBest(const MatchAutomaton& automaton,
                                          std::span<const uint16_t> symbols, bool cut_at_newlines,
                                          size_t n, bool bytes_are_pieces = true);
inline constexpr size_t kNBestBytes = 48;

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_NBEST_H_
