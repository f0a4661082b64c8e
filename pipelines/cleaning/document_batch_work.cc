#include "pipelines/cleaning/document_batch_work.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "pipelines/cleaning/source_reader.h"
#include "pipelines/cleaning/waiting_documents.h"

namespace corpusmill {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The shortest text that gives the same number.
void AppendNumber(double value, std::string* out) {
  char buffer[32];
  out->append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

void AppendMember(std::string_view name, std::string_view text, std::string* out) {
  out->append("\"").append(name).append("\":");
  AppendJsonString(text, out);
}

}  // namespace

DocumentBatchWork::DocumentBatchWork(const CleaningRun& run)
    : run_(&run),
      ledger_(run.plan.stages.size(), run.plan.source_names.size()),
      statistics_(run.plan.stages.size(), run.plan.source_names.size()) {}

absl::Status DocumentBatchWork::Read(const DocumentBatch& batch) {
  for (size_t i = 0; i < batch.size(); ++i) {
    const DocumentPart& part = batch.part(i);
    if (part.label < run_->first_document) continue;
    if (batch.text(i).size() > WordSplitter::kMaxTextBytes) {
      return DataError(
          absl::StrFormat("%s: a document of %d bytes; stages take at most %d",
                          RecordName(run_->input_paths[part.input], part.format, part.record),
                          batch.text(i).size(), WordSplitter::kMaxTextBytes));
    }
    StageDocument::Identity identity = {.input = part.input,
                                        .record = part.record,
                                        .source = run_->input_sources[part.input],
                                        .id = batch.id(i)};
    if (identity.id.empty()) {
      identity.id = ids_.emplace_back(
          IdWithoutMember(run_->input_paths[part.input], part.format, part.record));
    }
    identity.source_name = run_->plan.source_names[identity.source];
    std::vector<StageDocument::Member> members;
    for (size_t m = 0; m < run_->plan.members.size(); ++m) {
      members.emplace_back(run_->plan.members[m], batch.member(i, m));
    }
    Entry& entry = entries_.emplace_back();
    entry.document = std::make_unique<StageDocument>(identity, batch.text(i), std::move(members));
    entry.json = batch.json(i);
    RunStatistics::AddSize(batch.text(i).size(), &statistics_.sizes_in[identity.source]);
  }
  return absl::OkStatus();
}

absl::Status DocumentBatchWork::ReadWaiting(const DocumentBatch& batch) {
  entries_.resize(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    CM_ASSIGN_OR_RETURN(WaitingDocument waiting, ParseWaitingFields(batch.member(i, 0)));
    Entry& entry = entries_[i];
    if (waiting.is_reject) {
      entry.reject_line = batch.text(i);
      continue;
    }
    if (waiting.identity.source >= run_->plan.source_names.size()) {
      return absl::InternalError("a temporary file is damaged; please report this");
    }
    waiting.identity.source_name = run_->plan.source_names[waiting.identity.source];
    entry.document = std::make_unique<StageDocument>(waiting.identity, batch.text(i),
                                                     std::move(waiting.members));
    entry.document->key = waiting.key;
    entry.document->Continue(waiting.is_changed ? waiting.original : batch.text(i),
                             waiting.is_changed, std::move(waiting.annotations));
    entry.json = batch.json(i);
  }
  return absl::OkStatus();
}

absl::Status DocumentBatchWork::RunStages(size_t begin, size_t end, StageScratch& scratch) {
  const std::vector<PlannedStage>& stages = run_->plan.stages;
  while (begin < end) {
    if (stages[begin].info->takes_batches) {
      CM_RETURN_IF_ERROR(ApplyToAll(begin++, scratch));
      continue;
    }
    // Document by document, so that stages find it in the cache and share its words.
    size_t next = begin;
    while (next < end && !stages[next].info->takes_batches) ++next;
    for (Entry& entry : entries_) {
      scratch.NextDocument();
      for (size_t stage = begin; stage < next && entry.is_active(); ++stage) {
        CM_RETURN_IF_ERROR(Apply(stage, entry, scratch));
      }
    }
    begin = next;
  }
  return absl::OkStatus();
}

absl::Status DocumentBatchWork::Apply(size_t stage, Entry& entry, StageScratch& scratch) {
  const PlannedStage& planned = run_->plan.stages[stage];
  StageDocument& document = *entry.document;
  if (planned.only_source != SIZE_MAX && planned.only_source != document.identity().source) {
    return absl::OkStatus();
  }
  const uint64_t bytes = document.text().size();
  const uint64_t added = document.added_bytes();
  const uint64_t removed = document.removed_bytes();
  const uint64_t version = document.version();
  std::string before;
  const uint64_t rank = run_->takes_samples ? SampleRank(document.identity()) : 0;
  const bool may_sample = run_->takes_samples && statistics_.WantsSample(stage, "", rank);
  if (may_sample) before = document.text();
  const Clock::time_point begin = Clock::now();
  CM_RETURN_IF_ERROR(planned.local->Apply(document, scratch));
  statistics_.seconds[stage] += SecondsSince(begin);
  Count(stage, bytes, added, removed, entry);
  if (!document.is_dropped() && may_sample && document.version() != version) {
    StageSample sample{.rank = rank,
                       .id = std::string(document.identity().id),
                       .source = std::string(document.identity().source_name)};
    SampleTexts(before, document.text(), &sample);
    if (planned.info->hides_input) sample.before.clear();
    statistics_.AddSample(stage, std::move(sample));
  }
  return absl::OkStatus();
}

absl::Status DocumentBatchWork::ApplyToAll(size_t stage, StageScratch& scratch) {
  const PlannedStage& planned = run_->plan.stages[stage];
  std::vector<StageDocument*> documents;
  std::vector<Entry*> entries;
  struct Before {
    uint64_t bytes, added, removed;
  };
  std::vector<Before> before;
  for (Entry& entry : entries_) {
    if (!entry.is_active()) continue;
    StageDocument& document = *entry.document;
    if (planned.only_source != SIZE_MAX && planned.only_source != document.identity().source) {
      continue;
    }
    documents.push_back(&document);
    entries.push_back(&entry);
    before.push_back({document.text().size(), document.added_bytes(), document.removed_bytes()});
  }
  if (documents.empty()) return absl::OkStatus();
  const Clock::time_point begin = Clock::now();
  CM_RETURN_IF_ERROR(planned.local->ApplyAll(documents, scratch));
  statistics_.seconds[stage] += SecondsSince(begin);
  for (size_t i = 0; i < entries.size(); ++i) {
    Count(stage, before[i].bytes, before[i].added, before[i].removed, *entries[i]);
  }
  return absl::OkStatus();
}

void DocumentBatchWork::Count(size_t stage, uint64_t bytes_before, uint64_t added_before,
                              uint64_t removed_before, Entry& entry) {
  const StageDocument& document = *entry.document;
  LedgerEntry& counts = ledger_.At(stage, document.identity().source);
  ++counts.documents.in;
  counts.bytes.in += bytes_before;
  counts.bytes.added += document.added_bytes() - added_before;
  counts.bytes.removed += document.removed_bytes() - removed_before;
  for (const StageDocument::Edit& edit : document.edits()) counts.CountEdits(edit.kind, edit.count);
  entry.document->ForgetEdits();
  if (!document.is_dropped()) {
    ++counts.documents.out;
    counts.bytes.out += document.text().size();
    return;
  }
  const StageDocument::Rejection& rejection = *document.rejection();
  counts.CountDrop(rejection.reason, document.text().size());
  entry.dropped_by = stage;
  if (!run_->takes_samples) return;
  const uint64_t rank = SampleRank(document.identity());
  if (!statistics_.WantsSample(stage, rejection.reason, rank)) return;
  StageSample sample{.rank = rank,
                     .id = std::string(document.identity().id),
                     .source = std::string(document.identity().source_name),
                     .reason = std::string(rejection.reason),
                     .value = rejection.value,
                     .threshold = rejection.threshold};
  if (!run_->plan.stages[stage].info->hides_input) SampleTexts(document.text(), "", &sample);
  statistics_.AddSample(stage, std::move(sample));
}

absl::Status DocumentBatchWork::Prepare(size_t stage, StageScratch& scratch) {
  const Clock::time_point begin = Clock::now();
  for (Entry& entry : entries_) {
    if (!entry.is_active()) continue;
    scratch.NextDocument();
    CM_RETURN_IF_ERROR(run_->plan.stages[stage].global->Prepare(*entry.document, scratch));
  }
  statistics_.seconds[stage] += SecondsSince(begin);
  return absl::OkStatus();
}

absl::Status DocumentBatchWork::Decide(size_t stage, bool waited) {
  GlobalStage& global = *run_->plan.stages[stage].global;
  return Decide(
      stage, [&](StageDocument* document) -> absl::StatusOr<std::optional<GlobalStage::Verdict>> {
        if (document == nullptr) return GlobalStage::Verdict::kKeep;
        return waited ? global.Decide(*document) : global.Offer(*document);
      });
}

absl::Status DocumentBatchWork::Decide(size_t stage, const Decider& decide) {
  GlobalStage& global = *run_->plan.stages[stage].global;
  const Clock::time_point begin = Clock::now();
  std::vector<Entry> entries;
  entries.reserve(entries_.size());
  for (Entry& entry : entries_) {
    uint64_t copies = 1;
    if (entry.is_active() || entry.document == nullptr) {
      CM_ASSIGN_OR_RETURN(const std::optional<GlobalStage::Verdict> verdict,
                          decide(entry.document.get()));
      if (!verdict) continue;
      if (entry.document == nullptr) {
        // Keeps its place.
      } else if (*verdict == GlobalStage::Verdict::kWait) {
        entry.waits_at = stage;
      } else {
        Count(stage, entry.document->text().size(), entry.document->added_bytes(),
              entry.document->removed_bytes(), entry);
        if (!entry.document->is_dropped()) copies = global.Copies(*entry.document);
      }
    }
    entries.push_back(std::move(entry));
    for (uint64_t copy = 1; copy < copies; ++copy) {
      const StageDocument& document = *entries.back().document;
      StageDocument::Identity identity = document.identity();
      identity.copy = copy;
      Entry made{.document = document.Copy(identity), .json = entries.back().json};
      LedgerEntry& counts = ledger_.At(stage, identity.source);
      ++counts.documents.copied;
      ++counts.documents.out;
      counts.bytes.added += document.text().size();
      counts.bytes.out += document.text().size();
      entries.push_back(std::move(made));
    }
  }
  entries_ = std::move(entries);
  statistics_.seconds[stage] += SecondsSince(begin);
  return absl::OkStatus();
}

void DocumentBatchWork::Park(size_t stage) {
  for (Entry& entry : entries_) {
    if (entry.is_active()) entry.waits_at = stage;
  }
}

absl::Status DocumentBatchWork::Render() {
  std::vector<CleanDocument> kept;
  for (const Entry& entry : entries_) {
    if (entry.document == nullptr) {
      lines_.append(entry.reject_line);
      EndLine(SIZE_MAX);
    } else if (entry.dropped_by != SIZE_MAX) {
      if (run_->writes_rejects) AppendReject(entry);
    } else if (entry.waits_at != SIZE_MAX) {
      AppendWaitingLine(entry);
    } else {
      const StageDocument& document = *entry.document;
      kept.push_back({&document, entry.json});
      RunStatistics::AddSize(document.text().size(),
                             &statistics_.sizes_out[document.identity().source]);
      kept_bytes_ += document.text().size();
    }
    const bool is_decided = entry.document != nullptr && entry.waits_at == SIZE_MAX;
    if (!is_decided) continue;
    for (const StageDocument::Annotation& annotation : entry.document->annotations()) {
      statistics_.AddAnnotation(annotation);
    }
  }
  kept_documents_ = kept.size();
  if (kept.empty()) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(rendered_, run_->sink.Render(kept));
  return absl::OkStatus();
}

void DocumentBatchWork::AppendReject(const Entry& entry) {
  const StageDocument& document = *entry.document;
  const StageDocument::Rejection& rejection = *document.rejection();
  lines_ += '{';
  AppendMember("id", document.identity().id, &lines_);
  lines_ += ',';
  AppendMember("source", document.identity().source_name, &lines_);
  lines_ += ',';
  AppendMember("stage", run_->plan.stages[entry.dropped_by].label, &lines_);
  lines_ += ',';
  AppendMember("reason", rejection.reason, &lines_);
  lines_ += ",\"value\":";
  AppendNumber(rejection.value, &lines_);
  lines_ += ",\"threshold\":";
  AppendNumber(rejection.threshold, &lines_);
  lines_ += ',';
  AppendMember("text", document.original_text(), &lines_);
  lines_ += "}\n";
  EndLine(SIZE_MAX);
}

void DocumentBatchWork::AppendWaitingLine(const Entry& entry) {
  const StageDocument& document = *entry.document;
  AppendWaiting(
      {.identity = document.identity(),
       .key = document.key,
       .text = document.text(),
       .is_changed = document.is_changed(),
       .original = document.is_changed() && run_->writes_rejects ? document.original_text()
                                                                 : std::string_view(),
       .json = entry.json,
       .members = document.members(),
       .annotations = document.annotations()},
      &lines_);
  EndLine(entry.waits_at);
}

}  // namespace corpusmill
