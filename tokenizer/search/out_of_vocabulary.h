#ifndef CORPUSMILL_TOKENIZER_SEARCH_OUT_OF_VOCABULARY_H_
#define CORPUSMILL_TOKENIZER_SEARCH_OUT_OF_VOCABULARY_H_

#include <cstdint>
#include <span>

namespace corpusmill {

/// Removes the first entry of `out_of_vocabulary`, a character packed as UTF-8 with the first byte
/// lowest, and calls visit(byte) for each of its bytes. Does nothing if the list is empty (a
/// corrupt automaton).
template <typename Visit>
void ForEachOutOfVocabularyByte(std::span<const uint32_t>* out_of_vocabulary, const Visit& visit) {
  if (out_of_vocabulary->empty()) return;
  for (uint32_t rest = out_of_vocabulary->front(); rest != 0; rest >>= 8) {
    visit(static_cast<uint8_t>(rest));
  }
  *out_of_vocabulary = out_of_vocabulary->subspan(1);
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_OUT_OF_VOCABULARY_H_
