#include "corpus/io/block_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/temporary_file.h"

namespace corpusmill {
namespace {

/// Bytes written through the page cache between two starts of write-back. At most twice as many
/// wait.
constexpr uint64_t kDirtyBytes = 16 << 20;

bool IsAligned(uint64_t number) { return number % kBlockAlignment == 0; }
bool IsAligned(const char* address) { return IsAligned(reinterpret_cast<uintptr_t>(address)); }

}  // namespace

absl::StatusOr<AlignedBuffer> AlignedBuffer::Create(size_t size) {
  AlignedBuffer buffer;
  if (size == 0) return buffer;
  void* const pages =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    return MemoryError(absl::StrFormat(
        "the system has no memory left for a buffer of %d bytes; try a smaller --memory", size));
  }
  buffer.data_ = static_cast<char*>(pages);
  buffer.size_ = size;
  return buffer;
}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

AlignedBuffer::~AlignedBuffer() {
  if (data_ != nullptr) munmap(data_, size_);
}

absl::StatusOr<std::unique_ptr<BlockFile>> BlockFile::CreateUnnamed(const std::string& folder,
                                                                    IoMode mode) {
  CM_ASSIGN_OR_RETURN(FileHandle file, CreateTemporaryFile(folder));
  return std::unique_ptr<BlockFile>(new BlockFile(std::move(file), folder, /*unnamed=*/true, mode));
}

absl::StatusOr<std::unique_ptr<BlockFile>> BlockFile::Create(const std::string& path, IoMode mode) {
  CM_ASSIGN_OR_RETURN(FileHandle file, FileHandle::Open(path, O_RDWR | O_CREAT | O_TRUNC));
  return std::unique_ptr<BlockFile>(new BlockFile(std::move(file), path, /*unnamed=*/false, mode));
}

absl::StatusOr<std::unique_ptr<BlockFile>> BlockFile::Open(const std::string& path, IoMode mode,
                                                           bool writable) {
  CM_ASSIGN_OR_RETURN(FileHandle handle, FileHandle::Open(path, writable ? O_RDWR : O_RDONLY));
  CM_ASSIGN_OR_RETURN(const struct stat info, handle.Stat(path));
  std::unique_ptr<BlockFile> file(new BlockFile(std::move(handle), path, /*unnamed=*/false, mode));
  file->size_bytes_ = static_cast<uint64_t>(info.st_size);
  return file;
}

BlockFile::BlockFile(FileHandle file, std::string name, bool unnamed, IoMode mode)
    : file_(std::move(file)),
      name_(std::move(name)),
      unnamed_(unnamed),
      direct_(mode != IoMode::kCached && SetDirect(file_.get(), true)) {}

absl::Status BlockFile::Error(std::string_view what, uint64_t size, int error) const {
  return IoError(name_,
                 absl::StrFormat("%s of %d bytes%s failed", what, size,
                                 unnamed_ ? " of a temporary file" : ""),
                 error);
}

bool BlockFile::LeaveDirect(bool was_direct, int error) {
  // Some file systems take O_DIRECT and refuse the IO.
  if (!was_direct || error != EINVAL || !SetDirect(file_.get(), false)) return false;
  direct_ = false;  // Last: a thread that sees false takes EINVAL as final.
  return true;
}

absl::Status BlockFile::Write(uint64_t offset, const std::vector<std::string_view>& parts) {
  std::vector<iovec> left;
  left.reserve(parts.size());
  uint64_t size = 0;
  bool aligned = IsAligned(offset);
  for (const std::string_view part : parts) {
    aligned = aligned && IsAligned(part.data()) && IsAligned(part.size());
    left.push_back({const_cast<char*>(part.data()), part.size()});
    size += part.size();
  }
  if (!aligned) return absl::InternalError("BlockFile: a write that is not aligned");
  bool direct;
  int error;
  do {
    direct = direct_;
    error = PWriteAll(file_.get(), &left, &offset);
  } while (LeaveDirect(direct, error));
  if (error != 0) return Error("write", size, error);
  uint64_t end = size_bytes();
  while (end < offset && !size_bytes_.compare_exchange_weak(end, offset)) {
  }
  return direct ? absl::OkStatus() : BoundDirtyPages(size);
}

absl::Status BlockFile::BoundDirtyPages(uint64_t written_bytes) {
  const uint64_t dirty = dirty_bytes_.fetch_add(written_bytes) + written_bytes;
  if (dirty < kDirtyBytes) return absl::OkStatus();
  dirty_bytes_ = 0;
  // Waits for the pages of the last write-back and starts writing the new ones.
  const int error = StartWriteBack(file_.get(), 0, 0, /*wait=*/true);
  // Reports a write error once; fdatasync does not repeat it.
  if (error != 0) return Error("write-back", dirty, error);
  posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED);
  return absl::OkStatus();
}

absl::Status BlockFile::Read(uint64_t offset, char* buffer, size_t size) {
  if (!IsAligned(offset) || !IsAligned(buffer) || !IsAligned(size)) {
    return absl::InternalError("BlockFile: a read that is not aligned");
  }
  for (size_t done = 0; done < size;) {
    const bool direct = direct_;
    const ssize_t n = Uninterrupted([&] {
      return Files().PRead(file_.get(), buffer + done, size - done,
                           static_cast<off_t>(offset + done));
    });
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n == 0) {
      return IoError(name_,
                     absl::StrFormat("%swas cut short: %d of %d bytes at %d",
                                     unnamed_ ? "a temporary file " : "", done, size, offset));
    } else if (const int error = errno; !LeaveDirect(direct, error)) {
      return Error("read", size, error);
    }
  }
  return absl::OkStatus();
}

absl::Status BlockFile::PunchHole(uint64_t offset, uint64_t size) {
  const int result = Uninterrupted([&] {
    return Files().FAllocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                             static_cast<off_t>(offset), static_cast<off_t>(size));
  });
  if (result == 0 || size == 0 || errno == EOPNOTSUPP || errno == ENOSYS) return absl::OkStatus();
  return Error("giving back", size, errno);
}

absl::Status BlockFile::Sync() {
  if (Uninterrupted([&] { return Files().FDataSync(file_.get()); }) == 0) return absl::OkStatus();
  return IoError(name_, "fdatasync failed", errno);
}

}  // namespace corpusmill
