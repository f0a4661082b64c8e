#ifndef CORPUSMILL_SHUFFLE_TARGET_H_
#define CORPUSMILL_SHUFFLE_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/codec.h"
#include "corpus/context.h"
#include "corpus/file.h"
#include "shuffle/giant_file.h"
#include "shuffle/sorted_cell.h"

namespace corpusmill {

/// What is known of the outputs before the first byte of them is written.
struct ShuffleResult {
  struct Stream {
    uint64_t records = 0;
    uint64_t bytes = 0;  ///< With delimiters, without the header.
  };
  std::vector<Stream> streams;
  std::string header;  ///< With its delimiters, for the top of every output.
};

/// Where shuffled records go. Called by one thread: Begin, then Write for the cells
/// of the first stream, the second and so on, each in order, then Finish. Without
/// Finish nothing is left under a final name.
class ShuffleTarget {
 public:
  virtual ~ShuffleTarget() = default;
  /// An output, near which temporary files go if nothing else was said.
  virtual std::string output_path() const = 0;
  virtual absl::Status Begin(const ShuffleResult& result) = 0;
  virtual absl::Status Write(size_t stream, const SortedCell& cell, const GiantSource& giants) = 0;
  virtual absl::Status Finish() = 0;
};

/// Writes the only stream to a sink, and does not close it.
std::unique_ptr<ShuffleTarget> SinkTarget(ByteSink& sink);

/// Files to write to.
struct ShuffleFiles {
  /// A path for each stream and shard: "{split}", "{name}" (of an aligned input) and
  /// "{shard}" or "{shard:05d}" are replaced. Each that is needed to tell the outputs
  /// apart must stand in it, and no other.
  std::string pattern = "-";
  Codec codec = Codec::kNone;
  bool overwrite = false;
  /// Each stream is cut into so many files with equal record counts (but for one); 0: not.
  uint64_t shards = 0;
  /// A record goes to the shard floor(start / shard_bytes), where `start` is where it
  /// begins in the stream, without header; 0: not. Shards in which no record begins
  /// are written empty, so that numbers have no gap.
  uint64_t shard_bytes = 0;
  std::vector<std::string> splits;  ///< Names, as in ShuffleOptions; may be empty.
  std::vector<std::string> names;   ///< Of aligned inputs; may be empty.
};

/// kInvalidArgument when the pattern lacks what it needs or has what it cannot have,
/// when two outputs would have one name, or when an output that is known by now
/// exists already. To be called before any work.
absl::Status CheckShuffleFiles(const ShuffleFiles& files);

/// The path of one output.
std::string ShufflePath(const ShuffleFiles& files, size_t stream, uint64_t shard);

/// Writes each stream to its files. `context` must outlive it. written() tells
/// the paths of what was finished.
class FilesTarget final : public ShuffleTarget {
 public:
  FilesTarget(ShuffleFiles files, Context& context);
  ~FilesTarget() override;
  std::string output_path() const override { return ShufflePath(files_, 0, 0); }
  absl::Status Begin(const ShuffleResult& result) override;
  absl::Status Write(size_t stream, const SortedCell& cell, const GiantSource& giants) override;
  absl::Status Finish() override;

  const std::vector<std::string>& written() const { return written_; }

 private:
  absl::Status OpenShard(size_t stream, uint64_t shard);
  absl::Status CloseShard();
  /// Closes and opens until the shard of the next record is open.
  absl::Status GoTo(size_t stream, uint64_t shard);
  /// The shard of a record that is number `record` of its stream and begins at `start`.
  uint64_t ShardOf(size_t stream, uint64_t record, uint64_t start) const;

  const ShuffleFiles files_;
  Context& context_;
  ShuffleResult result_;
  std::unique_ptr<ByteSink> sink_;
  size_t stream_ = 0;
  uint64_t shard_ = 0;
  uint64_t records_ = 0;  // Of stream_, written.
  uint64_t bytes_ = 0;
  std::vector<std::string> written_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_TARGET_H_
