#ifndef CORPUSMILL_CORPUS_ENGINE_DOCUMENT_ENGINE_H_
#define CORPUSMILL_CORPUS_ENGINE_DOCUMENT_ENGINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/engine/document_batch.h"
#include "corpus/engine/document_batches.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"

/// The document engine: reads documents, processes them on all threads, and passes the results on
/// in the order of the documents. A command supplies two functions; the engine handles reading,
/// batching, memory, order, cancellation, progress and the check that no byte is lost.
namespace corpusmill {

/// A step of the work on a batch: on several batches at once, or on one at a time in their order.
template <typename Result>
struct BatchStep {
  bool parallel = false;
  std::function<absl::Status(const DocumentBatch& batch, Result& result)> run;
};

/// Runs the batches of one run (see DocumentBatches::BeginRun) through the steps. `make` creates a
/// Result for each batch.
template <typename Result>
absl::Status RunBatches(DocumentBatches& batches, Context& context,
                        const std::function<Result()>& make,
                        const std::vector<BatchStep<Result>>& steps) {
  struct Item {
    std::unique_ptr<DocumentBatch> batch;
    Result result;
  };
  const auto produce = [&]() -> absl::StatusOr<std::unique_ptr<Item>> {
    CM_ASSIGN_OR_RETURN(std::unique_ptr<DocumentBatch> batch, batches.Next());
    if (batch == nullptr) return nullptr;
    return std::unique_ptr<Item>(new Item{std::move(batch), make()});
  };
  std::vector<Context::PipelineStep<Item>> item_steps;
  for (const BatchStep<Result>& step : steps) {
    item_steps.push_back(
        {step.parallel, [&step](Item& item) { return step.run(*item.batch, item.result); }});
  }
  while (!batches.stopped()) {
    if (batches.options().one_part) {
      // Finishes each document before it reads the next one.
      CM_RETURN_IF_ERROR(context.CheckCancelled());
      CM_ASSIGN_OR_RETURN(const std::unique_ptr<Item> item, produce());
      if (item == nullptr) continue;
      for (const auto& step : item_steps) CM_RETURN_IF_ERROR(step.run(*item));
    } else {
      CM_RETURN_IF_ERROR(
          context.OrderedPipeline<Item>(batches.max_in_flight(), produce, item_steps));
    }
    batches.Drained();
  }
  return absl::OkStatus();
}

/// The same with two steps: `transform` on several threads, `consume` in order.
template <typename Result>
absl::Status RunBatches(
    DocumentBatches& batches, Context& context, const std::function<Result()>& make,
    const std::function<absl::Status(const DocumentBatch& batch, Result& result)>& transform,
    const std::function<absl::Status(const DocumentBatch& batch, Result& result)>& consume) {
  return RunBatches<Result>(batches, context, make, {{true, transform}, {false, consume}});
}

struct DocumentRunOptions {
  /// Names the work for the progress line: "encoding".
  std::string phase;
  DocumentOptions documents;
  BatchOptions batches;
};

/// Totals of a run.
struct DocumentReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  uint64_t empty_documents = 0;
};

/// Logs a warning if the run found no document, or no text in any.
void WarnIfNoText(const DocumentReport& report, Reporter& reporter);

/// kInternal unless every byte of text that was read was handed out in a batch.
absl::Status CheckTextBalance(const DocumentBatches& batches, const DocumentCounts& read);

/// Reads all documents of the inputs and runs them through the steps, as RunBatches does.
template <typename Result>
absl::StatusOr<DocumentReport> RunDocuments(
    const std::vector<InputFile>& inputs, const DocumentRunOptions& options, Context& context,
    const std::vector<BatchStep<Result>>& steps,
    const std::function<Result()>& make = [] { return Result(); }) {
  DocumentReader reader(inputs, options.documents, context);
  BatchOptions batch_options = options.batches;
  batch_options.keep_members |= !options.documents.more_fields.empty();
  DocumentBatches batches(reader, std::move(batch_options), context);
  const Phase phase(context.reporter(), options.phase, TotalBytes(inputs));
  CM_RETURN_IF_ERROR(batches.BeginRun());
  CM_RETURN_IF_ERROR(RunBatches<Result>(batches, context, make, steps));
  batches.EndRun();
  CM_RETURN_IF_ERROR(reader.Close());
  CM_RETURN_IF_ERROR(CheckTextBalance(batches, reader.counts()));
  DocumentReport report{reader.counts(), reader.inputs(), batches.empty_documents()};
  WarnIfNoText(report, context.reporter());
  return report;
}

/// The same with two steps.
///
///   struct Counts { uint64_t lines = 0; };
///   uint64_t lines = 0;
///   CM_ASSIGN_OR_RETURN(
///       const DocumentReport report,
///       RunDocuments<Counts>(
///           inputs, {.phase = "counting lines"}, context,
///           [](const DocumentBatch& batch, Counts& counts) {            // any thread
///             for (size_t i = 0; i < batch.size(); ++i) counts.lines += LinesOf(batch.text(i));
///             return absl::OkStatus();
///           },
///           [&](const DocumentBatch&, Counts& counts) {                 // in order
///             lines += counts.lines;
///             return absl::OkStatus();
///           }));
///
/// The results do not depend on threads or memory if `transform` reads only its batch and does not
/// depend on where long documents are cut. An error of either function ends the run.
template <typename Result>
absl::StatusOr<DocumentReport> RunDocuments(
    const std::vector<InputFile>& inputs, const DocumentRunOptions& options, Context& context,
    const std::function<absl::Status(const DocumentBatch& batch, Result& result)>& transform,
    const std::function<absl::Status(const DocumentBatch& batch, Result& result)>& consume,
    const std::function<Result()>& make = [] { return Result(); }) {
  return RunDocuments<Result>(inputs, options, context, {{true, transform}, {false, consume}},
                              make);
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_ENGINE_DOCUMENT_ENGINE_H_
