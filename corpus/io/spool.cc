#include "corpus/io/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"

namespace corpusmill {
namespace {

static_assert(std::endian::native == std::endian::little, "shards are little-endian");

/// A file without a name in `dir`.
absl::StatusOr<int> OpenTemporary(const std::string& dir) {
  int fd = Files().Open(dir.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  // Not every file system has unnamed files.
  std::string path = dir + "/corpusmill-spool-XXXXXX";
  fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return IoError(dir, "create a temporary file", errno);
  Files().Unlink(path.c_str());
  return fd;
}

}  // namespace

absl::StatusOr<Spool> Spool::Create(std::string temp_dir, MemoryBudget& budget) {
  CM_ASSIGN_OR_RETURN(MemoryLease lease, budget.Take(kBufferBytes, "spool buffer"));
  return Spool(std::move(temp_dir), std::move(lease));
}

Spool::Spool(std::string temp_dir, MemoryLease lease)
    : temp_dir_(std::move(temp_dir)), lease_(std::move(lease)) {
  buffer_.reserve(kBufferBytes);
}

Spool::Spool(Spool&& other) noexcept
    : temp_dir_(std::move(other.temp_dir_)),
      lease_(std::move(other.lease_)),
      buffer_(std::move(other.buffer_)),
      fd_(std::exchange(other.fd_, -1)),
      file_bytes_(std::exchange(other.file_bytes_, 0)) {}

Spool::~Spool() {
  if (fd_ >= 0) Files().Close(fd_);
}

absl::Status Spool::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    if (buffer_.size() == kBufferBytes) CM_RETURN_IF_ERROR(Spill());
    const std::string_view part = bytes.substr(0, kBufferBytes - buffer_.size());
    buffer_.append(part);
    bytes.remove_prefix(part.size());
  }
  return absl::OkStatus();
}

absl::Status Spool::Spill() {
  if (fd_ < 0) {
    CM_ASSIGN_OR_RETURN(fd_, OpenTemporary(temp_dir_));
  }
  std::vector<iovec> parts = {{buffer_.data(), buffer_.size()}};
  const int error = PWriteAll(fd_, &parts, &file_bytes_);
  if (error != 0) return IoError(temp_dir_, "write a temporary file", error);
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status Spool::Drain(const std::function<absl::Status(std::string_view)>& write) {
  if (file_bytes_ > 0) {
    CM_RETURN_IF_ERROR(Spill());
    buffer_.resize(kBufferBytes);
    uint64_t offset = 0;
    while (offset < file_bytes_) {
      const ssize_t got = Uninterrupted([&] {
        return Files().PRead(fd_, buffer_.data(), kBufferBytes, static_cast<off_t>(offset));
      });
      if (got < 0) return IoError(temp_dir_, "read a temporary file", errno);
      if (got == 0) return IoError(temp_dir_, "a temporary file was cut short");
      CM_RETURN_IF_ERROR(write({buffer_.data(), static_cast<size_t>(got)}));
      offset += static_cast<uint64_t>(got);
    }
    if (Uninterrupted([&] { return Files().FTruncate(fd_, 0); }) != 0) {
      return IoError(temp_dir_, "truncate a temporary file", errno);
    }
    file_bytes_ = 0;
  } else if (!buffer_.empty()) {
    CM_RETURN_IF_ERROR(write(buffer_));
  }
  buffer_.clear();
  return absl::OkStatus();
}

}  // namespace corpusmill
