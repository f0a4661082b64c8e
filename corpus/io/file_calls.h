#ifndef CORPUSMILL_CORPUS_IO_FILE_CALLS_H_
#define CORPUSMILL_CORPUS_IO_FILE_CALLS_H_

#include <dirent.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// System calls on files and folders, which a test can replace to make any of them fail. Each
/// method is the call of its name: -1 (MMap: MAP_FAILED, OpenDir and ReadDir: nullptr) and errno on
/// failure. Thread-safe, as the calls are.
class FileCalls {
 public:
  virtual ~FileCalls() = default;

  // Open files.
  virtual int Open(const char* path, int flags, mode_t mode);
  /// mkostemp with O_CLOEXEC: replaces the six X at the end of `path`.
  virtual int MakeTemporary(char* path);
  virtual ssize_t Read(int fd, void* buffer, size_t size);
  virtual ssize_t Write(int fd, const void* bytes, size_t size);
  virtual ssize_t PRead(int fd, void* buffer, size_t size, off_t offset);
  virtual ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset);
  virtual off_t Seek(int fd, off_t offset, int whence);
  virtual int FSync(int fd);
  virtual int FDataSync(int fd);
  virtual int SyncFileRange(int fd, off_t offset, off_t size, unsigned flags);
  virtual int FTruncate(int fd, off_t size);
  virtual int FAllocate(int fd, int mode, off_t offset, off_t size);
  virtual int FStat(int fd, struct stat* info);
  virtual int FLock(int fd, int operation);
  /// Turns O_DIRECT of an open file on or off, by fcntl(F_SETFL).
  virtual int SetDirect(int fd, bool on);
  /// Maps a whole file for reading; `flags` beside MAP_SHARED.
  virtual void* MMap(size_t size, int fd, int flags);
  virtual int Dup(int fd);
  virtual int Close(int fd);

  // Names.
  virtual int Stat(const char* path, struct stat* info);
  virtual int LStat(const char* path, struct stat* info);
  virtual int StatVfs(const char* path, struct statvfs* info);
  virtual ssize_t ReadLink(const char* path, char* buffer, size_t size);
  virtual int Rename(const char* from, const char* to);
  /// renameat2 with RENAME_EXCHANGE.
  virtual int Exchange(const char* one, const char* other);
  virtual int Unlink(const char* path);

  // Folders.
  virtual int MkDir(const char* path, mode_t mode);
  virtual int RmDir(const char* path);
  virtual DIR* OpenDir(const char* path);
  /// Returns nullptr at the end and leaves errno unchanged.
  virtual dirent* ReadDir(DIR* folder);
  virtual int CloseDir(DIR* folder);
};

/// The calls in use: the system's, except within a ScopedFileCalls.
FileCalls& Files();

/// Replaces what Files() returns, for a test. The replacement must outlive it, and
/// so must every file that was opened in between. One at a time.
class ScopedFileCalls {
 public:
  explicit ScopedFileCalls(FileCalls* replacement);
  ~ScopedFileCalls();
  ScopedFileCalls(const ScopedFileCalls&) = delete;
  ScopedFileCalls& operator=(const ScopedFileCalls&) = delete;

 private:
  FileCalls* const previous_;
};

/// Repeats `call()` while a signal interrupts it. Not for Close, which frees the descriptor in any
/// case.
template <typename Call>
auto Uninterrupted(const Call& call) {
  while (true) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

/// Waits until a pipe can be read (POLLIN) or written (POLLOUT), or its other end is closed. Waits
/// in short steps; kCancelled if `context`, which may be nullptr, is cancelled.
absl::Status WaitForPipe(int fd, short events, const Context* context);

/// Turns O_DIRECT on or off; false if that fails.
inline bool SetDirect(int fd, bool on) {
  return Uninterrupted([&] { return Files().SetDirect(fd, on); }) == 0;
}

/// Writes all of `*parts` to consecutive bytes from `*offset` on. Returns 0, or the errno of the
/// failure. On return both describe the bytes left to write.
int PWriteAll(int fd, std::vector<iovec>* parts, uint64_t* offset);

/// Starts write-back of the cached bytes of a range; `size` 0 means to the end. With `wait`, waits
/// for the pages that were already being written. Returns 0, also where the system cannot do it, or
/// the errno of the failure.
int StartWriteBack(int fd, uint64_t offset, uint64_t size, bool wait);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_CALLS_H_
