#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/block_file.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_handle.h"
#include "corpus/io/file_tuning.h"
#include "corpus/io/io_queue.h"

namespace corpusmill {
namespace {

/// A small file, standard input, a device or a pipe.
class FdSource final : public ByteSource {
 public:
  /// `file` is empty for standard input.
  FdSource(FileHandle file, std::string name, bool regular, const Context* context)
      : file_(std::move(file)),
        fd_(file_.is_open() ? file_.get() : STDIN_FILENO),
        name_(std::move(name)),
        regular_(regular),
        context_(context) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    while (true) {
      if (!regular_) CM_RETURN_IF_ERROR(WaitForPipe(fd_, POLLIN, context_));
      const ssize_t n = Files().Read(fd_, buffer, size);
      if (n >= 0) return static_cast<size_t>(n);
      if (errno != EINTR && errno != EAGAIN) return IoError(name_, "read failed", errno);
    }
  }
  const std::string& name() const override { return name_; }

 private:
  const FileHandle file_;
  const int fd_;
  const std::string name_;
  const bool regular_;
  const Context* const context_;
};

/// True if at least half of the sampled pages are in the page cache, or if that is unknown. The
/// kernel also says so for files of other users.
bool IsCached(int fd, uint64_t size) {
  constexpr uint64_t kWindows = 64;
  constexpr size_t kWindowPages = 16;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t window_bytes = kWindowPages * page;
  if (size < window_bytes) return true;
  // Never touched: a mapping costs no memory and no IO.
  void* const map = Files().MMap(size, fd, 0);
  if (map == MAP_FAILED) return true;
  uint64_t resident = 0, seen = 0;
  for (uint64_t i = 0; i < kWindows; ++i) {
    const uint64_t offset = (size - window_bytes) / (kWindows - 1) * i / page * page;
    unsigned char pages[kWindowPages];
    if (mincore(static_cast<char*>(map) + offset, window_bytes, pages) != 0) continue;
    for (const unsigned char in_core : pages) resident += in_core & 1;
    seen += kWindowPages;
  }
  munmap(map, size);
  return resident * 2 >= seen;
}

/// A big file. Reads its head on demand, so that a look at the first bytes does not cost megabytes.
/// A thread reads the rest ahead, bypassing the page cache, if wanted.
class BigFileSource final : public ByteSource {
 public:
  BigFileSource(FileHandle file, std::string name, uint64_t size, IoMode mode, uint64_t begin)
      : file_(std::move(file)), name_(std::move(name)), size_(size), mode_(mode), offset_(begin) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (queue_ != nullptr) return ReadBlocks(buffer, size);
    if (offset_ > 0 && mode_ != IoMode::kCached) {
      if (mode_ == IoMode::kDirect || !IsCached(file_.get(), size_)) {
        CM_RETURN_IF_ERROR(StartBlocks());
        return ReadBlocks(buffer, size);
      }
      mode_ = IoMode::kCached;
    }
    if (mode_ != IoMode::kCached) size = std::min(size, kHeadBytes);
    CM_ASSIGN_OR_RETURN(const size_t n, ReadAt(offset_, buffer, size));
    offset_ += n;
    return n;
  }
  const std::string& name() const override { return name_; }

 private:
  static constexpr size_t kHeadBytes = 64 << 10;

  struct Block {
    AlignedBuffer buffer;
    size_t size = 0;  // Less than the buffer's size only at the end of the file.
  };

  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) {
    while (true) {
      const ssize_t n = Uninterrupted(
          [&] { return Files().PRead(file_.get(), buffer, size, static_cast<off_t>(offset)); });
      if (n >= 0) return static_cast<size_t>(n);
      // The file system refuses O_DIRECT, or the offset is not aligned, usually after a read that
      // reached the end of the file.
      const int error = errno;
      if (!direct_ || error != EINVAL || !SetDirect(file_.get(), false)) {
        return IoError(name_, "read failed", error);
      }
      direct_ = false;
    }
  }

  absl::Status StartBlocks() {
    for (Block& block : blocks_) {
      CM_ASSIGN_OR_RETURN(block.buffer, AlignedBuffer::Create(Tuning().block_bytes));
    }
    direct_ = SetDirect(file_.get(), true);
    taken_ = offset_ % kBlockAlignment;
    offset_ -= taken_;
    queue_ = std::make_unique<IoQueue>();
    for (Block& block : blocks_) Submit(block);
    return queue_->Wait(blocks_.size() - 1);
  }

  void Submit(Block& block) {
    queue_->Submit([this, &block] { return Fill(block); });
  }

  /// Runs on the queue's thread, which alone uses offset_, at_end_ and direct_ meanwhile.
  absl::Status Fill(Block& block) {
    block.size = 0;
    while (!at_end_ && block.size < block.buffer.size()) {
      CM_ASSIGN_OR_RETURN(const size_t n, ReadAt(offset_, block.buffer.data() + block.size,
                                                 block.buffer.size() - block.size));
      block.size += n;
      offset_ += n;
      at_end_ = n == 0;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> ReadBlocks(char* buffer, size_t size) {
    Block* block = &blocks_[current_];
    if (taken_ >= block->size) {
      // Keeps the last block, so that the end stays the end.
      if (block->size < block->buffer.size()) return 0;
      Submit(*block);
      CM_RETURN_IF_ERROR(queue_->Wait(blocks_.size() - 1));
      current_ = (current_ + 1) % blocks_.size();
      block = &blocks_[current_];
      taken_ = 0;
    }
    const size_t n = std::min(size, block->size - taken_);
    std::memcpy(buffer, block->buffer.data() + taken_, n);
    taken_ += n;
    return n;
  }

  const FileHandle file_;
  const std::string name_;
  const uint64_t size_;
  IoMode mode_;
  uint64_t offset_ = 0;  // Offset in the file of the next byte to read.
  bool at_end_ = false;
  bool direct_ = false;
  std::array<Block, 3> blocks_;
  size_t current_ = 0;  // The block being read, and the bytes read of it.
  size_t taken_ = 0;
  std::unique_ptr<IoQueue> queue_;  // Uses the members above.
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const std::string& path,
                                                     const Context* context, uint64_t begin_byte) {
  const bool standard = path == kStandardStream;
  const std::string name = standard ? "<stdin>" : path;
  FileHandle file;
  if (!standard) {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer and ignore signals.
    CM_ASSIGN_OR_RETURN(file, FileHandle::Open(path, O_RDONLY | O_NONBLOCK));
  }
  struct stat info;
  const int fd = standard ? STDIN_FILENO : file.get();
  if (Uninterrupted([&] { return Files().FStat(fd, &info); }) != 0) {
    return IoError(name, "cannot read", errno);
  }
  if (S_ISDIR(info.st_mode)) return IoError(name, "is a folder, not a file");
  const bool regular = S_ISREG(info.st_mode);
  if (regular) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (!regular || standard || size < Tuning().direct_bytes) {
    if (regular && begin_byte > 0 &&
        Files().Seek(fd, static_cast<off_t>(begin_byte), SEEK_SET) < 0) {
      return IoError(name, "cannot seek", errno);
    }
    return std::make_unique<FdSource>(std::move(file), name, regular, context);
  }
  return std::make_unique<BigFileSource>(
      std::move(file), path, size, context != nullptr ? context->io() : IoMode::kAuto, begin_byte);
}

}  // namespace corpusmill
