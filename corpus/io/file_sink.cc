#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/block_file.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_handle.h"
#include "corpus/io/file_lock.h"
#include "corpus/io/file_tuning.h"
#include "corpus/io/io_queue.h"
#include "corpus/io/unfinished.h"

namespace corpusmill {
namespace {

constexpr int kRetryMilliseconds = 100;

/// Opens a pipe again for writes that do not block. Leaves the flags of `fd` alone, as other
/// processes may share the open pipe. Empty if `fd` is not a pipe or cannot be opened again.
FileHandle OpenNonBlocking(int fd) {
  struct stat info;
  if (Files().FStat(fd, &info) != 0 || !S_ISFIFO(info.st_mode)) return FileHandle();
  return FileHandle::Open(absl::StrFormat("/proc/self/fd/%d", fd), O_WRONLY | O_NONBLOCK)
      .value_or(FileHandle());
}

/// Opens a device or a named pipe. Waits for the reader of a pipe in short steps, to notice a
/// cancellation.
absl::StatusOr<FileHandle> OpenSpecial(const std::string& path, const Context* context) {
  struct stat info;
  const bool is_pipe = Uninterrupted([&] { return Files().Stat(path.c_str(), &info); }) == 0 &&
                       S_ISFIFO(info.st_mode);
  const int flags = O_WRONLY | O_CLOEXEC | (is_pipe ? O_NONBLOCK : 0);
  while (true) {
    const int fd = Uninterrupted([&] { return Files().Open(path.c_str(), flags, 0); });
    if (fd >= 0) return FileHandle(fd);
    if (!is_pipe || errno != ENXIO) return IoError(path, "cannot open for writing", errno);
    if (context != nullptr) CM_RETURN_IF_ERROR(context->CheckCancelled());
    poll(nullptr, 0, kRetryMilliseconds);
  }
}

/// Standard output, a device or a named pipe: no part file, no rename.
class StreamSink final : public PatchableSink {
 public:
  /// An empty `file` means standard output, which stays open for others.
  StreamSink(FileHandle file, std::string name, const Context* context)
      : file_(std::move(file)), name_(std::move(name)), context_(context) {
    if (!file_.is_open() && context != nullptr) file_ = OpenNonBlocking(STDOUT_FILENO);
    fd_ = file_.is_open() ? file_.get() : STDOUT_FILENO;
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
    // Standard output stays open for others; closing a copy reports late errors.
    const int fd = file_.is_open() ? file_.Release() : Files().Dup(STDOUT_FILENO);
    if (Files().Close(fd) != 0 && errno != EINTR) return IoError(name_, "write failed", errno);
    return absl::OkStatus();
  }
  const std::string& name() const override { return name_; }

 private:
  FileHandle file_;
  int fd_;
  const std::string name_;
  const Context* const context_;
  uint64_t bytes_written_ = 0;
};

/// A part file that Close gives its final name. Bytes go through the page cache until the file is
/// big enough for direct IO to pay.
class FileSink final : public PatchableSink {
 public:
  /// `lock` holds the part file, which has `size` bytes. `unfinished` knows it; nullptr: it may
  /// stay.
  FileSink(FileLock lock, std::string path, uint64_t size, const OutputOptions& options,
           std::unique_ptr<Unfinished> unfinished = nullptr)
      : unfinished_(std::move(unfinished)),
        lock_(std::move(lock)),
        fd_(lock_.fd()),
        path_(std::move(path)),
        part_(path_ + ".part"),
        options_(options),
        bytes_written_(size) {}
  ~FileSink() override {
    // Removed while the lock is held.
    if (!closed_ && !options_.keep_part) RemoveFile(part_).IgnoreError();
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
  /// After an error all calls fail, so that a file with a gap never gets its final name.
  absl::Status Remember(const absl::Status& status) {
    if (status_.ok()) status_ = status;
    return status;
  }

  /// Bytes at the beginning that go through the page cache.
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

  /// Switches to blocks; the first block begins with its bytes that are already written.
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
    // Separate from fd_, through which Patch writes unaligned bytes.
    CM_ASSIGN_OR_RETURN(blocks_, BlockFile::Open(part_, IoMode::kDirect, /*writable=*/true));
    return absl::OkStatus();
  }

  /// Submits the first `size` bytes of the current buffer to the thread.
  void SubmitBuffer(size_t size) {
    queue_.Submit([file = blocks_.get(), offset = block_offset_,
                   block = std::string_view(buffers_[current_].data(), size)] {
      return file->Write(offset, {block});
    });
  }

  /// Writes the bytes in the current buffer and keeps them: a full buffer is written again. Until
  /// then the file may be longer than the bytes written.
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
    if (!name_is_durable_) CM_RETURN_IF_ERROR(SyncFolder(ParentFolder(path_)));
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
    const bool replaces = Uninterrupted([&] { return Files().LStat(path_.c_str(), &info); }) == 0;
    if (replaces && !options_.overwrite) {
      return UsageError(absl::StrFormat(
          "%s: another program made it meanwhile; use --force to replace it", path_));
    }
    // Renamed while the lock is held.
    CM_RETURN_IF_ERROR(RenameFile(part_, path_));
    closed_ = true;
    unfinished_.reset();
    lock_.Release();  // After fsync there is nothing left to fail.
    const absl::Status status = SyncFolder(ParentFolder(path_));
    // The new file is whole: keeps it if it replaced a file or keep_part is set.
    if (!status.ok() && !replaces && !options_.keep_part) RemoveFile(path_).IgnoreError();
    return status;
  }

  std::unique_ptr<Unfinished> unfinished_;  // Outlives the part file.
  FileLock lock_;
  const int fd_;  // Descriptor of lock_.
  const std::string path_;
  const std::string part_;
  const OutputOptions options_;
  uint64_t bytes_written_;
  bool name_is_durable_ = false;
  bool closed_ = false;  // With success: the part file has its final name.
  absl::Status status_;

  std::unique_ptr<BlockFile> blocks_;  // The part file past the page cache; nullptr until then.
  std::array<AlignedBuffer, 3> buffers_;
  size_t current_ = 0;         // The buffer being filled.
  size_t filled_ = 0;          // Bytes in it.
  uint64_t block_offset_ = 0;  // Its offset in the file.
  IoQueue queue_;              // Uses the members above.
};

absl::StatusOr<FileLock> LockPart(const std::string& path, FileLock::IfAbsent if_absent) {
  CM_ASSIGN_OR_RETURN(std::optional<FileLock> lock, FileLock::Try(path + ".part", if_absent));
  if (lock.has_value()) return *std::move(lock);
  return IoError(path, "another process is writing it");
}

absl::Status Truncate(const FileLock& lock, const std::string& part, uint64_t size) {
  const int result =
      Uninterrupted([&] { return Files().FTruncate(lock.fd(), static_cast<off_t>(size)); });
  return result == 0 ? absl::OkStatus() : IoError(part, "cannot truncate", errno);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PatchableSink>> CreateFile(const std::string& path,
                                                          const OutputOptions& options) {
  if (path == kStandardStream) {
    return std::make_unique<StreamSink>(FileHandle(), "<stdout>", options.context);
  }
  CM_RETURN_IF_ERROR(CheckOutputPath(path, options));
  CM_ASSIGN_OR_RETURN(const FileKind kind, KindOf(path));
  if (kind == FileKind::kSpecial) {
    CM_ASSIGN_OR_RETURN(FileHandle file, OpenSpecial(path, options.context));
    return std::make_unique<StreamSink>(std::move(file), path, options.context);
  }
  // Keeps a link and replaces its target.
  CM_ASSIGN_OR_RETURN(const std::string target, FollowLinks(path));
  const std::string part = target + ".part";
  // An interruption must not remove the part file of another process: it is locked, then announced.
  CM_ASSIGN_OR_RETURN(FileLock lock, LockPart(target, FileLock::IfAbsent::kCreate));
  std::unique_ptr<Unfinished> unfinished;
  if (!options.keep_part) {
    unfinished = std::make_unique<Unfinished>([part] { RemoveFile(part).IgnoreError(); });
  }
  if (const absl::Status status = Truncate(lock, part, 0); !status.ok()) {
    RemoveFile(part).IgnoreError();
    return status;
  }
  return std::make_unique<FileSink>(std::move(lock), target, 0, options, std::move(unfinished));
}

absl::StatusOr<std::unique_ptr<PatchableSink>> ContinueFile(const std::string& path,
                                                            uint64_t offset,
                                                            const OutputOptions& options) {
  if (path == kStandardStream || IsSpecialFile(path)) {
    return UsageError(
        absl::StrFormat("%s: only output to a regular file can be resumed; name a file", path));
  }
  CM_RETURN_IF_ERROR(CheckOutputPath(path, options));
  CM_ASSIGN_OR_RETURN(const std::string target, FollowLinks(path));
  CM_ASSIGN_OR_RETURN(FileLock lock, LockPart(target, FileLock::IfAbsent::kFail));
  const std::string part = target + ".part";
  struct stat info;
  if (Uninterrupted([&] { return Files().FStat(lock.fd(), &info); }) != 0) {
    return IoError(part, "cannot read its size", errno);
  }
  const uint64_t part_bytes = static_cast<uint64_t>(info.st_size);
  if (part_bytes < offset) {
    return DataError(
        absl::StrFormat("%s: has %d bytes, fewer than the %d already written; start over", part,
                        part_bytes, offset));
  }
  if (part_bytes > offset) CM_RETURN_IF_ERROR(Truncate(lock, part, offset));
  return std::make_unique<FileSink>(std::move(lock), target, offset, options);
}

}  // namespace corpusmill
