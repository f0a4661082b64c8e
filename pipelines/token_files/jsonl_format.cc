// The format "jsonl": one JSON object per document,
// {"id":"a","source":"s","ids":[12,7],"offsets":[[0,4],[4,5]],"pieces":["x","y"]}.

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/spool.h"
#include "corpus/text/json.h"
#include "corpus/text/json_fields.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/line_format.h"
#include "pipelines/token_files/piece_escapes.h"

namespace corpusmill {
namespace {

class JsonlWriter final : public LineIdWriter {
 public:
  static absl::StatusOr<std::unique_ptr<IdWriter>> Create(const IdWriterOptions& options,
                                                          const Vocabulary& vocabulary,
                                                          std::unique_ptr<ByteSink> sink,
                                                          Context& context) {
    const std::string temp_dir = context.TempDirFor(sink->name());
    CM_ASSIGN_OR_RETURN(Spool spans, Spool::Create(temp_dir, context.memory()));
    CM_ASSIGN_OR_RETURN(Spool texts, Spool::Create(temp_dir, context.memory()));
    return std::unique_ptr<IdWriter>(
        new JsonlWriter(options, vocabulary, std::move(sink), std::move(spans), std::move(texts)));
  }

  absl::Status Write(const RenderedIds& rendered) override {
    const bool whole = rendered.spans.empty() && rendered.texts.empty() && columns_empty_;
    if (whole) return sink().Write(rendered.bytes);
    const auto write = [this](std::string_view bytes) { return sink().Write(bytes); };
    const std::string_view bytes = rendered.bytes;
    size_t written = 0;
    RenderedIds::Part begin{};
    for (const RenderedIds::Part& part : rendered.parts) {
      const auto spans = std::string_view(rendered.spans)
                             .substr(begin.spans_end, part.spans_end - begin.spans_end);
      const auto texts = std::string_view(rendered.texts)
                             .substr(begin.texts_end, part.texts_end - begin.texts_end);
      begin = part;
      if (spans.empty() && texts.empty()) continue;
      CM_RETURN_IF_ERROR(spans_.Append(spans));
      CM_RETURN_IF_ERROR(texts_.Append(texts));
      columns_empty_ = part.last;
      if (!part.last) continue;
      CM_RETURN_IF_ERROR(sink().Write(bytes.substr(written, part.bytes_end - written)));
      written = part.bytes_end;
      CM_RETURN_IF_ERROR(spans_.Drain(write));
      CM_RETURN_IF_ERROR(texts_.Drain(write));
      CM_RETURN_IF_ERROR(sink().Write("}\n"));
    }
    return sink().Write(bytes.substr(written));
  }

 private:
  JsonlWriter(const IdWriterOptions& options, const Vocabulary& vocabulary,
              std::unique_ptr<ByteSink> sink, Spool spans, Spool texts)
      : LineIdWriter({.names = true,
                      .spans = options.offsets,
                      .memory_per_text_byte = kEncodingMemory + kIdMemory +
                                              (options.offsets ? kSpanMemory : 0) +
                                              (options.pieces ? kPieceMemory : 0)},
                     std::move(sink)),
        pieces_(options.pieces),
        vocabulary_(vocabulary),
        spans_(std::move(spans)),
        texts_(std::move(texts)) {}

  void Append(const EncodedPart& part, RenderedIds* rendered) const override {
    std::string& out = rendered->bytes;
    if (part.first) {
      out.push_back('{');
      AppendName("id", part.id, &out);
      AppendName("source", part.source, &out);
      out.append("\"ids\":[");
    }
    AppendIds(part, &out);
    const bool whole = part.first && part.last;
    if (needs().spans) AppendSpans(part, whole ? &out : &rendered->spans);
    if (pieces_) AppendPieces(part, whole ? &out : &rendered->texts);
    // For several parts, Write closes the object after the columns.
    if (part.last && (whole || !(needs().spans || pieces_))) out.append("}\n");
  }

  static void AppendName(std::string_view name, std::string_view value, std::string* out) {
    if (value.empty()) return;
    out->append("\"").append(name).append("\":");
    AppendJsonString(value, out);
    out->push_back(',');
  }

  static void AppendIds(const EncodedPart& part, std::string* bytes) {
    TextAppender out(bytes);
    bool within = !part.first;
    for (const uint32_t id : part.ids) {
      if (std::exchange(within, true)) out.Add(',');
      out.Add(uint64_t{id});
    }
    if (part.last) out.Add(']');
  }

  static void AppendSpans(const EncodedPart& part, std::string* bytes) {
    if (part.first) bytes->append(",\"offsets\":[");
    TextAppender out(bytes);
    bool within = !part.first;
    for (const TokenSpan& span : part.spans) {
      if (std::exchange(within, true)) out.Add(',');
      out.Add('[');
      out.Add(span.begin);
      out.Add(',');
      out.Add(span.end);
      out.Add(']');
    }
    if (part.last) out.Add(']');
  }

  void AppendPieces(const EncodedPart& part, std::string* out) const {
    if (part.first) out->append(",\"pieces\":[");
    bool within = !part.first;
    std::string text;
    for (const uint32_t id : part.ids) {
      if (std::exchange(within, true)) out->push_back(',');
      text.clear();
      AppendEscapedPiece(vocabulary_[id], EscapeSpaces::kNo, &text);
      AppendJsonString(text, out);
    }
    if (part.last) out->push_back(']');
  }

  const bool pieces_;
  const Vocabulary& vocabulary_;
  // State of a document with parts to come.
  Spool spans_;
  Spool texts_;
  bool columns_empty_ = true;  // Both spools are empty.
};

/// Reads the member "ids"; skips all others.
class JsonlReader final : public LineIdReader {
 public:
  using LineIdReader::LineIdReader;

 private:
  absl::Status Parse(std::string_view line, StoredDocument* document) override {
    CM_ASSIGN_OR_RETURN(const JsonFields fields, JsonFields::Parse(parser_, line, Where()));
    for (const JsonFields::Member& member : fields.members()) {
      if (member.key != "ids") continue;
      simdjson::dom::array ids;
      if (member.value.get(ids) != simdjson::SUCCESS) break;
      for (const simdjson::dom::element element : ids) {
        uint64_t id;
        if (element.get(id) != simdjson::SUCCESS || id > UINT32_MAX) {
          return DataError(absl::StrFormat("%s: number %d of \"ids\" is not an id", Where(),
                                           document->ids.size() + 1));
        }
        document->ids.push_back(static_cast<uint32_t>(id));
      }
      return absl::OkStatus();
    }
    return DataError(absl::StrFormat("%s: the object has no array \"ids\"", Where()));
  }
  uint64_t MemoryBytes(std::string_view line) const override {
    return JsonObjectParser::MemoryBytes(line) + 8 * line.size();
  }

  simdjson::dom::parser parser_;
};

absl::StatusOr<std::unique_ptr<IdReader>> OpenReader(const IdReaderOptions&,
                                                     std::unique_ptr<RecordReader> lines,
                                                     const Vocabulary&, Context& context) {
  return std::make_unique<JsonlReader>(std::move(lines), context);
}

}  // namespace

constinit const IdFormat kJsonlFormat = {
    .name = "jsonl",
    .help = "{\"id\": …, \"source\": …, \"ids\": […]}, id and source as in the input",
    .takes_offsets = true,
    .takes_pieces = true,
    .lines = {.records = RecordFormat::kJsonl,
              .found_by_content = true,
              .open_writer = JsonlWriter::Create,
              .open_reader = OpenReader}};

}  // namespace corpusmill
