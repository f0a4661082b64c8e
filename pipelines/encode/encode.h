#ifndef CORPUSMILL_PIPELINES_ENCODE_ENCODE_H_
#define CORPUSMILL_PIPELINES_ENCODE_ENCODE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "pipelines/token_files/id_writer.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/search/sampler.h"

namespace corpusmill {

/// Options for drawing segmentations instead of taking the most probable one.
struct SampleOptions {
  SampleMethod method = SampleMethod::kExact;
  /// See SampleTables; a negative value takes the most probable segmentation.
  double alpha = 1;
  std::string seed;
};

struct EncodeOptions {
  DocumentOptions documents;
  std::optional<SampleOptions> sample;
  /// Finds the vocabulary's control and user-defined symbols in text. If false, and text contains
  /// the names of symbols, logs a warning.
  bool match_symbols = false;
  /// See DocumentSymbolOptions. Also around empty documents.
  bool add_bos = false;
  bool add_eos = false;
  std::string bos;
  std::string eos;
  /// Writes each document before reading the next; uses one thread.
  bool flush = false;
};

/// Totals of one input.
struct EncodeTotals {
  uint64_t documents = 0;
  uint64_t text_bytes = 0;
  uint64_t tokens = 0;  ///< Including <bos> and <eos>.
};

struct EncodeReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  std::vector<EncodeTotals> totals;  ///< For each input.
  uint64_t tokens = 0;
};

/// kInvalidArgument if the vocabulary has no symbol for add_bos, add_eos, bos or eos.
absl::Status CheckEncodeOptions(const EncodeOptions& options, const Vocabulary& vocabulary);

/// Encodes every document and passes its ids to `writer`, in input order. An empty document has
/// only <bos> and <eos>. Does not close `writer`.
///
///   CM_ASSIGN_OR_RETURN(EncodeReport report,
///                       EncodeDocuments(inputs, {}, tokenizer, *writer, context));
///   CM_RETURN_IF_ERROR(writer->Close());
///
/// Encodes text in parts of whole lines: memory limits the length of a line; only the record
/// reader limits the length of a document. A vocabulary whose tokens cross lines needs whole
/// documents. The output depends on neither parts nor threads. kInvalidArgument as
/// CheckEncodeOptions, and for a writer with offsets if segmentations are sampled.
absl::StatusOr<EncodeReport> EncodeDocuments(const std::vector<InputFile>& inputs,
                                             const EncodeOptions& options,
                                             const Tokenizer& tokenizer, IdWriter& writer,
                                             Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENCODE_ENCODE_H_
