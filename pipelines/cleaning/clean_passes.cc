#include "pipelines/cleaning/clean_passes.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/str_format.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/io/spool.h"
#include "pipelines/cleaning/source_reader.h"
#include "pipelines/cleaning/waiting_documents.h"

namespace corpusmill {
namespace {

// Below it, batches are no longer than parts.
constexpr uint64_t kLeastBatchBytes = 64 << 10;

/// For passes in which no document is rendered.
class NoSink final : public DocumentSink {
 public:
  absl::StatusOr<std::unique_ptr<Rendered>> Render(std::span<const CleanDocument>) const override {
    return absl::InternalError("a document has passed all stages too early; please report this");
  }
  absl::Status Write(Rendered&) override { return absl::OkStatus(); }
};

}  // namespace

/// The decisions of a global stage in a pass that may be a repetition.
///
/// Documents have positions in the order in which the stage lets them go, which does not depend on
/// memory; documents before the position at which the pass continues are left out. Where documents
/// wait for want of memory, all later documents are read again after the stage has seen them all:
/// what Offer said about them is kept in a temporary file.
class CleanPasses::Decisions {
 public:
  using Verdict = GlobalStage::Verdict;

  static absl::StatusOr<std::unique_ptr<Decisions>> Create(size_t index, GlobalStage& stage,
                                                           uint64_t begin,
                                                           const std::string& temp_dir,
                                                           Context& context) {
    CM_ASSIGN_OR_RETURN(Spool offers, Spool::Create(temp_dir, context.memory()));
    return std::unique_ptr<Decisions>(new Decisions(index, stage, begin, std::move(offers)));
  }

  absl::StatusOr<std::optional<Verdict>> Offer(StageDocument* document) {
    const bool orders_documents = !stage_.waits_for_memory_only();
    if (document == nullptr) {
      if (is_waiting_) return std::nullopt;
      return LetGo(Verdict::kKeep);
    }
    CM_ASSIGN_OR_RETURN(const Verdict verdict, stage_.Offer(*document));
    if (orders_documents) {
      if (verdict == Verdict::kWait) return verdict;
      return LetGo(verdict);
    }
    is_waiting_ |= verdict == Verdict::kWait;
    if (!is_waiting_) return LetGo(verdict);
    CM_RETURN_IF_ERROR(Keep(verdict, *document));
    return std::nullopt;
  }

  absl::StatusOr<std::optional<Verdict>> Decide(StageDocument* document) {
    if (document == nullptr) return LetGo(Verdict::kKeep);
    if (stage_.waits_for_memory_only()) {
      CM_ASSIGN_OR_RETURN(const bool was_dropped, DropAgain(*document));
      if (was_dropped) return LetGo(Verdict::kDrop);
    }
    CM_ASSIGN_OR_RETURN(const Verdict verdict, stage_.Decide(*document));
    return LetGo(verdict);
  }

  size_t stage_index() const { return index_; }
  absl::Status AppendOrdered(std::string_view line, const std::string& temp_dir, Context& context) {
    if (ordered_ == nullptr) {
      CM_ASSIGN_OR_RETURN(ordered_, WaitingDocuments::Create(temp_dir, context));
    }
    return ordered_->Append(line);
  }
  uint64_t position() const { return position_; }
  /// Whether documents after position() of the previous pass must be read again.
  bool is_waiting() const { return is_waiting_; }
  /// The documents that wait for their order; nullptr: none.
  std::unique_ptr<WaitingDocuments>& ordered() { return ordered_; }

 private:
  Decisions(size_t index, GlobalStage& stage, uint64_t begin, Spool offers)
      : index_(index), stage_(stage), begin_(begin), offers_(std::move(offers)) {}

  std::optional<Verdict> LetGo(Verdict verdict) {
    if (position_++ < begin_) return std::nullopt;
    return verdict;
  }

  absl::Status Keep(Verdict verdict, const StageDocument& document) {
    if (verdict == Verdict::kWait) return offers_.AppendNumber<uint32_t>(0);
    const StageDocument::Rejection& rejection = *document.rejection();
    const auto found = std::find(reasons_.begin(), reasons_.end(), rejection.reason);
    const auto reason = static_cast<uint32_t>(found - reasons_.begin());
    if (found == reasons_.end()) reasons_.push_back(rejection.reason);
    CM_RETURN_IF_ERROR(offers_.AppendNumber<uint32_t>(reason + 1));
    CM_RETURN_IF_ERROR(offers_.AppendNumber(rejection.value));
    return offers_.AppendNumber(rejection.threshold);
  }

  template <typename Number>
  absl::StatusOr<Number> ReadNumber() {
    Number number;
    char* const bytes = reinterpret_cast<char*>(&number);
    for (size_t done = 0; done < sizeof(number);) {
      CM_ASSIGN_OR_RETURN(const size_t read, kept_->Read(bytes + done, sizeof(number) - done));
      if (read == 0) return absl::InternalError("a document was not offered; please report this");
      done += read;
    }
    return number;
  }

  absl::StatusOr<bool> DropAgain(StageDocument& document) {
    if (kept_ == nullptr) kept_ = SpoolSource(offers_);
    CM_ASSIGN_OR_RETURN(const uint32_t reason, ReadNumber<uint32_t>());
    if (reason == 0) return false;
    CM_ASSIGN_OR_RETURN(const double value, ReadNumber<double>());
    CM_ASSIGN_OR_RETURN(const double threshold, ReadNumber<double>());
    document.Drop(reasons_[reason - 1], value, threshold);
    return true;
  }

  const size_t index_;
  GlobalStage& stage_;
  const uint64_t begin_;
  Spool offers_;  // Of each waiting document 0, or 1 + its reason, value and threshold.
  std::unique_ptr<ByteSource> kept_;
  std::vector<std::string_view> reasons_;  // They live as long as the stage.
  bool is_waiting_ = false;
  uint64_t position_ = 0;
  std::unique_ptr<WaitingDocuments> ordered_;
};

absl::StatusOr<std::unique_ptr<CleanPasses>> CleanPasses::Create(const CleanPassSetup& setup,
                                                                 Context& context) {
  std::unique_ptr<CleanPasses> passes(new CleanPasses(setup, context));
  passes->temp_dir_ = context.TempDirFor(setup.folder + "/-");
  CM_ASSIGN_OR_RETURN(passes->plan_, PlanCleaning(setup.recipe, passes->temp_dir_, context));
  return passes;
}

CleanPassFiles CleanPasses::FilesOf(size_t pass) const {
  return {.folder = setup_.folder,
          .pass = pass,
          .stages = plan_.stages.size(),
          .sources = plan_.source_names.size()};
}

BatchOptions CleanPasses::Batches() const {
  BatchOptions options = CleaningBatches(plan_, DocumentSink::kMemoryPerTextByte);
  // A part ends with a batch.
  if (setup_.part_bytes < kLeastBatchBytes) options.batch_bytes = setup_.part_bytes;
  return options;
}

CleaningRun CleanPasses::MakeRun(DocumentSink& sink) const {
  return {.plan = plan_,
          .input_paths = {},
          .input_sources = {},
          .sink = sink,
          .writes_rejects = !setup_.options.rejects_path.empty(),
          .takes_samples = setup_.options.take_samples};
}

absl::Status CleanPasses::RunBatchesOf(const CleaningRun& run, const std::vector<Step>& steps,
                                       DocumentBatches& batches) {
  CM_RETURN_IF_ERROR(batches.BeginRun());
  CM_RETURN_IF_ERROR(RunBatches<DocumentBatchWork>(
      batches, context_, [&run] { return DocumentBatchWork(run); }, steps));
  batches.EndRun();
  return absl::OkStatus();
}

absl::Status CleanPasses::Run(size_t pass) {
  const CleanPassFiles files = FilesOf(pass);
  CM_ASSIGN_OR_RETURN(CleanPartWriter writer,
                      CleanPartWriter::Open(files, setup_.part_bytes, context_));
  if (writer.position() > 0) {
    context_.reporter().Log(LogLevel::kInfo,
                            absl::StrFormat("%s has the first %d documents of pass %d; cleaning "
                                            "resumes after them",
                                            setup_.folder, writer.position(), pass + 1));
  }
  if (pass == 0) return ReadSources(writer);
  CM_RETURN_IF_ERROR(ContinueAfter(pass, writer));
  CM_RETURN_IF_ERROR(writer.Finish({}, {}));
  // Its memory is free for the next stages.
  plan_.stages[plan_.segment_ends[pass - 1]].global.reset();
  return FilesOf(pass - 1).RemoveParts();
}

CleanPasses::Step CleanPasses::LocalStages(size_t pass) {
  const size_t begin = pass == 0 ? 0 : plan_.segment_ends[pass - 1] + 1;
  const size_t end = plan_.segment_ends[pass];
  return {true, [this, begin, end](const DocumentBatch&, DocumentBatchWork& work) -> absl::Status {
            CM_RETURN_IF_ERROR(segments_.Run(plan_, begin, end, work));
            work.Park(end);
            return work.Render();
          }};
}

CleanPasses::Step CleanPasses::Write(Decisions* decisions, CleanPartWriter& writer) {
  // Called in the order of the batches.
  return {false,
          [this, decisions, &writer](const DocumentBatch& batch,
                                     DocumentBatchWork& work) -> absl::Status {
            std::string reject;
            uint64_t at = 0, text_bytes = 0;
            for (const DocumentBatchWork::Line& line : work.line_ends()) {
              const std::string_view text = work.lines().substr(at, line.end - at);
              at = line.end;
              if (line.stage == SIZE_MAX) {
                reject.clear();
                AppendWaiting({.is_reject = true, .text = text}, &reject);
                CM_RETURN_IF_ERROR(writer.Append(reject));
              } else if (decisions != nullptr && decisions->stage_index() == line.stage) {
                CM_RETURN_IF_ERROR(decisions->AppendOrdered(text, temp_dir_, context_));
              } else {
                CM_RETURN_IF_ERROR(writer.Append(text));
              }
            }
            if (work.position() <= writer.position()) return absl::OkStatus();
            for (size_t i = 0; i < batch.size(); ++i) text_bytes += batch.text(i).size();
            return writer.EndBatch(work, work.position(), text_bytes);
          }};
}

absl::Status CleanPasses::ReadSources(CleanPartWriter& writer) {
  SourceReader reader(setup_.recipe, setup_.sources, setup_.options.documents, plan_.members,
                      context_);
  NoSink sink;
  CleaningRun run = MakeRun(sink);
  run.input_paths = setup_.input_names;
  run.input_sources = reader.input_sources();
  run.first_document = writer.position();
  uint64_t documents = 0;
  BatchOptions options = Batches();
  options.label = [&documents](const Document&) { return documents++; };
  DocumentBatches batches(reader, std::move(options), context_);
  const Phase phase(context_.reporter(), "cleaning", reader.total_bytes());
  CM_RETURN_IF_ERROR(RunBatchesOf(run,
                                  {{true,
                                    [](const DocumentBatch& batch, DocumentBatchWork& work) {
                                      work.set_position(batch.part(batch.size() - 1).label + 1);
                                      return work.Read(batch);
                                    }},
                                   LocalStages(0),
                                   Write(nullptr, writer)},
                                  batches));
  CM_RETURN_IF_ERROR(reader.Close());
  const DocumentCounts read = reader.counts();
  CM_RETURN_IF_ERROR(CheckTextBalance(batches, read));
  WarnIfNoText({.documents = read, .inputs = reader.inputs()}, context_.reporter());
  return writer.Finish(read, reader.inputs());
}

absl::Status CleanPasses::ContinueAfter(size_t pass, CleanPartWriter& writer) {
  const PlannedStage& stage = plan_.stages[plan_.segment_ends[pass - 1]];
  CM_ASSIGN_OR_RETURN(const CleanProgress before, FilesOf(pass - 1).ReadPass());
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<Decisions> decisions,
                      Decisions::Create(plan_.segment_ends[pass - 1], *stage.global,
                                        writer.position(), temp_dir_, context_));
  CM_RETURN_IF_ERROR(Offer(pass, before.parts, before.line_bytes, *decisions, writer));
  {
    const Phase phase(context_.reporter(), absl::StrFormat("deciding %s", stage.label), 0);
    CM_RETURN_IF_ERROR(stage.global->Finish());
    if (decisions->ordered() != nullptr) {
      CM_RETURN_IF_ERROR(decisions->ordered()->Finish());
      if (const std::optional<std::string> seed = stage.global->shuffle_seed()) {
        CM_RETURN_IF_ERROR(decisions->ordered()->Shuffle(*seed));
      }
    } else if (!decisions->is_waiting()) {
      return absl::OkStatus();
    }
  }
  return Decide(pass, before.parts, *decisions, writer);
}

absl::Status CleanPasses::Offer(size_t pass, uint64_t parts, uint64_t bytes, Decisions& decisions,
                                CleanPartWriter& writer) {
  CleanPartReader reader(FilesOf(pass - 1), parts, context_);
  return RunDecided(
      pass, reader, bytes, [&](StageDocument* document) { return decisions.Offer(document); },
      decisions, writer);
}

absl::Status CleanPasses::Decide(size_t pass, uint64_t parts, Decisions& decisions,
                                 CleanPartWriter& writer) {
  const auto decide = [&](StageDocument* document) { return decisions.Decide(document); };
  if (decisions.ordered() != nullptr) {
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<DocumentSource> source, decisions.ordered()->Read());
    return RunDecided(pass, *source, 0, decide, decisions, writer);
  }
  CleanPartReader reader(FilesOf(pass - 1), parts, context_);
  CM_RETURN_IF_ERROR(reader.Skip(decisions.position()));
  return RunDecided(pass, reader, 0, decide, decisions, writer);
}

absl::Status CleanPasses::RunDecided(size_t pass, DocumentSource& source, uint64_t bytes,
                                     const DocumentBatchWork::Decider& decide, Decisions& decisions,
                                     CleanPartWriter& writer) {
  const size_t stage = plan_.segment_ends[pass - 1];
  NoSink sink;
  const CleaningRun run = MakeRun(sink);
  DocumentBatches batches(source, Batches(), context_);
  const Phase phase(context_.reporter(),
                    absl::StrFormat("cleaning after %s", plan_.stages[stage].label), bytes);
  const Step read = {true, [](const DocumentBatch& batch, DocumentBatchWork& work) {
                       return work.ReadWaiting(batch);
                     }};
  const Step decide_in_order = {
      false, [&, stage](const DocumentBatch&, DocumentBatchWork& work) -> absl::Status {
        CM_RETURN_IF_ERROR(work.Decide(stage, decide));
        work.set_position(decisions.position());
        return absl::OkStatus();
      }};
  return RunBatchesOf(run, {read, decide_in_order, LocalStages(pass), Write(&decisions, writer)},
                      batches);
}

absl::StatusOr<CleanReport> CleanPasses::Publish(DocumentSink& sink, ByteSink* rejects) {
  CleanReport report;
  report.stages = plan_.labels();
  report.source_names = plan_.source_names;
  report.ledger = Ledger(plan_.stages.size(), plan_.source_names.size());
  report.statistics = RunStatistics(plan_.stages.size(), plan_.source_names.size());
  report.passes = static_cast<int>(count());
  CleanProgress last;
  for (size_t pass = 0; pass < count(); ++pass) {
    CM_ASSIGN_OR_RETURN(last, FilesOf(pass).ReadPass());
    report.ledger.Merge(last.ledger);
    report.statistics.Merge(last.statistics);
    report.waiting_bytes += last.stored_bytes;
    if (pass > 0) continue;
    report.read = last.read;
    report.inputs = last.inputs;
  }
  CM_RETURN_IF_ERROR(report.ledger.Check(plan_.labels(), plan_.only_sources()));
  CleanPartReader reader(FilesOf(count() - 1), last.parts, context_);
  const CleaningRun run = MakeRun(sink);
  DocumentBatches batches(reader, Batches(), context_);
  const Phase phase(context_.reporter(), "writing the output", last.line_bytes);
  CM_RETURN_IF_ERROR(
      RunBatchesOf(run,
                   {{true,
                     [](const DocumentBatch& batch, DocumentBatchWork& work) -> absl::Status {
                       CM_RETURN_IF_ERROR(work.ReadWaiting(batch));
                       return work.Render();
                     }},
                    {false,
                     [&](const DocumentBatch&, DocumentBatchWork& work) -> absl::Status {
                       report.statistics.Merge(work.statistics());
                       report.kept_documents += work.kept_documents();
                       report.kept_bytes += work.kept_bytes();
                       if (rejects != nullptr) CM_RETURN_IF_ERROR(rejects->Write(work.lines()));
                       if (work.rendered() == nullptr) return absl::OkStatus();
                       return sink.Write(*work.rendered());
                     }}},
                   batches));
  return report;
}

}  // namespace corpusmill
