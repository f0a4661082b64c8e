#include "pipelines/shards/clm_reader.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/rows/packed_row.h"
#include "pipelines/shards/clm_schema.h"
#include "pipelines/shards/shard_format.h"

namespace corpusmill {
namespace {

constexpr size_t kCursorBytes = 64 << 10;
constexpr size_t kCursors = 6;
constexpr size_t kIdBytes = 256 << 10;

template <typename Number>
absl::Status ReadNumbers(const ShardFile& file, ClmColumn column, uint64_t first, size_t count,
                         Number* numbers) {
  return file.Read(column, first, count, reinterpret_cast<char*>(numbers));
}

/// Reads the values of a column in order.
template <typename Number>
class Cursor {
 public:
  Cursor(const ShardFile& file, ClmColumn column)
      : file_(file), column_(column), left_(file.entries(column)) {}

  /// Reads the next value. REQUIRES: the column has one.
  absl::Status Next(Number* number) {
    if (next_ == buffer_.size()) {
      buffer_.resize(std::min<uint64_t>(left_, kCursorBytes / sizeof(Number)));
      if (buffer_.empty()) return DataError("read beyond the end of a column");
      CM_RETURN_IF_ERROR(ReadNumbers(file_, column_, first_, buffer_.size(), buffer_.data()));
      first_ += buffer_.size();
      left_ -= buffer_.size();
      next_ = 0;
    }
    *number = buffer_[next_++];
    return absl::OkStatus();
  }

 private:
  const ShardFile& file_;
  const ClmColumn column_;
  uint64_t left_;
  uint64_t first_ = 0;
  std::vector<Number> buffer_;
  size_t next_ = 0;
};

/// Finds the first of `count` ids that is at least `limit`.
template <typename Id>
std::optional<uint32_t> FirstTooLarge(const char* bytes, size_t count, uint64_t limit) {
  for (size_t i = 0; i < count; ++i) {
    Id id = 0;
    std::memcpy(&id, bytes + i * sizeof(Id), sizeof(Id));
    if (id >= limit) return id;
  }
  return std::nullopt;
}

/// Checks every rule of docs/formats/shards.md for one shard, row by row.
class ClmChecker {
 public:
  ClmChecker(const ShardFile& file, const Manifest& manifest, uint64_t rows, uint64_t segments)
      : file_(file),
        manifest_(manifest),
        seq_len_(manifest.options.seq_len),
        rows_(rows),
        segments_(segments),
        id_bytes_(ElementBytes(ShardIdType(manifest.tokenizer.vocab_size))),
        records_(file, kClmSegmentRecord),
        inputs_(file, kClmSegmentInput),
        begins_(file, kClmCuSeqlens),
        row_segments_(file, kClmRowSegments),
        row_tokens_(file, kClmRowTokens),
        last_labels_(file, kClmLastLabels),
        ids_(kIdBytes, '\0') {}

  absl::StatusOr<ShardContent> Check(const Context& context) {
    content_.rows = rows_;
    content_.segments = segments_;
    CM_RETURN_IF_ERROR(begins_.Next(&begin_));
    CM_RETURN_IF_ERROR(row_segments_.Next(&segment_));
    if (segment_ != 0) return Error("row_segments do not begin with 0");
    for (; row_ < rows_; ++row_) {
      if (row_ % 64 == 0) CM_RETURN_IF_ERROR(context.CheckCancelled());
      CM_RETURN_IF_ERROR(CheckRow());
    }
    if (static_cast<uint64_t>(segment_) != segments_) {
      row_ = rows_ - 1;
      return Error("row_segments do not end with the number of segments");
    }
    return content_;
  }

 private:
  absl::Status Error(std::string_view what) const {
    return DataError(absl::StrFormat("%s: row %d: %s", file_.name(), row_, what));
  }

  absl::Status CheckRow() {
    row_begin_ = static_cast<int64_t>(row_ * seq_len_);
    const int64_t row_end = row_begin_ + static_cast<int64_t>(seq_len_);
    CM_RETURN_IF_ERROR(row_tokens_.Next(&tokens_));
    if (tokens_ < 1 || static_cast<uint64_t>(tokens_) > seq_len_) {
      return Error("row_tokens is out of range");
    }
    int32_t next_row = 0;
    CM_RETURN_IF_ERROR(row_segments_.Next(&next_row));
    if (next_row <= segment_ || static_cast<uint64_t>(next_row) > segments_) {
      return Error("row_segments are not in order");
    }
    if (begin_ != row_begin_) return Error("cu_seqlens have no boundary at the start of the row");

    edge_ = ShardEdge();
    CM_RETURN_IF_ERROR(CheckIds());
    padded_ = false;
    for (const int32_t first = segment_; segment_ < next_row; ++segment_) {
      CM_RETURN_IF_ERROR(CheckSegment(segment_ == first));
    }
    if (begin_ != row_end || padded_ != (static_cast<uint64_t>(tokens_) < seq_len_)) {
      return Error("cu_seqlens have no boundary at the end of the row");
    }
    CM_RETURN_IF_ERROR(last_labels_.Next(&edge_.last_label));
    const int64_t vocab_size = static_cast<int64_t>(manifest_.tokenizer.vocab_size);
    if (edge_.last_label != kIgnoreLabel &&
        (padded_ || edge_.last_label < 0 || edge_.last_label >= vocab_size)) {
      return Error(absl::StrFormat("last_labels has the invalid label %d", edge_.last_label));
    }
    content_.tokens += static_cast<uint64_t>(tokens_);
    content_.last = edge_;
    return absl::OkStatus();
  }

  absl::Status CheckIds() {
    const uint64_t tokens = static_cast<uint64_t>(tokens_);
    const uint64_t per_block = kIdBytes / id_bytes_;
    for (uint64_t done = 0; done < seq_len_;) {
      // A block is all tokens or all padding.
      const bool padding = done >= tokens;
      const size_t count =
          static_cast<size_t>(std::min(per_block, (padding ? seq_len_ : tokens) - done));
      CM_RETURN_IF_ERROR(file_.Read(kClmInputIds, row_ * seq_len_ + done, count, ids_.data()));
      if (done == 0) std::memcpy(&edge_.first_id, ids_.data(), id_bytes_);
      const uint64_t limit = padding ? kPaddingId + 1 : manifest_.tokenizer.vocab_size;
      const std::optional<uint32_t> bad = id_bytes_ == 2
                                              ? FirstTooLarge<uint16_t>(ids_.data(), count, limit)
                                              : FirstTooLarge<uint32_t>(ids_.data(), count, limit);
      if (bad) {
        return Error(absl::StrFormat("id %d %s", *bad,
                                     padding ? "is in the padding" : "is not in the vocabulary"));
      }
      done += count;
    }
    return absl::OkStatus();
  }

  absl::Status CheckSegment(bool first_of_row) {
    int32_t input = 0;
    int64_t record = 0;
    int32_t end = 0;
    CM_RETURN_IF_ERROR(inputs_.Next(&input));
    CM_RETURN_IF_ERROR(records_.Next(&record));
    CM_RETURN_IF_ERROR(begins_.Next(&end));
    if (end <= begin_ || end > row_begin_ + static_cast<int64_t>(seq_len_)) {
      return Error("cu_seqlens are not in order");
    }
    const int64_t tokens_end = row_begin_ + tokens_;
    padded_ = begin_ == tokens_end;
    if (begin_ > tokens_end || (!padded_ && end > tokens_end)) {
      return Error("the padding is not one segment of its own");
    }
    begin_ = end;
    if (!padded_) return CheckDocument(input, record, first_of_row);
    if (input != kPaddingInput || record != kPaddingRecord) {
      return Error("the padding has the identity of a document");
    }
    return absl::OkStatus();
  }

  absl::Status CheckDocument(int32_t input, int64_t record, bool first_of_row) {
    if (input < 0 || static_cast<size_t>(input) >= manifest_.inputs.size() || record < 0 ||
        static_cast<uint64_t>(record) >= manifest_.inputs[static_cast<size_t>(input)].records) {
      return Error(absl::StrFormat("document (%d, %d) is not among the inputs", input, record));
    }
    const bool same = edge_.input == input && edge_.record == record;
    const bool before = std::pair(input, record) < std::pair(edge_.input, edge_.record);
    edge_.input = input;
    edge_.record = record;
    if (!first_of_row) {
      if (same && !any_order_) return Error("one document has two segments");
      if (before && !any_order_) return Error("documents are not in order");
    } else if (row_ == 0) {
      content_.first = edge_;
    } else {
      const absl::StatusOr<bool> continues = Continues(content_.last, edge_, any_order_);
      if (!continues.ok()) return Error(Message(continues.status()));
      if (*continues) return absl::OkStatus();
    }
    ++content_.documents;
    return absl::OkStatus();
  }

  const ShardFile& file_;
  const Manifest& manifest_;
  const bool any_order_ = manifest_.any_order();
  const uint64_t seq_len_;
  const uint64_t rows_;
  const uint64_t segments_;
  const size_t id_bytes_;
  Cursor<int64_t> records_;
  Cursor<int32_t> inputs_, begins_, row_segments_, row_tokens_, last_labels_;
  std::string ids_;

  ShardContent content_;
  uint64_t row_ = 0;
  int64_t row_begin_ = 0;  // Position of the row in the shard.
  int32_t tokens_ = 0;     // Tokens of the row.
  bool padded_ = false;    // The previous segment is padding.
  int32_t begin_ = 0;      // Position of the next segment in the shard.
  int32_t segment_ = 0;    // Index of the next segment.
  ShardEdge edge_;         // Edge of the row.
};

class ClmReader final : public ShardReader {
 public:
  ClmReader(std::unique_ptr<ShardFile> file, const Manifest& manifest)
      : file_(std::move(file)),
        manifest_(manifest),
        seq_len_(manifest.options.seq_len),
        rows_(file_->entries(kClmInputIds)),
        segments_(file_->entries(kClmSegmentRecord)) {}

  uint64_t rows() const override { return rows_; }
  const std::string& name() const override { return file_->name(); }
  absl::StatusOr<Sequence> ReadRow(uint64_t row) const override;

  absl::StatusOr<ShardContent> Check(Context& context) const override {
    CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                        context.memory().Take(kCursors * kCursorBytes + kIdBytes, "shard check"));
    return ClmChecker(*file_, manifest_, rows_, segments_).Check(context);
  }

 private:
  absl::Status Error(uint64_t row, std::string_view what) const {
    return DataError(absl::StrFormat("%s: row %d: %s", name(), row, what));
  }
  absl::Status ReadSegments(uint64_t row, std::vector<SequenceSegment>* segments) const;
  absl::Status ReadIds(uint64_t row, std::vector<uint32_t>* ids) const;

  const std::unique_ptr<ShardFile> file_;
  const Manifest& manifest_;
  const uint64_t seq_len_;
  const uint64_t rows_;
  const uint64_t segments_;
};

absl::StatusOr<Sequence> ClmReader::ReadRow(uint64_t row) const {
  if (row >= rows_) return absl::OutOfRangeError("no such row");
  Sequence sequence;
  CM_RETURN_IF_ERROR(ReadSegments(row, &sequence.segments));
  int32_t tokens = 0;
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, kClmRowTokens, row, 1, &tokens));
  if (tokens < 1 || static_cast<uint64_t>(tokens) > seq_len_) {
    return Error(row, "row_tokens is out of range");
  }
  sequence.tokens = static_cast<uint32_t>(tokens);
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, kClmLastLabels, row, 1, &sequence.last_label));
  CM_RETURN_IF_ERROR(ReadIds(row, &sequence.ids));
  return sequence;
}

absl::Status ClmReader::ReadSegments(uint64_t row, std::vector<SequenceSegment>* segments) const {
  int32_t range[2];
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, kClmRowSegments, row, 2, range));
  if (range[0] < 0 || range[1] <= range[0] || static_cast<uint64_t>(range[1]) > segments_ ||
      static_cast<uint64_t>(range[1] - range[0]) > seq_len_) {
    return Error(row, "row_segments are not in order");
  }
  const size_t count = static_cast<size_t>(range[1] - range[0]);
  const uint64_t first = static_cast<uint64_t>(range[0]);
  std::vector<int32_t> begins(count + 1);
  std::vector<int32_t> inputs(count);
  std::vector<int64_t> records(count);
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, kClmCuSeqlens, first, count + 1, begins.data()));
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, kClmSegmentInput, first, count, inputs.data()));
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, kClmSegmentRecord, first, count, records.data()));
  const int64_t row_begin = static_cast<int64_t>(row * seq_len_);
  if (begins.front() != row_begin || begins.back() != row_begin + static_cast<int64_t>(seq_len_)) {
    return Error(row, "cu_seqlens have no boundary at the start or the end of the row");
  }
  for (size_t i = 0; i < count; ++i) {
    if (begins[i + 1] <= begins[i]) return Error(row, "cu_seqlens are not in order");
    segments->push_back({.begin = static_cast<uint32_t>(begins[i] - row_begin),
                         .end = static_cast<uint32_t>(begins[i + 1] - row_begin),
                         .input = inputs[i],
                         .record = records[i]});
  }
  return absl::OkStatus();
}

absl::Status ClmReader::ReadIds(uint64_t row, std::vector<uint32_t>* ids) const {
  ids->resize(seq_len_);
  if (ShardIdType(manifest_.tokenizer.vocab_size) == ElementType::kU32) {
    return ReadNumbers(*file_, kClmInputIds, row * seq_len_, seq_len_, ids->data());
  }
  std::vector<uint16_t> narrow(seq_len_);
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, kClmInputIds, row * seq_len_, seq_len_, narrow.data()));
  ids->assign(narrow.begin(), narrow.end());
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<ShardReader> MakeClmReader(std::unique_ptr<ShardFile> file,
                                           const Manifest& manifest) {
  return std::make_unique<ClmReader>(std::move(file), manifest);
}

}  // namespace corpusmill
