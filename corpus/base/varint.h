#ifndef CORPUSMILL_CORPUS_BASE_VARINT_H_
#define CORPUSMILL_CORPUS_BASE_VARINT_H_

#include <bit>
#include <cstddef>
#include <cstdint>

/// LEB128: seven bits per byte, lowest first; 0x80 is set if more bytes follow.
///
///   char buffer[kMaxVarintBytes];
///   const char* const end = PutVarint(buffer, 300);
///   uint64_t value;
///   GetVarint(buffer, end, &value);   // end, and value is 300
namespace corpusmill {

inline constexpr size_t kMaxVarintBytes = 10;

inline size_t VarintBytes(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

/// Writes up to kMaxVarintBytes and returns the end of the written bytes.
inline char* PutVarint(char* at, uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}

/// Returns the end of the varint at `at`; nullptr if it does not end before `end` or is too long.
inline const char* GetVarint(const char* at, const char* end, uint64_t* value) {
  uint64_t result = 0;
  for (int shift = 0; at < end && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return at;
    }
  }
  return nullptr;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_VARINT_H_
