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

/// Writes a tokenizer.json that encodes to the same ids as a BytePiece model.
///
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::FromModel(model));
///   CM_ASSIGN_OR_RETURN(ConvertedModel converted, VocabularyToHuggingFace(vocabulary));
///   WriteStringToFile("tokenizer.json", converted.bytes, {});
///
/// <pad>, <bos> and <eos> become entries that no text produces, not even their names. Added symbols
/// become added_tokens, which the library matches in all text. The companions are
/// tokenizer_config.json and special_tokens_map.json, for transformers, which makes all control
/// symbols added tokens. kInvalidArgument for other vocabularies, and if a symbol has the name of a
/// piece.
absl::StatusOr<ConvertedModel> VocabularyToHuggingFace(const Vocabulary& vocabulary);

/// Reads the output of VocabularyToHuggingFace, also after transformers or tokenizers loaded and
/// saved it, with scores instead of counts. kDataLoss if it is
/// malformed, kInvalidArgument for other kinds of tokenizer.json.
absl::StatusOr<Vocabulary> HuggingFaceToVocabulary(std::string_view json, std::string_view name);

/// Maps bytes to GPT-2's byte alphabet: each byte becomes a printable character, a space "Ġ".
std::string ToByteAlphabet(std::string_view bytes);

/// Sets *json to a decimal form of a finite number that every parser reads exactly, even
/// serde_json, which rounds twice: the digits as an integer, and its product with the power of ten.
/// Returns false if there is none, for at most one score in a thousand. serde_json then reads *json
/// with an error of one unit in the last place; other parsers read it exactly.
bool ExactJsonNumber(double number, std::string* json);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_HUGGINGFACE_H_
