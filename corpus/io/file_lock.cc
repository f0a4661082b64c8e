#include "corpus/io/file_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"

namespace corpusmill {

absl::StatusOr<FileLock> FileLock::Wait(const std::string& path, const Context& context) {
  constexpr int kRetryMilliseconds = 50;
  while (true) {
    CM_ASSIGN_OR_RETURN(std::optional<FileLock> lock, Try(path));
    if (lock.has_value()) return *std::move(lock);
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    poll(nullptr, 0, kRetryMilliseconds);
  }
}

absl::StatusOr<std::optional<FileLock>> FileLock::Try(const std::string& path, IfAbsent if_absent) {
  const int flags = O_RDWR | O_NOFOLLOW | (if_absent == IfAbsent::kCreate ? O_CREAT : 0);
  while (true) {
    CM_ASSIGN_OR_RETURN(FileHandle file, FileHandle::Open(path, flags));
    if (Uninterrupted([&] { return Files().FLock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return std::optional<FileLock>();
      return IoError(path, "cannot lock", errno);
    }
    // The holder may have renamed or removed the file between the open and the lock.
    CM_ASSIGN_OR_RETURN(const struct stat ours, file.Stat(path));
    struct stat named;
    if (Uninterrupted([&] { return Files().LStat(path.c_str(), &named); }) == 0) {
      if (ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
        return std::optional<FileLock>(FileLock(std::move(file)));
      }
    } else if (errno != ENOENT) {
      return IoError(path, "cannot lock", errno);
    }
  }
}

}  // namespace corpusmill
