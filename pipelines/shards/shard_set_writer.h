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
  /// Folder to write `shard-00000.safetensors`, … into; exists and has none yet.
  std::string folder;
  /// Where columns that outgrow memory wait for their place in the shard.
  std::string temp_dir;
  const Objective* objective = &kClmObjective;
  const ShardContainer* container = kShardContainers[0];
  std::string tokenizer_xxh3_128;
  uint32_t vocab_size = 0;
  uint32_t seq_len = 0;
  uint64_t rows_per_shard = 0;
  /// Bytes of text that a token stands for, by id. Must outlive the writer.
  std::span<const uint32_t> token_bytes;
};

/// Writes packed rows to shards of rows_per_shard rows, the last one with the rest.
///
///   CM_ASSIGN_OR_RETURN(auto writer, ShardSetWriter::Create(options, context));
///   CM_RETURN_IF_ERROR(writer->WriteRow(row));   // Any number of times.
///   CM_RETURN_IF_ERROR(writer->Finish());
///   Use(writer->shards());
///
/// Memory is small and does not depend on the size of a shard. Not thread-safe.
class ShardSetWriter {
 public:
  /// `context` must outlive the writer.
  static absl::StatusOr<std::unique_ptr<ShardSetWriter>> Create(ShardSetOptions options,
                                                                Context& context);

  /// A row of fewer than seq_len tokens is padded.
  absl::Status WriteRow(const PackedRow& row);

  /// Completes the last shard. Call it once, last.
  absl::Status Finish();

  /// Of the shards that are complete.
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
  ManifestShard shard_;  // The one being written; without rows there is none.
  std::vector<ManifestShard> shards_;
  uint64_t padding_tokens_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_SET_WRITER_H_
