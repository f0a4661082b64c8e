#ifndef CORPUSMILL_CORPUS_RECORDS_DOCUMENTS_H_
#define CORPUSMILL_CORPUS_RECORDS_DOCUMENTS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "corpus/records/inputs.h"
#include "corpus/records/records.h"
#include "corpus/text/unicode.h"

namespace corpusmill {

/// What happens when a record holds no document (invalid JSON, the field is missing or not a
/// string). Such records are always counted.
enum class BadRecordAction {
  kFail,        ///< Stop with `file:line: what`.
  kSkip,        ///< Continue.
  kQuarantine,  ///< Write the record, unchanged, to a file and continue.
};

struct BadRecordPolicy {
  BadRecordAction action = BadRecordAction::kFail;
  std::string quarantine_path;
};

/// "fail", "skip", "quarantine=PATH". kInvalidArgument otherwise.
absl::StatusOr<BadRecordPolicy> ParseBadRecordPolicy(std::string_view text);
/// The text that ParseBadRecordPolicy accepts.
std::string BadRecordPolicyName(const BadRecordPolicy& policy);

struct DocumentOptions {
  RecordOptions record;
  /// Path of the member of a JSONL record that holds the text (see ParseJsonPath): a string, or a
  /// list whose strings are joined. A path goes through lists: "messages.content".
  std::string field = "text";
  /// Paths of further members whose texts are appended. With any of these, members that are missing
  /// or null are left out, as long as one has a text.
  std::vector<std::string> joined_fields;
  /// The text between the strings of a list, and between joined fields.
  std::string separator = "\n\n";
  /// Further text fields: Document::more_texts. Each must be present.
  std::vector<std::string> more_fields;
  /// Other members of a JSONL record to return: Document::members.
  std::vector<std::string> members;
  BadRecordPolicy on_bad_record;
  /// kKeep keeps the bytes of raw text; a JSONL record that is not UTF-8 is a bad record. kReplace
  /// replaces the invalid bytes of both. Under kFail both are bad records.
  InvalidUtf8 invalid_utf8 = InvalidUtf8::kKeep;
  /// Overwrites an existing quarantine file.
  bool overwrite = false;
  /// Advances the context's reporter by stored bytes. Off for callers that report themselves.
  bool report_progress = true;
};

/// The paths of the text of a document, joined by `+`: "title+text".
std::string TextFieldsName(const DocumentOptions& options);

/// One document. The views are valid until the next call of Next.
struct Document {
  std::string_view text;
  /// The texts of DocumentOptions::more_fields, in that order.
  std::span<const std::string_view> more_texts;
  /// JSONL members "id" (strings unchanged, numbers in their shortest form) and "source"; empty if
  /// absent. The id of a whole member of an archive is its name: "a.zip/b.txt".
  std::string_view id;
  std::string_view source;
  /// The members named by DocumentOptions::members, in that order and in the form of `id`; none in
  /// formats other than JSONL.
  std::span<const std::string_view> members;
  /// The JSON object that the document was read from; empty in formats other than JSONL.
  std::string_view json;
  RecordFormat format = RecordFormat::kLines;  ///< Format of its input; never kAuto.
  uint64_t input = 0;                          ///< Position in the input list.
  uint64_t record = 0;  ///< Position in that input: with `input`, the document's identity.
};

/// The name of a record in messages: `path:line` if it is a line, else `path: record N`, both from
/// 1; `record` is from 0. "-" becomes <stdin>.
std::string RecordName(std::string_view path, RecordFormat format, uint64_t record);

/// Totals of the documents read, for summaries and manifests.
struct DocumentCounts {
  uint64_t records = 0;
  uint64_t documents = 0;
  uint64_t text_bytes = 0;  ///< Bytes of the documents' text, all fields.
  uint64_t bad_records = 0;
  uint64_t bad_record_bytes = 0;
  uint64_t blank_records = 0;  ///< Blank lines of JSONL: records = documents + bad + blank.
};

/// The properties of one input.
struct InputReport {
  std::string path;
  uint64_t stored_bytes = 0;  ///< Before decoding.
  Hash128 stored_hash;        ///< XXH3-128 of the stored bytes.
  std::string codec;          ///< CodecName
  std::string record_format;  ///< RecordOptionsName
  uint64_t records = 0;
};

/// A source of documents in order: files, or a program. Not thread-safe.
class DocumentSource {
 public:
  virtual ~DocumentSource() = default;

  /// True: *document is the next document. False: the end of the last input. Else an error.
  virtual absl::StatusOr<bool> Next(Document* document) = 0;

  /// The name in messages of the document that Next returned last: "web.jsonl:12".
  virtual std::string Where() const = 0;
};

/// Reads the documents of a list of inputs, one after the other.
///
///   CM_ASSIGN_OR_RETURN(auto inputs, ResolveInputs({"docs.jsonl.zst", "more/"}));
///   DocumentReader reader(inputs, {}, context);
///   Document document;
///   while (true) {
///     CM_ASSIGN_OR_RETURN(bool more, reader.Next(&document));
///     if (!more) break;
///     Use(document.text);
///   }
///   CM_RETURN_IF_ERROR(reader.Close());
///
/// Skips a blank line in JSONL without calling it a bad record; any other record is a document of
/// its format. In lines, nul, whole and bytes the record's bytes are the text. Advances the
/// context's reporter by stored bytes. `context` must outlive the reader. Not thread-safe.
class DocumentReader final : public DocumentSource {
 public:
  DocumentReader(std::vector<InputFile> inputs, DocumentOptions options, Context& context);
  ~DocumentReader() override;
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  absl::StatusOr<bool> Next(Document* document) override;
  std::string Where() const override;

  /// Commits the quarantine file. Call it once, after the last Next.
  absl::Status Close();

  const DocumentCounts& counts() const;
  /// One per input that was read to its end, in order.
  const std::vector<InputReport>& inputs() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_RECORDS_DOCUMENTS_H_
