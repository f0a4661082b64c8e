#ifndef CORPUSMILL_TOKENIZER_ENCODE_PARALLEL_ENCODER_H_
#define CORPUSMILL_TOKENIZER_ENCODE_PARALLEL_ENCODER_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/context.h"
#include "tokenizer/encode/tokenizer.h"

/// Encoding of many texts, of huge ones and of streams; ids are those of
/// Tokenizer::Encode, whatever the threads and however the text comes.
namespace corpusmill {

/// Encodes texts on the context's threads: sets (*ids)[i] to the ids of texts[i]. Splits a huge
/// text at line ends to share it between threads.
///
///   std::vector<std::vector<uint32_t>> ids;
///   CM_RETURN_IF_ERROR(EncodeBatch(tokenizer, texts, context, &ids));
///
/// Does not charge the memory budget. Needs about 4 bytes per byte of text, and 8 per byte being
/// encoded. kCancelled if the context is cancelled.
absl::Status EncodeBatch(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                         Context& context, std::vector<std::vector<uint32_t>>* ids);

/// Encodes a text that arrives in parts, cut anywhere.
///
///   StreamEncoder encoder(tokenizer);
///   while (Read(&part)) encoder.Feed(part, &ids);   // appends the ids that are final
///   encoder.Finish(&ids);                           // appends the rest
///
/// Buffers the last line and the newlines after it, which later parts may continue. If the
/// vocabulary is not cut at newlines, buffers the whole text until Finish. Not thread-safe. The
/// tokenizer must outlive it.
class StreamEncoder {
 public:
  explicit StreamEncoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  void Feed(std::string_view part, std::vector<uint32_t>* ids);

  /// Ends the text. Another text may follow.
  void Finish(std::vector<uint32_t>* ids);

  size_t held_back_bytes() const { return rest_.size(); }

 private:
  const Tokenizer& tokenizer_;
  EncodeScratch scratch_;
  std::string rest_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_ENCODE_PARALLEL_ENCODER_H_
