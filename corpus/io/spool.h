#ifndef CORPUSMILL_CORPUS_IO_SPOOL_H_
#define CORPUSMILL_CORPUS_IO_SPOOL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/memory.h"
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

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_SPOOL_H_
