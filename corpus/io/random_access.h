#ifndef CORPUSMILL_CORPUS_IO_RANDOM_ACCESS_H_
#define CORPUSMILL_CORPUS_IO_RANDOM_ACCESS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace corpusmill {

/// A file that is read by range with pread. Unlike a mapped file, a file that shrinks while it is
/// read is an error, not a signal. Thread-safe.
class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;

  /// Fills buffer[0, size) with the bytes from `offset` on. kDataLoss naming the file if it ends
  /// earlier.
  virtual absl::Status Read(uint64_t offset, size_t size, char* buffer) const = 0;

  /// The size when the file was opened.
  virtual uint64_t size_bytes() const = 0;
  virtual const std::string& name() const = 0;
};

/// Opens a regular file.
absl::StatusOr<std::unique_ptr<RandomAccessFile>> OpenRandomAccessFile(const std::string& path);

/// Bytes in memory, which must outlive the file.
std::unique_ptr<RandomAccessFile> StringRandomAccessFile(std::string_view bytes, std::string name);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_RANDOM_ACCESS_H_
