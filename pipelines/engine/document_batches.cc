#include "pipelines/engine/document_batches.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/line_cut.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMinBatchBytes = 64 << 10;
constexpr uint64_t kMaxBatchBytes = 256 << 10;
/// Keeps the bookkeeping of very short documents small.
constexpr size_t kMaxPieces = 4096;

size_t BatchBytes(const MemoryBudget& budget) {
  return std::clamp<uint64_t>(budget.limit_bytes() / 256, kMinBatchBytes, kMaxBatchBytes);
}

size_t MaxInFlight(Context& context, uint64_t bytes_per_batch) {
  const uint64_t room = context.memory().limit_bytes() / 3 / bytes_per_batch;
  return std::clamp<uint64_t>(room, 1, 2 * static_cast<uint64_t>(context.threads()));
}

}  // namespace

DocumentBatches::DocumentBatches(DocumentReader& reader, const std::vector<InputFile>& inputs,
                                 Context& context, const Options& options)
    : reader_(reader),
      inputs_(inputs),
      context_(context),
      options_(options),
      batch_bytes_(BatchBytes(context.memory())),
      max_in_flight_(MaxInFlight(context, batch_bytes_ * options.memory_per_text_byte)) {}

absl::StatusOr<bool> DocumentBatches::HaveText() {
  while (rest_.empty() && (begun_ || !options_.keep_empty)) {
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
  const size_t max_pieces = options_.one_piece ? 1 : kMaxPieces;
  while (batch->text.size() + batch->names.size() < batch_bytes_ &&
         batch->pieces.size() < max_pieces) {
    CM_ASSIGN_OR_RETURN(const bool more, HaveText());
    if (!more) break;
    const bool has_names = options_.keep_names && !begun_;
    const size_t names = has_names ? document_.id.size() + document_.source.size() : 0;
    const size_t taken = batch->text.size() + batch->names.size() + names;
    const size_t room = taken < batch_bytes_ ? batch_bytes_ - taken : 0;
    const bool whole = rest_.size() <= room || !options_.cut_at_lines;
    const size_t size = whole ? rest_.size() : LinePrefix(rest_, batch_bytes_);
    if (batch->pieces.empty()) {
      const size_t capacity = std::max(size + names, batch_bytes_);
      absl::StatusOr<MemoryLease> lease =
          context_.memory().Take(capacity * options_.memory_per_text_byte, "tokenizing");
      if (!lease.ok()) {
        if (in_flight_) return nullptr;
        return Annotate(
            lease.status(),
            absl::StrFormat("%s: record %d", inputs_[document_.input].path, document_.record + 1));
      }
      batch->lease = *std::move(lease);
      batch->text.reserve(std::max(size, batch_bytes_));
    } else if (size > room || taken > batch_bytes_) {
      break;
    }
    DocumentPiece piece{.input = document_.input,
                        .record = document_.record,
                        .format = document_.format,
                        .label = document_label_,
                        .first = !begun_,
                        .last = size == rest_.size(),
                        .document_begin = document_.text.size() - rest_.size()};
    begun_ = true;
    batch->text.append(rest_.substr(0, size));
    rest_.remove_prefix(size);
    piece.text_end = batch->text.size();
    if (has_names) batch->names.append(document_.id);
    piece.id_end = batch->names.size();
    if (has_names) batch->names.append(document_.source);
    piece.source_end = batch->names.size();
    batch->pieces.push_back(piece);
  }
  if (batch->pieces.empty()) return nullptr;
  text_bytes_ += batch->text.size();
  in_flight_ = true;
  return batch;
}

}  // namespace corpusmill
