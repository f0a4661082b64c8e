#include "corpus/io/file_handle.h"

#include <fcntl.h>

#include <cerrno>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"

namespace corpusmill {

absl::StatusOr<FileHandle> FileHandle::Open(const std::string& path, int flags) {
  const int fd = Uninterrupted([&] { return Files().Open(path.c_str(), flags | O_CLOEXEC, 0666); });
  if (fd >= 0) return FileHandle(fd);
  return IoError(path, (flags & O_CREAT) != 0 ? "cannot create" : "cannot open", errno);
}

void FileHandle::Close() {
  if (is_open()) Files().Close(Release());
}

absl::StatusOr<struct stat> FileHandle::Stat(const std::string& path) const {
  struct stat info;
  if (Uninterrupted([&] { return Files().FStat(fd_, &info); }) == 0) return info;
  return IoError(path, "cannot read its size and type", errno);
}

}  // namespace corpusmill
