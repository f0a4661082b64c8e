#ifndef CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_SEGMENTER_H_
#define CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_SEGMENTER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/ngrams/ngram_model.h"

namespace corpusmill {

/// Segments chunks into words with an n-gram model. Each byte of a word is scored given the
/// previous bytes of the word, at most order - 1. A Viterbi search over the position in the word
/// finds the best segmentation (kexue.fm/archives/3956). Ties go to the lowest state, as in the
/// reference.
///
///   NgramSegmenter segmenter(&model, {.ensure_unicode = true});
///   segmenter.Segment("chunk", &words);   // appends views into the chunk
///
/// Not thread-safe.
class NgramSegmenter {
 public:
  struct Options {
    /// No word begins at a byte 0x80 to 0xBF.
    bool ensure_unicode = true;
    /// Handling of invalid UTF-8 with ensure_unicode. true: each invalid byte is a word, and the
    /// search restarts after it. false: all bytes from there to the end of the chunk are words, as
    /// in the reference.
    bool restart_after_invalid = true;
  };

  /// The model must outlive the segmenter.
  NgramSegmenter(const NgramModel* model, const Options& options);

  /// Appends the words of `chunk`; concatenated, they are the chunk.
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
