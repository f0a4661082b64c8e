#ifndef CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_
#define CORPUSMILL_TOKENIZER_FORMATS_CONVERSION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tokenizer/formats/converted_model.h"
#include "tokenizer/model/model.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Formats of tokenizer files.
enum class ModelFormat {
  kBytePiece,
  kSentencePiece,
  kSentencePieceLite,  ///< A SentencePiece model with ids that its Lite runtime accepts.
  kHuggingFace,
  kCorpusmill,
};

/// "bytepiece", "sentencepiece", "sentencepiece-lite", "huggingface", "corpusmill".
/// kInvalidArgument otherwise.
absl::StatusOr<ModelFormat> ParseModelFormat(std::string_view name);
/// The name, as accepted by ParseModelFormat.
std::string_view ModelFormatName(ModelFormat format);

/// The format for an output path: `.json` is Hugging Face, `.cmtok` is a compiled model.
/// kInvalidArgument if ambiguous: `.model` may be BytePiece or SentencePiece.
absl::StatusOr<ModelFormat> ModelFormatForPath(std::string_view path);

/// The paths of the files that belong beside a model: tokenizer_config.json and
/// special_tokens_map.json beside tokenizer.json (transformers reads no model of another name),
/// PATH.ids.json beside a sentencepiece-lite model.
std::vector<std::string> CompanionPaths(ModelFormat format, const std::string& path);

/// Detects the format of a file's content. Defaults to BytePiece; a sentencepiece-lite model is a
/// SentencePiece model.
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
