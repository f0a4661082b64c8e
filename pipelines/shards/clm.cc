#include <string>
#include <utility>

#include "corpus/base/status.h"
#include "pipelines/shards/clm_reader.h"
#include "pipelines/shards/clm_schema.h"
#include "pipelines/shards/objective.h"
#include "pipelines/shards/shard_format.h"

namespace corpusmill {
namespace {

/// The approximate size of a batch for the shard.
constexpr size_t kBatchBytes = 256 << 10;

template <typename Number>
void AppendNumber(Number number, std::string* out) {
  out->append(reinterpret_cast<const char*>(&number), sizeof(number));
}

/// Appends the ids of a row and its padding.
template <typename Id>
void AppendIds(std::span<const uint32_t> ids, uint64_t seq_len, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + seq_len * sizeof(Id));
  char* at = out->data() + begin;
  for (uint64_t i = 0; i < seq_len; ++i, at += sizeof(Id)) {
    const Id value = static_cast<Id>(i < ids.size() ? ids[i] : kPaddingId);
    std::char_traits<char>::copy(at, reinterpret_cast<const char*>(&value), sizeof(Id));
  }
}

class ClmEncoder final : public RowEncoder {
 public:
  explicit ClmEncoder(const Schema& schema)
      : seq_len_(schema.seq_len), id_type_(schema.columns[kClmInputIds].type) {
    batch_.columns.resize(schema.columns.size());
    batch_.columns[kClmInputIds].reserve(kBatchBytes + seq_len_ * ElementBytes(id_type_));
  }

  absl::Status Add(const PackedRow& row, ShardWriter& shard) override {
    const uint64_t row_begin = rows_ * seq_len_;
    Append(kClmRowSegments, static_cast<int32_t>(segments_));
    for (const PackedSegment& segment : row.segments) {
      AppendSegment(row_begin + segment.begin, segment.input, segment.record);
      if (segments_ % kFlushSegments == 0) CM_RETURN_IF_ERROR(Flush(shard));
    }
    if (row.ids.size() < seq_len_) {
      AppendSegment(row_begin + row.ids.size(), kPaddingInput, kPaddingRecord);
    }
    Append(kClmRowTokens, static_cast<int32_t>(row.ids.size()));
    Append(kClmLastLabels, row.last_label);
    std::string& ids = batch_.columns[kClmInputIds];
    if (id_type_ == ElementType::kU16) {
      AppendIds<uint16_t>(row.ids, seq_len_, &ids);
    } else {
      AppendIds<uint32_t>(row.ids, seq_len_, &ids);
    }
    ++rows_;
    return ids.size() >= kBatchBytes ? Flush(shard) : absl::OkStatus();
  }

  absl::Status EndShard(ShardWriter& shard) override {
    Append(kClmCuSeqlens, static_cast<int32_t>(rows_ * seq_len_));
    Append(kClmRowSegments, static_cast<int32_t>(segments_));
    rows_ = 0;
    segments_ = 0;
    return Flush(shard);
  }

 private:
  static constexpr uint64_t kFlushSegments = 8192;  // 16 bytes per segment.

  template <typename Number>
  void Append(ClmColumn column, Number number) {
    AppendNumber(number, &batch_.columns[column]);
  }

  void AppendSegment(uint64_t begin, int32_t input, int64_t record) {
    Append(kClmCuSeqlens, static_cast<int32_t>(begin));
    Append(kClmSegmentInput, input);
    Append(kClmSegmentRecord, record);
    ++segments_;
  }

  absl::Status Flush(ShardWriter& shard) {
    CM_RETURN_IF_ERROR(shard.Append(batch_));
    for (std::string& column : batch_.columns) column.clear();
    return absl::OkStatus();
  }

  const uint64_t seq_len_;
  const ElementType id_type_;
  RowBatch batch_;
  uint64_t rows_ = 0;  // Rows of the shard.
  uint64_t segments_ = 0;
};

std::unique_ptr<RowEncoder> MakeEncoder(const Schema& schema) {
  return std::make_unique<ClmEncoder>(schema);
}

}  // namespace

constinit const Objective kClmObjective = {.name = kObjectiveClm,
                                           .schema = ClmSchema,
                                           .make_encoder = MakeEncoder,
                                           .make_reader = MakeClmReader};

}  // namespace corpusmill
