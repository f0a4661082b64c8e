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

/// A stretch of a sequence that belongs to one document, or is padding.
struct SequenceSegment {
  uint32_t begin = 0;
  uint32_t end = 0;
  int32_t input = 0;   ///< -1 for padding.
  int64_t record = 0;  ///< -1 for padding.
};

/// One row of a shard.
struct Sequence {
  std::vector<uint32_t> ids;  ///< seq_len of them, with padding.
  uint32_t tokens = 0;        ///< Without padding.
  int32_t last_label = 0;     ///< -100 if there is none.
  std::vector<SequenceSegment> segments;
};

/// Where a row or a shard meets the next one.
struct ShardEdge {
  int32_t input = 0;
  int64_t record = 0;
  uint32_t first_id = 0;   ///< Of the row that begins here.
  int32_t last_label = 0;  ///< Of the row that ends here.
};

/// The counts that a check of a whole shard found.
struct ShardContent {
  uint64_t rows = 0;
  uint64_t tokens = 0;
  uint64_t segments = 0;
  uint64_t documents = 0;  ///< With the first one even if it began in the shard before.
  ShardEdge first;
  ShardEdge last;
};

/// Whether the document that ends one row goes on in the next. kDataLoss when the last label does
/// not agree with that, or the documents are not in order.
absl::StatusOr<bool> Continues(const ShardEdge& last, const ShardEdge& first);

/// Reads the rows of one shard of a folder whose manifest is known. Whatever is wrong with the
/// file is kDataLoss naming it. Thread-safe.
class ShardReader {
 public:
  virtual ~ShardReader() = default;

  virtual uint64_t rows() const = 0;
  virtual const std::string& name() const = 0;

  /// REQUIRES: row < rows().
  virtual absl::StatusOr<Sequence> ReadRow(uint64_t row) const = 0;

  /// Reads everything and checks every rule of docs/formats/shards.md for one shard. Memory is a
  /// few small buffers from the context's budget.
  virtual absl::StatusOr<ShardContent> Check(Context& context) const = 0;
};

/// Opens a shard: checks the metadata, and names, types and sizes of the columns against the
/// manifest, which must outlive the reader. Reads no values.
absl::StatusOr<std::unique_ptr<ShardReader>> OpenShardReader(const ShardContainer& container,
                                                             std::unique_ptr<RandomAccessFile> file,
                                                             const Manifest& manifest,
                                                             Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_READER_H_
