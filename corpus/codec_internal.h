#ifndef CORPUSMILL_CORPUS_CODEC_INTERNAL_H_
#define CORPUSMILL_CORPUS_CODEC_INTERNAL_H_

// Shared by codec*.cc only.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/codec.h"
#include "corpus/context.h"

namespace corpusmill::internal {

/// Counts the bytes it hands on, for error messages that name an offset.
class CountingSource final : public ByteSource {
 public:
  /// `head` was read from `raw` already and is handed out again first.
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

/// gzip, bzip2 and xz, by Boost.Iostreams.
absl::StatusOr<std::unique_ptr<ByteSource>> BoostDecoder(std::unique_ptr<CountingSource> raw,
                                                         Codec codec, Context& context);
absl::StatusOr<std::unique_ptr<ByteSink>> BoostEncoder(std::unique_ptr<ByteSink> raw, Codec codec,
                                                       Context& context);

/// zstd, by libzstd.
absl::StatusOr<std::unique_ptr<ByteSource>> ZstdDecoder(std::unique_ptr<CountingSource> raw,
                                                        Context& context);
absl::StatusOr<std::unique_ptr<ByteSink>> ZstdEncoder(std::unique_ptr<ByteSink> raw,
                                                      Context& context);

}  // namespace corpusmill::internal

#endif  // CORPUSMILL_CORPUS_CODEC_INTERNAL_H_
