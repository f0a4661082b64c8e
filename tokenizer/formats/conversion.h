#ifndef CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_
#define CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/formats/converted_model.h"
#include "tokenizer/model/model.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Formats of tokenizer files.
enum class ModelFormat { kBytePiece, kSentencePiece, kHuggingFace, kCorpusmill };

/// "bytepiece", "sentencepiece", "huggingface", "corpusmill". kInvalidArgument otherwise.
absl::StatusOr<ModelFormat> ParseModelFormat(std::string_view name);
/// The name, as accepted by ParseModelFormat.
std::string_view ModelFormatName(ModelFormat format);

/// The format for an output path: `tokenizer.json` is Hugging Face, `.cmtok` is a compiled model.
/// kInvalidArgument if ambiguous: `.model` may be BytePiece or SentencePiece.
absl::StatusOr<ModelFormat> ModelFormatForPath(std::string_view path);

/// Detects the format of a file's content. Defaults to BytePiece.
ModelFormat DetectModelFormat(std::string_view content);

/// Reads a model of any format, detected from its content; `name` appears in messages.
///
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(content, "some.model"));
///   CM_ASSIGN_OR_RETURN(ConvertedModel converted,
///                       ConvertVocabulary(vocabulary, ModelFormat::kHuggingFace));
absl::StatusOr<Vocabulary> ReadVocabulary(std::string_view content, std::string_view name);

/// Reads a BytePiece model, for commands that change its counts. kInvalidArgument, with advice, for
/// other formats.
absl::StatusOr<Model> ReadBytePieceModel(std::string_view content, std::string_view name);

/// Converts a vocabulary to a format. kInvalidArgument, with the reason, if that is impossible.
absl::StatusOr<ConvertedModel> ConvertVocabulary(const Vocabulary& vocabulary, ModelFormat format);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_
