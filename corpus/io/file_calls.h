#ifndef CORPUSMILL_CORPUS_IO_FILE_CALLS_H_
#define CORPUSMILL_CORPUS_IO_FILE_CALLS_H_

#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// The system calls on files, so that a test can make any of them fail. Each is
/// the call of its name: -1 and errno on failure. Thread-safe, as the calls are.
class FileCalls {
 public:
  virtual ~FileCalls() = default;

  virtual int Open(const char* path, int flags, mode_t mode);
  virtual ssize_t Read(int fd, void* buffer, size_t size);
  virtual ssize_t Write(int fd, const void* bytes, size_t size);
  virtual ssize_t PRead(int fd, void* buffer, size_t size, off_t offset);
  virtual ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset);
  virtual int FSync(int fd);
  virtual int FDataSync(int fd);
  virtual int SyncFileRange(int fd, off_t offset, off_t size, unsigned flags);
  virtual int FTruncate(int fd, off_t size);
  virtual int FAllocate(int fd, int mode, off_t offset, off_t size);
  virtual int Rename(const char* from, const char* to);
  virtual int Unlink(const char* path);
  virtual int Close(int fd);
  /// Turns O_DIRECT of an open file on or off, by fcntl(F_SETFL).
  virtual int SetDirect(int fd, bool on);
};

/// The calls that this process uses: the system's, except within a ScopedFileCalls.
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

/// `call()` again for as long as a signal interrupts it. Not for Close, after
/// which the descriptor is gone in any case.
template <typename Call>
auto Uninterrupted(const Call& call) {
  while (true) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

/// Waits until a pipe can be read (POLLIN) or written (POLLOUT), or its other end is gone,
/// in short steps to see a cancellation of `context`, which may be nullptr: kCancelled.
absl::Status WaitForPipe(int fd, short events, const Context* context);

/// Turns O_DIRECT on or off; false where it cannot be.
inline bool SetDirect(int fd, bool on) {
  return Uninterrupted([&] { return Files().SetDirect(fd, on); }) == 0;
}

/// Writes all of `*parts` to consecutive bytes from `*offset` on. Returns 0, or the
/// errno of what failed. Both always tell what is left to write.
int PWriteAll(int fd, std::vector<iovec>* parts, uint64_t* offset);

/// Starts to write the cached bytes of a range to the disk; `size` 0 is to the end.
/// With `wait`, those that were already on their way have arrived at the return. Returns
/// 0, also where the system cannot do it, or the errno of what failed.
int StartWriteBack(int fd, uint64_t offset, uint64_t size, bool wait);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_CALLS_H_
