#include "corpus/io/spool.h"

#include <algorithm>
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

absl::StatusOr<size_t> Spool::ReadAt(uint64_t offset, char* buffer, size_t size) const {
  if (offset >= file_bytes_) {
    const size_t begin = std::min<uint64_t>(offset - file_bytes_, buffer_.size());
    return buffer_.copy(buffer, size, begin);
  }
  size = std::min<uint64_t>(size, file_bytes_ - offset);
  const ssize_t got = Uninterrupted(
      [&] { return Files().PRead(file_.get(), buffer, size, static_cast<off_t>(offset)); });
  if (got < 0) return IoError(temp_dir_, "cannot read a temporary file", errno);
  if (got == 0) return IoError(temp_dir_, "a temporary file was cut short");
  return static_cast<size_t>(got);
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

namespace {

const std::string& SpoolName() {
  static const std::string* const name = new std::string("<temporary file>");
  return *name;
}

class Sink final : public ByteSink {
 public:
  explicit Sink(Spool& spool) : spool_(spool) {}
  absl::Status Write(std::string_view bytes) override { return spool_.Append(bytes); }
  absl::Status Close() override { return absl::OkStatus(); }
  const std::string& name() const override { return SpoolName(); }

 private:
  Spool& spool_;
};

class Source final : public ByteSource {
 public:
  explicit Source(const Spool& spool) : spool_(spool) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    CM_ASSIGN_OR_RETURN(const size_t got, spool_.ReadAt(offset_, buffer, size));
    offset_ += got;
    return got;
  }
  const std::string& name() const override { return SpoolName(); }

 private:
  const Spool& spool_;
  uint64_t offset_ = 0;
};

}  // namespace

std::unique_ptr<ByteSink> SpoolSink(Spool& spool) { return std::make_unique<Sink>(spool); }
std::unique_ptr<ByteSource> SpoolSource(const Spool& spool) {
  return std::make_unique<Source>(spool);
}

}  // namespace corpusmill
