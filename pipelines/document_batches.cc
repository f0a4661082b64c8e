#include "pipelines/document_batches.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"
#include "pipelines/line_pieces.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMinBatchBytes = 64 << 10;
constexpr uint64_t kMaxBatchBytes = 256 << 10;
/// Keeps the bookkeeping of very short documents small.
constexpr size_t kMaxPieces = 4096;

size_t BatchBytes(const MemoryBudget& budget) {
  return std::clamp<uint64_t>(budget.limit_bytes() / 256, kMinBatchBytes, kMaxBatchBytes);
}

size_t MaxInFlight(Context& context, uint64_t batch_memory_bytes) {
  const uint64_t room = context.memory().limit_bytes() / 3 / batch_memory_bytes;
  return std::clamp<uint64_t>(room, 1, 2 * static_cast<uint64_t>(context.threads()));
}

}  // namespace

DocumentBatches::DocumentBatches(DocumentReader& reader, const std::vector<InputFile>& inputs,
                                 Context& context, EmptyDocuments empty_documents,
                                 uint64_t memory_per_text_byte)
    : reader_(reader),
      inputs_(inputs),
      context_(context),
      keep_empty_(empty_documents == EmptyDocuments::kKeep),
      memory_per_text_byte_(memory_per_text_byte),
      batch_bytes_(BatchBytes(context.memory())),
      max_in_flight_(MaxInFlight(context, batch_bytes_ * memory_per_text_byte)) {}

absl::StatusOr<bool> DocumentBatches::HaveText() {
  while (rest_.empty() && (begun_ || !keep_empty_)) {
    CM_ASSIGN_OR_RETURN(const bool more, reader_.Next(&document_));
    if (!more) {
      done_ = true;
      return false;
    }
    rest_ = document_.text;
    begun_ = false;
    if (label_) document_label_ = label_(document_);
    if (rest_.empty()) ++empty_documents_;
  }
  return true;
}

absl::StatusOr<std::unique_ptr<DocumentBatch>> DocumentBatches::Next() {
  auto batch = std::make_unique<DocumentBatch>();
  while (batch->text.size() < batch_bytes_ && batch->pieces.size() < kMaxPieces) {
    CM_ASSIGN_OR_RETURN(const bool more, HaveText());
    if (!more) break;
    const size_t room = batch_bytes_ - batch->text.size();
    const size_t size = rest_.size() <= room ? rest_.size() : LinePrefix(rest_, batch_bytes_);
    if (batch->pieces.empty()) {
      const size_t capacity = std::max(size, batch_bytes_);
      absl::StatusOr<MemoryLease> lease =
          context_.memory().Take(capacity * memory_per_text_byte_, "tokenizing");
      if (!lease.ok()) {
        if (in_flight_) return nullptr;
        return Annotate(
            lease.status(),
            absl::StrFormat("%s: record %d", inputs_[document_.input].path, document_.record + 1));
      }
      batch->lease = *std::move(lease);
      batch->text.reserve(capacity);
    } else if (size > room) {
      break;
    }
    batch->text.append(rest_.substr(0, size));
    rest_.remove_prefix(size);
    batch->pieces.push_back({.input = document_.input,
                             .record = document_.record,
                             .format = document_.format,
                             .label = document_label_,
                             .first = !std::exchange(begun_, true),
                             .last = rest_.empty(),
                             .text_end = batch->text.size()});
  }
  if (batch->pieces.empty()) return nullptr;
  text_bytes_ += batch->text.size();
  in_flight_ = true;
  return batch;
}

}  // namespace corpusmill
