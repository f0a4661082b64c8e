#ifndef CORPUSMILL_PIPELINES_CLEANING_DOCUMENT_BATCH_WORK_H_
#define CORPUSMILL_PIPELINES_CLEANING_DOCUMENT_BATCH_WORK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/engine/document_batch.h"
#include "pipelines/cleaning/cleaning_plan.h"
#include "pipelines/cleaning/document_sink.h"
#include "pipelines/cleaning/ledger.h"
#include "pipelines/cleaning/run_statistics.h"
#include "pipelines/stages/stage.h"
#include "pipelines/stages/stage_document.h"

namespace corpusmill {

/// What the batches of a run share.
struct CleaningRun {
  const CleaningPlan& plan;
  std::vector<std::string> input_paths;  ///< Of all inputs, for the ids of documents.
  std::vector<size_t> input_sources;     ///< The source of each input.
  DocumentSink& sink;
  bool writes_rejects = false;
  bool takes_samples = false;
  /// Read leaves out the documents before this one; BatchOptions::label must number them.
  uint64_t first_document = 0;
};

/// The documents of a batch on their way through the stages of a run.
///
/// One thread at a time calls its methods: Read or ReadWaiting first, RunSegment and the methods of
/// global stages as the stages come, Render last.
class DocumentBatchWork {
 public:
  explicit DocumentBatchWork(const CleaningRun& run);
  DocumentBatchWork(DocumentBatchWork&&) = default;

  /// Takes the documents of the inputs.
  absl::Status Read(const DocumentBatch& batch);
  /// Takes documents that waited at a global stage.
  absl::Status ReadWaiting(const DocumentBatch& batch);

  /// Applies the local stages [begin, end).
  absl::Status RunStages(size_t begin, size_t end, StageScratch& scratch);
  /// Calls GlobalStage::Prepare of a stage.
  absl::Status Prepare(size_t stage, StageScratch& scratch);
  /// Calls GlobalStage::Offer, or Decide for documents that waited at the stage.
  absl::Status Decide(size_t stage, bool waited);
  /// Decides what happens to a document, or, for nullptr, to a line of the rejects, which is not
  /// dropped and does not wait. nullopt: it is left out and not counted.
  using Decider =
      std::function<absl::StatusOr<std::optional<GlobalStage::Verdict>>(StageDocument* document)>;
  absl::Status Decide(size_t stage, const Decider& decide);
  /// Lets the documents that are left wait at a stage, or at the end of the stages.
  void Park(size_t stage);

  /// Renders the documents that are left, the rejects and the waiting documents.
  absl::Status Render();

  /// Lines in the order of the documents: of rejects, or documents that wait.
  struct Line {
    size_t stage = SIZE_MAX;  ///< Where the document waits; SIZE_MAX: a line of the rejects.
    uint64_t end = 0;         ///< In lines(); it begins at the end of the previous line.
  };
  /// A number that the caller keeps with the batch.
  uint64_t position() const { return position_; }
  void set_position(uint64_t position) { position_ = position; }
  const std::vector<Line>& line_ends() const { return line_ends_; }
  std::string_view lines() const { return lines_; }
  DocumentSink::Rendered* rendered() const { return rendered_.get(); }
  uint64_t kept_documents() const { return kept_documents_; }
  uint64_t kept_bytes() const { return kept_bytes_; }
  const Ledger& ledger() const { return ledger_; }
  const RunStatistics& statistics() const { return statistics_; }

 private:
  struct Entry {
    std::unique_ptr<StageDocument> document;  // nullptr: a line of the rejects.
    std::string_view json;
    std::string_view reject_line;
    size_t waits_at = SIZE_MAX;    // A global stage.
    size_t dropped_by = SIZE_MAX;  // A stage.
    bool is_active() const {
      return document != nullptr && waits_at == SIZE_MAX && dropped_by == SIZE_MAX;
    }
  };

  absl::Status Apply(size_t stage, Entry& entry, StageScratch& scratch);
  absl::Status ApplyToAll(size_t stage, StageScratch& scratch);
  /// Counts what a stage did to a document that had `before` bytes.
  void Count(size_t stage, uint64_t bytes_before, uint64_t added_before, uint64_t removed_before,
             Entry& entry);
  void CountDecision(size_t stage, Entry& entry);
  void AppendReject(const Entry& entry);
  void AppendWaitingLine(const Entry& entry);
  void EndLine(size_t stage) { line_ends_.push_back({stage, lines_.size()}); }

  const CleaningRun* run_;
  std::vector<Entry> entries_;
  std::deque<std::string> ids_;  // Storage of ids that were made.
  Ledger ledger_;
  RunStatistics statistics_;
  std::string lines_;
  std::vector<Line> line_ends_;
  std::unique_ptr<DocumentSink::Rendered> rendered_;
  uint64_t position_ = 0;
  uint64_t kept_documents_ = 0;
  uint64_t kept_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_DOCUMENT_BATCH_WORK_H_
