#ifndef CORPUSMILL_PIPELINES_SHARDS_SHARD_CONTAINER_H_
#define CORPUSMILL_PIPELINES_SHARDS_SHARD_CONTAINER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/file.h"
#include "corpus/io/random_access.h"
#include "pipelines/shards/schema.h"

/// The table of file formats for shards. A container stores columns and does not interpret them.
///
///   CM_ASSIGN_OR_RETURN(auto writer, container.make_writer(schema, temp_dir, context));
///   CM_RETURN_IF_ERROR(writer->Open(std::move(sink), metadata));
///   CM_RETURN_IF_ERROR(writer->Append(batch));   // Any number of times.
///   CM_RETURN_IF_ERROR(writer->Close());         // Then Open the next shard.
namespace corpusmill {

/// Keys and values that describe a shard.
using ShardMetadata = std::vector<std::pair<std::string, std::string>>;

/// Values to append to the columns: little-endian bytes per column, in the order of the schema. A
/// batch may end after any value, even within a row.
struct RowBatch {
  std::vector<std::string> columns;
};

/// Writes shards of one schema in sequence. Takes a fixed amount of memory at construction, for
/// shards of any size. Not thread-safe.
class ShardWriter {
 public:
  virtual ~ShardWriter() = default;

  /// Begins a shard. REQUIRES: no shard is open.
  virtual absl::Status Open(std::unique_ptr<PatchableSink> sink, const ShardMetadata& metadata) = 0;
  /// REQUIRES: a shard is open.
  virtual absl::Status Append(const RowBatch& batch) = 0;
  /// Completes the shard and its file. REQUIRES: every column ends with a whole entry.
  virtual absl::Status Close() = 0;
};

/// Reads ranges of the columns of one shard. Errors in the file are kDataLoss naming it.
/// Thread-safe after Bind.
class ShardFile {
 public:
  virtual ~ShardFile() = default;

  virtual const std::string& name() const = 0;
  /// Finds a metadata value by key, or nullptr.
  virtual const std::string* FindMetadata(std::string_view key) const = 0;

  /// Finds the columns of a schema by name; ignores other columns. kDataLoss if a column is missing
  /// or has the wrong type or entry size. Call once, before the functions below.
  virtual absl::Status Bind(const Schema& schema) = 0;
  /// The first dimension of a column. `column` is its index in the schema.
  virtual uint64_t entries(size_t column) const = 0;
  /// Reads `count` values of a column into `values`. REQUIRES: the column has them; `values` has
  /// room.
  virtual absl::Status Read(size_t column, uint64_t first_value, uint64_t count,
                            char* values) const = 0;
};

struct ShardContainer {
  std::string_view name;
  std::string_view extension;  ///< File name extension, such as ".safetensors".
  /// Makes a writer. `temp_dir` holds columns that exceed memory until their shard is closed.
  absl::StatusOr<std::unique_ptr<ShardWriter>> (*make_writer)(const Schema& schema,
                                                              const std::string& temp_dir,
                                                              Context& context);
  absl::StatusOr<std::unique_ptr<ShardFile>> (*open_file)(std::unique_ptr<RandomAccessFile> file,
                                                          Context& context);
};

extern const ShardContainer kSafetensorsContainer;

/// The first is the default.
inline constexpr const ShardContainer* kShardContainers[] = {
    &kSafetensorsContainer,  // safetensors_container.cc
};

/// Finds the container by the extension of a file name, or nullptr.
const ShardContainer* FindShardContainer(std::string_view file_name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_CONTAINER_H_
