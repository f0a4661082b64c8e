#ifndef CORPUSMILL_PIPELINES_CLEANING_WAITING_DOCUMENTS_H_
#define CORPUSMILL_PIPELINES_CLEANING_WAITING_DOCUMENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/spool.h"
#include "corpus/records/documents.h"
#include "corpus/records/records.h"
#include "pipelines/stages/stage_document.h"

namespace corpusmill {

/// A document in a temporary file, or a line of the rejects that keeps its place between documents.
/// The views belong to the caller.
struct WaitingDocument {
  bool is_reject = false;
  StageDocument::Identity identity;
  Hash128 key;
  std::string_view text;  ///< Of a reject: its line.
  bool is_changed = false;
  std::string_view original;  ///< If is_changed and the run writes rejects, else empty.
  std::string_view json;
  std::vector<StageDocument::Member> members;
  std::vector<StageDocument::Annotation> annotations;
};

/// Appends the document as one line: fields with their lengths, newlines escaped.
void AppendWaiting(const WaitingDocument& document, std::string* lines);

/// What a line holds besides text and JSON object, for DocumentBatch::member 0.
/// kInternal if it is damaged. Views point into `fields`.
absl::StatusOr<WaitingDocument> ParseWaitingFields(std::string_view fields);

/// How files of such lines are encoded: compressed if memory allows.
Encoding WaitingEncoding(Context& context);

/// Reads the documents of an encoded file of such lines. The member 0 of a document is its fields;
/// see ParseWaitingFields.
absl::StatusOr<std::unique_ptr<DocumentSource>> ReadWaitingDocuments(
    std::unique_ptr<ByteSource> encoded, Context& context);

/// Documents in a temporary file, compressed if memory allows. Not thread-safe.
class WaitingDocuments {
 public:
  static absl::StatusOr<std::unique_ptr<WaitingDocuments>> Create(const std::string& temp_dir,
                                                                  Context& context);

  /// Whole lines of AppendWaiting.
  absl::Status Append(std::string_view lines);
  /// Bytes of all lines, for progress.
  uint64_t line_bytes() const { return bytes_; }
  /// Bytes of the temporary file.
  uint64_t temp_bytes() const { return spool_->size_bytes(); }

  /// Call it once, after the last Append.
  absl::Status Finish();
  /// Puts the documents into the order of a shuffle. Call it after Finish.
  absl::Status Shuffle(const std::string& seed);

  /// Reads the documents, as ReadWaitingDocuments does.
  absl::StatusOr<std::unique_ptr<DocumentSource>> Read() const;

 private:
  WaitingDocuments(const std::string& temp_dir, Context& context)
      : temp_dir_(temp_dir), context_(context) {}

  /// Makes an empty spool_ and a sink_ that encodes into it.
  absl::Status Open();

  const std::string temp_dir_;
  Context& context_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<ByteSink> sink_;  // Encodes into spool_.
  uint64_t bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_WAITING_DOCUMENTS_H_
