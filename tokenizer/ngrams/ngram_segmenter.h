#ifndef CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_SEGMENTER_H_
#define CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_SEGMENTER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/ngrams/ngram_model.h"

namespace corpusmill {

/// Cuts chunks into words with an n-gram model: a word is a run of bytes each of
/// which is scored given the bytes of the word before it, at most order - 1 of
/// them; the best cut is found by a Viterbi search over the position in the word
/// (kexue.fm/archives/3956). Ties go as in the reference: to the lowest state.
///
///   NgramSegmenter segmenter(&model, {.ensure_unicode = true});
///   segmenter.Segment("chunk", &words);   // appends views into the chunk
///
/// For one thread at a time.
class NgramSegmenter {
 public:
  struct Options {
    /// No word begins at a byte 0x80 to 0xBF.
    bool ensure_unicode = true;
    /// What becomes of bytes that are not UTF-8 under ensure_unicode. true: each
    /// is a word, and the search begins anew behind them. false: as in the
    /// reference all bytes from there to the end of the chunk are words.
    bool restart_after_invalid = true;
  };

  /// The model must outlive the segmenter.
  NgramSegmenter(const NgramModel* model, const Options& options);

  /// Appends the words of `chunk`, which joined are the chunk.
  void Segment(std::string_view chunk, std::vector<std::string_view>* words);

 private:
  template <int kOrder>
  void SegmentRun(std::string_view run, std::vector<std::string_view>* words);
  /// Fills routes_ and returns the last state.
  template <int kOrder>
  int FindRoutes(std::string_view run);
  template <int kOrder>
  int FindRoutesAvx2(std::string_view run);

  const NgramModel& model_;
  const Options options_;
  void (NgramSegmenter::*const segment_run_)(std::string_view run,
                                             std::vector<std::string_view>* words);
  std::vector<uint8_t> routes_;  // For each byte, see SegmentRun.
  std::vector<uint32_t> starts_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_SEGMENTER_H_
