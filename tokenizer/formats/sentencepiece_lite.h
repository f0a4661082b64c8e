#ifndef CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_LITE_H_
#define CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_LITE_H_

#include "absl/status/statusor.h"
#include "tokenizer/formats/converted_model.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Writes a `.model` file for SentencePiece Lite, the C++ runtime that comes with SentencePiece
/// 0.2.3; `spm.convert_to_flatbuffer(model_file=…)` makes its .spm.fb of the file.
///
///   CM_ASSIGN_OR_RETURN(ConvertedModel lite, VocabularyToSentencePieceLite(vocabulary));
///   lite.source_ids[300];     // The vocabulary's id of Lite's id 300.
///   lite.companions[0];       // All of them as a JSON array, -1 where text gives no such id.
///
/// Lite requires that the 256 byte symbols have consecutive ids and that all names differ. So the
/// bytes of a BytePiece model are byte symbols at their own ids, and the ASCII characters among
/// them, which are pieces too, come after the vocabulary. Errors as VocabularyToSentencePiece;
/// kInvalidArgument also if a piece is longer than 4096 bytes.
absl::StatusOr<ConvertedModel> VocabularyToSentencePieceLite(const Vocabulary& vocabulary);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_LITE_H_
