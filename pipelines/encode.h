#ifndef CORPUSMILL_PIPELINES_ENCODE_H_
#define CORPUSMILL_PIPELINES_ENCODE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/context.h"
#include "corpus/documents.h"
#include "corpus/inputs.h"
#include "tokenizer/tokenizer.h"

namespace corpusmill {

struct EncodeOptions {
  DocumentOptions documents;
  bool add_bos = false;
  bool add_eos = false;
};

struct EncodeReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  uint64_t tokens = 0;
};

/// Writes one line for each document, in order: its ids in decimal with a space
/// between them. An empty document is an empty line. `output` is not closed.
///
///   CM_ASSIGN_OR_RETURN(EncodeReport report,
///                       EncodeDocuments(inputs, {}, tokenizer, *sink, context));
absl::StatusOr<EncodeReport> EncodeDocuments(const std::vector<InputFile>& inputs,
                                             const EncodeOptions& options,
                                             const Tokenizer& tokenizer, ByteSink& output,
                                             Context& context);

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

/// Decodes lines of ids as EncodeDocuments writes them. In text and JSONL bytes
/// that are not UTF-8 are dropped, as the reference does. kDataLoss, naming the
/// line, for what is not a number or not in the vocabulary. `output` is not closed.
absl::StatusOr<DecodeReport> DecodeDocuments(const std::vector<InputFile>& inputs,
                                             DecodeFormat format, const Tokenizer& tokenizer,
                                             ByteSink& output, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENCODE_H_
