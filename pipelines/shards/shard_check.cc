#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/packing/packing.h"
#include "pipelines/shards/shard_format.h"
#include "pipelines/shards/shard_reader.h"
#include "tokenizer/model/model.h"

namespace corpusmill {
namespace {

constexpr size_t kColumnBytes = 64 << 10;
constexpr size_t kColumns = 6;
constexpr size_t kIdBytes = 256 << 10;

/// The numbers of a vector, one after the other.
template <typename Number>
class Column {
 public:
  Column(const SafetensorsReader& file, const TensorInfo& tensor)
      : file_(file), tensor_(tensor), left_(tensor.shape[0]) {}

  /// REQUIRES: fewer were read than the tensor has.
  absl::Status Next(Number* number) {
    if (next_ == buffer_.size()) {
      buffer_.resize(std::min<uint64_t>(left_, kColumnBytes / sizeof(Number)));
      if (buffer_.empty()) return DataError("read beyond the end of a tensor");
      CM_RETURN_IF_ERROR(file_.Read(tensor_, offset_, buffer_.size() * sizeof(Number),
                                    reinterpret_cast<char*>(buffer_.data())));
      offset_ += buffer_.size() * sizeof(Number);
      left_ -= buffer_.size();
      next_ = 0;
    }
    *number = buffer_[next_++];
    return absl::OkStatus();
  }

 private:
  const SafetensorsReader& file_;
  const TensorInfo& tensor_;
  uint64_t left_;
  uint64_t offset_ = 0;
  std::vector<Number> buffer_;
  size_t next_ = 0;
};

/// The first of `count` ids that is not below `limit`.
template <typename Id>
std::optional<uint32_t> FirstTooLarge(const char* bytes, size_t count, uint64_t limit) {
  for (size_t i = 0; i < count; ++i) {
    Id id = 0;
    std::memcpy(&id, bytes + i * sizeof(Id), sizeof(Id));
    if (id >= limit) return id;
  }
  return std::nullopt;
}

uint32_t IdAt(const char* bytes, DType dtype) {
  uint32_t id = 0;
  std::memcpy(&id, bytes, DTypeBytes(dtype));
  return id;
}

}  // namespace

absl::StatusOr<bool> Continues(const ShardEdge& last, const ShardEdge& first) {
  const bool same = last.input == first.input && last.record == first.record;
  const int64_t expected = same ? static_cast<int64_t>(first.first_id) : kIgnoreLabel;
  if (last.last_label != expected) {
    return DataError(absl::StrFormat("the last label of the row before is %d instead of %d",
                                     last.last_label, expected));
  }
  if (std::pair(first.input, first.record) < std::pair(last.input, last.record)) {
    return DataError("documents are not in order");
  }
  return same;
}

absl::Status ShardReader::CheckIds(uint64_t row, uint64_t tokens, std::string& buffer,
                                   uint32_t* first_id) const {
  const size_t width = DTypeBytes(input_ids_->dtype);
  const uint64_t vocab_size = manifest_.tokenizer.vocab_size;
  const uint64_t per_block = kIdBytes / width;
  for (uint64_t done = 0; done < seq_len_;) {
    // A block is all tokens or all padding.
    const bool padding = done >= tokens;
    const size_t count =
        static_cast<size_t>(std::min(per_block, (padding ? seq_len_ : tokens) - done));
    CM_RETURN_IF_ERROR(
        file_->Read(*input_ids_, (row * seq_len_ + done) * width, count * width, buffer.data()));
    if (done == 0) *first_id = IdAt(buffer.data(), input_ids_->dtype);
    const uint64_t limit = padding ? Model::kPadId + 1 : vocab_size;
    const std::optional<uint32_t> bad = width == 2
                                            ? FirstTooLarge<uint16_t>(buffer.data(), count, limit)
                                            : FirstTooLarge<uint32_t>(buffer.data(), count, limit);
    if (bad) {
      return DataError(absl::StrFormat("%s: row %d: id %d %s", name(), row, *bad,
                                       padding ? "in the padding" : "is not in the vocabulary"));
    }
    done += count;
  }
  return absl::OkStatus();
}

absl::StatusOr<ShardContent> ShardReader::Check(Context& context) const {
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context.memory().Take(kColumns * kColumnBytes + kIdBytes, "shard check"));
  std::string id_buffer(kIdBytes, '\0');
  Column<int64_t> records(*file_, *segment_record_);
  Column<int32_t> inputs(*file_, *segment_input_);
  Column<int32_t> begins(*file_, *cu_seqlens_);
  Column<int32_t> row_segments(*file_, *row_segments_);
  Column<int32_t> row_tokens(*file_, *row_tokens_);
  Column<int32_t> last_labels(*file_, *last_labels_);
  const int64_t vocab_size = static_cast<int64_t>(manifest_.tokenizer.vocab_size);

  ShardContent content;
  content.rows = rows_;
  content.segments = segments_;
  uint64_t row = 0;
  const auto error = [&](std::string_view what) {
    return DataError(absl::StrFormat("%s: row %d: %s", name(), row, what));
  };
  int32_t begin = 0;  // Of the next segment, in the shard.
  CM_RETURN_IF_ERROR(begins.Next(&begin));
  int32_t segment = 0;  // The number of that segment.
  CM_RETURN_IF_ERROR(row_segments.Next(&segment));
  if (segment != 0) return error("row_segments do not begin with 0");
  for (; row < rows_; ++row) {
    if (row % 64 == 0) CM_RETURN_IF_ERROR(context.CheckCancelled());
    const int64_t row_begin = static_cast<int64_t>(row * seq_len_);
    const int64_t row_end = row_begin + static_cast<int64_t>(seq_len_);
    int32_t tokens = 0;
    CM_RETURN_IF_ERROR(row_tokens.Next(&tokens));
    if (tokens < 1 || static_cast<uint64_t>(tokens) > seq_len_) {
      return error("row_tokens is out of range");
    }
    int32_t next_row = 0;
    CM_RETURN_IF_ERROR(row_segments.Next(&next_row));
    if (next_row <= segment || static_cast<uint64_t>(next_row) > segments_) {
      return error("row_segments are not in order");
    }
    if (begin != row_begin) return error("cu_seqlens have no boundary at its beginning");

    ShardEdge edge;
    CM_RETURN_IF_ERROR(CheckIds(row, static_cast<uint64_t>(tokens), id_buffer, &edge.first_id));
    bool padded = false;
    for (const int32_t first = segment; segment < next_row; ++segment) {
      int32_t input = 0;
      int64_t record = 0;
      int32_t end = 0;
      CM_RETURN_IF_ERROR(inputs.Next(&input));
      CM_RETURN_IF_ERROR(records.Next(&record));
      CM_RETURN_IF_ERROR(begins.Next(&end));
      if (end <= begin || end > row_end) return error("cu_seqlens are not in order");
      padded = begin == row_begin + tokens;
      if (begin > row_begin + tokens || (!padded && end > row_begin + tokens)) {
        return error("the padding is not one segment of its own");
      }
      begin = end;
      if (padded) {
        if (input != kPaddingInput || record != kPaddingRecord) {
          return error("the padding has the identity of a document");
        }
        continue;
      }
      if (input < 0 || static_cast<size_t>(input) >= manifest_.inputs.size() || record < 0 ||
          static_cast<uint64_t>(record) >= manifest_.inputs[static_cast<size_t>(input)].records) {
        return error(absl::StrFormat("document (%d, %d) is not among the inputs", input, record));
      }
      const bool same = edge.input == input && edge.record == record;
      const bool before = std::pair(input, record) < std::pair(edge.input, edge.record);
      edge.input = input;
      edge.record = record;
      if (segment > first) {
        if (same) return error("one document has two segments");
        if (before) return error("documents are not in order");
        ++content.documents;
      } else if (row == 0) {
        content.first = edge;
        ++content.documents;
      } else {
        const absl::StatusOr<bool> continues = Continues(content.last, edge);
        if (!continues.ok()) return error(Message(continues.status()));
        if (!*continues) ++content.documents;
      }
    }
    if (begin != row_end || padded != (static_cast<uint64_t>(tokens) < seq_len_)) {
      return error("cu_seqlens do not end with it");
    }
    CM_RETURN_IF_ERROR(last_labels.Next(&edge.last_label));
    if (edge.last_label != kIgnoreLabel &&
        (padded || edge.last_label < 0 || edge.last_label >= vocab_size)) {
      return error(absl::StrFormat("last_labels has %d", edge.last_label));
    }
    content.tokens += static_cast<uint64_t>(tokens);
    content.last = edge;
  }
  if (static_cast<uint64_t>(segment) != segments_) {
    row = rows_ - 1;
    return error("row_segments do not end with the number of segments");
  }
  return content;
}

}  // namespace corpusmill
