#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/block_file.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_tuning.h"
#include "corpus/io/io_queue.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;

constexpr int kRetryMilliseconds = 100;

/// A pipe opened again, so that writing to it need not wait. Not by fcntl, as others may
/// share what `fd` stands for. -1 if it is no pipe, or that cannot be.
int OpenNonBlocking(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISFIFO(info.st_mode)) return -1;
  const std::string path = absl::StrFormat("/proc/self/fd/%d", fd);
  return Uninterrupted(
      [&] { return Files().Open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0); });
}

/// Opens a device or a named pipe; waits for the reader of one, in short steps, to see a
/// cancellation. The file descriptor, or -1 and errno.
absl::StatusOr<int> OpenSpecial(const std::string& path, const Context* context) {
  struct stat info;
  const bool is_pipe = stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode);
  const int flags = O_WRONLY | O_CLOEXEC | (is_pipe ? O_NONBLOCK : 0);
  while (true) {
    const int fd = Uninterrupted([&] { return Files().Open(path.c_str(), flags, 0); });
    if (fd >= 0 || !is_pipe || errno != ENXIO) return fd;
    if (context != nullptr) CM_RETURN_IF_ERROR(context->CheckCancelled());
    poll(nullptr, 0, kRetryMilliseconds);
  }
}

/// Standard output, a device or a named pipe: no part file, no rename.
class StreamSink final : public PatchableSink {
 public:
  StreamSink(int fd, std::string name, const Context* context)
      : fd_(fd), name_(std::move(name)), context_(context) {
    if (context == nullptr || fd_ > STDOUT_FILENO) return;
    const int pipe = OpenNonBlocking(fd_);
    if (pipe >= 0) fd_ = pipe;
  }
  ~StreamSink() override {
    if (fd_ > STDOUT_FILENO) Files().Close(fd_);
  }
  absl::Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n =
          Uninterrupted([&] { return Files().Write(fd_, bytes.data(), bytes.size()); });
      if (n < 0 && errno == EAGAIN) {
        CM_RETURN_IF_ERROR(WaitForPipe(fd_, POLLOUT, context_));
        continue;
      }
      if (n < 0) return errno == EPIPE ? BrokenPipe() : IoError(name_, "write failed", errno);
      bytes.remove_prefix(static_cast<size_t>(n));
      bytes_written_ += static_cast<uint64_t>(n);
    }
    return absl::OkStatus();
  }
  absl::Status Patch(uint64_t, std::string_view) override {
    return IoError(name_, "cannot write this format to a pipe; try a file");
  }
  absl::Status Sync() override {
    // A pipe has nothing to sync.
    if (Uninterrupted([&] { return Files().FSync(fd_); }) == 0 || errno == EINVAL ||
        errno == EROFS || errno == ENOTSUP) {
      return absl::OkStatus();
    }
    return IoError(name_, "fsync failed", errno);
  }
  uint64_t bytes_written() const override { return bytes_written_; }
  absl::Status Close() override {
    // Standard output stays open for others; closing a copy tells of late errors.
    const int fd = fd_ > STDOUT_FILENO ? std::exchange(fd_, -1) : dup(fd_);
    if (Files().Close(fd) != 0 && errno != EINTR) return IoError(name_, "write failed", errno);
    return absl::OkStatus();
  }
  const std::string& name() const override { return name_; }

 private:
  int fd_;
  const std::string name_;
  const Context* const context_;
  uint64_t bytes_written_ = 0;
};

/// A part file on its way to its final name. Bytes go through the page cache until
/// there are so many that going past it pays.
class FileSink final : public PatchableSink {
 public:
  /// `fd` is the locked part file, of `size` bytes.
  FileSink(int fd, std::string path, uint64_t size, const OutputOptions& options)
      : fd_(fd),
        path_(std::move(path)),
        part_(path_ + ".part"),
        options_(options),
        bytes_written_(size) {}
  ~FileSink() override {
    if (fd_ < 0) return;
    // Removed while the lock of the open file is held: see OpenPart.
    if (!options_.keep_part) Uninterrupted([&] { return Files().Unlink(part_.c_str()); });
    Files().Close(fd_);
  }

  absl::Status Write(std::string_view bytes) override { return Remember(DoWrite(bytes)); }
  absl::Status Patch(uint64_t offset, std::string_view bytes) override {
    return Remember(DoPatch(offset, bytes));
  }
  absl::Status Sync() override { return Remember(DoSync()); }
  absl::Status Close() override { return Remember(DoClose()); }
  uint64_t bytes_written() const override { return bytes_written_; }
  const std::string& name() const override { return path_; }

 private:
  /// After an error all calls fail, so that a file with a gap gets no final name.
  absl::Status Remember(const absl::Status& status) {
    if (status_.ok()) status_ = status;
    return status;
  }

  /// How many bytes at the beginning go through the page cache.
  uint64_t CachedBytes() const {
    switch (options_.io) {
      case IoMode::kDirect:
        return 0;
      case IoMode::kCached:
        return UINT64_MAX;
      case IoMode::kAuto:
        break;
    }
    return Tuning().direct_bytes;
  }

  absl::Status DoWrite(std::string_view bytes) {
    CM_RETURN_IF_ERROR(status_);
    if (blocks_ == nullptr) {
      const uint64_t limit = CachedBytes();
      const std::string_view cached =
          bytes.substr(0, limit > bytes_written_ ? limit - bytes_written_ : 0);
      CM_RETURN_IF_ERROR(WriteCached(cached));
      bytes.remove_prefix(cached.size());
      if (bytes.empty()) return absl::OkStatus();
      CM_RETURN_IF_ERROR(StartBlocks());
    }
    CM_RETURN_IF_ERROR(queue_.status());
    while (!bytes.empty()) {
      AlignedBuffer& buffer = buffers_[current_];
      const size_t n = std::min(bytes.size(), buffer.size() - filled_);
      std::memcpy(buffer.data() + filled_, bytes.data(), n);
      filled_ += n;
      bytes_written_ += n;
      bytes.remove_prefix(n);
      if (filled_ < buffer.size()) break;
      SubmitBuffer(filled_);
      block_offset_ += filled_;
      filled_ = 0;
      current_ = (current_ + 1) % buffers_.size();
      CM_RETURN_IF_ERROR(queue_.Wait(buffers_.size() - 1));  // This one is free again.
    }
    return absl::OkStatus();
  }

  absl::Status WriteAt(uint64_t offset, std::string_view bytes) {
    std::vector<iovec> parts = {{const_cast<char*>(bytes.data()), bytes.size()}};
    const int error = PWriteAll(fd_, &parts, &offset);
    if (error == 0) return absl::OkStatus();
    return IoError(part_, absl::StrFormat("write of %d bytes failed", bytes.size()), error);
  }

  absl::Status WriteCached(std::string_view bytes) {
    const uint64_t step = Tuning().writeback_bytes;
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, step - bytes_written_ % step);
      CM_RETURN_IF_ERROR(WriteAt(bytes_written_, part));
      bytes_written_ += part.size();
      bytes.remove_prefix(part.size());
      if (bytes_written_ % step != 0) continue;
      // Early, so that the fsync at the end is short.
      const int error = StartWriteBack(fd_, bytes_written_ - step, step, /*wait=*/false);
      if (error != 0) return IoError(part_, "write-back failed", error);
    }
    return absl::OkStatus();
  }

  /// Goes over to blocks, the first of which begins with what is there of it.
  absl::Status StartBlocks() {
    for (AlignedBuffer& buffer : buffers_) {
      CM_ASSIGN_OR_RETURN(buffer, AlignedBuffer::Create(Tuning().block_bytes));
    }
    block_offset_ = RoundDownToBlock(bytes_written_);
    while (block_offset_ + filled_ < bytes_written_) {
      const ssize_t n = Uninterrupted([&] {
        return Files().PRead(fd_, buffers_[0].data() + filled_,
                             bytes_written_ - block_offset_ - filled_,
                             static_cast<off_t>(block_offset_ + filled_));
      });
      if (n < 0) return IoError(part_, "read failed", errno);
      if (n == 0) return IoError(part_, "was cut short by another process");
      filled_ += static_cast<size_t>(n);
    }
    // Beside fd_, through which Patch writes what is not aligned.
    CM_ASSIGN_OR_RETURN(blocks_, BlockFile::Open(part_, IoMode::kDirect, /*writable=*/true));
    return absl::OkStatus();
  }

  /// Hands the first `size` bytes of the current buffer to the thread.
  void SubmitBuffer(size_t size) {
    queue_.Submit([file = blocks_.get(), offset = block_offset_,
                   block = std::string_view(buffers_[current_].data(), size)] {
      return file->Write(offset, {block});
    });
  }

  /// Writes what is in the current buffer, which stays: it is written again when it is
  /// full. Until then the file may be longer than what was written.
  absl::Status FlushBlocks() {
    if (filled_ > 0) {
      const size_t size = RoundUpToBlock(filled_);
      std::memset(buffers_[current_].data() + filled_, 0, size - filled_);
      SubmitBuffer(size);
    }
    return queue_.Wait();
  }

  absl::Status DoPatch(uint64_t offset, std::string_view bytes) {
    CM_RETURN_IF_ERROR(status_);
    if (blocks_ == nullptr) return WriteAt(offset, bytes);
    CM_RETURN_IF_ERROR(queue_.Wait());
    const std::string_view on_disk =
        bytes.substr(0, offset < block_offset_ ? block_offset_ - offset : 0);
    CM_RETURN_IF_ERROR(WriteAt(offset, on_disk));
    bytes.remove_prefix(on_disk.size());
    if (bytes.empty()) return absl::OkStatus();
    std::memcpy(buffers_[current_].data() + (offset + on_disk.size() - block_offset_), bytes.data(),
                bytes.size());
    return absl::OkStatus();
  }

  absl::Status DoSync() {
    CM_RETURN_IF_ERROR(status_);
    if (blocks_ != nullptr) CM_RETURN_IF_ERROR(FlushBlocks());
    if (Uninterrupted([&] { return Files().FDataSync(fd_); }) != 0) {
      return IoError(part_, "fdatasync failed", errno);
    }
    if (!name_is_durable_) CM_RETURN_IF_ERROR(SyncFolder(Folder()));
    name_is_durable_ = true;
    return absl::OkStatus();
  }

  absl::Status DoClose() {
    CM_RETURN_IF_ERROR(status_);
    if (blocks_ != nullptr) {
      CM_RETURN_IF_ERROR(FlushBlocks());
      blocks_.reset();
      if (Uninterrupted(
              [&] { return Files().FTruncate(fd_, static_cast<off_t>(bytes_written_)); }) != 0) {
        return IoError(part_, "cannot truncate", errno);
      }
    }
    if (Uninterrupted([&] { return Files().FSync(fd_); }) != 0) {
      return IoError(part_, "fsync failed", errno);
    }
    struct stat info;
    const bool replaces = lstat(path_.c_str(), &info) == 0;
    // Renamed while the lock of the open file is held: see OpenPart.
    if (Uninterrupted([&] { return Files().Rename(part_.c_str(), path_.c_str()); }) != 0) {
      return IoError(path_, "rename failed", errno);
    }
    Files().Close(std::exchange(fd_, -1));  // After fsync there is nothing left to fail.
    const absl::Status status = SyncFolder(Folder());
    // The new file is whole: where the old one is gone, or the part file was to be kept, it
    // is better than none.
    if (!status.ok() && !replaces && !options_.keep_part)
      Uninterrupted([&] { return Files().Unlink(path_.c_str()); });
    return status;
  }

  std::string Folder() const { return fs::path(path_).parent_path().string(); }

  int fd_;
  const std::string path_;
  const std::string part_;
  const OutputOptions options_;
  uint64_t bytes_written_;
  bool name_is_durable_ = false;
  absl::Status status_;

  std::unique_ptr<BlockFile> blocks_;  // The part file past the page cache; nullptr until then.
  std::array<AlignedBuffer, 3> buffers_;
  size_t current_ = 0;         // The buffer that is filled, with
  size_t filled_ = 0;          // so many bytes, which go to
  uint64_t block_offset_ = 0;  // this place of the file.
  IoQueue queue_;              // Uses those above.
};

/// Opens and locks `path.part`; with `create`, one that a killed process left is
/// taken over and emptied.
absl::StatusOr<int> OpenPart(const std::string& path, bool create) {
  const std::string part = path + ".part";
  // A part file of ours is never a link: one is not followed to be truncated.
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
  while (true) {
    const int fd = Uninterrupted([&] { return Files().Open(part.c_str(), flags, 0666); });
    if (fd < 0) return IoError(part, create ? "cannot create" : "cannot open", errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      Files().Close(fd);
      if (error == EWOULDBLOCK) return IoError(path, "another process is writing it");
      return IoError(part, "cannot lock", error);
    }
    // Its owner may have renamed or removed it between our open and our lock.
    struct stat ours, named;
    if (fstat(fd, &ours) == 0 && stat(part.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
        ours.st_dev == named.st_dev) {
      return fd;
    }
    Files().Close(fd);
  }
}

/// What a chain of links leads to, whether it exists or not.
std::string FollowLinks(const std::string& path) {
  constexpr int kMaxLinks = 40;  // As the kernel.
  fs::path target = path;
  std::error_code error;
  for (int i = 0; i < kMaxLinks && fs::is_symlink(target, error); ++i) {
    target = target.parent_path() / fs::read_symlink(target, error);
  }
  return target.string();
}

bool IsSpecialFile(const std::string& path) {
  std::error_code error;
  return fs::is_other(path, error);
}

/// Cuts the part file to `size` bytes, of at least as many; closes it if that fails.
absl::StatusOr<std::unique_ptr<PatchableSink>> SinkFrom(int fd, const std::string& path,
                                                        uint64_t size,
                                                        const OutputOptions& options) {
  struct stat info;
  if (fstat(fd, &info) != 0 ||
      (static_cast<uint64_t>(info.st_size) != size &&
       Uninterrupted([&] { return Files().FTruncate(fd, static_cast<off_t>(size)); }) != 0)) {
    const int error = errno;
    Files().Close(fd);
    return IoError(path + ".part", "cannot truncate", error);
  }
  return std::make_unique<FileSink>(fd, path, size, options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PatchableSink>> CreateFile(const std::string& path,
                                                          const OutputOptions& options) {
  if (path == kStandardStream) {
    return std::make_unique<StreamSink>(STDOUT_FILENO, "<stdout>", options.context);
  }
  CM_RETURN_IF_ERROR(CheckOutputPath(path, options));
  if (IsSpecialFile(path)) {
    CM_ASSIGN_OR_RETURN(const int fd, OpenSpecial(path, options.context));
    if (fd < 0) return IoError(path, "cannot open for writing", errno);
    return std::make_unique<StreamSink>(fd, path, options.context);
  }
  // A link stays a link: what it points to is replaced.
  const std::string target = FollowLinks(path);
  CM_ASSIGN_OR_RETURN(const int fd, OpenPart(target, /*create=*/true));
  return SinkFrom(fd, target, 0, options);
}

absl::StatusOr<std::unique_ptr<PatchableSink>> ContinueFile(const std::string& path,
                                                            uint64_t offset,
                                                            const OutputOptions& options) {
  if (path == kStandardStream || IsSpecialFile(path)) {
    return UsageError(absl::StrFormat("%s: only the writing of a file can be continued", path));
  }
  CM_RETURN_IF_ERROR(CheckOutputPath(path, options));
  const std::string target = FollowLinks(path);
  CM_ASSIGN_OR_RETURN(const int fd, OpenPart(target, /*create=*/false));
  struct stat info;
  if (fstat(fd, &info) != 0 || static_cast<uint64_t>(info.st_size) < offset) {
    Files().Close(fd);
    return DataError(
        absl::StrFormat("%s.part: is shorter than the %d bytes that were written; "
                        "try to begin again",
                        target, offset));
  }
  return SinkFrom(fd, target, offset, options);
}

}  // namespace corpusmill
