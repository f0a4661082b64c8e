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

/// The ids that another library gives with one of its model files, by doing what that
/// library does: to see what a conversion changed where the library is not at hand.
///
///   CM_ASSIGN_OR_RETURN(const auto reference, ReferenceEncoder::Create(model_file, "t5.model"));
///   std::vector<uint32_t> ids;
///   reference.Encode("Hello, world", &ids);
///
/// kSentencePiece: the optimised Viterbi search of SentencePiece 0.2 over the whole
/// text, whose running sums are rounded to 32 bits. kHuggingFace: that of tokenizers
/// 0.2x in 64 bits, line by line, after the added tokens are cut out. kBytePiece: the
/// same as the latter without added tokens. All are written after those libraries and
/// apart from Tokenizer, for clearness, not for speed; tests/interchange compares them
/// with the libraries. Immutable, hence thread-safe; movable.
class ReferenceEncoder {
 public:
  /// Reads a model file of any format. Errors are ReadVocabulary's.
  static absl::StatusOr<ReferenceEncoder> Create(std::string_view content, std::string_view name);

  ReferenceEncoder(ReferenceEncoder&&) noexcept;
  ReferenceEncoder& operator=(ReferenceEncoder&&) noexcept;
  ~ReferenceEncoder();

  /// Appends the ids of `text`. Hugging Face has no way to encode text that is not
  /// UTF-8: bytes that are not are encoded as they are.
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
