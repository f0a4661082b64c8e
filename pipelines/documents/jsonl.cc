#include "pipelines/documents/jsonl.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "corpus/text/line_cut.h"

namespace corpusmill {
namespace {

/// Text is normalised and escaped in pieces of about this size, and written when
/// this much has come together.
constexpr size_t kPieceBytes = 64 << 10;
/// What a piece takes for each of its bytes: its normalised form and its JSON form.
constexpr uint64_t kMemoryPerByte = 4;

std::string SourceOf(std::string_view path) {
  if (path == kStandardStream) return std::string(path);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

class Converter {
 public:
  Converter(const std::vector<InputFile>& inputs, const JsonlOptions& options, ByteSink& sink,
            MemoryLease lease)
      : inputs_(inputs), options_(options), sink_(sink), lease_(std::move(lease)) {}

  absl::Status Add(const Document& document) {
    if (document.text.empty()) {
      ++report_.empty_documents;
      return absl::OkStatus();
    }
    const std::string& path = inputs_[document.input].path;
    const bool whole = document.format == RecordFormat::kWhole;
    line_ += "{\"id\":";
    if (!document.id.empty()) {
      AppendJsonString(document.id, &line_);
    } else {
      AppendJsonString(whole ? path : absl::StrFormat("%s#%d", path, document.record), &line_);
    }
    line_ += ",\"source\":";
    AppendJsonString(document.source.empty() ? SourceOf(path) : document.source, &line_);
    line_ += ",\"text\":\"";
    CM_RETURN_IF_ERROR(Annotate(AddText(document.text), path));
    line_ += "\"}\n";
    ++report_.documents;
    report_.text_bytes += document.text.size();
    return line_.size() >= kPieceBytes ? Flush() : absl::OkStatus();
  }

  absl::Status Flush() {
    CM_RETURN_IF_ERROR(sink_.Write(line_));
    report_.output_bytes += line_.size();
    line_.clear();
    return absl::OkStatus();
  }

  JsonlReport& report() { return report_; }

 private:
  absl::Status AddText(std::string_view text) {
    while (!text.empty()) {
      const size_t size = LinePrefix(text, kPieceBytes);
      if (size * kMemoryPerByte > lease_.bytes()) {
        CM_RETURN_IF_ERROR(lease_.Resize(size * kMemoryPerByte, "a long line"));
      }
      std::string_view piece = text.substr(0, size);
      if (options_.normalization != Normalization::kNone) {
        CM_RETURN_IF_ERROR(
            Normalize(piece, options_.normalization, InvalidUtf8::kFail, &normalized_));
        piece = normalized_;
      }
      report_.written_text_bytes += piece.size();
      escaped_.clear();
      AppendJsonString(piece, &escaped_);
      line_.append(escaped_, 1, escaped_.size() - 2);  // Without its quotes.
      if (line_.size() >= kPieceBytes) CM_RETURN_IF_ERROR(Flush());
      text.remove_prefix(size);
    }
    return absl::OkStatus();
  }

  const std::vector<InputFile>& inputs_;
  const JsonlOptions& options_;
  ByteSink& sink_;
  MemoryLease lease_;
  std::string line_;
  std::string normalized_;
  std::string escaped_;
  JsonlReport report_;
};

}  // namespace

absl::StatusOr<JsonlReport> ConvertToJsonl(const std::vector<InputFile>& inputs,
                                           const JsonlOptions& options, Context& context) {
  if (options.documents.invalid_utf8 == InvalidUtf8::kKeep) {
    return UsageError("JSON cannot keep bytes that are not UTF-8; try replace or fail");
  }
  CM_ASSIGN_OR_RETURN(MemoryLease lease,
                      context.memory().Take(kPieceBytes * kMemoryPerByte, "JSONL buffers"));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> file,
                      CreateFile(options.output_path, options.output));
  CM_ASSIGN_OR_RETURN(
      const std::unique_ptr<ByteSink> sink,
      OpenEncoder(std::move(file), options.codec.value_or(CodecForPath(options.output_path)),
                  context));
  const Phase phase(context.reporter(), "converting", TotalBytes(inputs));
  DocumentReader reader(inputs, options.documents, context);
  Converter converter(inputs, options, *sink, std::move(lease));
  Document document;
  while (true) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&document));
    if (!more) break;
    CM_RETURN_IF_ERROR(converter.Add(document));
  }
  CM_RETURN_IF_ERROR(converter.Flush());
  CM_RETURN_IF_ERROR(reader.Close());
  CM_RETURN_IF_ERROR(sink->Close());
  JsonlReport& report = converter.report();
  report.records = reader.counts().records;
  report.bad_records = reader.counts().bad_records;
  report.bad_record_bytes = reader.counts().bad_record_bytes;
  report.blank_records = reader.counts().blank_records;
  report.inputs = reader.inputs();
  return std::move(report);
}

}  // namespace corpusmill
