#ifndef CORPUSMILL_PIPELINES_CLEANING_DOCUMENT_SINK_H_
#define CORPUSMILL_PIPELINES_CLEANING_DOCUMENT_SINK_H_

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/records/records.h"
#include "pipelines/stages/stage_document.h"

namespace corpusmill {

/// A document that has passed all stages.
struct CleanDocument {
  const StageDocument* document = nullptr;
  std::string_view json;  ///< The object that it was read from; empty if it was none.
};

/// The destination of clean documents.
class DocumentSink {
 public:
  /// The form in which Render passes documents to Write.
  class Rendered {
   public:
    virtual ~Rendered() = default;
  };

  virtual ~DocumentSink() = default;

  /// Does the work on the documents of a batch that needs no order. Thread-safe.
  virtual absl::StatusOr<std::unique_ptr<Rendered>> Render(
      std::span<const CleanDocument> documents) const = 0;

  /// Takes the batches in order, one at a time.
  virtual absl::Status Write(Rendered& rendered) = 0;

  /// Memory of Render in bytes per byte of text.
  virtual uint64_t memory_per_text_byte() const { return kMemoryPerTextByte; }
  static constexpr uint64_t kMemoryPerTextByte = 2;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_DOCUMENT_SINK_H_
