#ifndef CORPUSMILL_PIPELINES_WORDS_ASCII_RUNS_H_
#define CORPUSMILL_PIPELINES_WORDS_ASCII_RUNS_H_

#include <bit>
#include <cstdint>
#include <cstring>

/// Runs of ASCII characters of a class, eight bytes at a time.
namespace corpusmill {

constexpr bool IsAsciiLetter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
/// Python's white space within ASCII.
constexpr bool IsAsciiBlank(char c) { return (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= ' '); }

/// The end of the ASCII letters from `at` on.
inline const char* AsciiLettersEnd(const char* at, const char* end) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = 0x8080808080808080;
  static_assert(std::endian::native == std::endian::little);
  for (; end - at >= 8; at += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, at, 8);
    // The high bit of a byte is set if the byte is at least 'a', or above 'z', without its own high
    // bit.
    const uint64_t small = (bytes | 0x20 * kOnes) & ~kHigh;
    const uint64_t letters =
        (small + (0x80 - 'a') * kOnes) & ~(small + (0x7F - 'z') * kOnes) & ~bytes & kHigh;
    if (letters != kHigh) return at + std::countr_zero(letters ^ kHigh) / 8;
  }
  while (at < end && IsAsciiLetter(*at)) ++at;
  return at;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_ASCII_RUNS_H_
