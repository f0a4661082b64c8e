#include "pipelines/shards/shard_reader.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/shards/shard_format.h"

namespace corpusmill {
namespace {

template <typename Number>
absl::Status ReadNumbers(const SafetensorsReader& file, const TensorInfo& tensor, uint64_t first,
                         size_t count, Number* numbers) {
  return file.Read(tensor, first * sizeof(Number), count * sizeof(Number),
                   reinterpret_cast<char*>(numbers));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ShardReader>> ShardReader::Open(
    std::unique_ptr<RandomAccessFile> file, const Manifest& manifest, Context& context) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<SafetensorsReader> tensors,
                      SafetensorsReader::Open(std::move(file), context));
  std::unique_ptr<ShardReader> reader(new ShardReader(std::move(tensors), manifest));
  CM_RETURN_IF_ERROR(reader->CheckHeader());
  return reader;
}

ShardReader::ShardReader(std::unique_ptr<SafetensorsReader> file, const Manifest& manifest)
    : file_(std::move(file)), manifest_(manifest), seq_len_(manifest.options.seq_len) {}

absl::Status ShardReader::CheckMetadata(std::string_view key, std::string_view expected) const {
  const std::string* const value = file_->FindMetadata(key);
  if (value == nullptr) return DataError(absl::StrFormat("%s: metadata has no %s", name(), key));
  if (*value == expected) return absl::OkStatus();
  return DataError(
      absl::StrFormat("%s: %s is %s, the manifest says %s", name(), key, *value, expected));
}

absl::StatusOr<const TensorInfo*> ShardReader::FindTensor(std::string_view tensor, DType dtype,
                                                          size_t dimensions) const {
  const TensorInfo* const info = file_->Find(tensor);
  if (info == nullptr) return DataError(absl::StrFormat("%s: no tensor %s", name(), tensor));
  if (info->dtype != dtype || info->shape.size() != dimensions) {
    return DataError(absl::StrFormat(
        "%s: tensor %s is %d-dimensional %s instead of %d-dimensional %s", name(), tensor,
        info->shape.size(), DTypeName(info->dtype), dimensions, DTypeName(dtype)));
  }
  return info;
}

absl::Status ShardReader::CheckHeader() {
  CM_RETURN_IF_ERROR(CheckMetadata(kMetaFormat, kShardFormat));
  CM_RETURN_IF_ERROR(CheckMetadata(kMetaVersion, kShardVersion));
  CM_RETURN_IF_ERROR(CheckMetadata(kMetaObjective, manifest_.objective));
  CM_RETURN_IF_ERROR(CheckMetadata(kMetaSeqLen, absl::StrFormat("%d", seq_len_)));
  CM_RETURN_IF_ERROR(
      CheckMetadata(kMetaVocabSize, absl::StrFormat("%d", manifest_.tokenizer.vocab_size)));
  CM_RETURN_IF_ERROR(CheckMetadata(kMetaTokenizer, manifest_.tokenizer.xxh3_128));
  CM_ASSIGN_OR_RETURN(input_ids_, FindTensor(kInputIds, IdType(manifest_.tokenizer.vocab_size), 2));
  CM_ASSIGN_OR_RETURN(segment_record_, FindTensor(kSegmentRecord, DType::kI64, 1));
  CM_ASSIGN_OR_RETURN(segment_input_, FindTensor(kSegmentInput, DType::kI32, 1));
  CM_ASSIGN_OR_RETURN(cu_seqlens_, FindTensor(kCuSeqlens, DType::kI32, 1));
  CM_ASSIGN_OR_RETURN(row_segments_, FindTensor(kRowSegments, DType::kI32, 1));
  CM_ASSIGN_OR_RETURN(row_tokens_, FindTensor(kRowTokens, DType::kI32, 1));
  CM_ASSIGN_OR_RETURN(last_labels_, FindTensor(kLastLabels, DType::kI32, 1));
  rows_ = input_ids_->shape[0];
  segments_ = segment_record_->shape[0];
  const auto length = [this](const TensorInfo* tensor, uint64_t expected) {
    if (tensor->shape[0] == expected) return absl::OkStatus();
    return DataError(absl::StrFormat("%s: tensor %s has %d entries instead of %d", name(),
                                     tensor->name, tensor->shape[0], expected));
  };
  if (rows_ == 0 || input_ids_->shape[1] != seq_len_) {
    return DataError(absl::StrFormat("%s: tensor %s is [%d, %d], not [rows, %d]", name(), kInputIds,
                                     rows_, input_ids_->shape[1], seq_len_));
  }
  CM_RETURN_IF_ERROR(length(segment_input_, segments_));
  CM_RETURN_IF_ERROR(length(cu_seqlens_, segments_ + 1));
  CM_RETURN_IF_ERROR(length(row_segments_, rows_ + 1));
  CM_RETURN_IF_ERROR(length(row_tokens_, rows_));
  return length(last_labels_, rows_);
}

absl::StatusOr<Sequence> ShardReader::ReadRow(uint64_t row) const {
  if (row >= rows_) return absl::OutOfRangeError("no such row");
  const auto error = [&](std::string_view what) {
    return DataError(absl::StrFormat("%s: row %d: %s", name(), row, what));
  };
  int32_t range[2];
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, *row_segments_, row, 2, range));
  if (range[0] < 0 || range[1] <= range[0] || static_cast<uint64_t>(range[1]) > segments_ ||
      static_cast<uint64_t>(range[1] - range[0]) > seq_len_) {
    return error("row_segments are not in order");
  }
  const size_t count = static_cast<size_t>(range[1] - range[0]);
  const uint64_t first = static_cast<uint64_t>(range[0]);
  std::vector<int32_t> begins(count + 1);
  std::vector<int32_t> inputs(count);
  std::vector<int64_t> records(count);
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, *cu_seqlens_, first, count + 1, begins.data()));
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, *segment_input_, first, count, inputs.data()));
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, *segment_record_, first, count, records.data()));
  const int64_t row_begin = static_cast<int64_t>(row * seq_len_);
  if (begins.front() != row_begin || begins.back() != row_begin + static_cast<int64_t>(seq_len_)) {
    return error("cu_seqlens have no boundary at its ends");
  }
  Sequence sequence;
  for (size_t i = 0; i < count; ++i) {
    if (begins[i + 1] <= begins[i]) return error("cu_seqlens are not in order");
    sequence.segments.push_back({.begin = static_cast<uint32_t>(begins[i] - row_begin),
                                 .end = static_cast<uint32_t>(begins[i + 1] - row_begin),
                                 .input = inputs[i],
                                 .record = records[i]});
  }
  int32_t tokens = 0;
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, *row_tokens_, row, 1, &tokens));
  if (tokens < 1 || static_cast<uint64_t>(tokens) > seq_len_) {
    return error("row_tokens is out of range");
  }
  sequence.tokens = static_cast<uint32_t>(tokens);
  CM_RETURN_IF_ERROR(ReadNumbers(*file_, *last_labels_, row, 1, &sequence.last_label));
  sequence.ids.resize(seq_len_);
  if (input_ids_->dtype == DType::kU16) {
    std::vector<uint16_t> narrow(seq_len_);
    CM_RETURN_IF_ERROR(ReadNumbers(*file_, *input_ids_, row * seq_len_, seq_len_, narrow.data()));
    sequence.ids.assign(narrow.begin(), narrow.end());
  } else {
    CM_RETURN_IF_ERROR(
        ReadNumbers(*file_, *input_ids_, row * seq_len_, seq_len_, sequence.ids.data()));
  }
  return sequence;
}

}  // namespace corpusmill
