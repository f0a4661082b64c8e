#ifndef CORPUSMILL_PIPELINES_ENGINE_DOCUMENT_BATCHES_H_
#define CORPUSMILL_PIPELINES_ENGINE_DOCUMENT_BATCHES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/memory.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"

namespace corpusmill {

/// A part of a document, cut where LinePrefix allows; most documents are one.
struct DocumentPiece {
  uint64_t input = 0;
  uint64_t record = 0;
  RecordFormat format = RecordFormat::kLines;  ///< Of the input, for RecordName.
  uint64_t label = 0;  ///< What DocumentBatches::LabelDocuments gave the document.
  bool first = false;  ///< The document begins with it.
  bool last = false;   ///< The document ends with it.
  /// Where it begins in the text of the document.
  uint64_t document_begin = 0;
  size_t text_end = 0;    ///< In DocumentBatch::text; begins where the one before ends.
  size_t ids_end = 0;     ///< In DocumentBatch::ids, set by whoever fills them.
  size_t id_end = 0;      ///< The record's id in DocumentBatch::names; behind it, to
  size_t source_end = 0;  ///< here, its source. Both of a document's first piece only.
};

/// Work for one thread: pieces of documents, and what becomes of them.
struct DocumentBatch {
  MemoryLease lease;
  std::string text;
  std::string names;
  std::vector<DocumentPiece> pieces;
  std::vector<uint32_t> ids;
  uint64_t normalized_bytes = 0;
};

/// Cuts documents into batches for Context::OrderedPipeline, within the budget.
///
///   DocumentBatches batches(reader, inputs, context);
///   while (!batches.done()) {
///     CM_RETURN_IF_ERROR(context.OrderedPipeline<DocumentBatch>(
///         batches.max_in_flight(), [&] { return batches.Next(); }, encode, consume));
///     batches.Drained();
///   }
///
/// A batch takes memory_per_text_byte from the budget for each byte of its text, all
/// batches in flight about a third of it. One that does not fit beside those in
/// flight waits until they are done: Next ends the pipeline, and the next one
/// begins with it. Only if it does not fit then either, it is an error. Documents
/// without text are counted, and passed over unless they are wanted. Not thread-safe.
class DocumentBatches {
 public:
  /// The text, its normalised form, an id for every byte, and the search for them.
  static constexpr uint64_t kMemoryPerTextByte = 16;

  struct Options {
    /// Documents without text are handed out, as a piece of no text.
    bool keep_empty = false;
    /// DocumentBatch::names is filled.
    bool keep_names = false;
    /// Long documents are cut at lines. Not for a tokenizer whose tokens cross them
    /// (TextRules::cut_at_newlines is off): there a document is a piece.
    bool cut_at_lines = true;
    /// Each piece is a batch, handed out without a look at what comes after it.
    bool one_piece = false;
    uint64_t memory_per_text_byte = kMemoryPerTextByte;
  };

  /// `reader` reads `inputs`; all three must outlive it. Who does more with the text than
  /// one encoding says how much memory that takes.
  DocumentBatches(DocumentReader& reader, const std::vector<InputFile>& inputs, Context& context,
                  const Options& options);
  DocumentBatches(DocumentReader& reader, const std::vector<InputFile>& inputs, Context& context)
      : DocumentBatches(reader, inputs, context, Options()) {}

  /// Calls `label` once for each document, in order, before its first piece; all pieces
  /// get what it returns. To be called before the first Next.
  void LabelDocuments(std::function<uint64_t(const Document&)> label) { label_ = std::move(label); }

  /// nullptr: the end of the documents if done(), else of this pipeline.
  absl::StatusOr<std::unique_ptr<DocumentBatch>> Next();

  bool done() const { return done_; }
  /// To be called when no batch is in flight any more.
  void Drained() { in_flight_ = false; }

  size_t max_in_flight() const { return max_in_flight_; }
  uint64_t empty_documents() const { return empty_documents_; }
  uint64_t text_bytes() const { return text_bytes_; }

 private:
  /// Makes sure that there is a piece to hand out; false at the end.
  absl::StatusOr<bool> HaveText();

  DocumentReader& reader_;
  const std::vector<InputFile>& inputs_;
  Context& context_;
  const Options options_;
  const size_t batch_bytes_;
  const size_t max_in_flight_;
  std::function<uint64_t(const Document&)> label_;
  uint64_t document_label_ = 0;
  Document document_;
  std::string_view rest_;  // Of the document's text.
  bool begun_ = true;      // A piece of the document was handed out.
  bool in_flight_ = false;
  bool done_ = false;
  uint64_t empty_documents_ = 0;
  uint64_t text_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENGINE_DOCUMENT_BATCHES_H_
