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
  /// A document on a line of its own where that is unambiguous, else (it holds a
  /// line break, or begins like a JSON object) as a JSON object {"text": …}.
  kText,
  kJsonl,  ///< Each as a JSON object {"text": …}.
  kRaw,    ///< The exact bytes, nothing added, one document after the other.
};

struct DecodeReport {
  uint64_t documents = 0;
  uint64_t tokens = 0;
  uint64_t text_bytes = 0;     ///< Written.
  uint64_t dropped_bytes = 0;  ///< Not UTF-8; none under kRaw.
};

/// Turns encoded documents back into text; `input_format` is as of OpenIdReader, nullptr finds
/// it by content. In text and JSONL bytes that are not UTF-8 are dropped, as the
/// reference does. kDataLoss, naming the line or the document, for what is not an id or
/// not in the vocabulary. The two files of a pair, as a folder holds them, are read once.
/// `output` is not closed.
absl::StatusOr<DecodeReport> DecodeDocuments(const std::vector<InputFile>& inputs,
                                             const IdFormat* input_format, DecodeFormat format,
                                             const Tokenizer& tokenizer, ByteSink& output,
                                             Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENCODE_DECODE_H_
