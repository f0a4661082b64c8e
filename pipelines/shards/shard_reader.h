#ifndef CORPUSMILL_PIPELINES_SHARDS_SHARD_READER_H_
#define CORPUSMILL_PIPELINES_SHARDS_SHARD_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/random_access.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/shard_container.h"

namespace corpusmill {

/// A range of a sequence: part of one document, or padding.
struct SequenceSegment {
  uint32_t begin = 0;
  uint32_t end = 0;
  int32_t input = 0;   ///< -1 for padding.
  int64_t record = 0;  ///< -1 for padding.
};

/// One row of a shard.
struct Sequence {
  std::vector<uint32_t> ids;  ///< seq_len ids, including padding.
  uint32_t tokens = 0;        ///< Excludes padding.
  int32_t last_label = 0;     ///< -100 if there is none.
  std::vector<SequenceSegment> segments;
};

/// The document and labels at the boundary of two rows or shards.
struct ShardEdge {
  int32_t input = 0;
  int64_t record = 0;
  uint32_t first_id = 0;   ///< First id of the row after the boundary.
  int32_t last_label = 0;  ///< Last label of the row before the boundary.
};

/// Counts from the check of a whole shard.
struct ShardContent {
  uint64_t rows = 0;
  uint64_t tokens = 0;
  uint64_t segments = 0;
  uint64_t documents = 0;  ///< Includes a first document that began in the previous shard.
  ShardEdge first;
  ShardEdge last;
};

/// True if the last document of a row continues in the next row. kDataLoss if the last label
/// contradicts that, or if documents must ascend and do not. In any order the next document may be
/// a copy of the last one; the label tells them apart.
absl::StatusOr<bool> Continues(const ShardEdge& last, const ShardEdge& first, bool any_order);

/// Reads the rows of one shard of a folder. Errors in the file are kDataLoss naming it.
/// Thread-safe.
class ShardReader {
 public:
  virtual ~ShardReader() = default;

  virtual uint64_t rows() const = 0;
  virtual const std::string& name() const = 0;

  /// Reads a row. REQUIRES: row < rows().
  virtual absl::StatusOr<Sequence> ReadRow(uint64_t row) const = 0;

  /// Reads the whole shard and checks every rule of docs/formats/shards.md for a single shard.
  /// Takes a few small buffers from the context's budget.
  virtual absl::StatusOr<ShardContent> Check(Context& context) const = 0;
};

/// Opens a shard. Checks its metadata and the names, types and sizes of its columns against the
/// manifest, but reads no values. The manifest must outlive the reader.
absl::StatusOr<std::unique_ptr<ShardReader>> OpenShardReader(const ShardContainer& container,
                                                             std::unique_ptr<RandomAccessFile> file,
                                                             const Manifest& manifest,
                                                             Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_READER_H_
