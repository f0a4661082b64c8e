#include "pipelines/documents/jsonl.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "corpus/text/json.h"

namespace corpusmill {
namespace {

std::string SourceOf(std::string_view path) {
  if (path == kStandardStream) return std::string(path);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

/// A batch of documents as JSONL.
struct JsonLines {
  std::string bytes;
  uint64_t documents = 0;
  uint64_t text_bytes = 0;
};

void AppendBeginning(const InputFile& input, const DocumentPart& part, std::string_view id,
                     std::string_view source, std::string* out) {
  const bool whole = part.format == RecordFormat::kWhole;
  *out += "{\"id\":";
  if (!id.empty()) {
    AppendJsonString(id, out);
  } else {
    AppendJsonString(whole ? input.path : absl::StrFormat("%s#%d", input.path, part.record), out);
  }
  *out += ",\"source\":";
  AppendJsonString(source.empty() ? SourceOf(input.path) : source, out);
  *out += ",\"text\":\"";
}

/// Thread-safe: each thread converts its own batch.
absl::Status Convert(const std::vector<InputFile>& inputs, Normalization normalization,
                     const DocumentBatch& batch, JsonLines& lines) {
  std::string normalized, escaped;
  for (size_t i = 0; i < batch.size(); ++i) {
    const DocumentPart& part = batch.part(i);
    if (part.first) {
      AppendBeginning(inputs[part.input], part, batch.id(i), batch.source(i), &lines.bytes);
    }
    std::string_view text = batch.text(i);
    if (normalization != Normalization::kNone) {
      CM_RETURN_IF_ERROR(Annotate(Normalize(text, normalization, InvalidUtf8::kFail, &normalized),
                                  inputs[part.input].path));
      text = normalized;
    }
    lines.text_bytes += text.size();
    escaped.clear();
    AppendJsonString(text, &escaped);
    lines.bytes.append(escaped, 1, escaped.size() - 2);  // Drops the quotes.
    if (!part.last) continue;
    lines.bytes += "\"}\n";
    ++lines.documents;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<JsonlReport> ConvertToJsonl(const std::vector<InputFile>& inputs,
                                           const JsonlOptions& options, Context& context) {
  if (options.documents.invalid_utf8 == InvalidUtf8::kKeep) {
    return UsageError("JSON cannot keep bytes that are not UTF-8; try replace or fail");
  }
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> file,
                      CreateFile(options.output_path, options.output));
  CM_ASSIGN_OR_RETURN(
      const std::unique_ptr<ByteSink> sink,
      OpenEncoder(std::move(file), options.codec.value_or(CodecForPath(options.output_path)),
                  context));
  const DocumentRunOptions run = {.phase = "converting",
                                  .documents = options.documents,
                                  .batches = {.keep_members = true, .purpose = "converting"}};
  JsonlReport report;
  CM_ASSIGN_OR_RETURN(DocumentReport read, RunDocuments<JsonLines>(
                                               inputs, run, context,
                                               [&](const DocumentBatch& batch, JsonLines& lines) {
                                                 return Convert(inputs, options.normalization,
                                                                batch, lines);
                                               },
                                               [&](const DocumentBatch&, JsonLines& lines) {
                                                 report.documents += lines.documents;
                                                 report.written_text_bytes += lines.text_bytes;
                                                 report.output_bytes += lines.bytes.size();
                                                 return sink->Write(lines.bytes);
                                               }));
  CM_RETURN_IF_ERROR(sink->Close());
  report.records = read.documents.records;
  report.text_bytes = read.documents.text_bytes;
  report.empty_documents = read.empty_documents;
  report.bad_records = read.documents.bad_records;
  report.bad_record_bytes = read.documents.bad_record_bytes;
  report.blank_records = read.documents.blank_records;
  report.inputs = std::move(read.inputs);
  return report;
}

}  // namespace corpusmill
