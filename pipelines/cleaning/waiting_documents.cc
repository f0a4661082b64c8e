#include "pipelines/cleaning/waiting_documents.h"

#include <bit>
#include <utility>

#include "corpus/base/status.h"
#include "pipelines/cleaning/field_bytes.h"
#include "shuffle/shuffle.h"

namespace corpusmill {
namespace {

// A line has no newline: both bytes are written as the escape and a letter.
constexpr char kEscape = '\x01';
constexpr char kEscapedNewline = 'n';
constexpr char kEscapedEscape = 'e';

// Compressing the temporary file takes a few frames.
constexpr uint64_t kLeastMemoryToCompress = 96u << 20;
constexpr int kCompressionLevel = 1;

constexpr uint64_t kUnchargedBytes = 64 << 10;

void AppendEscaped(std::string_view bytes, std::string* out) {
  size_t copied = 0;
  const char* const data = bytes.data();
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (data[i] != '\n' && data[i] != kEscape) continue;
    out->append(data + copied, i - copied);
    out->push_back(kEscape);
    out->push_back(data[i] == '\n' ? kEscapedNewline : kEscapedEscape);
    copied = i + 1;
  }
  out->append(data + copied, bytes.size() - copied);
}

void Unescape(std::string_view line, std::string* out) {
  out->clear();
  size_t copied = 0;
  while (true) {
    const size_t escape = line.find(kEscape, copied);
    if (escape == std::string_view::npos || escape + 1 == line.size()) break;
    out->append(line.substr(copied, escape - copied));
    out->push_back(line[escape + 1] == kEscapedNewline ? '\n' : kEscape);
    copied = escape + 2;
  }
  out->append(line.substr(copied));
}

absl::Status Damaged() {
  return absl::InternalError("a temporary file is damaged; please report this");
}

void PutFields(const WaitingDocument& document, std::string* out) {
  PutNumber((document.is_reject ? 1 : 0) + (document.is_changed ? 2 : 0), out);
  const StageDocument::Identity& identity = document.identity;
  for (const uint64_t number : {identity.input, identity.record, identity.copy,
                                uint64_t{identity.source}, document.key.high, document.key.low}) {
    PutNumber(number, out);
  }
  PutText(identity.id, out);
  PutText(document.original, out);
  PutNumber(document.members.size(), out);
  for (const auto& [name, value] : document.members) {
    PutText(name, out);
    PutText(value, out);
  }
  PutNumber(document.annotations.size(), out);
  for (const StageDocument::Annotation& annotation : document.annotations) {
    const double* const number = std::get_if<double>(&annotation.value);
    PutText(annotation.name, out);
    PutNumber((annotation.is_member ? 1 : 0) + (number != nullptr ? 2 : 0), out);
    if (number != nullptr) {
      PutNumber(std::bit_cast<uint64_t>(*number), out);
    } else {
      PutText(std::get<std::string>(annotation.value), out);
    }
  }
}

/// Reads the documents of an uncompressed stream.
class WaitingSource final : public DocumentSource {
 public:
  WaitingSource(std::unique_ptr<RecordReader> reader, Context& context)
      : reader_(std::move(reader)), context_(context), lease_(context.memory().EmptyLease()) {}

  absl::StatusOr<bool> Next(Document* document) override {
    Record record;
    CM_ASSIGN_OR_RETURN(const bool more, reader_->Next(&record));
    if (!more) return false;
    if (record.bytes.size() > kUnchargedBytes && record.bytes.size() > lease_.bytes()) {
      CM_RETURN_IF_ERROR(lease_.Resize(record.bytes.size(), "a waiting document"));
    }
    context_.reporter().Advance(record.bytes.size());
    Unescape(record.bytes, &line_);
    FieldReader fields(line_);
    members_[0] = fields.Text();
    const std::string_view text = fields.Text();
    if (fields.failed()) return Damaged();
    *document = Document{.text = text, .json = fields.rest(), .record = record.index};
    document->members = members_;
    last_ = record.index;
    return true;
  }

  std::string Where() const override {
    return absl::StrFormat("document %d after a global stage", last_ + 1);
  }

 private:
  const std::unique_ptr<RecordReader> reader_;
  Context& context_;
  MemoryLease lease_;
  std::string line_;
  std::string_view members_[1];
  uint64_t last_ = 0;
};

}  // namespace

void AppendWaiting(const WaitingDocument& document, std::string* lines) {
  std::string fields, head;
  PutFields(document, &fields);
  PutText(fields, &head);
  PutNumber(document.text.size(), &head);
  AppendEscaped(head, lines);
  AppendEscaped(document.text, lines);
  AppendEscaped(document.json, lines);
  lines->push_back('\n');
}

absl::StatusOr<WaitingDocument> ParseWaitingFields(std::string_view fields) {
  FieldReader reader(fields);
  WaitingDocument document;
  const uint64_t flags = reader.Number();
  document.is_reject = (flags & 1) != 0;
  document.is_changed = (flags & 2) != 0;
  document.identity.input = reader.Number();
  document.identity.record = reader.Number();
  document.identity.copy = reader.Number();
  document.identity.source = reader.Number();
  document.key.high = reader.Number();
  document.key.low = reader.Number();
  document.identity.id = reader.Text();
  document.original = reader.Text();
  const uint64_t members = reader.Number();
  for (uint64_t i = 0; i < members && !reader.failed(); ++i) {
    const std::string_view name = reader.Text();
    document.members.emplace_back(name, reader.Text());
  }
  const uint64_t annotations = reader.Number();
  for (uint64_t i = 0; i < annotations && !reader.failed(); ++i) {
    StageDocument::Annotation& annotation = document.annotations.emplace_back();
    annotation.name = reader.Text();
    const uint64_t kind = reader.Number();
    annotation.is_member = (kind & 1) != 0;
    if ((kind & 2) != 0) {
      annotation.value = std::bit_cast<double>(reader.Number());
    } else {
      annotation.value = std::string(reader.Text());
    }
  }
  if (reader.failed() || !reader.rest().empty()) return Damaged();
  return document;
}

absl::StatusOr<std::unique_ptr<WaitingDocuments>> WaitingDocuments::Create(
    const std::string& temp_dir, Context& context) {
  std::unique_ptr<WaitingDocuments> documents(new WaitingDocuments(temp_dir, context));
  CM_RETURN_IF_ERROR(documents->Open());
  return documents;
}

absl::Status WaitingDocuments::Open() {
  CM_ASSIGN_OR_RETURN(Spool spool, Spool::Create(temp_dir_, context_.memory()));
  spool_ = std::make_unique<Spool>(std::move(spool));
  CM_ASSIGN_OR_RETURN(sink_, OpenEncoder(SpoolSink(*spool_), WaitingEncoding(context_), context_));
  return absl::OkStatus();
}

absl::Status WaitingDocuments::Append(std::string_view lines) {
  bytes_ += lines.size();
  return sink_->Write(lines);
}

absl::Status WaitingDocuments::Finish() {
  CM_RETURN_IF_ERROR(sink_->Close());
  sink_.reset();
  return absl::OkStatus();
}

absl::Status WaitingDocuments::Shuffle(const std::string& seed) {
  const std::unique_ptr<Spool> ordered = std::move(spool_);
  CM_RETURN_IF_ERROR(Open());
  const InputFile input = SourceInput("<temporary file>", [&] {
    return absl::StatusOr<std::unique_ptr<ByteSource>>(SpoolSource(*ordered));
  });
  const std::unique_ptr<ShuffleTarget> target = RecordTarget(
      [&](size_t, std::string_view line) -> absl::Status {
        CM_RETURN_IF_ERROR(sink_->Write(line));
        return sink_->Write("\n");
      },
      context_, temp_dir_ + "/-");
  const ShuffleOptions options = {.seed = seed, .record = {.format = RecordFormat::kLines}};
  CM_RETURN_IF_ERROR(corpusmill::Shuffle({input}, options, *target, context_).status());
  return Finish();
}

absl::StatusOr<std::unique_ptr<DocumentSource>> WaitingDocuments::Read() const {
  return ReadWaitingDocuments(SpoolSource(*spool_), context_);
}

Encoding WaitingEncoding(Context& context) {
  bool compress = context.temp_compression() == TempCompression::kZstd;
  if (context.temp_compression() == TempCompression::kAuto) {
    compress = context.memory().limit_bytes() >= kLeastMemoryToCompress;
  }
  return compress ? Encoding(Codec::kZstd, kCompressionLevel) : Encoding(Codec::kNone);
}

absl::StatusOr<std::unique_ptr<DocumentSource>> ReadWaitingDocuments(
    std::unique_ptr<ByteSource> encoded, Context& context) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> bytes, OpenDecoder(std::move(encoded), context));
  CM_ASSIGN_OR_RETURN(
      std::unique_ptr<RecordReader> reader,
      RecordReader::Open(std::move(bytes), {.format = RecordFormat::kLines}, context));
  return std::make_unique<WaitingSource>(std::move(reader), context);
}

}  // namespace corpusmill
