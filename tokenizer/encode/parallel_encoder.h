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

/// Encodes texts on the context's threads: (*ids)[i] becomes the ids of texts[i]. A
/// huge text is shared between threads, too, at ends of lines.
///
///   std::vector<std::vector<uint32_t>> ids;
///   CM_RETURN_IF_ERROR(EncodeBatch(tokenizer, texts, context, &ids));
///
/// Memory is the caller's affair: about 4 bytes for each byte of text, and 8 for each
/// byte that is in work. kCancelled when the context is cancelled.
absl::Status EncodeBatch(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                         Context& context, std::vector<std::vector<uint32_t>>* ids);

/// Encodes a text that comes in parts of any size, cut anywhere.
///
///   StreamEncoder encoder(tokenizer);
///   while (Read(&part)) encoder.Feed(part, &ids);   // appends what is sure
///   encoder.Finish(&ids);                           // and the rest
///
/// Holds back what may belong to a line that goes on: the last line, and newlines at
/// its end. A vocabulary that is not cut at newlines holds back all until Finish.
/// Not thread-safe. The tokenizer must outlive it.
class StreamEncoder {
 public:
  explicit StreamEncoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  void Feed(std::string_view part, std::vector<uint32_t>* ids);

  /// The text ends; another one may follow.
  void Finish(std::vector<uint32_t>* ids);

  size_t held_back_bytes() const { return rest_.size(); }

 private:
  const Tokenizer& tokenizer_;
  EncodeScratch scratch_;
  std::string rest_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_ENCODE_PARALLEL_ENCODER_H_
