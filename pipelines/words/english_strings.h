#ifndef CORPUSMILL_PIPELINES_WORDS_ENGLISH_STRINGS_H_
#define CORPUSMILL_PIPELINES_WORDS_ENGLISH_STRINGS_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corpusmill {

/// A small set of short strings, each with a number, for lookups in texts: nearly all answers are
/// "no", by one bit of a hash. Immutable after the last Add.
class EnglishStrings {
 public:
  /// The longest string, in bytes.
  static constexpr size_t kMaxBytes = 32;
  static constexpr uint32_t kNone = UINT32_MAX;

  /// Returns the number of `text`, its place in the order of first calls. REQUIRES: 1 to kMaxBytes
  /// bytes.
  uint32_t Add(std::string_view text);

  /// The number of [begin, end), or kNone. Bytes up to `readable` may be read.
  uint32_t Find(const char* begin, const char* end, const char* readable) const {
    const auto size = static_cast<size_t>(end - begin);
    const uint64_t hash = Hash(begin, size, readable);
    if ((filter_[hash >> (64 - kFilterBits + 6)] >> (hash >> (64 - kFilterBits) & 63) & 1) == 0) {
      return kNone;
    }
    return FindExactly({begin, size}, hash);
  }

 private:
  static constexpr int kFilterBits = 15;

  static uint64_t Hash(const char* begin, size_t size, const char* readable) {
    uint64_t first = 0;
    if (readable - begin >= 8) {
      std::memcpy(&first, begin, 8);
      if (size < 8) first &= (uint64_t{1} << 8 * size) - 1;
    } else {
      std::memcpy(&first, begin, size < 8 ? size : 8);
    }
    return (first ^ size << 57) * 0x9E3779B97F4A7C15u;
  }
  uint32_t FindExactly(std::string_view text, uint64_t hash) const;

  std::array<uint64_t, (1 << kFilterBits) / 64> filter_ = {};
  std::vector<std::string> strings_;
  std::vector<uint32_t> slots_;  ///< Open addressing; number + 1.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ENGLISH_STRINGS_H_
