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

/// Draws segmentations instead of taking the most probable ones.
struct SampleOptions {
  SampleMethod method = SampleMethod::kExact;
  /// See SampleTables; negative is the most probable segmentation.
  double alpha = 1;
  std::string seed;
};

struct EncodeOptions {
  DocumentOptions documents;
  std::optional<SampleOptions> sample;
  /// Find the vocabulary's control and user-defined symbols in text.
  bool match_symbols = false;
  /// Put the vocabulary's symbol before, after each document, empty ones too.
  bool add_bos = false;
  bool add_eos = false;
  /// Write what was read before reading on: each document by itself, on one thread.
  bool flush = false;
};

/// What was encoded of one input.
struct EncodeTotals {
  uint64_t documents = 0;
  uint64_t text_bytes = 0;
  uint64_t tokens = 0;  ///< With <bos> and <eos>.
};

struct EncodeReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  std::vector<EncodeTotals> totals;  ///< For each input.
  uint64_t tokens = 0;
};

/// kInvalidArgument when the vocabulary has no symbol for add_bos or add_eos, or for
/// options that exclude each other: spans are of the most probable segmentation of
/// text without symbols.
absl::Status CheckEncodeOptions(const EncodeOptions& options, const Vocabulary& vocabulary);

/// Gives the ids of every document, in order, to `writer`, which is not closed. An empty
/// document has none but <bos> and <eos>.
///
///   CM_ASSIGN_OR_RETURN(EncodeReport report,
///                       EncodeDocuments(inputs, {}, tokenizer, *writer, context));
///   CM_RETURN_IF_ERROR(writer->Close());
///
/// Text is encoded in parts that end with a line, so that memory bounds the longest line and not
/// the longest document beyond what the record reader needs; with a vocabulary whose
/// tokens cross lines, in whole documents. What is written does not depend on that,
/// nor on threads.
absl::StatusOr<EncodeReport> EncodeDocuments(const std::vector<InputFile>& inputs,
                                             const EncodeOptions& options,
                                             const Tokenizer& tokenizer, IdWriter& writer,
                                             Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENCODE_ENCODE_H_
