#ifndef CORPUSMILL_PIPELINES_WORDS_HAN_SEGMENTER_H_
#define CORPUSMILL_PIPELINES_WORDS_HAN_SEGMENTER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace corpusmill {

/// Divides runs of Chinese characters into words. Immutable and thread-safe.
class HanSegmenter {
 public:
  /// Buffers of the caller, for one run at a time.
  struct Buffers {
    std::vector<double> scores;
    std::vector<uint16_t> symbols;
    std::vector<uint16_t> lengths;
    std::u16string utf16;
  };

  /// The longest run, in characters.
  static constexpr size_t kMaxRun = 8192;

  virtual ~HanSegmenter() = default;

  /// True if runs may have ASCII letters and digits beside Chinese characters.
  virtual bool TakesAscii() const = 0;

  /// Replaces `*ends` by the end of each word of the run of code points, in characters. REQUIRES:
  /// 1 to kMaxRun characters.
  virtual void Cut(std::span<const uint32_t> run, Buffers* buffers,
                   std::vector<uint32_t>* ends) const = 0;

  /// For a run that is longer than kMaxRun and begins with `run`: how many characters to cut apart
  /// from the rest. No word crosses that position if the segmenter can tell.
  virtual size_t SafeEnd(std::span<const uint32_t> run) const = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_HAN_SEGMENTER_H_
