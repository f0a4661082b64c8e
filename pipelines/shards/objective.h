#ifndef CORPUSMILL_PIPELINES_SHARDS_OBJECTIVE_H_
#define CORPUSMILL_PIPELINES_SHARDS_OBJECTIVE_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipelines/rows/packed_row.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/schema.h"
#include "pipelines/shards/shard_container.h"

/// The training objectives, and their table. An objective says which columns a shard has, how a
/// row becomes values of them, and how they are read back and checked.
namespace corpusmill {

class ShardReader;

/// Turns rows into values of the objective's columns. Not thread-safe.
class RowEncoder {
 public:
  virtual ~RowEncoder() = default;

  /// Adds a row of at most seq_len tokens. Values are collected and given to `shard` in batches
  /// of about 256 KiB.
  virtual absl::Status Add(const PackedRow& row, ShardWriter& shard) = 0;
  /// Gives `shard` the values that are left, with the last bounds. The next row begins a shard.
  virtual absl::Status EndShard(ShardWriter& shard) = 0;
};

struct Objective {
  std::string_view name;  ///< As in the manifest and in the metadata of a shard.
  Schema (*schema)(uint64_t vocab_size, uint64_t seq_len);
  std::unique_ptr<RowEncoder> (*make_encoder)(const Schema& schema);
  /// `file` is bound to the schema and has as many entries in each column as the rows and
  /// segments ask for. The manifest must outlive the reader.
  std::unique_ptr<ShardReader> (*make_reader)(std::unique_ptr<ShardFile> file,
                                              const Manifest& manifest);
};

extern const Objective kClmObjective;

inline constexpr const Objective* kObjectives[] = {
    &kClmObjective,  // clm.cc: causal language modelling
};

/// The objective of this name, or nullptr.
const Objective* FindObjective(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_OBJECTIVE_H_
