#include "corpus/io/random_access.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

absl::Status EndsEarly(std::string_view name, uint64_t offset, size_t size) {
  return DataError(
      absl::StrFormat("%s: the file ends before byte %d; it is truncated", name, offset + size));
}

class PosixFile : public RandomAccessFile {
 public:
  PosixFile(std::string name, int fd, uint64_t size_bytes)
      : name_(std::move(name)), fd_(fd), size_bytes_(size_bytes) {}
  ~PosixFile() override { close(fd_); }

  absl::Status Read(uint64_t offset, size_t size, char* buffer) const override {
    if (offset > size_bytes_ || size > size_bytes_ - offset) return EndsEarly(name_, offset, size);
    while (size > 0) {
      const ssize_t got = pread(fd_, buffer, size, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return IoError(name_, "read failed", errno);
      if (got == 0) return EndsEarly(name_, offset, size);
      buffer += got;
      offset += static_cast<uint64_t>(got);
      size -= static_cast<size_t>(got);
    }
    return absl::OkStatus();
  }

  uint64_t size_bytes() const override { return size_bytes_; }
  const std::string& name() const override { return name_; }

 private:
  const std::string name_;
  const int fd_;
  const uint64_t size_bytes_;
};

class MemoryFile : public RandomAccessFile {
 public:
  MemoryFile(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  absl::Status Read(uint64_t offset, size_t size, char* buffer) const override {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      return EndsEarly(name_, offset, size);
    }
    if (size > 0) std::memcpy(buffer, bytes_.data() + offset, size);
    return absl::OkStatus();
  }

  uint64_t size_bytes() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  const std::string_view bytes_;
  const std::string name_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RandomAccessFile>> OpenRandomAccessFile(const std::string& path) {
  int fd = -1;
  do {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return IoError(path, "cannot open", errno);
  struct stat info {};
  if (fstat(fd, &info) != 0) {
    const int error = errno;
    close(fd);
    return IoError(path, "cannot read", error);
  }
  if (!S_ISREG(info.st_mode)) {
    close(fd);
    return IoError(path, "not a regular file");
  }
  return std::make_unique<PosixFile>(path, fd, static_cast<uint64_t>(info.st_size));
}

std::unique_ptr<RandomAccessFile> StringRandomAccessFile(std::string_view bytes, std::string name) {
  return std::make_unique<MemoryFile>(bytes, std::move(name));
}

}  // namespace corpusmill
