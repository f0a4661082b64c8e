#include "corpus/io/random_access.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {
namespace {

absl::Status EndsEarly(std::string_view name, uint64_t offset, size_t size) {
  return DataError(
      absl::StrFormat("%s: the file ends before byte %d; it is truncated", name, offset + size));
}

class PosixFile : public RandomAccessFile {
 public:
  PosixFile(std::string name, FileHandle file, uint64_t size_bytes)
      : name_(std::move(name)), file_(std::move(file)), size_bytes_(size_bytes) {}

  absl::Status Read(uint64_t offset, size_t size, char* buffer) const override {
    if (offset > size_bytes_ || size > size_bytes_ - offset) return EndsEarly(name_, offset, size);
    while (size > 0) {
      const ssize_t got = Uninterrupted(
          [&] { return Files().PRead(file_.get(), buffer, size, static_cast<off_t>(offset)); });
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
  const FileHandle file_;
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
  CM_ASSIGN_OR_RETURN(FileHandle file, FileHandle::Open(path, O_RDONLY));
  CM_ASSIGN_OR_RETURN(const struct stat info, file.Stat(path));
  if (!S_ISREG(info.st_mode)) return IoError(path, "not a regular file");
  return std::make_unique<PosixFile>(path, std::move(file), static_cast<uint64_t>(info.st_size));
}

std::unique_ptr<RandomAccessFile> StringRandomAccessFile(std::string_view bytes, std::string name) {
  return std::make_unique<MemoryFile>(bytes, std::move(name));
}

}  // namespace corpusmill
