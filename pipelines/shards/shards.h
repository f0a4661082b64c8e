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

/// A folder that Prepare wrote.
///
///   CM_ASSIGN_OR_RETURN(ShardFolder folder, ShardFolder::Open("out", context));
///   Use(folder.manifest().counts);
///   CM_ASSIGN_OR_RETURN(std::vector<Sequence> sequences, folder.Head(2));
///   CM_RETURN_IF_ERROR(folder.Verify());
///
/// Movable. Not thread-safe. The context must outlive it.
class ShardFolder {
 public:
  /// Reads the manifest. kUnavailable when there is none, kDataLoss when it is
  /// not whole or not of a format this program reads.
  static absl::StatusOr<ShardFolder> Open(const std::string& path, Context& context);

  const std::string& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }

  /// Sequence `index` of all, counted over the shards. kInvalidArgument, naming
  /// how many there are, when there are fewer.
  absl::StatusOr<Sequence> ReadSequence(uint64_t index) const;

  /// The first `count` sequences, or all if there are fewer.
  absl::StatusOr<std::vector<Sequence>> Head(uint64_t count) const;

  /// Hashes every file and reads every tensor again, and checks all that
  /// docs/formats/shards.md promises: of each shard, of their joints, and of the
  /// manifest's books. Returns the first thing that is wrong, in the order of the
  /// shards, naming file and row. Shards are checked several at a time.
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
