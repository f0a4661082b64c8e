#include <algorithm>
#include <new>
#include <string>
#include <vector>

#include "corpus/unicode.h"
#include "tokenizer/tokenizer.h"

namespace corpusmill {

void Tokenizer::EncodeWithOffsets(std::string_view text, std::vector<uint32_t>* ids,
                                  std::vector<TokenSpan>* spans, EncodeScratch* scratch) const {
  const size_t first = ids->size();
  Encode(text, ids, scratch);
  std::string normalized;
  std::vector<NormalizedStretch> stretches;
  std::string_view segmented = text;
  if (rules_.normalization != Normalization::kNone) {
    // Keeping invalid bytes, nothing can fail but ICU's allocations.
    if (!NormalizeWithOffsets(text, rules_.normalization, &normalized, &stretches).ok()) {
      throw std::bad_alloc();
    }
    segmented = normalized;
  }
  OriginalOffsets offsets(stretches);
  size_t at = 0;  // In the segmented text.
  uint64_t begin = 0;
  for (size_t i = first; i < ids->size(); ++i) {
    const Vocabulary::Entry& entry = vocabulary_[(*ids)[i]];
    size_t length = entry.bytes.size();
    if (entry.type == Vocabulary::Type::kUnknown) {  // Stands for one character.
      int32_t code;
      length = at < segmented.size() ? DecodeUtf8(segmented.substr(at), &code) : 0;
    }
    at = std::min(at + length, segmented.size());
    const uint64_t end = i + 1 == ids->size() ? text.size() : offsets.Of(at);
    spans->push_back({begin, end});
    begin = end;
  }
}

}  // namespace corpusmill
