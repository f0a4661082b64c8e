#ifndef CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_H_
#define CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/formats/converted_model.h"
#include "tokenizer/model/vocabulary.h"

// SentencePiece's Unigram models (github.com/google/sentencepiece) as vocabularies, and
// back. docs/formats/interchange.md says what becomes what.
namespace corpusmill {

/// Reads a `.model` file's content; `name` appears in messages.
///
///   CM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileToString("t5.model"));
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, SentencePieceToVocabulary(bytes, "t5.model"));
///
/// Ids, scores and types are those of the file. If the file escapes spaces, ▁ in a piece becomes a
/// space. Pieces that SentencePiece never matches become kUnused: a bare space where spaces are
/// escaped, or invalid UTF-8. kDataLoss if the file is malformed. kInvalidArgument for models other
/// than Unigram, and for models with a denormalizer.
absl::StatusOr<Vocabulary> SentencePieceToVocabulary(std::string_view bytes, std::string_view name);

/// Writes a `.model` file. Ids stay; further entries that SentencePiece requires come after them,
/// and count in ConvertedModel::ids.
/// kInvalidArgument for a BytePiece model with pieces of several bytes that are not UTF-8, or if
/// SentencePiece reserves the name of a symbol.
absl::StatusOr<ConvertedModel> VocabularyToSentencePiece(const Vocabulary& vocabulary);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_H_
