#ifndef CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_
#define CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/formats/converted_model.h"
#include "tokenizer/model/model.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// The files a tokenizer can be in.
enum class ModelFormat { kBytePiece, kSentencePiece, kHuggingFace, kCorpusmill };

/// "bytepiece", "sentencepiece", "huggingface", "corpusmill". kInvalidArgument otherwise.
absl::StatusOr<ModelFormat> ParseModelFormat(std::string_view name);
/// The name that ParseModelFormat takes.
std::string_view ModelFormatName(ModelFormat format);

/// What a file called so will be: `tokenizer.json` is Hugging Face's, `.cmtok` a compiled model.
/// kInvalidArgument where several are possible: a
/// `.model` may be BytePiece's or SentencePiece's.
absl::StatusOr<ModelFormat> ModelFormatForPath(std::string_view path);

/// The format of a file's content. Anything else is taken for BytePiece's.
ModelFormat DetectModelFormat(std::string_view content);

/// Reads a model of any format, known by its content; `name` is for messages.
///
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(content, "some.model"));
///   CM_ASSIGN_OR_RETURN(ConvertedModel converted,
///                       ConvertVocabulary(vocabulary, ModelFormat::kHuggingFace));
absl::StatusOr<Vocabulary> ReadVocabulary(std::string_view content, std::string_view name);

/// Reads a BytePiece model for those who change its counts. kInvalidArgument, saying what to
/// do, for models of the other formats.
absl::StatusOr<Model> ReadBytePieceModel(std::string_view content, std::string_view name);

/// Writes it in a format. kInvalidArgument, saying why, when that cannot be.
absl::StatusOr<ConvertedModel> ConvertVocabulary(const Vocabulary& vocabulary, ModelFormat format);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_
