#include "corpus/io/file_calls.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

FileCalls* SystemCalls() {
  static FileCalls calls;
  return &calls;
}

std::atomic<FileCalls*>& Current() {
  static std::atomic<FileCalls*> current{SystemCalls()};
  return current;
}

}  // namespace

int FileCalls::Open(const char* path, int flags, mode_t mode) { return open(path, flags, mode); }

int FileCalls::MakeTemporary(char* path) { return mkostemp(path, O_CLOEXEC); }

ssize_t FileCalls::Read(int fd, void* buffer, size_t size) { return read(fd, buffer, size); }

ssize_t FileCalls::Write(int fd, const void* bytes, size_t size) { return write(fd, bytes, size); }

ssize_t FileCalls::PRead(int fd, void* buffer, size_t size, off_t offset) {
  return pread(fd, buffer, size, offset);
}

ssize_t FileCalls::PWriteV(int fd, const iovec* parts, int count, off_t offset) {
  return pwritev(fd, parts, count, offset);
}

off_t FileCalls::Seek(int fd, off_t offset, int whence) { return lseek(fd, offset, whence); }

int FileCalls::FSync(int fd) { return fsync(fd); }

int FileCalls::FDataSync(int fd) { return fdatasync(fd); }

int FileCalls::SyncFileRange(int fd, off_t offset, off_t size, unsigned flags) {
  return sync_file_range(fd, offset, size, flags);
}

int FileCalls::FTruncate(int fd, off_t size) { return ftruncate(fd, size); }

int FileCalls::FAllocate(int fd, int mode, off_t offset, off_t size) {
  return fallocate(fd, mode, offset, size);
}

int FileCalls::FStat(int fd, struct stat* info) { return fstat(fd, info); }

int FileCalls::FLock(int fd, int operation) { return flock(fd, operation); }

int FileCalls::SetDirect(int fd, bool on) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  return fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
}

void* FileCalls::MMap(size_t size, int fd, int flags) {
  return mmap(nullptr, size, PROT_READ, MAP_SHARED | flags, fd, 0);
}

int FileCalls::Dup(int fd) { return dup(fd); }

int FileCalls::Close(int fd) { return close(fd); }

int FileCalls::Stat(const char* path, struct stat* info) { return stat(path, info); }

int FileCalls::StatVfs(const char* path, struct statvfs* info) { return statvfs(path, info); }
int FileCalls::LStat(const char* path, struct stat* info) { return lstat(path, info); }

ssize_t FileCalls::ReadLink(const char* path, char* buffer, size_t size) {
  return readlink(path, buffer, size);
}

int FileCalls::Rename(const char* from, const char* to) { return rename(from, to); }

int FileCalls::Exchange(const char* one, const char* other) {
  return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

int FileCalls::Unlink(const char* path) { return unlink(path); }

int FileCalls::MkDir(const char* path, mode_t mode) { return mkdir(path, mode); }

int FileCalls::RmDir(const char* path) { return rmdir(path); }

DIR* FileCalls::OpenDir(const char* path) { return opendir(path); }

dirent* FileCalls::ReadDir(DIR* folder) { return readdir(folder); }

int FileCalls::CloseDir(DIR* folder) { return closedir(folder); }

FileCalls& Files() { return *Current().load(std::memory_order_acquire); }

ScopedFileCalls::ScopedFileCalls(FileCalls* replacement)
    : previous_(Current().exchange(replacement, std::memory_order_acq_rel)) {}

ScopedFileCalls::~ScopedFileCalls() { Current().store(previous_, std::memory_order_release); }

int PWriteAll(int fd, std::vector<iovec>* parts, uint64_t* offset) {
  size_t first = 0;
  int error = 0;
  while (true) {
    while (first < parts->size() && (*parts)[first].iov_len == 0) ++first;
    if (first == parts->size()) break;
    const int count = static_cast<int>(std::min<size_t>(parts->size() - first, IOV_MAX));
    const ssize_t n = Uninterrupted([&] {
      return Files().PWriteV(fd, parts->data() + first, count, static_cast<off_t>(*offset));
    });
    if (n <= 0) {  // 0 would loop forever.
      error = n < 0 ? errno : EIO;
      break;
    }
    *offset += static_cast<uint64_t>(n);
    for (size_t left = static_cast<size_t>(n); left > 0;) {
      iovec& part = (*parts)[first];
      const size_t taken = std::min(left, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      left -= taken;
      if (part.iov_len == 0) ++first;
    }
  }
  parts->erase(parts->begin(), parts->begin() + static_cast<ptrdiff_t>(first));
  return error;
}

int StartWriteBack(int fd, uint64_t offset, uint64_t size, bool wait) {
  const unsigned flags = SYNC_FILE_RANGE_WRITE | (wait ? SYNC_FILE_RANGE_WAIT_BEFORE : 0);
  const int result = Uninterrupted([&] {
    return Files().SyncFileRange(fd, static_cast<off_t>(offset), static_cast<off_t>(size), flags);
  });
  if (result == 0 || errno == EINVAL || errno == ENOSYS || errno == ESPIPE) return 0;
  return errno;
}

absl::Status WaitForPipe(int fd, short events, const Context* context) {
  constexpr int kPollMilliseconds = 100;
  pollfd request{fd, events, 0};
  do {
    if (context != nullptr) CM_RETURN_IF_ERROR(context->CheckCancelled());
  } while (poll(&request, 1, kPollMilliseconds) <= 0);
  return absl::OkStatus();
}

}  // namespace corpusmill
