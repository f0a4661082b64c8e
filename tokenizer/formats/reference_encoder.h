#ifndef CORPUSMILL_TOKENIZER_FORMATS_REFERENCE_ENCODER_H_
#define CORPUSMILL_TOKENIZER_FORMATS_REFERENCE_ENCODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tokenizer/formats/conversion.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Encodes as SentencePiece or Hugging Face tokenizers would with one of its model files. Shows
/// what a conversion changed without having the library.
///
///   CM_ASSIGN_OR_RETURN(const auto reference, ReferenceEncoder::Create(model_file, "t5.model"));
///   std::vector<uint32_t> ids;
///   reference.Encode("Hello, world", &ids);
///
/// kSentencePiece: the optimised Viterbi search of SentencePiece 0.2 over the whole text, with
/// running sums rounded to 32 bits. kHuggingFace: the search of tokenizers 0.2x in 64 bits, line by
/// line, after splitting at added tokens. kBytePiece: the same without added tokens. All follow the
/// libraries and share no code with Tokenizer; they favour clarity over speed. tests/interchange
/// compares them with the libraries. Immutable, hence thread-safe; movable.
class ReferenceEncoder {
 public:
  /// Reads a model file of any format. Errors as ReadVocabulary.
  static absl::StatusOr<ReferenceEncoder> Create(std::string_view content, std::string_view name);

  ReferenceEncoder(ReferenceEncoder&&) noexcept;
  ReferenceEncoder& operator=(ReferenceEncoder&&) noexcept;
  ~ReferenceEncoder();

  /// Appends the ids of `text`. Invalid UTF-8, which Hugging Face cannot encode, is encoded byte by
  /// byte.
  void Encode(std::string_view text, std::vector<uint32_t>* ids) const;

  const Vocabulary& vocabulary() const;
  ModelFormat format() const;

 private:
  struct Impl;
  explicit ReferenceEncoder(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_REFERENCE_ENCODER_H_
