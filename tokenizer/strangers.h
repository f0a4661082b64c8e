#ifndef CORPUSMILL_TOKENIZER_STRANGERS_H_
#define CORPUSMILL_TOKENIZER_STRANGERS_H_

#include <cstdint>
#include <span>

namespace corpusmill {

/// Takes the first of `strangers`, the code points of characters that no piece has, and
/// calls visit(byte) for its UTF-8. Nothing when there is none, as with an automaton that is
/// made to deceive.
template <typename Visit>
void ForEachStrangerByte(std::span<const uint32_t>* strangers, const Visit& visit) {
  if (strangers->empty()) return;
  const uint32_t c = strangers->front();
  *strangers = strangers->subspan(1);
  const auto trail = [&](int shift) { visit(static_cast<uint8_t>(0x80 | (c >> shift & 0x3F))); };
  if (c < 0x800) {
    visit(static_cast<uint8_t>(0xC0 | c >> 6));
  } else if (c < 0x10000) {
    visit(static_cast<uint8_t>(0xE0 | c >> 12));
    trail(6);
  } else {
    visit(static_cast<uint8_t>(0xF0 | c >> 18));
    trail(12);
    trail(6);
  }
  trail(0);
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_STRANGERS_H_
