#ifndef CORPUSMILL_CORPUS_BASE_RANDOM_H_
#define CORPUSMILL_CORPUS_BASE_RANDOM_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

/// Counter-based randomness: each draw is a pure function of the seed, the purpose and the record,
/// never of threads, order or time.
namespace corpusmill {

/// One constant per use, so that decisions are not correlated. Values are part of the on-disk
/// contract: never renumber.
enum class DrawPurpose : uint64_t {
  kOrder = 0,            ///< Global shuffle order.
  kSplit = 1,            ///< train/valid/test.
  kRepeat = 2,           ///< Fractional copies of weighted inputs.
  kTokenSampling = 3,    ///< Subword sampling.
  kCorpusSample = 4,     ///< Documents to train on.
  kStageSample = 5,      ///< Documents that the stage `sample` keeps.
  kStageSampleById = 6,  ///< The same, by id.
  kBadWords = 8,         ///< Documents with bad words that stay.
};

/// A 128-bit draw, ordered by `high` first.
struct Draw {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Draw&) const = default;
};

/// The generator of one seed string.
///
///   RandomKey key("my experiment");
///   Draw d = key.At(DrawPurpose::kOrder, /*input=*/0, /*record=*/41, /*copy=*/0);
///
/// Philox4x64-10 (Salmon et al., SC 2011; Random123) with key = the first 16
/// bytes of SHA-256(seed) as two little-endian words and counter = (record,
/// input, copy, purpose); high and low are words 0 and 1 of the block.
/// Immutable and thread-safe; cheap to copy.
class RandomKey {
 public:
  explicit RandomKey(std::string_view seed);

  Draw At(DrawPurpose purpose, uint64_t input, uint64_t record, uint64_t copy = 0) const;

  /// All four words of the block; At() returns two of them.
  std::array<uint64_t, 4> Block(DrawPurpose purpose, uint64_t input, uint64_t record,
                                uint64_t copy) const;

 private:
  uint64_t key_[2];
};

/// A fresh seed string from the operating system: 16 hexadecimal digits.
std::string RandomSeed();

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_RANDOM_H_
