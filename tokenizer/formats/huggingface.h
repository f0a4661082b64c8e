#ifndef CORPUSMILL_TOKENIZER_FORMATS_HUGGINGFACE_H_
#define CORPUSMILL_TOKENIZER_FORMATS_HUGGINGFACE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/formats/converted_model.h"
#include "tokenizer/model/vocabulary.h"

// Hugging Face's tokenizer.json (github.com/huggingface/tokenizers): a Unigram model over
// the byte alphabet of GPT-2. docs/formats/interchange.md says what becomes what.
namespace corpusmill {

/// Writes a tokenizer.json that gives the ids of a BytePiece model, id for id.
///
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::FromModel(model));
///   CM_ASSIGN_OR_RETURN(ConvertedModel converted, VocabularyToHuggingFace(vocabulary));
///   WriteStringToFile("tokenizer.json", converted.bytes, {});
///
/// <pad>, <bos> and <eos> are entries that no text gives, not even their names. Symbols
/// that were added become added_tokens, which that library finds in all text.
/// kInvalidArgument for other vocabularies, and for a symbol that is called like a piece.
absl::StatusOr<ConvertedModel> VocabularyToHuggingFace(const Vocabulary& vocabulary);

/// Reads back what VocabularyToHuggingFace wrote, with scores in place of counts.
/// kDataLoss when it is broken, kInvalidArgument for another kind of tokenizer.json.
absl::StatusOr<Vocabulary> HuggingFaceToVocabulary(std::string_view json, std::string_view name);

/// GPT-2's byte alphabet: each byte as a printable character, "Ġ" for a space.
std::string ToByteAlphabet(std::string_view bytes);

/// Sets *json to a finite number in decimal that every parser reads exactly, serde_json
/// too, which rounds twice: the digits as a whole number, and that by the power of ten.
/// False when there is none (for one score of a thousand or fewer): then serde_json is off by one
/// unit in the last place, others are not.
bool ExactJsonNumber(double number, std::string* json);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_HUGGINGFACE_H_
