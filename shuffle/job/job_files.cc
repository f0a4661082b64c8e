#include "shuffle/job/job_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {

std::string PartPath(const std::string& prefix, uint64_t task, uint64_t part) {
  return absl::StrFormat("%s.%d-%d", prefix, task, part);
}

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

absl::StatusOr<TaskLock> TaskLock::Take(const std::string& path, const Context& context) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return IoError(path, "cannot create", errno);
  TaskLock lock(fd);
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return IoError(path, "cannot lock", errno);
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return lock;
}

TaskLock::TaskLock(TaskLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

TaskLock::~TaskLock() {
  if (fd_ >= 0) close(fd_);
}

std::string JobFiles::GatherJournal(size_t task) const {
  return absl::StrFormat("%s/gather.%d.journal", folder_, task);
}

std::string JobFiles::GatherDone(size_t task) const {
  return absl::StrFormat("%s/gather.%d.done", folder_, task);
}

std::string JobFiles::Oversized(size_t task, size_t part) const {
  return PartPath(plan_.folders.front() + "/" + TempPrefix() + "oversized", task, part);
}

bool JobFiles::GatherHasBegun() const {
  for (size_t task = 0; task < plan_.gather_tasks; ++task) {
    if (Exists(GatherJournal(task)) || IsGathered(task)) return true;
  }
  return false;
}

}  // namespace corpusmill
