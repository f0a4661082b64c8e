#include "pipelines/packing/packing.h"

#include <algorithm>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kFirstSegments = 256;

uint64_t BytesFor(uint32_t seq_len, size_t segments) {
  return uint64_t{seq_len} * sizeof(uint32_t) + segments * sizeof(PackedSegment);
}

}  // namespace

absl::StatusOr<ConcatPacker> ConcatPacker::Create(uint32_t seq_len, MemoryBudget& budget,
                                                  RowCallback write_row) {
  CM_ASSIGN_OR_RETURN(MemoryLease lease, budget.Take(BytesFor(seq_len, kFirstSegments), "a row"));
  return ConcatPacker(seq_len, std::move(lease), std::move(write_row));
}

ConcatPacker::ConcatPacker(uint32_t seq_len, MemoryLease lease, RowCallback write_row)
    : seq_len_(seq_len), lease_(std::move(lease)), write_row_(std::move(write_row)) {
  ids_.reserve(seq_len);
  segments_.reserve(kFirstSegments);
}

void ConcatPacker::BeginDocument(int32_t input, int64_t record) {
  document_ = {.begin = 0, .input = input, .record = record};
  segment_open_ = false;
  document_begun_ = false;
}

absl::Status ConcatPacker::Append(std::span<const uint32_t> ids) {
  while (!ids.empty()) {
    if (ids_.size() == seq_len_) {
      // A full row waits for the next token of its document: the label of its last token.
      CM_RETURN_IF_ERROR(WriteRow(static_cast<int32_t>(ids.front())));
    }
    if (!segment_open_) CM_RETURN_IF_ERROR(BeginSegment());
    const size_t count = std::min<size_t>(ids.size(), seq_len_ - ids_.size());
    ids_.insert(ids_.end(), ids.begin(), ids.begin() + static_cast<ptrdiff_t>(count));
    ids = ids.subspan(count);
  }
  return absl::OkStatus();
}

absl::Status ConcatPacker::EndDocument() {
  segment_open_ = false;
  document_begun_ = false;
  return ids_.size() == seq_len_ ? WriteRow(kIgnoreLabel) : absl::OkStatus();
}

bool ConcatPacker::Rest(PackedRow* row) const {
  *row = {.ids = ids_, .segments = segments_, .last_label = kIgnoreLabel, .continues = continues_};
  return !ids_.empty();
}

absl::Status ConcatPacker::BeginSegment() {
  if (segments_.size() == segments_.capacity()) {
    const size_t capacity = 2 * segments_.capacity();
    // The old and the new array coexist during the copy.
    CM_RETURN_IF_ERROR(
        lease_.Resize(BytesFor(seq_len_, capacity + segments_.size()), "the documents of one row"));
    segments_.reserve(capacity);
    CM_RETURN_IF_ERROR(lease_.Resize(BytesFor(seq_len_, capacity), "the documents of one row"));
  }
  if (ids_.empty()) continues_ = document_begun_;
  segments_.push_back({.begin = static_cast<uint32_t>(ids_.size()),
                       .input = document_.input,
                       .record = document_.record});
  segment_open_ = true;
  document_begun_ = true;
  return absl::OkStatus();
}

absl::Status ConcatPacker::WriteRow(int32_t last_label) {
  CM_RETURN_IF_ERROR(write_row_(
      {.ids = ids_, .segments = segments_, .last_label = last_label, .continues = continues_}));
  ids_.clear();
  segments_.clear();
  segment_open_ = false;
  continues_ = false;
  return absl::OkStatus();
}

}  // namespace corpusmill
