#ifndef CORPUSMILL_PIPELINES_SHARDS_SHARD_WRITER_H_
#define CORPUSMILL_PIPELINES_SHARDS_SHARD_WRITER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/spool.h"
#include "pipelines/packing/packing.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/safetensors.h"

namespace corpusmill {

struct ShardWriterOptions {
  /// Folder to write `shard-00000.safetensors`, … into; exists and has none yet.
  std::string folder;
  /// Where columns that outgrow memory wait for their place in the shard.
  std::string temp_dir;
  std::string objective;
  std::string tokenizer_xxh3_128;
  uint32_t vocab_size = 0;
  uint32_t seq_len = 0;
  uint64_t rows_per_shard = 0;
  /// Bytes of text that a token stands for, by id. Must outlive the writer.
  std::span<const uint32_t> token_bytes;
};

/// Writes packed rows to shards of rows_per_shard rows, the last one with the rest.
///
///   CM_ASSIGN_OR_RETURN(auto writer, ShardWriter::Create(options, context));
///   CM_RETURN_IF_ERROR(writer->WriteRow(row));   // Any number of times.
///   CM_RETURN_IF_ERROR(writer->Finish());
///   Use(writer->shards());
///
/// Memory is small and does not depend on the size of a shard. Not thread-safe.
class ShardWriter {
 public:
  /// `context` must outlive the writer.
  static absl::StatusOr<std::unique_ptr<ShardWriter>> Create(ShardWriterOptions options,
                                                             Context& context);

  /// A row of fewer than seq_len tokens is padded.
  absl::Status WriteRow(const PackedRow& row);

  /// Completes the last shard. Call it once, last.
  absl::Status Finish();

  /// Of the shards that are complete.
  const std::vector<ManifestShard>& shards() const { return shards_; }
  uint64_t padding_tokens() const { return padding_tokens_; }

 private:
  struct Columns {
    Spool segment_record;
    Spool cu_seqlens;
    Spool row_segments;
    Spool row_tokens;
    Spool last_labels;
    Spool segment_input;
  };

  ShardWriter(ShardWriterOptions options, Context& context, Columns columns, MemoryLease lease);
  absl::Status OpenShard();
  absl::Status CloseShard();
  absl::Status AppendIds(const PackedRow& row);
  absl::Status FlushIds();
  absl::Status AppendSegment(uint64_t begin, int32_t input, int64_t record);
  absl::Status WriteColumn(std::string_view name, DType dtype, Spool& column);

  const ShardWriterOptions options_;
  Context& context_;
  const DType id_type_;
  Columns columns_;
  MemoryLease lease_;
  std::string ids_;  // Bytes of input_ids that are not written yet.
  std::unique_ptr<SafetensorsWriter> file_;
  ManifestShard shard_;  // The one being written.
  std::vector<ManifestShard> shards_;
  uint64_t padding_tokens_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_WRITER_H_
