#ifndef CORPUSMILL_CORPUS_IO_BYTE_STREAM_H_
#define CORPUSMILL_CORPUS_IO_BYTE_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace corpusmill {

/// A stream of bytes to read: a file, standard input, or a decoder over another stream. Not
/// thread-safe; may be passed from thread to thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Reads up to `size` bytes into `buffer`. Returns the number of bytes read (may be fewer than
  /// `size`), 0 only at the end of the stream, or an error that names the file. Do not read again
  /// after an error. REQUIRES: size > 0.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size) = 0;

  /// The path as the user gave it, "<stdin>" for standard input.
  virtual const std::string& name() const = 0;
};

/// A stream of bytes to write. Not thread-safe.
class ByteSink {
 public:
  /// Without Close the bytes are dropped: no file appears under the final name.
  virtual ~ByteSink() = default;

  virtual absl::Status Write(std::string_view bytes) = 0;

  /// Makes everything written durable under the final name. Call it once, last.
  virtual absl::Status Close() = 0;

  virtual const std::string& name() const = 0;
};

/// A view of another source, which must outlive it, for an owner of sources.
class BorrowedSource final : public ByteSource {
 public:
  explicit BorrowedSource(ByteSource& source) : source_(source) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    return source_.Read(buffer, size);
  }
  const std::string& name() const override { return source_.name(); }

 private:
  ByteSource& source_;
};

/// Reads `source` to its end into `*out`. kDataLoss if it is longer than `limit_bytes`.
absl::Status ReadAll(ByteSource& source, size_t limit_bytes, std::string* out);

/// A source over bytes in memory, which must outlive it.
std::unique_ptr<ByteSource> StringSource(std::string_view bytes, std::string name);

/// A sink that appends to `*out`, which must outlive it.
std::unique_ptr<ByteSink> StringSink(std::string* out, std::string name);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_BYTE_STREAM_H_
