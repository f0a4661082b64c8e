#ifndef CORPUSMILL_CORPUS_IO_FILE_HANDLE_H_
#define CORPUSMILL_CORPUS_IO_FILE_HANDLE_H_

#include <sys/stat.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace corpusmill {

/// An open file descriptor, closed on destruction through Files(). Movable; may be empty.
///
///   CM_ASSIGN_OR_RETURN(const FileHandle file, FileHandle::Open("a.bin", O_RDONLY));
///   Files().PRead(file.get(), buffer, size, 0);
class FileHandle {
 public:
  /// Adds O_CLOEXEC to the `flags` of open(2); a new file has mode 0666 less the umask.
  /// kUnavailable naming the file.
  static absl::StatusOr<FileHandle> Open(const std::string& path, int flags);

  FileHandle() = default;
  /// Takes over an open descriptor.
  explicit FileHandle(int fd) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileHandle() { Close(); }

  /// The descriptor; -1 if empty.
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void Close();
  /// Releases the descriptor; the caller closes it.
  int Release() { return std::exchange(fd_, -1); }

  /// Size, type and identity of the file. kUnavailable naming `path`.
  absl::StatusOr<struct stat> Stat(const std::string& path) const;

 private:
  int fd_ = -1;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_HANDLE_H_
