#ifndef CORPUSMILL_PIPELINES_WORDS_BLANKS_H_
#define CORPUSMILL_PIPELINES_WORDS_BLANKS_H_

#include <array>
#include <cstdint>

#include "pipelines/words/ascii_runs.h"
#include "pipelines/words/character_classes.h"

namespace corpusmill {

/// Finds Python's white space (str.isspace) in UTF-8. Thread-safe.
class Blanks {
 public:
  explicit Blanks(const CharacterClasses& classes) : classes_(classes) {}

  /// The first position from `at` on that is not white space.
  const char* SkipBlanks(const char* at, const char* end) const {
    while (at < end && Kind(at) != kOther) {
      const uint32_t bytes = BlankBytes(at, end);
      if (bytes == 0) break;
      at += bytes;
    }
    return at;
  }

  /// The first white space from `at` on, or `end`. REQUIRES: `at` is where a character begins.
  const char* FindBlank(const char* at, const char* end) const {
    for (; at < end; ++at) {
      // A byte that begins white space beside ASCII begins no other character's middle.
      if (Kind(at) != kOther && BlankBytes(at, end) > 0) return at;
    }
    return end;
  }

 private:
  enum : uint8_t { kOther, kBlank, kLead };
  static constexpr std::array<uint8_t, 256> kKinds = [] {
    std::array<uint8_t, 256> kinds = {};
    for (int c = 0; c < 128; ++c) kinds[c] = IsAsciiBlank(static_cast<char>(c)) ? kBlank : kOther;
    for (const int lead : {0xC2, 0xE1, 0xE2, 0xE3}) kinds[lead] = kLead;
    return kinds;
  }();

  static uint8_t Kind(const char* at) { return kKinds[static_cast<uint8_t>(*at)]; }
  /// Bytes of the white space at `at`, 0 if it is none.
  uint32_t BlankBytes(const char* at, const char* end) const {
    if (Kind(at) == kBlank) return 1;
    const auto character = classes_.At(at, end);
    return (character.classes & CharacterClasses::kSpace) != 0 ? character.bytes : 0;
  }

  const CharacterClasses& classes_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_WORDS_BLANKS_H_
