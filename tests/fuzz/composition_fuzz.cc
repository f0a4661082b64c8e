// Composes arbitrary text with AppendComposed: equal to Normalize, which leaves all but long runs
// of marks to ICU. Each pair of bytes selects a character, mostly a combining mark.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "corpus/text/composition.h"
#include "corpus/text/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  std::string text;
  for (size_t i = 0; i + 1 < size; i += 2) {
    const int32_t low = data[i + 1];
    switch (data[i] % 8) {
      case 0:
        text += EncodeUtf8(low);
        break;
      case 1:
        text += EncodeUtf8(0x1100 + low);  // Jamo.
        break;
      case 2:
        text += EncodeUtf8(0x0900 + low * 8);  // Scripts of India and beyond.
        break;
      case 3:
        text += EncodeUtf8(data[i] * 256 + low < 0xD800 ? data[i] * 256 + low : 0x1E00 + low);
        break;
      default:
        text += EncodeUtf8(0x0300 + low % 0x70);
    }
  }
  for (const Normalization form : {Normalization::kNfc, Normalization::kNfkc}) {
    std::string normal, composed;
    if (!Normalize(text, form, InvalidUtf8::kKeep, &normal).ok()) std::abort();
    AppendComposed(text, form == Normalization::kNfkc, &composed);
    if (composed != normal) std::abort();
  }
  return 0;
}
