#ifndef CORPUSMILL_SHUFFLE_PASSES_TARGET_H_
#define CORPUSMILL_SHUFFLE_PASSES_TARGET_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/passes/sorted_bucket.h"

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

/// Where shuffled records go. Called by one thread: Begin, then Write for the buckets
/// of the first stream, the second and so on, each in order, then Finish. Without
/// Finish nothing is left under a final name.
class ShuffleTarget {
 public:
  virtual ~ShuffleTarget() = default;
  /// An output, near which temporary files go if nothing else was said.
  virtual std::string output_path() const = 0;
  /// Whether it writes fewer bytes than it is given.
  virtual bool compresses() const = 0;
  virtual absl::Status Begin(const ShuffleResult& result) = 0;
  virtual absl::Status Write(size_t stream, const SortedBucket& bucket,
                             const OversizedSource& oversized_records) = 0;
  virtual absl::Status Finish() = 0;
};

/// Writes the only stream to a sink, and does not close it.
std::unique_ptr<ShuffleTarget> SinkTarget(ByteSink& sink);

/// Hands every record, without its delimiter, to `use`, as in stream after stream it comes;
/// the bytes are gone after the call. Headers are dropped. A record that is longer than
/// memory has room for is kResourceExhausted. `context` must outlive it.
std::unique_ptr<ShuffleTarget> RecordTarget(
    std::function<absl::Status(size_t stream, std::string_view record)> use, Context& context);

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
  /// begins in the stream, without header; 0: not. There is a shard for every
  /// shard_bytes begun of a stream: one in which no record begins is empty.
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

/// One of the files, in the order in which they are written.
struct OutputFile {
  size_t stream = 0;
  uint64_t shard = 0;
  auto operator<=>(const OutputFile&) const = default;
};

/// How far the outputs have come, durably.
struct OutputPosition {
  OutputFile file;           ///< All before it are finished.
  uint64_t shard_begin = 0;  ///< Bytes of the stream before its first record.
  EncodedPosition encoded;   ///< In its part file; header included.
};

/// Writes each stream to its files, or some of the files. `context` must outlive it.
class FilesTarget final : public ShuffleTarget {
 public:
  FilesTarget(ShuffleFiles files, Context& context);
  ~FilesTarget() override;

  std::string output_path() const override { return ShufflePath(files_, 0, 0); }
  bool compresses() const override { return files_.codec != Codec::kNone; }
  absl::Status Begin(const ShuffleResult& result) override;
  absl::Status Write(size_t stream, const SortedBucket& bucket,
                     const OversizedSource& oversized_records) override;
  absl::Status Finish() override;

  /// The paths of what was finished.
  const std::vector<std::string>& written() const { return written_; }

  // To be interrupted and to go on.

  /// All files of a result, and how many there are.
  static uint64_t ShardsOf(const ShuffleFiles& files, const ShuffleResult& result, size_t stream);
  /// As Begin, but only files [position.file, end) are written, from `position` on.
  /// The first bucket that will be written is one of that stream, with so many records
  /// and bytes of the stream before it, at most those before the position. Part files
  /// stay without Finish, and existing files are replaced.
  absl::Status BeginAt(const ShuffleResult& result, const OutputPosition& position,
                       const OutputFile& end, uint64_t records_before, uint64_t bytes_before);
  /// Makes what was written durable, as far as `position` says.
  absl::Status Checkpoint(OutputPosition* position);

 private:
  /// Opens file_, if it is not open.
  absl::Status Open();
  absl::Status Close();
  /// Closes and opens files until this one is the current.
  absl::Status GoTo(const OutputFile& file);
  OutputFile Next(const OutputFile& file) const;
  /// The shard of a record that is number `record` of its stream and begins at `start`.
  uint64_t ShardOf(size_t stream, uint64_t record, uint64_t start) const;

  const ShuffleFiles files_;
  Context& context_;
  ShuffleResult result_;
  bool resumable_ = false;
  bool finished_ = false;
  std::optional<OutputPosition> continued_;  // Until its file is opened.
  OutputFile end_;
  OutputFile file_;                 // The current one.
  bool begun_ = false;              // Whether any record of it was written.
  uint64_t shard_begin_ = 0;        // Then: bytes of the stream before it.
  std::unique_ptr<ByteSink> sink_;  // nullptr: it was not opened yet.
  EncodingSink* encoder_ = nullptr;
  PatchableSink* raw_ = nullptr;
  size_t stream_ = 0;     // What is written now,
  uint64_t records_ = 0;  // and how much of it was.
  uint64_t bytes_ = 0;
  std::vector<std::string> written_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_TARGET_H_
