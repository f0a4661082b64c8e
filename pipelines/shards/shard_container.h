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

/// The file formats that hold the columns of a shard, and their table. A container knows nothing
/// of what the columns mean.
///
///   CM_ASSIGN_OR_RETURN(auto writer, container.make_writer(schema, temp_dir, context));
///   CM_RETURN_IF_ERROR(writer->Open(std::move(sink), metadata));
///   CM_RETURN_IF_ERROR(writer->Append(batch));   // Any number of times.
///   CM_RETURN_IF_ERROR(writer->Close());         // Open may follow, for the next shard.
namespace corpusmill {

/// Keys and values that describe a shard.
using ShardMetadata = std::vector<std::pair<std::string, std::string>>;

/// Values to append to the columns: little-endian bytes for each column of the schema, in its
/// order. A batch may end anywhere between two values, also within a row.
struct RowBatch {
  std::vector<std::string> columns;
};

/// Writes shards of one schema, one after the other. Takes its memory when it is made; that does
/// not depend on the size of a shard. Not thread-safe.
class ShardWriter {
 public:
  virtual ~ShardWriter() = default;

  /// Begins a shard. REQUIRES: none is open.
  virtual absl::Status Open(std::unique_ptr<PatchableSink> sink, const ShardMetadata& metadata) = 0;
  /// REQUIRES: a shard is open.
  virtual absl::Status Append(const RowBatch& batch) = 0;
  /// Completes the shard and its file. REQUIRES: the columns have their whole entries.
  virtual absl::Status Close() = 0;
};

/// The columns of one shard, read by range. Whatever is wrong with the file is kDataLoss naming
/// it. Thread-safe after Bind.
class ShardFile {
 public:
  virtual ~ShardFile() = default;

  virtual const std::string& name() const = 0;
  /// nullptr when the shard has no such key.
  virtual const std::string* FindMetadata(std::string_view key) const = 0;

  /// Finds the columns of a schema, by name; others are ignored. kDataLoss when one is missing,
  /// of another type, or its entries have another size. Call it once, before the functions below.
  virtual absl::Status Bind(const Schema& schema) = 0;
  /// The first dimension of a column, which is given by its place in the schema.
  virtual uint64_t entries(size_t column) const = 0;
  /// Fills `values` with `count` values of a column. REQUIRES: it has them; `values` has room.
  virtual absl::Status Read(size_t column, uint64_t first_value, uint64_t count,
                            char* values) const = 0;
};

struct ShardContainer {
  std::string_view name;
  std::string_view extension;  ///< Of the file's name, such as ".safetensors".
  /// `temp_dir` is for columns that outgrow memory before their place in the file is known.
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

/// The container whose extension a file's name has, or nullptr.
const ShardContainer* FindShardContainer(std::string_view file_name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_CONTAINER_H_
