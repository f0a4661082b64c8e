#ifndef CORPUSMILL_PIPELINES_ENCODE_DECODE_H_
#define CORPUSMILL_PIPELINES_ENCODE_DECODE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/inputs.h"
#include "pipelines/token_files/id_format.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {

/// How decoded documents are written.
enum class DecodeFormat {
  /// One line of text per document. A document that holds a line break or begins like a JSON
  /// object is written as a JSON object {"text": …}.
  kText,
  kJsonl,  ///< One JSON object {"text": …} per document.
  kRaw,    ///< The exact bytes of the documents, concatenated.
};

struct DecodeOptions {
  /// nullptr detects the format of each input: see IdReaderOptions.
  const IdFormat* input_format = nullptr;
  DecodeFormat output = DecodeFormat::kText;
  ControlSymbols control_symbols = ControlSymbols::kDrop;
};

struct DecodeReport {
  uint64_t documents = 0;
  uint64_t tokens = 0;
  uint64_t text_bytes = 0;     ///< Bytes of text written.
  uint64_t dropped_bytes = 0;  ///< Bytes dropped as invalid UTF-8; 0 under kRaw.
};

/// Decodes the output of EncodeDocuments to text. kText and kJsonl drop invalid UTF-8, as the
/// reference does. kDataLoss, naming the line or the document, for an invalid id or an id outside
/// the vocabulary. Reads a pair of files once even if `inputs` has both. Does not close `output`.
absl::StatusOr<DecodeReport> DecodeDocuments(const std::vector<InputFile>& inputs,
                                             const DecodeOptions& options,
                                             const Tokenizer& tokenizer, ByteSink& output,
                                             Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENCODE_DECODE_H_
