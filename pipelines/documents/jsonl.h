#ifndef CORPUSMILL_PIPELINES_DOCUMENTS_JSONL_H_
#define CORPUSMILL_PIPELINES_DOCUMENTS_JSONL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "corpus/text/unicode.h"

namespace corpusmill {

struct JsonlOptions {
  /// How documents are read. By default a file that is not JSONL is one document, and a record
  /// that is not UTF-8 is bad. InvalidUtf8::kKeep is refused: JSON cannot hold such bytes.
  DocumentOptions documents = {.record = {.auto_fallback = RecordFormat::kWhole},
                               .on_bad_record = {},
                               .invalid_utf8 = InvalidUtf8::kFail};
  /// "-" is standard output.
  std::string output_path = "-";
  OutputOptions output;
  /// Codec of the output; nullopt chooses by the extension of output_path.
  std::optional<Encoding> codec;
  /// Applied to the text, not to ids and sources.
  Normalization normalization = Normalization::kNone;
};

struct JsonlReport {
  uint64_t records = 0;
  uint64_t documents = 0;           ///< Documents written.
  uint64_t text_bytes = 0;          ///< Text of the documents as read.
  uint64_t written_text_bytes = 0;  ///< Text of the documents as written, before JSON escapes.
  uint64_t output_bytes = 0;        ///< Output before compression.
  uint64_t empty_documents = 0;     ///< Dropped documents without text.
  uint64_t bad_records = 0;         ///< Dropped records.
  uint64_t bad_record_bytes = 0;
  uint64_t blank_records = 0;  ///< Blank lines of JSONL input.
  std::vector<InputReport> inputs;
};

/// Turns raw files, or records of any format, into JSONL documents
/// `{"id":…,"source":…,"text":…}`, one a line, in input order.
///
///   CM_ASSIGN_OR_RETURN(auto inputs, ResolveInputs({"handbooks/zh"}));
///   CM_ASSIGN_OR_RETURN(JsonlReport report,
///                       ConvertToJsonl(inputs, {.output_path = "docs.jsonl.zst"}, context));
///
/// The id is the input's path as given, with `#` and the 0-based record number unless the file is
/// one document: "handbooks/zh/a.txt", "posts.txt#41". The source is the folder part of the path:
/// "handbooks/zh"; "." without a folder, "-" for standard input. A JSONL record keeps its id and
/// source (a number as id becomes a string); its other members are dropped. Documents without
/// text are dropped and counted; records = documents + empty + bad + blank.
///
/// Uses all threads. Memory holds one record and the batches in flight; long texts are converted
/// in parts of whole lines.
absl::StatusOr<JsonlReport> ConvertToJsonl(const std::vector<InputFile>& inputs,
                                           const JsonlOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_DOCUMENTS_JSONL_H_
