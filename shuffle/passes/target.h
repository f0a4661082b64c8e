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
#include "corpus/base/hash.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file.h"
#include "corpus/io/unfinished.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/passes/hashed_output.h"
#include "shuffle/passes/sorted_bucket.h"

namespace corpusmill {

/// The totals of the outputs, known before the first byte is written.
struct ShuffleResult {
  struct Stream {
    uint64_t records = 0;
    uint64_t bytes = 0;  ///< With delimiters, without the header.
  };
  std::vector<Stream> streams;
  std::string header;  ///< With delimiters; written at the top of every output.
};

/// The destination of shuffled records. One thread calls Begin, then Write for the buckets of the
/// first stream, the second and so on, each in order, then Finish. Without Finish no file gets its
/// final name.
class ShuffleTarget {
 public:
  virtual ~ShuffleTarget() = default;
  /// The path of an output; by default temporary files go to its folder.
  virtual std::string output_path() const = 0;
  /// Whether the target compresses its output.
  virtual bool compresses() const = 0;
  /// The memory that Begin and Write take from the context's budget.
  virtual uint64_t encoder_bytes() const { return 0; }
  virtual absl::Status Begin(const ShuffleResult& result) = 0;
  virtual absl::Status Write(size_t stream, const SortedBucket& bucket,
                             const OversizedSource& oversized_records) = 0;
  virtual absl::Status Finish() = 0;
};

/// Writes the only stream to a sink; does not close the sink.
std::unique_ptr<ShuffleTarget> SinkTarget(ByteSink& sink);

/// Passes every record without its delimiter to `use`, stream by stream in order; the view is
/// valid during the call only. Drops headers. kResourceExhausted if a record does not fit in
/// memory. Temporary files go where those of an output at `output_path` go. `context` must outlive
/// the target.
std::unique_ptr<ShuffleTarget> RecordTarget(
    std::function<absl::Status(size_t stream, std::string_view record)> use, Context& context,
    std::string output_path = "-");

/// The output files of a shuffle.
struct ShuffleFiles {
  /// The path pattern of the outputs: replaces "{split}", "{name}" (of an aligned input) and
  /// "{shard}" or "{shard:05d}". Must have exactly the placeholders that distinguish the outputs.
  std::string pattern = "-";
  Encoding codec;
  bool overwrite = false;
  /// Cuts each stream into this many files; their record counts differ by at most 1. 0: no cut.
  uint64_t shards = 0;
  /// The number of shards of each split, at least 1, instead of `shards`; may be empty.
  std::vector<uint64_t> split_shards;
  /// Puts a record in shard floor(start / shard_bytes), where `start` is the record's offset in
  /// the stream without header; 0: no shards by size. The number of shards is the stream size
  /// divided by shard_bytes, rounded up, at least 1. A shard in which no record begins is empty.
  uint64_t shard_bytes = 0;
  std::vector<std::string> splits;  ///< Names of ShuffleOptions::splits; may be empty.
  std::vector<std::string> names;   ///< Names of aligned inputs; may be empty.

  /// The number of files that a stream is cut into by number; 1 unless `shards` or `split_shards`
  /// says otherwise.
  uint64_t ShardsOfStream(size_t stream) const;
};

/// Checks the outputs before any work. kInvalidArgument if the pattern has a missing or unknown
/// placeholder, if two outputs have the same name, or if a known output exists.
absl::Status CheckShuffleFiles(const ShuffleFiles& files);

/// The path of one output.
std::string ShufflePath(const ShuffleFiles& files, size_t stream, uint64_t shard);

/// Removes an output that must not stay, if it is a regular file; follows links, as writing did.
/// Ignores failures.
void RemoveOutput(const std::string& path);

/// An output file; ordered as the files are written.
struct OutputFile {
  size_t stream = 0;
  uint64_t shard = 0;
  auto operator<=>(const OutputFile&) const = default;
};

/// The end of the durable output.
struct OutputPosition {
  OutputFile file;           ///< The current file; all earlier files are finished.
  uint64_t shard_begin = 0;  ///< Bytes of the stream before the file's first record.
  EncodedPosition encoded;   ///< Position in its part file, header included.
  Hash128 stored_hash;       ///< Of the first encoded.stored_bytes bytes of the part file.
};

/// Writes each stream to its files, or to some of them. `context` must outlive the target.
class FilesTarget final : public ShuffleTarget {
 public:
  FilesTarget(ShuffleFiles files, Context& context);
  ~FilesTarget() override;

  std::string output_path() const override { return ShufflePath(files_, 0, 0); }
  bool compresses() const override { return files_.codec.codec != Codec::kNone; }
  uint64_t encoder_bytes() const override { return EncoderBytes(files_.codec); }
  absl::Status Begin(const ShuffleResult& result) override;
  absl::Status Write(size_t stream, const SortedBucket& bucket,
                     const OversizedSource& oversized_records) override;
  absl::Status Finish() override;

  /// The paths of the finished files.
  const std::vector<std::string>& written() const { return written_; }

  // For interruption and resumption.

  /// The number of a stream's shards.
  static uint64_t ShardsOf(const ShuffleFiles& files, const ShuffleResult& result, size_t stream);
  /// Like Begin, but writes only files [position.file, end), from `position` on. The first bucket
  /// belongs to the stream of position.file; records_before and bytes_before of that stream
  /// precede the bucket, and the bucket begins at or before the position. Without Finish, part
  /// files stay. An existing file may stand in a file's place if it has the same bytes, or with
  /// overwrite. kDataLoss if the part file is not as it was at the position.
  absl::Status BeginAt(const ShuffleResult& result, const OutputPosition& position,
                       const OutputFile& end, uint64_t records_before, uint64_t bytes_before);
  /// Makes the output durable up to *position, which it sets.
  absl::Status Checkpoint(OutputPosition* position);
  /// The stored bytes of each file of written(), after BeginAt.
  struct Stored {
    uint64_t bytes = 0;
    Hash128 hash;
  };
  const std::vector<Stored>& stored() const { return stored_; }

 private:
  /// Opens file_ unless it is open.
  absl::Status Open();
  absl::StatusOr<std::unique_ptr<ByteSink>> OpenRaw(const std::string& path);
  absl::Status Close();
  /// Closes and opens files until `file` is the current file.
  absl::Status GoTo(const OutputFile& file);
  OutputFile Next(const OutputFile& file) const;
  /// The shard of record number `record` of its stream, which begins at byte `start`.
  uint64_t ShardOf(size_t stream, uint64_t record, uint64_t start) const;

  const ShuffleFiles files_;
  Context& context_;
  ShuffleResult result_;
  bool resumable_ = false;
  bool finished_ = false;
  std::optional<OutputPosition> continued_;  // Set until its file is opened.
  OutputFile end_;
  OutputFile file_;                 // The current file.
  bool begun_ = false;              // Whether any record of file_ was written.
  uint64_t shard_begin_ = 0;        // If begun_: bytes of the stream before file_.
  std::unique_ptr<ByteSink> sink_;  // nullptr: file_ is not open.
  EncodingSink* encoder_ = nullptr;
  HashedOutput* raw_ = nullptr;  // nullptr: not resumable.
  size_t stream_ = 0;            // The current stream.
  uint64_t records_ = 0;         // Records and bytes of it so far.
  uint64_t bytes_ = 0;
  std::vector<std::string> written_;
  // The same, until all are finished; none if resumable_.
  std::vector<std::unique_ptr<Unfinished>> unfinished_;
  std::vector<Stored> stored_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_TARGET_H_
