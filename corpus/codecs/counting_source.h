#ifndef CORPUSMILL_CORPUS_CODECS_COUNTING_SOURCE_H_
#define CORPUSMILL_CORPUS_CODECS_COUNTING_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// A source of encoded bytes for a decoder. Counts them, so that error messages can name an offset.
class CountingSource final : public ByteSource {
 public:
  /// `head` was already read from `raw` and is returned first.
  CountingSource(std::string head, std::unique_ptr<ByteSource> raw)
      : head_(std::move(head)), raw_(std::move(raw)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;
  const std::string& name() const override { return raw_->name(); }
  uint64_t offset() const { return offset_; }
  /// The first bytes of the stream, as given.
  const std::string& head() const { return head_; }

 private:
  const std::string head_;
  const std::unique_ptr<ByteSource> raw_;
  uint64_t offset_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_COUNTING_SOURCE_H_
