#include "corpus/records/documents.h"

#include <utility>

#include "corpus/base/memory.h"
#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "corpus/records/record_format_table.h"
#include "corpus/text/json.h"
#include "corpus/text/json_scanner.h"

namespace corpusmill {
namespace {

// Parsing a record up to this size fits in the constant part of the memory limit.
constexpr size_t kUnchargedJsonBytes = 64 << 10;
constexpr std::string_view kId = "id";
constexpr std::string_view kSource = "source";

/// Adds what to try to the message of a bad record.
absl::Status WithAdvice(const absl::Status& status) {
  const std::string message = Message(status);
  const bool has_advice = message.find("; try ") != std::string::npos;
  return absl::Status(status.code(), absl::StrFormat("%s%s --on-bad-record skip", message,
                                                     has_advice ? " or" : "; try"));
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

absl::StatusOr<BadRecordPolicy> ParseBadRecordPolicy(std::string_view text) {
  constexpr std::string_view kQuarantinePrefix = "quarantine=";
  if (text == "fail") return BadRecordPolicy{BadRecordAction::kFail};
  if (text == "skip") return BadRecordPolicy{BadRecordAction::kSkip};
  if (text.starts_with(kQuarantinePrefix) && text.size() > kQuarantinePrefix.size()) {
    return BadRecordPolicy{BadRecordAction::kQuarantine,
                           std::string(text.substr(kQuarantinePrefix.size()))};
  }
  return UsageError(absl::StrFormat(
      "'%s' is not an action for bad records; try fail, skip or quarantine=PATH", text));
}

std::string BadRecordPolicyName(const BadRecordPolicy& policy) {
  switch (policy.action) {
    case BadRecordAction::kFail:
      return "fail";
    case BadRecordAction::kSkip:
      return "skip";
    case BadRecordAction::kQuarantine:
      return "quarantine=" + policy.quarantine_path;
  }
  return "";
}

std::string TextFieldsName(const DocumentOptions& options) {
  std::string name = options.field;
  for (const std::string& path : options.joined_fields) name += "+" + path;
  return name;
}

std::string RecordName(std::string_view path, RecordFormat format, uint64_t record) {
  return absl::StrFormat("%s:%s%d", path == "-" ? "<stdin>" : path,
                         InfoOf(format).is_lines ? "" : " record ", record + 1);
}

class DocumentReader::Impl {
 public:
  Impl(std::vector<InputFile> inputs, DocumentOptions options, Context& context)
      : inputs_(std::move(inputs)),
        options_(std::move(options)),
        context_(context),
        // The list of the caller, this one, and the reports, which grow.
        list_lease_(ChargeInputList(inputs_, 4, context)),
        decoders_(ReserveDecoders(inputs_, context)),
        parse_lease_(context.memory().EmptyLease()),
        mend_lease_(context.memory().EmptyLease()),
        more_texts_(options_.more_fields.size()),
        members_(options_.members.size()) {
    text_fields_ = 1 + options_.joined_fields.size();
    paths_.reserve(text_fields_ + options_.more_fields.size());  // Fields point into it.
    AddTextField(options_.field);
    for (const std::string& path : options_.joined_fields) AddTextField(path);
    for (const std::string& path : options_.more_fields) AddTextField(path);
    fields_.push_back({.name = kId, .mend = true});
    fields_.push_back({.name = kSource, .mend = true});
    for (const std::string& name : options_.members) fields_.push_back({.name = name});
  }

  absl::StatusOr<bool> Next(Document* document) {
    while (true) {
      if (reader_ == nullptr) {
        if (next_input_ == inputs_.size()) return false;
        CM_RETURN_IF_ERROR(OpenNext());
      }
      Record record;
      CM_ASSIGN_OR_RETURN(const bool more, reader_->Next(&record));
      if (!more) {
        CM_RETURN_IF_ERROR(FinishRecords());
        continue;
      }
      ++counts_.records;
      ++report_.records;
      if (is_json_ && IsBlank(record.bytes)) {
        ++counts_.blank_records;
        continue;
      }
      *document = Document{.format = reader_->format(),
                           .input = next_input_ - 1,
                           .record = first_record_ + record.index};
      const absl::Status status =
          is_json_ ? ReadJson(record.bytes, document) : ReadRaw(record.bytes, document);
      if (status.ok()) {
        ++counts_.documents;
        counts_.text_bytes += document->text.size();
        for (const std::string_view text : document->more_texts) counts_.text_bytes += text.size();
        last_ = {document->input, document->format, document->record};
        return true;
      }
      if (status.code() != absl::StatusCode::kDataLoss) {
        return Annotate(status, Where(record.index));
      }
      CM_RETURN_IF_ERROR(HandleBadRecord(record, status));
    }
  }

  absl::Status Close() {
    if (quarantine_ == nullptr) return absl::OkStatus();
    return std::exchange(quarantine_, nullptr)->Close();
  }

  std::string Where() const {
    return RecordName(inputs_[last_.input].path, last_.format, last_.record);
  }

  const DocumentCounts& counts() const { return counts_; }
  const std::vector<InputReport>& reports() const { return reports_; }

 private:
  void AddTextField(const std::string& path) {
    absl::StatusOr<std::vector<std::string>> names = ParseJsonPath(path);
    if (!names.ok()) paths_status_.Update(names.status());
    paths_.push_back(names.ok() ? *std::move(names) : std::vector<std::string>{path});
    fields_.push_back({.name = paths_.back().front(),
                       .below = std::span(paths_.back()).subspan(1),
                       .list_separator = &options_.separator});
  }

  absl::Status OpenNext() {
    CM_RETURN_IF_ERROR(context_.CheckCancelled());
    if (next_input_ == 0) {
      CM_RETURN_IF_ERROR(paths_status_);
      CM_RETURN_IF_ERROR(list_lease_.status());
      CM_RETURN_IF_ERROR(decoders_.status());
      if (options_.on_bad_record.action == BadRecordAction::kQuarantine) {
        const std::string& path = options_.on_bad_record.quarantine_path;
        CM_ASSIGN_OR_RETURN(auto file, CreateFile(path, {.overwrite = options_.overwrite,
                                                         .io = context_.io(),
                                                         .context = &context_}));
        CM_ASSIGN_OR_RETURN(quarantine_,
                            OpenEncoder(std::move(file), CodecForPath(path), context_));
      }
    }
    const InputFile& input = inputs_[next_input_++];
    OpenInputOptions open = {.report_progress = options_.report_progress};
    if (FindsContent(options_.record.format)) open.content = Content();
    CM_ASSIGN_OR_RETURN(stream_, OpenInput(input, context_, open));
    report_ = InputReport{.path = input.path};
    return OpenRecords();
  }

  /// Starts the records of the input, or of the next member of an archive.
  absl::Status OpenRecords() {
    RecordOptions record = options_.record;
    if (stream_->is_rows()) record.format = RecordFormat::kJsonl;
    first_record_ = report_.records;
    CM_ASSIGN_OR_RETURN(
        reader_, RecordReader::Open(std::make_unique<BorrowedSource>(*stream_), record, context_));
    is_json_ = InfoOf(reader_->format()).is_json;
    return absl::OkStatus();
  }

  /// What to read of inputs that are not text.
  ContentOptions Content() const {
    ContentOptions content = {
        .required_column = text_fields_ == 1 ? paths_.front().front() : "",
        .whole_files = options_.record.format == RecordFormat::kWhole ||
                       (options_.record.format == RecordFormat::kAuto &&
                        options_.record.auto_fallback == RecordFormat::kWhole),
        .field = paths_.front().back()};
    for (const JsonField& field : fields_) content.columns.emplace_back(field.name);
    return content;
  }

  absl::Status FinishRecords() {
    report_.record_format = RecordOptionsName({reader_->format(), options_.record.record_bytes});
    reader_.reset();
    CM_ASSIGN_OR_RETURN(const bool more, stream_->NextMember());
    if (more) return OpenRecords();
    report_.stored_bytes = stream_->stored_bytes();
    report_.stored_hash = stream_->stored_hash();
    report_.codec = CodecName(stream_->codec());
    reports_.push_back(std::move(report_));
    stream_.reset();
    return absl::OkStatus();
  }

  absl::Status ReadRaw(std::string_view bytes, Document* document) {
    if (!options_.more_fields.empty()) {
      return DataError(
          absl::StrFormat("a record without JSON has no member \"%s\"; try --record jsonl",
                          options_.more_fields.front()));
    }
    document->text = bytes;
    if (document->format == RecordFormat::kWhole && !stream_->member().empty()) {
      document->id = stream_->name();
    }
    if (options_.invalid_utf8 == InvalidUtf8::kKeep || IsValidUtf8(bytes)) return absl::OkStatus();
    return Mend(bytes, options_.invalid_utf8, &document->text);
  }

  absl::Status ReadJson(std::string_view bytes, Document* document) {
    CM_RETURN_IF_ERROR(ChargeParsing(bytes));
    CM_RETURN_IF_ERROR(
        parser_.Parse(bytes, fields_, options_.invalid_utf8 == InvalidUtf8::kReplace));
    CM_ASSIGN_OR_RETURN(document->text, JoinedText(bytes));
    size_t next = text_fields_;
    for (std::string_view& text : more_texts_) {
      CM_ASSIGN_OR_RETURN(text, TextOf(next, bytes));
      ++next;
    }
    document->id = fields_[next++].value;
    document->source = fields_[next++].value;
    for (std::string_view& member : members_) member = fields_[next++].value;
    document->more_texts = more_texts_;
    document->members = members_;
    document->json = bytes;
    return absl::OkStatus();
  }

  /// The texts of the fields, joined if there are several.
  absl::StatusOr<std::string_view> JoinedText(std::string_view record) {
    if (text_fields_ == 1) return TextOf(0, record);
    joined_.clear();
    size_t texts = 0;
    for (size_t i = 0; i < text_fields_; ++i) {
      if (fields_[i].kind == JsonField::Kind::kMissing || fields_[i].is_null) continue;
      CM_ASSIGN_OR_RETURN(const std::string_view text, TextOf(i, record));
      if (texts++ > 0) joined_ += options_.separator;
      joined_ += text;
    }
    if (texts == 0) return TextOf(0, record);
    return joined_;
  }

  /// The text of a field.
  absl::StatusOr<std::string_view> TextOf(size_t i, std::string_view record) const {
    const JsonField& field = fields_[i];
    if (field.kind == JsonField::Kind::kString) return field.value;
    const std::string path = PathName(paths_[i]);
    if (field.kind != JsonField::Kind::kMissing) {
      return DataError(absl::StrFormat("the member \"%s\" is not a string; try --field", path));
    }
    std::string names;  // Only the first bad record is reported.
    if (counts_.bad_records == 0) names = MemberNames(paths_[i], record);
    return DataError(
        absl::StrFormat("the object has no member \"%s\"%s; try --field", path, names));
  }

  static std::string PathName(const std::vector<std::string>& path) {
    std::string name;
    for (const std::string& part : path) name += (name.empty() ? "" : ".") + part;
    return name;
  }

  /// What the object has, for the message of a missing member.
  static std::string MemberNames(const std::vector<std::string>& path, std::string_view record) {
    constexpr size_t kMost = 8;
    std::vector<std::string> names = JsonScanner::MemberNames(record, kMost + 1);
    if (names.empty()) return ", and no other";
    for (std::string& name : names) {
      if (path.size() > 1 && name == PathName(path)) {
        return absl::StrFormat(
            " as a path; its member \"%s\" is one name: write \\. for each dot of the name", name);
      }
      name = absl::StrFormat("\"%s\"", name);
    }
    if (names.size() > kMost) names.back() = "others";
    return ", but " + NameList(names, "and");
  }

  /// Charges the memory for parsing this record beyond the constant part.
  absl::Status ChargeParsing(std::string_view bytes) {
    if (bytes.size() <= kUnchargedJsonBytes) return absl::OkStatus();
    uint64_t need =
        JsonObjectParser::MemoryBytes(bytes, options_.invalid_utf8 == InvalidUtf8::kReplace);
    if (text_fields_ > 1 || paths_.front().size() > 1) need += 2 * bytes.size();  // Joined texts.
    if (need <= parse_lease_.bytes()) return absl::OkStatus();
    return parse_lease_.Resize(need, "parsing a JSON record");
  }

  /// Applies the policy; `*mended` points into mended_.
  absl::Status Mend(std::string_view bytes, InvalidUtf8 policy, std::string_view* mended) {
    // U+FFFD may replace every single byte.
    const uint64_t most = 3 * bytes.size();
    if (most > kUnchargedJsonBytes && most > mend_lease_.bytes()) {
      CM_RETURN_IF_ERROR(mend_lease_.Resize(most, "replacing its invalid UTF-8"));
      mended_.reserve(most);
    }
    CM_RETURN_IF_ERROR(Normalize(bytes, Normalization::kNone, policy, &mended_));
    *mended = mended_;
    return absl::OkStatus();
  }

  std::string Where(uint64_t record) const {
    return RecordName(reader_->name(), reader_->format(), record);
  }

  absl::Status HandleBadRecord(const Record& record, const absl::Status& status) {
    ++counts_.bad_records;
    counts_.bad_record_bytes += record.bytes.size();
    switch (options_.on_bad_record.action) {
      case BadRecordAction::kFail:
        return Annotate(WithAdvice(status), Where(record.index));
      case BadRecordAction::kSkip:
        break;
      case BadRecordAction::kQuarantine:
        CM_RETURN_IF_ERROR(quarantine_->Write(record.bytes));
        CM_RETURN_IF_ERROR(quarantine_->Write(RecordDelimiter(reader_->format())));
    }
    if (counts_.bad_records == 1) {
      context_.reporter().Log(LogLevel::kWarning,
                              absl::StrFormat("%s: %s (first bad record; the summary counts them)",
                                              Where(record.index), Message(status)));
    }
    return absl::OkStatus();
  }

  const std::vector<InputFile> inputs_;
  const DocumentOptions options_;
  Context& context_;
  // Taken before others share out the memory; errors are reported by Next.
  const absl::StatusOr<MemoryLease> list_lease_;
  const absl::StatusOr<MemoryReservation> decoders_;
  size_t next_input_ = 0;
  std::unique_ptr<InputStream> stream_;
  std::unique_ptr<RecordReader> reader_;  // Reads stream_.
  uint64_t first_record_ = 0;             // Position in the input of the first record of reader_.
  bool is_json_ = false;                  // Whether the records of reader_ are JSON.
  std::unique_ptr<ByteSink> quarantine_;
  JsonObjectParser parser_;
  MemoryLease parse_lease_;
  MemoryLease mend_lease_;
  std::string mended_;
  size_t text_fields_ = 1;                       // The first fields: their texts are joined.
  std::vector<std::vector<std::string>> paths_;  // Of the fields that are texts.
  absl::Status paths_status_;
  /// The text, joined texts, further texts, id, source and requested members.
  std::vector<JsonField> fields_;
  std::string joined_;
  std::vector<std::string_view> more_texts_;
  std::vector<std::string_view> members_;
  struct {
    uint64_t input = 0;
    RecordFormat format = RecordFormat::kLines;
    uint64_t record = 0;
  } last_;  // The document that Next returned last.
  DocumentCounts counts_;
  InputReport report_;
  std::vector<InputReport> reports_;
};

DocumentReader::DocumentReader(std::vector<InputFile> inputs, DocumentOptions options,
                               Context& context)
    : impl_(std::make_unique<Impl>(std::move(inputs), std::move(options), context)) {}
DocumentReader::~DocumentReader() = default;

absl::StatusOr<bool> DocumentReader::Next(Document* document) { return impl_->Next(document); }
std::string DocumentReader::Where() const { return impl_->Where(); }
absl::Status DocumentReader::Close() { return impl_->Close(); }
const DocumentCounts& DocumentReader::counts() const { return impl_->counts(); }
const std::vector<InputReport>& DocumentReader::inputs() const { return impl_->reports(); }

}  // namespace corpusmill
