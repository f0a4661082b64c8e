#ifndef CORPUSMILL_TOKENIZER_COUNTS_COUNTS_STREAM_H_
#define CORPUSMILL_TOKENIZER_COUNTS_COUNTS_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/io/byte_stream.h"

/// Counts of byte strings in the order of the strings: how they are spilled and added up.
///
/// Counts are blocks of at least one entry, each of which can be read by itself; numbers are
/// little-endian, varints LEB128:
///
///   block = u32 payload bytes, u32 entries, u64 lower half of the payload's XXH3-128, payload
///   entry = u8 shared << 4 | rest, [varint shared - 15], [varint rest - 15], the rest's bytes,
///           varint count: the string is `shared` bytes of the one before in the block, then the
///           rest; 15 and more is 15, and the varint says what it is more
namespace corpusmill {

/// Strings with their counts, in ascending order of bytes. Not thread-safe.
class CountStream {
 public:
  virtual ~CountStream() = default;

  /// Returns true and sets *bytes, valid until the next call, and *count; or returns false at the
  /// end.
  virtual absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) = 0;
};

/// Writes counts in blocks that can be read independently. Strings are front-coded: each takes the
/// bytes after its common prefix with the previous string, one byte for the lengths, and its count.
///
///   CountWriter writer(&sink);
///   CM_RETURN_IF_ERROR(writer.Add("ab", 3));   // ascending, each once
///   CM_RETURN_IF_ERROR(writer.EndBlock());     // at the end, and where a reader shall start
///
class CountWriter {
 public:
  /// Counts are below this, so that the sum of two does not wrap.
  static constexpr uint64_t kMaxCount = uint64_t{1} << 63;
  /// Memory of a CountWriter and of a CountReader; more with longer strings.
  static constexpr size_t kMemoryBytes = 32 << 10;

  /// The sink must outlive the writer, which does not close it.
  explicit CountWriter(ByteSink* sink);

  /// REQUIRES: `bytes` is above the previous string, `count` is 1 to kMaxCount - 1.
  absl::Status Add(std::string_view bytes, uint64_t count);
  /// Adds all strings of a stream.
  absl::Status AddAll(CountStream& stream);
  /// Writes the rest of the block and starts a new one.
  absl::Status EndBlock();

 private:
  ByteSink& sink_;
  std::string block_;  // The header comes first.
  std::string previous_;
  uint64_t block_entries_ = 0;
};

/// Reads the output of a CountWriter. The source must end at the end of a block. kDataLoss, with
/// the source's name, if it is corrupt.
class CountReader final : public CountStream {
 public:
  explicit CountReader(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override;

 private:
  absl::StatusOr<bool> ReadBlock();
  /// Replaces the last string by the next one, which shares `shared` bytes with it. Returns false
  /// if it is not above the last one.
  bool Advance(uint64_t shared, std::string_view rest);
  absl::StatusOr<size_t> Fill(char* buffer, size_t size);
  absl::Status Damaged() const;

  std::unique_ptr<ByteSource> source_;
  std::string block_;
  std::string bytes_;  // The last string, and remains of longer ones.
  size_t size_ = 0;    // Length of the last string.
  size_t at_ = 0;
  uint64_t left_ = 0;         // Entries left in the block.
  bool block_begins_ = true;  // No entry has been read.
};

/// Opens the strings that begin with one byte.
using OpenSection = std::function<absl::StatusOr<std::unique_ptr<CountStream>>(uint8_t first)>;

/// Concatenates the sections of all 256 first bytes.
///
///   SectionsInOrder all([&](uint8_t first) { return runs.Open(first); });
class SectionsInOrder final : public CountStream {
 public:
  explicit SectionsInOrder(OpenSection open) : open_(std::move(open)) {}

  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override;

 private:
  const OpenSection open_;
  int next_ = 0;
  std::unique_ptr<CountStream> section_;
};

/// Merges streams: returns each string once, with the sum of its counts.
///
///   CountMerger merger(std::move(streams));
///   while (true) {
///     CM_ASSIGN_OR_RETURN(const bool more, merger.Next(&bytes, &count));
///     …
///
/// kDataLoss if a sum is 2^63 or more.
class CountMerger final : public CountStream {
 public:
  explicit CountMerger(std::vector<std::unique_ptr<CountStream>> streams);

  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override;

 private:
  struct Head {
    uint64_t prefix;  // The first eight bytes, which usually decide.
    std::string_view bytes;
    uint64_t count;
    CountStream* stream;
  };
  static bool Less(const Head& a, const Head& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.bytes < b.bytes;
  }
  /// Reads the next string of a stream. Returns false at its end.
  absl::StatusOr<bool> Advance(Head* head);
  /// Restores the heap order after its first element changed.
  void SiftDown();

  const std::vector<std::unique_ptr<CountStream>> streams_;
  std::vector<Head> heap_;  // heap_[i] is not above heap_[2 i + 1] and heap_[2 i + 2].
  std::string bytes_;
  bool begun_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_COUNTS_STREAM_H_
