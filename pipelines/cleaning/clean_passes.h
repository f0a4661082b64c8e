#ifndef CORPUSMILL_PIPELINES_CLEANING_CLEAN_PASSES_H_
#define CORPUSMILL_PIPELINES_CLEANING_CLEAN_PASSES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/engine/document_engine.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/inputs.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/cleaning/clean_parts.h"
#include "pipelines/cleaning/cleaning_plan.h"
#include "pipelines/cleaning/document_batch_work.h"
#include "pipelines/cleaning/document_sink.h"
#include "pipelines/cleaning/segment_runner.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

/// What the passes of a job share.
struct CleanPassSetup {
  const Recipe& recipe;
  const std::vector<std::vector<InputFile>>& sources;
  const CleanOptions& options;
  std::string folder;
  uint64_t part_bytes = 0;
  std::vector<std::string> input_names;  ///< Of all inputs, for the ids of documents.
  std::vector<std::string> source_names;
};

/// The passes of a recipe with durable results. Every global stage begins a pass; a pass ends with
/// documents in parts, and continues after the parts that exist. Not thread-safe.
class CleanPasses {
 public:
  /// `setup` and `context` must outlive it.
  static absl::StatusOr<std::unique_ptr<CleanPasses>> Create(const CleanPassSetup& setup,
                                                             Context& context);

  size_t count() const { return plan_.segment_ends.size(); }
  /// Replaces the names of the sources in the outputs. They may contain paths, which the command
  /// that resumes a job gives in another form.
  void set_source_names(std::vector<std::string> names) { plan_.source_names = std::move(names); }
  CleanPassFiles FilesOf(size_t pass) const;

  /// Runs a pass, from the inputs or the parts of the previous pass, which it removes in the end.
  absl::Status Run(size_t pass);
  /// Passes the documents of the last pass to the sink, and the dropped ones to `rejects`, unless
  /// nullptr.
  absl::StatusOr<CleanReport> Publish(DocumentSink& sink, ByteSink* rejects);

 private:
  using Step = BatchStep<DocumentBatchWork>;
  class Decisions;

  CleanPasses(const CleanPassSetup& setup, Context& context) : setup_(setup), context_(context) {}

  BatchOptions Batches() const;
  CleaningRun MakeRun(DocumentSink& sink) const;
  absl::Status RunBatchesOf(const CleaningRun& run, const std::vector<Step>& steps,
                            DocumentBatches& batches);
  absl::Status ReadSources(CleanPartWriter& writer);
  absl::Status ContinueAfter(size_t pass, CleanPartWriter& writer);
  /// Offers the documents of the previous pass, and continues with those that are decided at once.
  absl::Status Offer(size_t pass, uint64_t parts, uint64_t bytes, Decisions& decisions,
                     CleanPartWriter& writer);
  /// Continues with those that are decided after the last one.
  absl::Status Decide(size_t pass, uint64_t parts, Decisions& decisions, CleanPartWriter& writer);
  /// Passes documents through a decision in order, and through the local stages of a pass.
  absl::Status RunDecided(size_t pass, DocumentSource& source, uint64_t bytes,
                          const DocumentBatchWork::Decider& decide, Decisions& decisions,
                          CleanPartWriter& writer);
  /// The local stages of a pass, after which documents wait.
  Step LocalStages(size_t pass);
  Step Write(Decisions* decisions, CleanPartWriter& writer);

  const CleanPassSetup& setup_;
  Context& context_;
  std::string temp_dir_;
  CleaningPlan plan_;
  SegmentRunner segments_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_CLEAN_PASSES_H_
