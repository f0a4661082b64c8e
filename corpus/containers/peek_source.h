#ifndef CORPUSMILL_CORPUS_CONTAINERS_PEEK_SOURCE_H_
#define CORPUSMILL_CORPUS_CONTAINERS_PEEK_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// A source whose next bytes can be looked at before they are read. Not thread-safe.
class PeekSource final : public ByteSource {
 public:
  explicit PeekSource(std::unique_ptr<ByteSource> raw) : raw_(std::move(raw)) {}

  /// Reads ahead until `size` bytes are available or the stream ends, and returns the available
  /// bytes, which may be more. The view is valid until the next call. Nothing is consumed.
  absl::StatusOr<std::string_view> Peek(size_t size);

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;
  const std::string& name() const override { return raw_->name(); }

  /// Drops `size` bytes. REQUIRES: Peek has returned at least as many.
  void Skip(size_t size) { begin_ += size; }

 private:
  const std::unique_ptr<ByteSource> raw_;
  std::string head_;
  size_t begin_ = 0;  // Start of the bytes of head_ not yet read.
  bool ended_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_PEEK_SOURCE_H_
