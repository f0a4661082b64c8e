#ifndef CORPUSMILL_PIPELINES_SHARDS_SHARD_SET_WRITER_H_
#define CORPUSMILL_PIPELINES_SHARDS_SHARD_SET_WRITER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "pipelines/rows/packed_row.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/objective.h"
#include "pipelines/shards/shard_container.h"

namespace corpusmill {

struct ShardSetOptions {
  /// Output folder for `shard-00000.safetensors`, …; must exist and have no shards.
  std::string folder;
  /// Folder for columns that exceed memory, until their shard is closed.
  std::string temp_dir;
  const Objective* objective = &kClmObjective;
  const ShardContainer* container = kShardContainers[0];
  std::string tokenizer_xxh3_128;
  uint32_t vocab_size = 0;
  uint32_t seq_len = 0;
  uint64_t rows_per_shard = 0;
  /// Decoded bytes of each token, by id. Must outlive the writer.
  std::span<const uint32_t> token_bytes;
};

/// Writes packed rows to shards of rows_per_shard rows; the last shard may have fewer.
///
///   CM_ASSIGN_OR_RETURN(auto writer, ShardSetWriter::Create(options, context));
///   CM_RETURN_IF_ERROR(writer->WriteRow(row));   // Any number of times.
///   CM_RETURN_IF_ERROR(writer->Finish());
///   Use(writer->shards());
///
/// Memory is small and independent of the shard size. Not thread-safe.
class ShardSetWriter {
 public:
  /// `context` must outlive the writer.
  static absl::StatusOr<std::unique_ptr<ShardSetWriter>> Create(ShardSetOptions options,
                                                                Context& context);

  /// Writes a row; pads a row of fewer than seq_len tokens.
  absl::Status WriteRow(const PackedRow& row);

  /// Completes the last shard. Call once, last.
  absl::Status Finish();

  /// The completed shards.
  const std::vector<ManifestShard>& shards() const { return shards_; }
  uint64_t padding_tokens() const { return padding_tokens_; }

 private:
  ShardSetWriter(ShardSetOptions options, Context& context, std::unique_ptr<RowEncoder> encoder,
                 std::unique_ptr<ShardWriter> file, MemoryLease lease);
  std::string ShardPath() const;
  absl::Status OpenShard();
  absl::Status CloseShard();

  const ShardSetOptions options_;
  Context& context_;
  const std::unique_ptr<RowEncoder> encoder_;
  const std::unique_ptr<ShardWriter> file_;
  MemoryLease lease_;
  ManifestShard shard_;  // The open shard; no shard is open if it has no rows.
  std::vector<ManifestShard> shards_;
  uint64_t padding_tokens_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_SET_WRITER_H_
