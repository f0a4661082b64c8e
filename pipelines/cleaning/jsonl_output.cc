#include "pipelines/cleaning/jsonl_output.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "corpus/records/records.h"
#include "corpus/text/json.h"
#include "corpus/text/json_edit.h"
#include "corpus/text/json_field.h"

namespace corpusmill {
namespace {

/// The lines of a batch.
struct JsonLines final : DocumentSink::Rendered {
  std::string bytes;
  std::vector<size_t> ends;  // Of each line, with its newline.
};

std::string AnnotationJson(const StageDocument::Annotation& annotation) {
  std::string json;
  if (const double* number = std::get_if<double>(&annotation.value)) {
    char buffer[32];
    json.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), *number).ptr);
  } else {
    AppendJsonString(std::get<std::string>(annotation.value), &json);
  }
  return json;
}

}  // namespace

absl::StatusOr<std::unique_ptr<JsonlOutput>> JsonlOutput::Create(const Recipe& recipe,
                                                                 ShuffleFiles files,
                                                                 Context& context,
                                                                 OpenOutput open) {
  CM_RETURN_IF_ERROR(CheckShuffleFiles(files));
  std::unique_ptr<JsonlOutput> output(new JsonlOutput(std::move(files), context, std::move(open)));
  for (const RecipeSource& source : recipe.sources) {
    std::vector<std::string>& path = output->text_paths_.emplace_back();
    if (source.fields.size() == 1) {
      CM_ASSIGN_OR_RETURN(path, ParseJsonPath(source.fields.front()));
    }
  }
  if (output->files_.shards > 0) {
    CM_ASSIGN_OR_RETURN(
        Spool spool,
        Spool::Create(context.TempDirFor(ShufflePath(output->files_, 0, 0)), context.memory()));
    output->collected_ = std::make_unique<Spool>(std::move(spool));
    CM_ASSIGN_OR_RETURN(output->collector_, OpenEncoder(SpoolSink(*output->collected_),
                                                        Encoding(Codec::kZstd, 1), context));
  } else {
    CM_RETURN_IF_ERROR(output->Open());
  }
  return output;
}

JsonlOutput::JsonlOutput(ShuffleFiles files, Context& context, OpenOutput open)
    : files_(std::move(files)), context_(context), open_(std::move(open)) {}

JsonlOutput::~JsonlOutput() {
  if (finished_) return;
  for (const std::string& path : written_) RemoveOutput(path);
}

absl::StatusOr<std::unique_ptr<DocumentSink::Rendered>> JsonlOutput::Render(
    std::span<const CleanDocument> documents) const {
  auto lines = std::make_unique<JsonLines>();
  for (const CleanDocument& document : documents) {
    AppendDocument(document, &lines->bytes);
    lines->bytes += '\n';
    lines->ends.push_back(lines->bytes.size());
  }
  return lines;
}

void JsonlOutput::AppendDocument(const CleanDocument& clean, std::string* lines) const {
  const StageDocument& document = *clean.document;
  std::vector<std::string> names, values;
  for (const StageDocument::Annotation& annotation : document.annotations()) {
    if (!annotation.is_member) continue;
    names.emplace_back(annotation.name);
    values.push_back(AnnotationJson(annotation));
  }
  if (clean.json.empty()) {
    lines->append("{\"id\":");
    AppendJsonString(document.identity().id, lines);
    lines->append(",\"source\":");
    AppendJsonString(document.identity().source_name, lines);
    lines->append(",\"text\":");
    AppendJsonString(document.text(), lines);
    for (size_t i = 0; i < names.size(); ++i) {
      lines->push_back(',');
      AppendJsonString(names[i], lines);
      lines->append(":").append(values[i]);
    }
    lines->push_back('}');
    return;
  }
  if (!document.is_changed() && names.empty()) {
    lines->append(TrimJsonObject(clean.json));
    return;
  }
  static const std::vector<std::string> kJoined = {"text"};
  std::vector<JsonMemberEdit> edits;
  std::string text;
  if (document.is_changed()) {
    const std::vector<std::string>& path = text_paths_[document.identity().source];
    const bool is_string = !path.empty() && HasJsonString(clean.json, path);
    AppendJsonString(document.text(), &text);
    edits.push_back({is_string ? path : kJoined, text});
  }
  for (size_t i = 0; i < names.size(); ++i) edits.push_back({{&names[i], 1}, values[i]});
  EditJsonObject(clean.json, edits, lines);
}

absl::Status JsonlOutput::Write(Rendered& rendered) {
  const JsonLines& lines = static_cast<JsonLines&>(rendered);
  if (collector_ != nullptr) {
    collected_documents_ += lines.ends.size();
    return collector_->Write(lines.bytes);
  }
  if (files_.shard_bytes == 0) {
    bytes_ += lines.bytes.size();
    documents_ += lines.ends.size();
    return sink_->Write(lines.bytes);
  }
  size_t begin = 0;
  for (const size_t end : lines.ends) {
    CM_RETURN_IF_ERROR(WriteLine(std::string_view(lines.bytes).substr(begin, end - begin)));
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status JsonlOutput::WriteLine(std::string_view line) {
  if (files_.shards > 0) {
    // Shard s holds documents [n·s/shards, n·(s+1)/shards), as FilesTarget cuts records.
    using Wide = unsigned __int128;
    CM_RETURN_IF_ERROR(GoTo(static_cast<uint64_t>(((Wide{documents_} + 1) * files_.shards - 1) /
                                                  collected_documents_)));
  } else {
    CM_RETURN_IF_ERROR(GoTo(bytes_ / files_.shard_bytes));
  }
  ++documents_;
  bytes_ += line.size();
  return sink_->Write(line);
}

absl::Status JsonlOutput::GoTo(uint64_t shard) {
  while (shard_ < shard) {
    CM_RETURN_IF_ERROR(Close());
    ++shard_;
    CM_RETURN_IF_ERROR(Open());
  }
  return absl::OkStatus();
}

absl::Status JsonlOutput::Open() {
  const std::string path = ShufflePath(files_, 0, shard_);
  std::unique_ptr<ByteSink> file;
  if (open_ != nullptr) {
    CM_ASSIGN_OR_RETURN(file, open_(path));
  } else {
    CM_ASSIGN_OR_RETURN(file, CreateFile(path, {.overwrite = files_.overwrite,
                                                .io = context_.io(),
                                                .context = &context_}));
  }
  CM_ASSIGN_OR_RETURN(sink_, OpenEncoder(std::move(file), files_.codec, context_));
  return absl::OkStatus();
}

absl::Status JsonlOutput::Close() {
  CM_RETURN_IF_ERROR(sink_->Close());
  sink_.reset();
  const std::string& path = written_.emplace_back(ShufflePath(files_, 0, shard_));
  unfinished_.push_back(std::make_unique<Unfinished>([path] { RemoveOutput(path); }));
  return absl::OkStatus();
}

absl::Status JsonlOutput::Finish() {
  if (collector_ != nullptr) CM_RETURN_IF_ERROR(WriteCollected());
  CM_RETURN_IF_ERROR(Close());
  finished_ = true;
  unfinished_.clear();
  return absl::OkStatus();
}

absl::Status JsonlOutput::WriteCollected() {
  CM_RETURN_IF_ERROR(collector_->Close());
  collector_.reset();
  CM_RETURN_IF_ERROR(Open());
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> bytes,
                      OpenDecoder(SpoolSource(*collected_), context_));
  CM_ASSIGN_OR_RETURN(
      const std::unique_ptr<RecordReader> reader,
      RecordReader::Open(std::move(bytes), {.format = RecordFormat::kLines}, context_));
  std::string line;
  Record record;
  while (true) {
    CM_RETURN_IF_ERROR(context_.CheckCancelled());
    CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&record));
    if (!more) break;
    line.assign(record.bytes).push_back('\n');
    CM_RETURN_IF_ERROR(WriteLine(line));
  }
  return GoTo(files_.shards - 1);
}

}  // namespace corpusmill
