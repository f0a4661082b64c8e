#include "corpus/io/spool.h"

#include <bit>
#include <cerrno>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/temporary_file.h"

namespace corpusmill {
static_assert(std::endian::native == std::endian::little, "numbers are written as they are");

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
      file_(std::move(other.file_)),
      file_bytes_(std::exchange(other.file_bytes_, 0)) {}

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
  if (!file_.is_open()) {
    CM_ASSIGN_OR_RETURN(file_, CreateTemporaryFile(temp_dir_));
  }
  std::vector<iovec> parts = {{buffer_.data(), buffer_.size()}};
  const int error = PWriteAll(file_.get(), &parts, &file_bytes_);
  if (error != 0) return IoError(temp_dir_, "cannot write a temporary file", error);
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
        return Files().PRead(file_.get(), buffer_.data(), kBufferBytes, static_cast<off_t>(offset));
      });
      if (got < 0) return IoError(temp_dir_, "cannot read a temporary file", errno);
      if (got == 0) return IoError(temp_dir_, "a temporary file was cut short");
      CM_RETURN_IF_ERROR(write({buffer_.data(), static_cast<size_t>(got)}));
      offset += static_cast<uint64_t>(got);
    }
    if (Uninterrupted([&] { return Files().FTruncate(file_.get(), 0); }) != 0) {
      return IoError(temp_dir_, "cannot truncate a temporary file", errno);
    }
    file_bytes_ = 0;
  } else if (!buffer_.empty()) {
    CM_RETURN_IF_ERROR(write(buffer_));
  }
  buffer_.clear();
  return absl::OkStatus();
}

}  // namespace corpusmill
