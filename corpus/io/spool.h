#ifndef CORPUSMILL_CORPUS_IO_SPOOL_H_
#define CORPUSMILL_CORPUS_IO_SPOOL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/memory.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {

/// Collects bytes that are written later: a small buffer backed by an unnamed temporary file.
/// Memory stays bounded, and nothing is left on disk, even after a crash.
///
///   CM_ASSIGN_OR_RETURN(Spool spool, Spool::Create(context.TempDirFor(path), context.memory()));
///   CM_RETURN_IF_ERROR(spool.Append(bytes));
///   CM_RETURN_IF_ERROR(spool.Drain([&](std::string_view part) { return sink->Write(part); }));
///
/// Movable. Not thread-safe.
class Spool {
 public:
  static constexpr size_t kBufferBytes = 64 << 10;

  /// `temp_dir` is used only when more than kBufferBytes are collected.
  static absl::StatusOr<Spool> Create(std::string temp_dir, MemoryBudget& budget);
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&&) = delete;

  absl::Status Append(std::string_view bytes);

  /// Appends a number as little-endian bytes.
  template <typename Number>
  absl::Status AppendNumber(Number value) {
    return Append({reinterpret_cast<const char*>(&value), sizeof(value)});
  }

  uint64_t size_bytes() const { return file_bytes_ + buffer_.size(); }

  /// Reads up to `size` bytes from `offset` on; 0 only at the end. Do not append in between.
  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) const;

  /// Passes all bytes to `write` in order, in parts, and empties the spool.
  absl::Status Drain(const std::function<absl::Status(std::string_view)>& write);

 private:
  Spool(std::string temp_dir, MemoryLease lease);
  absl::Status Spill();

  std::string temp_dir_;
  MemoryLease lease_;
  std::string buffer_;
  FileHandle file_;  // Empty until the buffer fills for the first time.
  uint64_t file_bytes_ = 0;
};

/// A sink that appends to a spool, and a source of its bytes. The spool must outlive both.
std::unique_ptr<ByteSink> SpoolSink(Spool& spool);
std::unique_ptr<ByteSource> SpoolSource(const Spool& spool);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_SPOOL_H_
