#ifndef CORPUSMILL_TOKENIZER_NGRAM_MODEL_H_
#define CORPUSMILL_TOKENIZER_NGRAM_MODEL_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/context.h"
#include "tokenizer/ngram_counts.h"

namespace corpusmill {

struct NgramModelOptions {
  /// n-grams of two or more bytes counted less often are dropped.
  uint64_t min_count = 2;
  /// Keeps those too that lie inside one UTF-8 character, however rare.
  bool keep_inside_characters = false;
};

/// A Markov model of bytes: log p(byte | the k bytes before it) for every k below
/// the order, ln c(b_1…b_k+1) - ln c(b_1…b_k), without smoothing. A trie whose
/// levels are arrays, children in order, 13 bytes per n-gram.
///
/// Immutable after Build, hence thread-safe.
class NgramModel {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFF;

  /// Takes the n-grams out of `counts`, freeing its tables on the way. A byte
  /// that was never seen counts as seen once. kResourceExhausted when the budget
  /// is too small.
  static absl::StatusOr<NgramModel> Build(NgramCounts& counts, const NgramModelOptions& options,
                                          Context& context);

  int order() const { return static_cast<int>(levels_.size()); }

  /// The n-gram of length + 1 bytes that continues `ngram`, of `length` bytes, by
  /// `byte`; kNone if dropped or never seen. The n-gram of one byte is the byte.
  uint32_t Continue(int length, uint32_t ngram, uint8_t byte) const;

  /// log p of the last byte of an n-gram of `length` bytes given the others.
  double log_p(int length, uint32_t ngram) const { return levels_[length - 1].log_p[ngram]; }

  /// By length - 1: distinct n-grams before and after dropping.
  const std::vector<uint64_t>& found() const { return found_; }
  const std::vector<uint64_t>& kept() const { return kept_; }

 private:
  friend class NgramModelBuilder;

  /// All n-grams of one length in order.
  struct Level {
    std::vector<uint8_t> last_byte;
    std::vector<double> log_p;
    /// Those that continue n-gram i are [first_next[i], first_next[i + 1]) of the
    /// next level.
    std::vector<uint32_t> first_next;
  };

  NgramModel() = default;

  std::vector<Level> levels_;
  std::vector<uint64_t> found_, kept_;
  MemoryLease lease_;
};

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
  NgramSegmenter(const NgramModel* model, const Options& options)
      : model_(*model), options_(options) {}

  /// Appends the words of `chunk`, which joined are the chunk.
  void Segment(std::string_view chunk, std::vector<std::string_view>* words);

 private:
  void SegmentRun(std::string_view run, std::vector<std::string_view>* words);

  const NgramModel& model_;
  const Options options_;
  std::vector<uint8_t> routes_;  // [position × order + state] = state before it.
  std::vector<uint32_t> starts_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_NGRAM_MODEL_H_
