#ifndef CORPUSMILL_CORPUS_IO_BLOCK_FILE_H_
#define CORPUSMILL_CORPUS_IO_BLOCK_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {

/// Alignment of addresses, offsets and sizes for IO that bypasses the page cache.
inline constexpr size_t kBlockAlignment = 4096;

constexpr uint64_t RoundDownToBlock(uint64_t bytes) { return bytes & ~(kBlockAlignment - 1); }
constexpr uint64_t RoundUpToBlock(uint64_t bytes) {
  return RoundDownToBlock(bytes + kBlockAlignment - 1);
}

/// Zeroed memory, aligned to kBlockAlignment and returned to the system on destruction. Movable,
/// not copyable. Not charged to a MemoryBudget.
class AlignedBuffer {
 public:
  /// kResourceExhausted when the system has no memory. `size` 0 is an empty buffer.
  static absl::StatusOr<AlignedBuffer> Create(size_t size);

  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer&& other) noexcept { *this = std::move(other); }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
  ~AlignedBuffer();

  char* data() { return data_; }
  const char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

/// A file that is read and written in big aligned blocks. Bypasses the page cache where the file
/// system can (IoMode kAuto and kDirect mean the same here). Otherwise, and with kCached, at most
/// about 32 MiB of dirty pages wait for write-back.
///
///   CM_ASSIGN_OR_RETURN(auto file, BlockFile::CreateUnnamed("/tmp", context.io()));
///   CM_ASSIGN_OR_RETURN(AlignedBuffer block, AlignedBuffer::Create(2 << 20));
///   CM_RETURN_IF_ERROR(file->Write(0, {{block.data(), block.size()}}));
///   CM_RETURN_IF_ERROR(file->Read(4096, block.data(), 1 << 20));
///
/// Blocks of 1 to 4 MiB are fast. Errors are kUnavailable and name the file, or the folder of an
/// unnamed file. Threads may read and write disjoint ranges at the same time.
class BlockFile {
 public:
  /// Creates a file without a name in `folder`, which vanishes when the process ends, even by a
  /// crash.
  static absl::StatusOr<std::unique_ptr<BlockFile>> CreateUnnamed(const std::string& folder,
                                                                  IoMode mode);
  /// Creates or truncates a file for reading and writing. The file stays on disk.
  static absl::StatusOr<std::unique_ptr<BlockFile>> Create(const std::string& path, IoMode mode);
  /// Opens an existing file.
  static absl::StatusOr<std::unique_ptr<BlockFile>> Open(const std::string& path, IoMode mode,
                                                         bool writable);
  BlockFile(const BlockFile&) = delete;
  BlockFile& operator=(const BlockFile&) = delete;

  /// Writes the parts one after another from `offset` on; a gap before it reads as zeros. REQUIRES:
  /// `offset`, and the address and size of every part, are multiples of kBlockAlignment.
  absl::Status Write(uint64_t offset, const std::vector<std::string_view>& parts);

  /// Reads exactly `size` bytes; an earlier end of the file is an error. REQUIRES: all three
  /// arguments are multiples of kBlockAlignment.
  absl::Status Read(uint64_t offset, char* buffer, size_t size);

  /// Releases the disk space of a range, which then reads as zeros. Does nothing where the file
  /// system cannot.
  absl::Status PunchHole(uint64_t offset, uint64_t size);

  /// Makes everything written so far durable.
  absl::Status Sync();

  /// The path, or the folder of an unnamed file.
  const std::string& name() const { return name_; }
  /// The larger of the file's size at Open and the end of the last byte written here.
  uint64_t size_bytes() const { return size_bytes_.load(std::memory_order_relaxed); }

 private:
  BlockFile(FileHandle file, std::string name, bool unnamed, IoMode mode);
  /// The error that `what` failed for `size` bytes.
  absl::Status Error(std::string_view what, uint64_t size, int error) const;
  /// True if O_DIRECT caused the error. It is then off: try again.
  bool LeaveDirect(bool was_direct, int error);
  absl::Status BoundDirtyPages(uint64_t written_bytes);

  const FileHandle file_;
  const std::string name_;
  const bool unnamed_;
  std::atomic<bool> direct_;
  std::atomic<uint64_t> size_bytes_{0};
  std::atomic<uint64_t> dirty_bytes_{0};  // Since the last write-back began; unused with O_DIRECT.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_BLOCK_FILE_H_
