#ifndef CORPUSMILL_CORPUS_TEXT_BYTE_SCAN_H_
#define CORPUSMILL_CORPUS_TEXT_BYTE_SCAN_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Scans of text for bytes, sixteen at a time where the processor has SSE2.
namespace corpusmill {

/// The offset from `at` on of the first byte below `kBelow` or equal to one of `kBytes`; the size
/// of the text if there is none. REQUIRES: at <= text.size().
///
///   FindByte<0x20, '"', '\\'>(text, 0);  // What JSON escapes.
template <uint8_t kBelow, uint8_t... kBytes>
size_t FindByte(std::string_view text, size_t at) {
#if defined(__SSE2__)
  for (; text.size() - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    __m128i found = _mm_setzero_si128();
    if constexpr (kBelow > 0) {
      const __m128i least = _mm_set1_epi8(static_cast<char>(kBelow - 1));
      found = _mm_cmpeq_epi8(_mm_min_epu8(bytes, least), bytes);
    }
    ((found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(kBytes))))),
     ...);
    if (const int mask = _mm_movemask_epi8(found); mask != 0) {
      return at + static_cast<size_t>(std::countr_zero(static_cast<unsigned>(mask)));
    }
  }
#endif
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte < kBelow || ((byte == kBytes) || ...)) return at;
  }
  return at;
}

/// The same for bytes that are not printable ASCII, the space included, or equal to one of
/// `kBytes`.
template <uint8_t... kBytes>
size_t FindUnprintable(std::string_view text, size_t at) {
#if defined(__SSE2__)
  for (; text.size() - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    // As signed numbers, bytes outside ASCII are below the space.
    __m128i found = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                 _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
    ((found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(kBytes))))),
     ...);
    if (const int mask = _mm_movemask_epi8(found); mask != 0) {
      return at + static_cast<size_t>(std::countr_zero(static_cast<unsigned>(mask)));
    }
  }
#endif
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte < 0x20 || byte > 0x7E || ((byte == kBytes) || ...)) return at;
  }
  return at;
}

/// The offset from `at` on of the first byte that is not ASCII; the size of the text if there is
/// none. REQUIRES: at <= text.size().
inline size_t FindNonAscii(std::string_view text, size_t at) {
#if defined(__SSE2__)
  for (; text.size() - at >= 16; at += 16) {
    const int mask =
        _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at)));
    if (mask != 0) return at + static_cast<size_t>(std::countr_zero(static_cast<unsigned>(mask)));
  }
#endif
  while (at < text.size() && static_cast<uint8_t>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_BYTE_SCAN_H_
