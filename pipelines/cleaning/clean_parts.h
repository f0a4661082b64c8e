#ifndef CORPUSMILL_PIPELINES_CLEANING_CLEAN_PARTS_H_
#define CORPUSMILL_PIPELINES_CLEANING_CLEAN_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/documents.h"
#include "pipelines/cleaning/clean_progress.h"
#include "pipelines/cleaning/document_batch_work.h"

namespace corpusmill {

/// The files of a pass in the folder of a job: `documents.PASS-PART` and `part.PASS-PART`, and
/// `pass.PASS` when all are written.
struct CleanPassFiles {
  std::string folder;
  size_t pass = 0;
  size_t stages = 0;
  size_t sources = 0;

  std::string DocumentsPath(uint64_t part) const;
  std::string PartPath(uint64_t part) const;
  std::string PassPath() const;
  /// What to do about a damaged file.
  std::string Advice() const;
  absl::StatusOr<CleanProgress> ReadPart(uint64_t part) const;
  absl::StatusOr<CleanProgress> ReadPass() const;
  /// Removes the parts, the last first, so that those left after a crash are the first ones.
  absl::Status RemoveParts() const;
};

/// Writes the parts of a pass after those that exist. A part is valid once `part.PASS-PART` exists.
/// Not thread-safe.
class CleanPartWriter {
 public:
  static absl::StatusOr<CleanPartWriter> Open(const CleanPassFiles& files, uint64_t part_bytes,
                                              Context& context);

  /// Documents of the pass that are in a finished part or in the current one.
  uint64_t position() const { return position_; }
  /// Appends lines of AppendWaiting.
  absl::Status Append(std::string_view lines);
  /// Adds the figures of a batch that ends at `position` and had `text_bytes`. Ends the part if it
  /// is long enough.
  absl::Status EndBatch(const DocumentBatchWork& work, uint64_t position, uint64_t text_bytes);
  /// Ends the last part, and the pass.
  absl::Status Finish(const DocumentCounts& read, std::vector<InputReport> inputs);

 private:
  class HashedSink;

  CleanPartWriter(const CleanPassFiles& files, uint64_t part_bytes, Context& context);

  absl::Status Commit();

  CleanPassFiles files_;
  uint64_t part_bytes_;
  Context* context_;
  CleanProgress all_;   // All finished parts.
  CleanProgress part_;  // The current part.
  uint64_t position_ = 0;
  uint64_t text_bytes_ = 0;     // Of the current part.
  HashedSink* file_ = nullptr;  // Belongs to lines_.
  std::unique_ptr<ByteSink> lines_;
};

/// Reads the documents of a finished pass; see ReadWaitingDocuments. kDataLoss naming a damaged
/// file. `context` must outlive it. Not thread-safe.
class CleanPartReader final : public DocumentSource {
 public:
  CleanPartReader(CleanPassFiles files, uint64_t parts, Context& context)
      : files_(std::move(files)), parts_(parts), context_(context) {}

  absl::StatusOr<bool> Next(Document* document) override;
  std::string Where() const override;
  /// Leaves out the next `count` documents.
  absl::Status Skip(uint64_t count);

 private:
  absl::Status OpenNext();
  /// The error of the part that is read, with its name if the part is damaged.
  absl::Status Named(const absl::Status& status) const;

  const CleanPassFiles files_;
  const uint64_t parts_;
  Context& context_;
  uint64_t part_ = 0;  // The next part to open.
  std::unique_ptr<DocumentSource> source_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_CLEAN_PARTS_H_
