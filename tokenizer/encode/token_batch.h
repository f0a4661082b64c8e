#ifndef CORPUSMILL_TOKENIZER_ENCODE_TOKEN_BATCH_H_
#define CORPUSMILL_TOKENIZER_ENCODE_TOKEN_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "corpus/engine/document_batch.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {

/// The ids of the parts of a DocumentBatch.
///
///   TokenBatch tokens;
///   tokens.Encode(tokenizer, batch, /*match_symbols=*/false);
///   for (size_t i = 0; i < batch.size(); ++i) Use(batch.part(i), tokens.ids(i));
class TokenBatch {
 public:
  /// Encodes every part, with symbols or without. Thread-safe for different objects.
  void Encode(const Tokenizer& tokenizer, const DocumentBatch& batch, bool match_symbols) {
    EncodeScratch scratch;
    for (size_t i = 0; i < batch.size(); ++i) {
      if (match_symbols) {
        tokenizer.EncodeWithSymbols(batch.text(i), &ids_, &scratch);
      } else {
        tokenizer.Encode(batch.text(i), &ids_, &scratch);
      }
      EndPart();
    }
  }

  /// For callers that encode by themselves: append the ids of a part, and end it.
  std::vector<uint32_t>& open_ids() { return ids_; }
  void EndPart() { ends_.push_back(ids_.size()); }

  /// Of all parts.
  std::span<const uint32_t> ids() const { return ids_; }
  std::span<const uint32_t> ids(size_t part) const {
    const size_t begin = part == 0 ? 0 : ends_[part - 1];
    return std::span(ids_).subspan(begin, ends_[part] - begin);
  }

 private:
  std::vector<uint32_t> ids_;
  std::vector<size_t> ends_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_ENCODE_TOKEN_BATCH_H_
