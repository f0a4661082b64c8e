#ifndef CORPUSMILL_CORPUS_IO_BLOCK_STREAM_H_
#define CORPUSMILL_CORPUS_IO_BLOCK_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/io/block_file.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/io_queue.h"

namespace corpusmill {

/// Byte streams over parts of a BlockFile, such as temporary data.
///
///   CM_ASSIGN_OR_RETURN(auto sink, BlockFileSink::Create(file.get(), /*offset=*/0));
///   CM_RETURN_IF_ERROR(sink->Write("some bytes"));
///   const uint64_t end = sink->position();
///   CM_RETURN_IF_ERROR(sink->Close());
///   CM_ASSIGN_OR_RETURN(auto source, BlockFileSource::Create(file.get(), 0, end, 64 << 10));
///
/// Neither owns the file. Not thread-safe; several streams may use one file.

/// Writes in the background, from an offset on that is a multiple of kBlockAlignment.
class BlockFileSink final : public ByteSink {
 public:
  /// Memory of one sink, which the caller charges.
  static constexpr size_t kMemoryBytes = 2 << 20;

  static absl::StatusOr<std::unique_ptr<BlockFileSink>> Create(BlockFile* file, uint64_t offset);

  absl::Status Write(std::string_view bytes) override;
  /// Writes the rest, padded with zeros to a whole block. Does not sync.
  absl::Status Close() override;
  const std::string& name() const override { return file_.name(); }

  /// The offset of the next byte.
  uint64_t position() const { return begin_ + filled_; }

 private:
  BlockFileSink(BlockFile* file, uint64_t offset) : file_(*file), begin_(offset) {}
  absl::Status Flush(size_t bytes);

  BlockFile& file_;
  uint64_t begin_;  // Offset of the buffer being filled.
  size_t filled_ = 0;
  size_t current_ = 0;
  std::array<AlignedBuffer, 2> buffers_;
  IoQueue queue_;  // After the buffers, which its tasks use.
};

/// Reads the bytes from `begin` to `end`.
class BlockFileSource final : public ByteSource {
 public:
  /// `buffer_bytes`, a multiple of kBlockAlignment, is the memory of the source.
  static absl::StatusOr<std::unique_ptr<BlockFileSource>> Create(BlockFile* file, uint64_t begin,
                                                                 uint64_t end, size_t buffer_bytes);

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;
  const std::string& name() const override { return file_.name(); }

 private:
  BlockFileSource(BlockFile* file, uint64_t begin, uint64_t end)
      : file_(*file), at_(begin), end_(end) {}

  BlockFile& file_;
  uint64_t at_;
  const uint64_t end_;
  uint64_t loaded_begin_ = 0, loaded_end_ = 0;  // The range in the buffer.
  AlignedBuffer buffer_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_BLOCK_STREAM_H_
