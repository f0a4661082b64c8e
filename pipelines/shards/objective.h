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

/// The table of training objectives. An objective defines the columns of a shard, encodes rows into
/// columns, and reads and checks shards.
namespace corpusmill {

class ShardReader;

/// Encodes rows as column values. Not thread-safe.
class RowEncoder {
 public:
  virtual ~RowEncoder() = default;

  /// Adds a row of at most seq_len tokens. Passes values to `shard` in batches of about 256 KiB.
  virtual absl::Status Add(const PackedRow& row, ShardWriter& shard) = 0;
  /// Passes the remaining values and the last bounds to `shard`. The next row begins a shard.
  virtual absl::Status EndShard(ShardWriter& shard) = 0;
};

struct Objective {
  std::string_view name;  ///< Name in the manifest and in shard metadata.
  Schema (*schema)(uint64_t vocab_size, uint64_t seq_len);
  std::unique_ptr<RowEncoder> (*make_encoder)(const Schema& schema);
  /// REQUIRES: `file` is bound to the schema, and its columns agree on the numbers of rows and
  /// segments. The manifest must outlive the reader.
  std::unique_ptr<ShardReader> (*make_reader)(std::unique_ptr<ShardFile> file,
                                              const Manifest& manifest);
};

extern const Objective kClmObjective;

inline constexpr const Objective* kObjectives[] = {
    &kClmObjective,  // clm.cc: causal language modelling
};

/// Finds an objective by name, or nullptr.
const Objective* FindObjective(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_OBJECTIVE_H_
