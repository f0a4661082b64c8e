#include "pipelines/encode.h"

#include <charconv>
#include <memory>
#include <string>
#include <utility>

#include "corpus/json.h"
#include "corpus/records.h"
#include "corpus/status.h"
#include "corpus/unicode.h"
#include "pipelines/document_batches.h"
#include "pipelines/phase.h"

namespace corpusmill {
namespace {

/// Replaces the text of a batch by the lines of its ids.
void EncodeBatch(const Tokenizer& tokenizer, const EncodeOptions& options, DocumentBatch* batch,
                 uint64_t* tokens) {
  std::string lines;
  size_t begin = 0;
  for (const DocumentPiece& piece : batch->pieces) {
    const std::string_view text(batch->text.data() + begin, piece.text_end - begin);
    begin = piece.text_end;
    batch->ids.clear();
    if (piece.first && options.add_bos) batch->ids.push_back(Model::kBosId);
    tokenizer.Encode(text, &batch->ids);
    if (piece.last && options.add_eos) batch->ids.push_back(Model::kEosId);
    *tokens += batch->ids.size();
    bool within_line = !piece.first;  // The batch before may hold its beginning.
    for (const uint32_t id : batch->ids) {
      if (std::exchange(within_line, true)) lines.push_back(' ');
      char digits[10];
      const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), id);
      lines.append(digits, end);
    }
    if (piece.last) lines.push_back('\n');
  }
  batch->text = std::move(lines);
}

absl::Status ParseIds(std::string_view line, std::vector<uint32_t>* ids) {
  ids->clear();
  const char* at = line.data();
  const char* const end = line.data() + line.size();
  while (true) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) ++at;
    if (at == end) return absl::OkStatus();
    uint32_t id;
    const auto [next, error] = std::from_chars(at, end, id);
    if (error != std::errc() || (next < end && *next != ' ' && *next != '\t' && *next != '\r')) {
      const std::string_view rest(at, static_cast<size_t>(end - at));
      return DataError(absl::StrFormat("'%s' is not an id", rest.substr(0, rest.find(' '))));
    }
    ids->push_back(id);
    at = next;
  }
}

absl::Status AppendDocument(const Tokenizer& tokenizer, DecodeFormat format,
                            const std::vector<uint32_t>& ids, std::string* out,
                            DecodeReport* report) {
  CM_ASSIGN_OR_RETURN(const std::string bytes, tokenizer.DecodeBytes(ids));
  if (format == DecodeFormat::kRaw) {
    report->text_bytes += bytes.size();
    out->append(bytes);
    return absl::OkStatus();
  }
  const std::string text = DropInvalidUtf8(bytes);
  report->text_bytes += text.size();
  report->dropped_bytes += bytes.size() - text.size();
  if (format == DecodeFormat::kJsonl || text.starts_with("{") ||
      text.find_first_of("\r\n") != std::string::npos) {
    out->append("{\"text\": ");
    AppendJsonString(text, out);
    out->append("}\n");
  } else {
    out->append(text).append("\n");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EncodeReport> EncodeDocuments(const std::vector<InputFile>& inputs,
                                             const EncodeOptions& options,
                                             const Tokenizer& tokenizer, ByteSink& output,
                                             Context& context) {
  struct Item {
    std::unique_ptr<DocumentBatch> batch;
    uint64_t tokens = 0;
  };
  EncodeReport report;
  DocumentReader reader(inputs, options.documents, context);
  DocumentBatches batches(reader, inputs, context, DocumentBatches::EmptyDocuments::kKeep);
  const Phase phase(context.reporter(), "encoding", TotalBytes(inputs));
  while (!batches.done()) {
    CM_RETURN_IF_ERROR(context.OrderedPipeline<Item>(
        batches.max_in_flight(),
        [&]() -> absl::StatusOr<std::unique_ptr<Item>> {
          CM_ASSIGN_OR_RETURN(std::unique_ptr<DocumentBatch> batch, batches.Next());
          if (batch == nullptr) return nullptr;
          return std::make_unique<Item>(Item{std::move(batch)});
        },
        [&](Item& item) {
          EncodeBatch(tokenizer, options, item.batch.get(), &item.tokens);
          return absl::OkStatus();
        },
        [&](Item& item) {
          report.tokens += item.tokens;
          return output.Write(item.batch->text);
        }));
    batches.Drained();
  }
  CM_RETURN_IF_ERROR(reader.Close());
  report.documents = reader.counts();
  report.inputs = reader.inputs();
  return report;
}

absl::StatusOr<DecodeReport> DecodeDocuments(const std::vector<InputFile>& inputs,
                                             DecodeFormat format, const Tokenizer& tokenizer,
                                             ByteSink& output, Context& context) {
  constexpr size_t kWriteBytes = 256 << 10;
  DecodeReport report;
  const Phase phase(context.reporter(), "decoding", TotalBytes(inputs));
  std::vector<uint32_t> ids;
  std::string out;
  for (const InputFile& input : inputs) {
    CM_ASSIGN_OR_RETURN(std::unique_ptr<InputStream> stream, OpenInput(input, context));
    CM_ASSIGN_OR_RETURN(std::unique_ptr<RecordReader> reader,
                        RecordReader::Open(std::move(stream), {RecordFormat::kLines}, context));
    Record record;
    while (true) {
      CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&record));
      if (!more) break;
      absl::Status status = ParseIds(record.bytes, &ids);
      if (status.ok()) status = AppendDocument(tokenizer, format, ids, &out, &report);
      if (!status.ok()) {
        return Annotate(status, absl::StrFormat("%s:%d", reader->name(), record.index + 1));
      }
      ++report.documents;
      report.tokens += ids.size();
      if (out.size() >= kWriteBytes) {
        CM_RETURN_IF_ERROR(context.CheckCancelled());
        CM_RETURN_IF_ERROR(output.Write(out));
        out.clear();
      }
    }
  }
  CM_RETURN_IF_ERROR(output.Write(out));
  return report;
}

}  // namespace corpusmill
