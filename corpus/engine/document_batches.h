#ifndef CORPUSMILL_CORPUS_ENGINE_DOCUMENT_BATCHES_H_
#define CORPUSMILL_CORPUS_ENGINE_DOCUMENT_BATCHES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/memory.h"
#include "corpus/engine/document_batch.h"
#include "corpus/records/documents.h"

namespace corpusmill {

/// How documents are cut into batches.
struct BatchOptions {
  /// Enough for encoding: the text, its normalised form, an id for every byte, the search.
  static constexpr uint64_t kEncodingMemory = 16;

  /// Hands out documents without text too, as an empty part.
  bool keep_empty = false;
  /// Keeps id, source, members and further text fields in the batch; always with
  /// DocumentOptions::more_fields.
  bool keep_members = false;
  /// Keeps the JSON objects of documents too: DocumentBatch::json. Needs keep_members.
  bool keep_json = false;
  /// Cuts long documents at lines. Set it to false for a tokenizer whose tokens cross lines
  /// (TextRules::cut_at_newlines is off) and for work that needs whole documents. Documents with
  /// several text fields are never cut.
  bool cut_at_lines = true;
  /// Makes each part a batch, handed out before the next document is read.
  bool one_part = false;
  /// Bytes of text in a batch; 0 = 64 KiB to 256 KiB, by the memory limit.
  size_t batch_bytes = 0;
  /// Parts in a batch, which bounds the memory of very short documents.
  size_t max_parts = 4096;
  /// Memory that the work takes per byte of text and per batch.
  uint64_t memory_per_text_byte = kEncodingMemory;
  uint64_t memory_per_batch = 0;
  /// Memory that the work takes per byte of DocumentBatch::json.
  uint64_t memory_per_json_byte = 3;
  /// Names the memory in errors: "not enough memory for tokenizing".
  std::string_view purpose = "tokenizing";
  /// Takes the memory of all batches in flight at once, so that the work may use up the rest.
  bool reserve_memory = false;
  /// Called once for each document, in order, before its first part: DocumentPart::label.
  /// nullptr = 0.
  std::function<uint64_t(const Document&)> label;
};

/// Cuts documents into batches for RunBatches, within the memory budget.
///
///   DocumentBatches batches(reader, {}, context);
///   CM_RETURN_IF_ERROR(RunBatches<Counts>(batches, context, count, add));
///
/// A batch charges BatchOptions::memory_per_text_byte to the budget for each byte of its text; all
/// batches in flight take about a third of it. If a batch does not fit beside those in flight, Next
/// returns nullptr, and returns the batch after Drained was called. kResourceExhausted, naming the
/// document, if it still does not fit. Documents without text are counted, and skipped unless
/// keep_empty is set. Not thread-safe.
class DocumentBatches {
 public:
  /// `source` and `context` must outlive the batches.
  DocumentBatches(DocumentSource& source, BatchOptions options, Context& context);

  /// The next batch. nullptr: the end of all documents if done(), else the end of this run.
  absl::StatusOr<std::unique_ptr<DocumentBatch>> Next();

  /// Begins a run, which ends after about `text_bytes` of text: stopped(). Calls `make_room`,
  /// unless nullptr, when a long document does not fit; it releases memory if it can.
  absl::Status BeginRun(uint64_t text_bytes = UINT64_MAX,
                        std::function<absl::Status()> make_room = nullptr);
  /// Releases the memory that reserve_memory took.
  void EndRun() { reserved_.Release(); }
  /// Call it when no batch is in flight any more.
  void Drained() { in_flight_ = false; }

  bool done() const { return done_; }
  bool stopped() const { return done_ || text_bytes_ >= stop_at_; }
  const BatchOptions& options() const { return options_; }
  size_t max_in_flight() const { return max_in_flight_; }
  /// Memory of a batch of the usual size.
  uint64_t UsualBatchMemory() const {
    return BatchMemory(batch_bytes_, options_.keep_json ? 2 * batch_bytes_ : 0);
  }
  uint64_t empty_documents() const { return empty_documents_; }
  /// Text of all batches returned so far.
  uint64_t text_bytes() const { return text_bytes_; }

 private:
  /// Ensures that a part is available; false at the end.
  absl::StatusOr<bool> HaveText();
  absl::StatusOr<MemoryLease> TakeMemory(size_t bytes, size_t json_bytes);
  uint64_t BatchMemory(size_t bytes, size_t json_bytes) const {
    return bytes * options_.memory_per_text_byte + json_bytes * options_.memory_per_json_byte +
           options_.memory_per_batch;
  }
  size_t JsonBytes() const { return options_.keep_json && !begun_ ? document_.json.size() : 0; }
  /// Bytes of the document's values that accompany its first part.
  size_t ValueBytes() const;
  void AddPart(size_t size, DocumentBatch* batch);
  void AddValues(DocumentBatch* batch) const;

  DocumentSource& source_;
  Context& context_;
  const BatchOptions options_;
  const size_t batch_bytes_;
  size_t max_in_flight_;
  MemoryLease reserved_;
  Document document_;
  uint64_t document_label_ = 0;
  std::string_view rest_;  // The document's text not yet handed out.
  bool begun_ = true;      // A part of the document was handed out.
  bool in_flight_ = false;
  bool done_ = false;
  uint64_t stop_at_ = UINT64_MAX;
  std::function<absl::Status()> make_room_;
  uint64_t empty_documents_ = 0;
  uint64_t text_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_ENGINE_DOCUMENT_BATCHES_H_
