#ifndef CORPUSMILL_PIPELINES_SHARDS_SHARDS_H_
#define CORPUSMILL_PIPELINES_SHARDS_SHARDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/shard_reader.h"

namespace corpusmill {

/// A folder of shards, written by Prepare.
///
///   CM_ASSIGN_OR_RETURN(ShardFolder folder, ShardFolder::Open("out", context));
///   Use(folder.manifest().counts);
///   CM_ASSIGN_OR_RETURN(std::vector<Sequence> sequences, folder.Head(2));
///   CM_RETURN_IF_ERROR(folder.Verify());
///
/// Movable. Not thread-safe. The context must outlive the folder.
class ShardFolder {
 public:
  /// Reads the manifest. kUnavailable if it is missing, kDataLoss if it is incomplete or has an
  /// unsupported format.
  static absl::StatusOr<ShardFolder> Open(const std::string& path, Context& context);

  const std::string& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }

  /// Reads sequence `index`, counted from 0 over all shards. kInvalidArgument, naming the number of
  /// sequences, if `index` is too large.
  absl::StatusOr<Sequence> ReadSequence(uint64_t index) const;

  /// Reads the first `count` sequences, or all if there are fewer.
  absl::StatusOr<std::vector<Sequence>> Head(uint64_t count) const;

  /// Hashes every file, reads every tensor, and checks every rule of docs/formats/shards.md for
  /// each shard, for the boundaries between shards and for the counts of the manifest. Returns the
  /// first error in shard order, naming file and row. Checks several shards in parallel.
  absl::Status Verify() const;

 private:
  ShardFolder(std::string path, Manifest manifest, Context& context);
  absl::StatusOr<std::unique_ptr<ShardReader>> OpenShard(uint64_t index) const;
  std::string ShardPath(uint64_t index) const;
  absl::StatusOr<ShardContent> VerifyShard(uint64_t index) const;
  absl::Status CheckFileList() const;

  std::string path_;
  Manifest manifest_;
  Context* context_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARDS_H_
