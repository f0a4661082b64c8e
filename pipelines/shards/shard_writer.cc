#include "pipelines/shards/shard_writer.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "pipelines/shards/shard_format.h"
#include "tokenizer/model/model.h"

namespace corpusmill {
namespace {

/// Ids are handed to the file in blocks of about this size.
constexpr size_t kWriteBytes = 256 << 10;

template <typename Id>
void AppendIdsAs(const PackedRow& row, uint32_t seq_len, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + seq_len * sizeof(Id));
  Id value = 0;
  char* at = out->data() + begin;
  for (uint32_t i = 0; i < seq_len; ++i, at += sizeof(Id)) {
    value = static_cast<Id>(i < row.ids.size() ? row.ids[i] : Model::kPadId);
    std::char_traits<char>::copy(at, reinterpret_cast<const char*>(&value), sizeof(Id));
  }
}

/// Reads a finished file back: its header was written last, so its hash could
/// not be taken on the way, and this also sees what the disk returns.
absl::Status HashFile(const std::string& path, const Context& context, ManifestShard* shard) {
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenFile(path, &context));
  StreamHasher hasher;
  std::string buffer(kWriteBytes, '\0');
  shard->bytes = 0;
  while (true) {
    CM_ASSIGN_OR_RETURN(const size_t size, source->Read(buffer.data(), buffer.size()));
    if (size == 0) break;
    hasher.Update({buffer.data(), size});
    shard->bytes += size;
  }
  shard->xxh3_128 = hasher.Digest().ToHex();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ShardWriter>> ShardWriter::Create(ShardWriterOptions options,
                                                                 Context& context) {
  const auto spool = [&] { return Spool::Create(options.temp_dir, context.memory()); };
  CM_ASSIGN_OR_RETURN(Spool segment_record, spool());
  CM_ASSIGN_OR_RETURN(Spool cu_seqlens, spool());
  CM_ASSIGN_OR_RETURN(Spool row_segments, spool());
  CM_ASSIGN_OR_RETURN(Spool row_tokens, spool());
  CM_ASSIGN_OR_RETURN(Spool last_labels, spool());
  CM_ASSIGN_OR_RETURN(Spool segment_input, spool());
  const uint64_t row_bytes = options.seq_len * DTypeBytes(IdType(options.vocab_size));
  CM_ASSIGN_OR_RETURN(MemoryLease lease,
                      context.memory().Take(2 * kWriteBytes + row_bytes, "shard buffers"));
  return std::unique_ptr<ShardWriter>(new ShardWriter(
      std::move(options), context,
      Columns{std::move(segment_record), std::move(cu_seqlens), std::move(row_segments),
              std::move(row_tokens), std::move(last_labels), std::move(segment_input)},
      std::move(lease)));
}

ShardWriter::ShardWriter(ShardWriterOptions options, Context& context, Columns columns,
                         MemoryLease lease)
    : options_(std::move(options)),
      context_(context),
      id_type_(IdType(options_.vocab_size)),
      columns_(std::move(columns)),
      lease_(std::move(lease)) {
  ids_.reserve(kWriteBytes + options_.seq_len * DTypeBytes(id_type_));
}

absl::Status ShardWriter::WriteRow(const PackedRow& row) {
  if (file_ == nullptr) CM_RETURN_IF_ERROR(OpenShard());
  const uint64_t row_begin = shard_.rows * options_.seq_len;
  CM_RETURN_IF_ERROR(columns_.row_segments.AppendNumber(static_cast<int32_t>(shard_.segments)));
  for (const PackedSegment& segment : row.segments) {
    CM_RETURN_IF_ERROR(AppendSegment(row_begin + segment.begin, segment.input, segment.record));
  }
  const uint64_t padding = options_.seq_len - row.ids.size();
  if (padding > 0) {
    CM_RETURN_IF_ERROR(AppendSegment(row_begin + row.ids.size(), kPaddingInput, kPaddingRecord));
  }
  CM_RETURN_IF_ERROR(columns_.row_tokens.AppendNumber(static_cast<int32_t>(row.ids.size())));
  CM_RETURN_IF_ERROR(columns_.last_labels.AppendNumber(row.last_label));
  CM_RETURN_IF_ERROR(AppendIds(row));
  shard_.rows += 1;
  shard_.tokens += row.ids.size();
  shard_.documents += row.segments.size() - (row.continues ? 1 : 0);
  for (const uint32_t id : row.ids) shard_.text_bytes += options_.token_bytes[id];
  padding_tokens_ += padding;
  return shard_.rows == options_.rows_per_shard ? CloseShard() : absl::OkStatus();
}

absl::Status ShardWriter::Finish() { return file_ == nullptr ? absl::OkStatus() : CloseShard(); }

absl::Status ShardWriter::OpenShard() {
  shard_ = ManifestShard();
  shard_.file = ShardFileName(shards_.size());
  CM_ASSIGN_OR_RETURN(
      std::unique_ptr<PatchableSink> sink,
      CreateFile(absl::StrFormat("%s/%s", options_.folder, shard_.file), {.io = context_.io()}));
  CM_ASSIGN_OR_RETURN(
      file_, SafetensorsWriter::Create(
                 std::move(sink),
                 {{std::string(kMetaFormat), std::string(kShardFormat)},
                  {std::string(kMetaVersion), std::string(kShardVersion)},
                  {std::string(kMetaObjective), options_.objective},
                  {std::string(kMetaSeqLen), absl::StrFormat("%d", options_.seq_len)},
                  {std::string(kMetaVocabSize), absl::StrFormat("%d", options_.vocab_size)},
                  {std::string(kMetaTokenizer), options_.tokenizer_xxh3_128}}));
  return file_->BeginTensor(std::string(kInputIds), id_type_, {options_.seq_len});
}

absl::Status ShardWriter::CloseShard() {
  CM_RETURN_IF_ERROR(FlushIds());
  CM_RETURN_IF_ERROR(file_->EndTensor());
  // Some readers want every tensor at a multiple of its element size.
  if (const uint64_t over = file_->data_bytes() % kAlignBytes; over != 0) {
    CM_RETURN_IF_ERROR(file_->BeginTensor(std::string(kAlign), DType::kU8, {}));
    CM_RETURN_IF_ERROR(file_->Append(std::string(kAlignBytes - over, '\0')));
    CM_RETURN_IF_ERROR(file_->EndTensor());
  }
  CM_RETURN_IF_ERROR(
      columns_.cu_seqlens.AppendNumber(static_cast<int32_t>(shard_.rows * options_.seq_len)));
  CM_RETURN_IF_ERROR(columns_.row_segments.AppendNumber(static_cast<int32_t>(shard_.segments)));
  CM_RETURN_IF_ERROR(WriteColumn(kSegmentRecord, DType::kI64, columns_.segment_record));
  CM_RETURN_IF_ERROR(WriteColumn(kSegmentInput, DType::kI32, columns_.segment_input));
  CM_RETURN_IF_ERROR(WriteColumn(kCuSeqlens, DType::kI32, columns_.cu_seqlens));
  CM_RETURN_IF_ERROR(WriteColumn(kRowSegments, DType::kI32, columns_.row_segments));
  CM_RETURN_IF_ERROR(WriteColumn(kRowTokens, DType::kI32, columns_.row_tokens));
  CM_RETURN_IF_ERROR(WriteColumn(kLastLabels, DType::kI32, columns_.last_labels));
  CM_RETURN_IF_ERROR(file_->Close());
  file_.reset();
  CM_RETURN_IF_ERROR(
      HashFile(absl::StrFormat("%s/%s", options_.folder, shard_.file), context_, &shard_));
  shards_.push_back(std::move(shard_));
  return context_.CheckCancelled();
}

absl::Status ShardWriter::AppendIds(const PackedRow& row) {
  if (id_type_ == DType::kU16) {
    AppendIdsAs<uint16_t>(row, options_.seq_len, &ids_);
  } else {
    AppendIdsAs<uint32_t>(row, options_.seq_len, &ids_);
  }
  return ids_.size() >= kWriteBytes ? FlushIds() : absl::OkStatus();
}

absl::Status ShardWriter::FlushIds() {
  CM_RETURN_IF_ERROR(file_->Append(ids_));
  ids_.clear();
  return absl::OkStatus();
}

absl::Status ShardWriter::AppendSegment(uint64_t begin, int32_t input, int64_t record) {
  CM_RETURN_IF_ERROR(columns_.cu_seqlens.AppendNumber(static_cast<int32_t>(begin)));
  CM_RETURN_IF_ERROR(columns_.segment_input.AppendNumber(input));
  CM_RETURN_IF_ERROR(columns_.segment_record.AppendNumber(record));
  ++shard_.segments;
  return absl::OkStatus();
}

absl::Status ShardWriter::WriteColumn(std::string_view name, DType dtype, Spool& column) {
  CM_RETURN_IF_ERROR(file_->BeginTensor(std::string(name), dtype, {}));
  CM_RETURN_IF_ERROR(column.Drain([this](std::string_view part) { return file_->Append(part); }));
  return file_->EndTensor();
}

}  // namespace corpusmill
