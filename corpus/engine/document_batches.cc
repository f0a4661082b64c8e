#include "corpus/engine/document_batches.h"

#include <algorithm>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/text/line_cut.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMinBatchBytes = 64 << 10;
constexpr uint64_t kMaxBatchBytes = 256 << 10;

size_t BatchBytes(const BatchOptions& options, const MemoryBudget& budget) {
  if (options.batch_bytes > 0) return options.batch_bytes;
  return std::clamp<uint64_t>(budget.limit_bytes() / 256, kMinBatchBytes, kMaxBatchBytes);
}

size_t MaxInFlight(const Context& context, uint64_t memory_bytes, uint64_t bytes_per_batch) {
  return std::clamp<uint64_t>(memory_bytes / 3 / bytes_per_batch, 1,
                              2 * static_cast<uint64_t>(context.threads()));
}

}  // namespace

DocumentBatches::DocumentBatches(DocumentSource& source, BatchOptions options, Context& context)
    : source_(source),
      context_(context),
      options_(std::move(options)),
      batch_bytes_(BatchBytes(options_, context.memory())),
      max_in_flight_(MaxInFlight(context, context.memory().limit_bytes(), UsualBatchMemory())) {}

absl::Status DocumentBatches::BeginRun(uint64_t text_bytes,
                                       std::function<absl::Status()> make_room) {
  make_room_ = std::move(make_room);
  stop_at_ = text_bytes < UINT64_MAX - text_bytes_ ? text_bytes_ + text_bytes : UINT64_MAX;
  if (!options_.reserve_memory) return absl::OkStatus();
  const uint64_t batch_memory = UsualBatchMemory();
  max_in_flight_ = MaxInFlight(context_, context_.memory().available_bytes(), batch_memory);
  CM_ASSIGN_OR_RETURN(reserved_,
                      context_.memory().Take(max_in_flight_ * batch_memory, options_.purpose));
  return absl::OkStatus();
}

absl::StatusOr<bool> DocumentBatches::HaveText() {
  while (rest_.empty() && (begun_ || !options_.keep_empty)) {
    CM_ASSIGN_OR_RETURN(const bool more, source_.Next(&document_));
    if (!more) {
      done_ = true;
      return false;
    }
    rest_ = document_.text;
    begun_ = false;
    document_label_ = options_.label ? options_.label(document_) : 0;
    if (rest_.empty()) ++empty_documents_;
    if (!document_.more_texts.empty()) break;
  }
  return true;
}

absl::StatusOr<MemoryLease> DocumentBatches::TakeMemory(size_t bytes, size_t json_bytes) {
  const uint64_t reserved = options_.reserve_memory ? UsualBatchMemory() : 0;
  const uint64_t memory = BatchMemory(bytes, json_bytes);
  if (memory <= reserved) return context_.memory().EmptyLease();
  absl::StatusOr<MemoryLease> lease = context_.memory().Take(memory - reserved, options_.purpose);
  if (lease.ok() || make_room_ == nullptr) return lease;
  CM_RETURN_IF_ERROR(make_room_());
  return context_.memory().Take(memory - reserved, options_.purpose);
}

size_t DocumentBatches::ValueBytes() const {
  if (!options_.keep_members || begun_) return 0;
  size_t bytes = document_.id.size() + document_.source.size();
  for (const std::string_view text : document_.more_texts) bytes += text.size();
  for (const std::string_view member : document_.members) bytes += member.size();
  return bytes;
}

absl::StatusOr<std::unique_ptr<DocumentBatch>> DocumentBatches::Next() {
  if (stopped()) return nullptr;
  auto batch = std::make_unique<DocumentBatch>();
  const size_t max_parts = options_.one_part ? 1 : options_.max_parts;
  batch->keeps_json_ = options_.keep_json;
  const size_t max_json = 2 * batch_bytes_;
  size_t json_bytes = 0;
  while (batch->used_bytes() - json_bytes < batch_bytes_ && batch->size() < max_parts) {
    CM_ASSIGN_OR_RETURN(const bool more, HaveText());
    if (!more) break;
    const size_t taken = batch->used_bytes() - json_bytes + ValueBytes();
    const size_t room = taken < batch_bytes_ ? batch_bytes_ - taken : 0;
    const bool may_cut = options_.cut_at_lines && document_.more_texts.empty();
    const bool whole = rest_.size() <= room || !may_cut;
    const size_t size = whole ? rest_.size() : LinePrefix(rest_, batch_bytes_);
    if (batch->size() == 0) {
      absl::StatusOr<MemoryLease> lease =
          TakeMemory(std::max(size + ValueBytes(), batch_bytes_),
                     options_.keep_json ? std::max(JsonBytes(), max_json) : 0);
      if (!lease.ok()) {
        if (in_flight_) return nullptr;
        return Annotate(lease.status(), source_.Where());
      }
      batch->lease_ = *std::move(lease);
      batch->text_.reserve(std::max(size, batch_bytes_));
    } else if (size > room || taken > batch_bytes_ || json_bytes + JsonBytes() > max_json) {
      break;
    }
    json_bytes += JsonBytes();
    AddPart(size, batch.get());
  }
  if (batch->size() == 0) return nullptr;
  text_bytes_ += batch->text_bytes();
  in_flight_ = true;
  return batch;
}

void DocumentBatches::AddPart(size_t size, DocumentBatch* batch) {
  DocumentBatch::Part part{.part = {.input = document_.input,
                                    .record = document_.record,
                                    .format = document_.format,
                                    .label = document_label_,
                                    .first = !begun_,
                                    .last = size == rest_.size(),
                                    .document_begin = document_.text.size() - rest_.size()},
                           .values = batch->value_ends_.size()};
  batch->text_.append(rest_.substr(0, size));
  part.end = batch->text_.size();
  rest_.remove_prefix(size);
  if (options_.keep_members && !begun_) AddValues(batch);
  begun_ = true;
  batch->parts_.push_back(part);
}

void DocumentBatches::AddValues(DocumentBatch* batch) const {
  batch->more_texts_ = document_.more_texts.size();
  batch->AddValue(document_.id);
  batch->AddValue(document_.source);
  for (const std::string_view text : document_.more_texts) {
    batch->AddValue(text);
    batch->more_text_bytes_ += text.size();
  }
  batch->members_ = document_.members.size();
  for (const std::string_view member : document_.members) batch->AddValue(member);
  if (options_.keep_json) batch->AddValue(document_.json);
}

}  // namespace corpusmill
