#ifndef CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_H_
#define CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/formats/converted_model.h"
#include "tokenizer/model/vocabulary.h"

// SentencePiece's Unigram models (github.com/google/sentencepiece) as vocabularies, and
// back. docs/formats/interchange.md says what becomes what.
namespace corpusmill {

/// Reads a `.model` file's content; `name` is for messages.
///
///   CM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileToString("t5.model"));
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, SentencePieceToVocabulary(bytes, "t5.model"));
///
/// Ids, scores and types are the file's; where it escapes spaces, ▁ in a piece is a
/// space. Pieces that SentencePiece itself never finds (a bare space where spaces are
/// escaped, bytes that are not UTF-8) are kUnused. kDataLoss when it is broken,
/// kInvalidArgument for what is no Unigram model or changes decoded text by rules.
absl::StatusOr<Vocabulary> SentencePieceToVocabulary(std::string_view bytes, std::string_view name);

/// Writes a `.model` file. Ids stay; entries that SentencePiece must have besides come
/// after them. kInvalidArgument for a BytePiece model with pieces of several bytes that
/// are not UTF-8, or symbols whose names mean something else there.
absl::StatusOr<ConvertedModel> VocabularyToSentencePiece(const Vocabulary& vocabulary);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_H_
