#include "corpus/io/temporary_file.h"

#include <fcntl.h>

#include <cerrno>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_system.h"

namespace corpusmill {

absl::StatusOr<FileHandle> CreateTemporaryFile(const std::string& folder) {
  const int fd = Uninterrupted(
      [&] { return Files().Open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); });
  if (fd >= 0) return FileHandle(fd);
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    return IoError(folder, "cannot create a temporary file", errno);
  }
  // Not every file system has O_TMPFILE: creates a named file and removes the name at once.
  std::string path = folder + "/corpusmill-XXXXXX";
  FileHandle file(Uninterrupted([&] { return Files().MakeTemporary(path.data()); }));
  if (!file.is_open()) return IoError(folder, "cannot create a temporary file", errno);
  CM_RETURN_IF_ERROR(RemoveFile(path));
  return file;
}

}  // namespace corpusmill
