#include "pipelines/cleaning/clean.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "corpus/io/file.h"
#include "pipelines/cleaning/cleaning_plan.h"
#include "pipelines/cleaning/document_batch_work.h"
#include "pipelines/cleaning/segment_runner.h"
#include "pipelines/cleaning/source_reader.h"
#include "pipelines/cleaning/waiting_documents.h"

namespace corpusmill {
namespace {

/// Runs the passes of one run.
class Runner {
 public:
  Runner(const Recipe& recipe, const CleanOptions& options, DocumentSink& sink, Context& context)
      : recipe_(recipe),
        options_(options),
        sink_(sink),
        context_(context),
        temp_dir_(context.TempDirFor(options.output_path)) {}

  absl::StatusOr<CleanReport> Run(const std::vector<std::vector<InputFile>>& sources) {
    CM_ASSIGN_OR_RETURN(plan_, PlanCleaning(recipe_, temp_dir_, context_));
    waiting_.resize(plan_.stages.size());
    report_.stages = plan_.labels();
    report_.source_names = plan_.source_names;
    report_.ledger = Ledger(plan_.stages.size(), plan_.source_names.size());
    report_.statistics = RunStatistics(plan_.stages.size(), plan_.source_names.size());
    CM_RETURN_IF_ERROR(OpenRejects());
    CM_RETURN_IF_ERROR(ReadSources(sources));
    for (size_t segment = 0; segment + 1 < plan_.segment_ends.size(); ++segment) {
      CM_RETURN_IF_ERROR(ContinueAfter(segment));
    }
    CM_RETURN_IF_ERROR(report_.ledger.Check(plan_.labels(), plan_.only_sources()));
    if (rejects_ != nullptr) CM_RETURN_IF_ERROR(rejects_->Close());
    return std::move(report_);
  }

 private:
  using Step = BatchStep<DocumentBatchWork>;

  absl::Status OpenRejects() {
    if (options_.rejects_path.empty()) return absl::OkStatus();
    CM_ASSIGN_OR_RETURN(
        auto file,
        CreateFile(options_.rejects_path,
                   {.overwrite = options_.overwrite, .io = context_.io(), .context = &context_}));
    CM_ASSIGN_OR_RETURN(
        rejects_, OpenEncoder(std::move(file), CodecForPath(options_.rejects_path), context_));
    return absl::OkStatus();
  }

  BatchOptions Batches() const { return CleaningBatches(plan_, sink_.memory_per_text_byte()); }

  /// The first pass: from the inputs to the sink, or to a global stage at which documents wait.
  absl::Status ReadSources(const std::vector<std::vector<InputFile>>& sources) {
    SourceReader reader(recipe_, sources, options_.documents, plan_.members, context_);
    reader.set_max_text_bytes(options_.max_text_bytes);
    CleaningRun run{.plan = plan_,
                    .input_paths = {},
                    .input_sources = reader.input_sources(),
                    .sink = sink_,
                    .writes_rejects = rejects_ != nullptr,
                    .takes_samples = options_.take_samples};
    for (const std::vector<InputFile>& inputs : sources) {
      for (const InputFile& input : inputs) run.input_paths.push_back(input.path);
    }
    DocumentBatches batches(reader, Batches(), context_);
    const Phase phase(context_.reporter(), "cleaning", reader.total_bytes());
    std::vector<Step> steps;
    const size_t end = plan_.segment_ends.front();
    steps.push_back(
        {true, [&](const DocumentBatch& batch, DocumentBatchWork& work) -> absl::Status {
           CM_RETURN_IF_ERROR(work.Read(batch));
           return segments_.Run(plan_, 0, end, work);
         }});
    CM_RETURN_IF_ERROR(RunPass(run, 0, std::move(steps), batches));
    CM_RETURN_IF_ERROR(reader.Close());
    report_.read = reader.counts();
    report_.inputs = reader.inputs();
    CM_RETURN_IF_ERROR(CheckTextBalance(batches, report_.read));
    WarnIfNoText({.documents = report_.read, .inputs = report_.inputs}, context_.reporter());
    return absl::OkStatus();
  }

  /// A later pass: the documents that waited at the end of `segment`.
  absl::Status ContinueAfter(size_t segment) {
    const size_t stage = plan_.segment_ends[segment];
    GlobalStage& global = *plan_.stages[stage].global;
    const std::unique_ptr<WaitingDocuments> waiting = std::move(waiting_[stage]);
    {
      const Phase phase(context_.reporter(),
                        absl::StrFormat("deciding %s", plan_.stages[stage].label), 0);
      CM_RETURN_IF_ERROR(global.Finish());
      if (waiting == nullptr) return absl::OkStatus();
      CM_RETURN_IF_ERROR(waiting->Finish());
      report_.waiting_bytes += waiting->temp_bytes();
      if (const std::optional<std::string> seed = global.shuffle_seed()) {
        CM_RETURN_IF_ERROR(waiting->Shuffle(*seed));
      }
    }
    ++report_.passes;
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<DocumentSource> source, waiting->Read());
    const CleaningRun run{.plan = plan_,
                          .input_paths = {},
                          .input_sources = {},
                          .sink = sink_,
                          .writes_rejects = rejects_ != nullptr,
                          .takes_samples = options_.take_samples};
    DocumentBatches batches(*source, Batches(), context_);
    const Phase phase(context_.reporter(),
                      absl::StrFormat("cleaning after %s", plan_.stages[stage].label),
                      waiting->line_bytes());
    std::vector<Step> steps;
    steps.push_back({true, [](const DocumentBatch& batch, DocumentBatchWork& work) {
                       return work.ReadWaiting(batch);
                     }});
    steps.push_back({false, [stage](const DocumentBatch&, DocumentBatchWork& work) {
                       return work.Decide(stage, /*waited=*/true);
                     }});
    const size_t end = plan_.segment_ends[segment + 1];
    steps.push_back({true, [this, stage, end](const DocumentBatch&, DocumentBatchWork& work) {
                       return segments_.Run(plan_, stage + 1, end, work);
                     }});
    return RunPass(run, segment + 1, std::move(steps), batches);
  }

  /// Completes the steps of a pass that begins with the local stages of a segment, and runs it.
  absl::Status RunPass(const CleaningRun& run, size_t segment, std::vector<Step> steps,
                       DocumentBatches& batches) {
    const size_t first = segment;
    for (; segment + 1 < plan_.segment_ends.size(); ++segment) {
      const size_t stage = plan_.segment_ends[segment];
      steps.push_back({false, [stage](const DocumentBatch&, DocumentBatchWork& work) {
                         return work.Decide(stage, /*waited=*/false);
                       }});
      if (!plan_.stages[stage].global->waits_for_memory_only()) break;
      const size_t end = plan_.segment_ends[segment + 1];
      steps.push_back({true, [this, stage, end](const DocumentBatch&, DocumentBatchWork& work) {
                         return segments_.Run(plan_, stage + 1, end, work);
                       }});
    }
    steps.push_back(
        {true, [](const DocumentBatch&, DocumentBatchWork& work) { return work.Render(); }});
    const size_t begin = plan_.segment_ends[first];
    steps.push_back({false, [this, begin](const DocumentBatch&, DocumentBatchWork& work) {
                       return Write(begin, work);
                     }});
    CM_RETURN_IF_ERROR(batches.BeginRun());
    CM_RETURN_IF_ERROR(RunBatches<DocumentBatchWork>(
        batches, context_, [&run] { return DocumentBatchWork(run); }, steps));
    batches.EndRun();
    return absl::OkStatus();
  }

  /// Writes a batch; `begin` is the first global stage of the pass.
  absl::Status Write(size_t begin, const DocumentBatchWork& work) {
    report_.ledger.Merge(work.ledger());
    report_.statistics.Merge(work.statistics());
    report_.kept_documents += work.kept_documents();
    report_.kept_bytes += work.kept_bytes();
    uint64_t at = 0;
    for (const DocumentBatchWork::Line& line : work.line_ends()) {
      CM_RETURN_IF_ERROR(WriteLine(begin, line.stage, work.lines().substr(at, line.end - at)));
      at = line.end;
    }
    if (work.rendered() == nullptr) return absl::OkStatus();
    return sink_.Write(*work.rendered());
  }

  absl::Status WriteLine(size_t begin, size_t stage, std::string_view line) {
    if (stage != SIZE_MAX) {
      if (waiting_[stage] == nullptr) {
        CM_ASSIGN_OR_RETURN(waiting_[stage], WaitingDocuments::Create(temp_dir_, context_));
      }
      return waiting_[stage]->Append(line);
    }
    // A reject keeps its place: where documents wait for want of memory, it waits with them.
    for (size_t i = begin; i < plan_.stages.size(); ++i) {
      if (waiting_[i] == nullptr || !plan_.stages[i].global->waits_for_memory_only()) continue;
      std::string waiting;
      AppendWaiting({.is_reject = true, .text = line}, &waiting);
      return waiting_[i]->Append(waiting);
    }
    return rejects_->Write(line);
  }

  const Recipe& recipe_;
  const CleanOptions& options_;
  DocumentSink& sink_;
  Context& context_;
  const std::string temp_dir_;
  CleaningPlan plan_;
  SegmentRunner segments_;
  std::unique_ptr<ByteSink> rejects_;
  std::vector<std::unique_ptr<WaitingDocuments>> waiting_;  // Of each global stage.
  CleanReport report_;
};

}  // namespace

absl::StatusOr<std::vector<std::vector<InputFile>>> ResolveSources(const Recipe& recipe,
                                                                   Context& context) {
  std::vector<std::vector<InputFile>> sources;
  for (const RecipeSource& source : recipe.sources) {
    absl::StatusOr<std::vector<InputFile>> inputs = ResolveInputs(
        source.paths, {.format = source.record.format, .reporter = &context.reporter()});
    CM_RETURN_IF_ERROR(inputs.status());
    sources.push_back(*std::move(inputs));
  }
  return sources;
}

absl::Status ValidateRecipe(const Recipe& recipe, const CleanOptions& options, Context& context) {
  return PlanCleaning(recipe, context.TempDirFor(options.output_path), context).status();
}

absl::StatusOr<CleanReport> Clean(const Recipe& recipe,
                                  const std::vector<std::vector<InputFile>>& sources,
                                  const CleanOptions& options, DocumentSink& sink,
                                  Context& context) {
  return Runner(recipe, options, sink, context).Run(sources);
}

}  // namespace corpusmill
