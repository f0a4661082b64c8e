#include "corpus/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "corpus/codec.h"
#include "corpus/status.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;

constexpr int kPollMilliseconds = 100;

class FdSource final : public ByteSource {
 public:
  FdSource(int fd, std::string name, bool regular, const Context* context)
      : fd_(fd), name_(std::move(name)), regular_(regular), context_(context) {}
  ~FdSource() override {
    if (fd_ != STDIN_FILENO) close(fd_);
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    while (true) {
      if (!regular_) CM_RETURN_IF_ERROR(Wait());
      const ssize_t n = read(fd_, buffer, size);
      if (n >= 0) return static_cast<size_t>(n);
      if (errno != EINTR && errno != EAGAIN) return IoError(name_, "read failed", errno);
    }
  }
  const std::string& name() const override { return name_; }

 private:
  /// Waits for data of a pipe, or for its writer, in short steps, to see a cancellation.
  absl::Status Wait() const {
    pollfd request{fd_, POLLIN, 0};
    do {
      if (context_ != nullptr) CM_RETURN_IF_ERROR(context_->CheckCancelled());
    } while (poll(&request, 1, kPollMilliseconds) <= 0);
    return absl::OkStatus();
  }

  const int fd_;
  const std::string name_;
  const bool regular_;
  const Context* const context_;
};

/// write(2) until all is written.
absl::Status WriteAll(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (n < 0 && errno == EPIPE) {
      return BrokenPipe();
    } else if (n < 0 && errno != EINTR) {
      return IoError(name, "write failed", errno);
    }
  }
  return absl::OkStatus();
}

/// Standard output, a device or a named pipe: no part file, no rename.
class DirectSink final : public PatchableSink {
 public:
  DirectSink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  ~DirectSink() override {
    if (fd_ > STDOUT_FILENO) close(fd_);
  }
  absl::Status Write(std::string_view bytes) override { return WriteAll(fd_, bytes, name_); }
  absl::Status Patch(uint64_t, std::string_view) override {
    return IoError(name_, "cannot write this format to a pipe; try a file");
  }
  absl::Status Close() override {
    // Standard output stays open for others; closing a copy tells of late errors.
    const int fd = fd_ > STDOUT_FILENO ? std::exchange(fd_, -1) : dup(fd_);
    if (close(fd) != 0) return IoError(name_, "write failed", errno);
    return absl::OkStatus();
  }
  const std::string& name() const override { return name_; }

 private:
  int fd_;
  const std::string name_;
};

class FileSink final : public PatchableSink {
 public:
  FileSink(int fd, std::string path) : fd_(fd), path_(std::move(path)), part_(path_ + ".part") {}
  ~FileSink() override {
    if (fd_ < 0) return;
    unlink(part_.c_str());
    close(fd_);
  }

  absl::Status Write(std::string_view bytes) override { return WriteAll(fd_, bytes, part_); }

  absl::Status Patch(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n > 0) {
        bytes.remove_prefix(static_cast<size_t>(n));
        offset += static_cast<uint64_t>(n);
      } else if (n < 0 && errno != EINTR) {
        return IoError(part_, "write failed", errno);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Close() override {
    if (fsync(fd_) != 0) return IoError(part_, "fsync failed", errno);
    // Renamed while the lock of the open file is held: see OpenPart.
    if (rename(part_.c_str(), path_.c_str()) != 0) return IoError(path_, "rename failed", errno);
    if (close(std::exchange(fd_, -1)) != 0) return IoError(path_, "close failed", errno);
    return SyncFolder();
  }
  const std::string& name() const override { return path_; }

 private:
  absl::Status SyncFolder() const {
    const fs::path parent = fs::path(path_).parent_path();
    const int folder =
        open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return absl::OkStatus();  // A folder one may write but not read.
    const int result = fsync(folder);
    const int error = errno;
    close(folder);
    // Some file systems cannot sync a folder; the rename itself stands.
    if (result != 0 && error != EINVAL) return IoError(path_, "fsync of its folder failed", error);
    return absl::OkStatus();
  }

  int fd_;
  const std::string path_;
  const std::string part_;
};

/// Opens and locks `path.part`, taking over one that a killed process left.
absl::StatusOr<int> OpenPart(const std::string& path) {
  const std::string part = path + ".part";
  while (true) {
    // A part file of ours is never a link: one is not followed to be truncated.
    const int fd = open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return IoError(part, "cannot create", errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      close(fd);
      if (error == EWOULDBLOCK) return IoError(path, "another process is writing it");
      return IoError(part, "cannot lock", error);
    }
    // Its owner may have renamed or removed it between our open and our lock.
    struct stat ours, named;
    if (fstat(fd, &ours) == 0 && stat(part.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
        ours.st_dev == named.st_dev) {
      if (ftruncate(fd, 0) == 0) return fd;
      const int error = errno;
      close(fd);
      return IoError(part, "cannot truncate", error);
    }
    close(fd);
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
  struct stat info;
  return stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const std::string& path,
                                                     const Context* context) {
  const bool standard = path == kStandardStream;
  // Without O_NONBLOCK, opening a named pipe would wait for its writer, deaf to signals.
  const int fd = standard ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return IoError(path, "cannot open", errno);
  auto source = [&](bool regular) {
    return std::make_unique<FdSource>(fd, standard ? "<stdin>" : path, regular, context);
  };
  struct stat info;
  if (fstat(fd, &info) != 0) {
    const int error = errno;
    source(true);
    return IoError(path, "cannot read", error);
  }
  if (S_ISDIR(info.st_mode)) {
    source(true);
    return IoError(standard ? "<stdin>" : path, "is a folder, not a file");
  }
  if (S_ISREG(info.st_mode)) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return source(S_ISREG(info.st_mode));
}

absl::StatusOr<std::unique_ptr<PatchableSink>> CreateFile(const std::string& path,
                                                          const OutputOptions& options) {
  if (path == kStandardStream) return std::make_unique<DirectSink>(STDOUT_FILENO, "<stdout>");
  CM_RETURN_IF_ERROR(CheckOutputPath(path, options));
  if (IsSpecialFile(path)) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return IoError(path, "cannot open for writing", errno);
    return std::make_unique<DirectSink>(fd, path);
  }
  // A link stays a link: what it points to is replaced.
  const std::string target = FollowLinks(path);
  CM_ASSIGN_OR_RETURN(const int fd, OpenPart(target));
  return std::make_unique<FileSink>(fd, target);
}

absl::Status CheckOutputPath(const std::string& path, const OutputOptions& options) {
  if (path == kStandardStream || IsSpecialFile(path)) return absl::OkStatus();
  if (path.empty()) return UsageError("the output path is empty");
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return UsageError(absl::StrFormat("%s: is a folder; name a file", path));
  }
  if (!options.overwrite && fs::exists(path, error)) {
    return UsageError(absl::StrFormat("%s: exists; use --force to replace it", path));
  }
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty() && !fs::is_directory(parent, error)) {
    return UsageError(absl::StrFormat("%s: folder %s does not exist", path, parent.string()));
  }
  return absl::OkStatus();
}

absl::Status CreateFolders(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return IoError(path, "cannot create folder", error.value());
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFileToString(const std::string& path) {
  constexpr uint64_t kLimitBytes = uint64_t{4} << 30;
  Context context({.memory_limit_bytes = kLimitBytes, .threads = 1});
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> raw, OpenFile(path));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenDecoder(std::move(raw), context));
  std::string content;
  CM_RETURN_IF_ERROR(ReadAll(*source, kLimitBytes, &content));
  return content;
}

absl::Status WriteStringToFile(const std::string& path, std::string_view bytes,
                               const OutputOptions& options) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink, CreateFile(path, options));
  CM_RETURN_IF_ERROR(sink->Write(bytes));
  return sink->Close();
}

}  // namespace corpusmill
