#ifndef CORPUSMILL_CORPUS_CODECS_CODEC_INTERNAL_H_
#define CORPUSMILL_CORPUS_CODECS_CODEC_INTERNAL_H_

// Shared by codec*.cc only.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/byte_stream.h"

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

/// Encodes frames that can be decoded on their own. Used by one thread at a time.
class FrameEncoder {
 public:
  virtual ~FrameEncoder() = default;
  /// Replaces `*out` by one frame of `plain`, at most kFrameBytes. The bytes depend on
  /// `plain` only, not on the frames before it.
  virtual absl::Status Encode(std::string_view plain, std::string* out) = 0;
};

/// How a codec makes frames.
struct FrameFormat {
  /// What one encoder takes while it works, besides its text and its frame.
  uint64_t encoder_bytes = 0;
  std::function<std::unique_ptr<FrameEncoder>()> make_encoder;
};

/// Cuts what is written into frames and hands them to `raw` in order.
absl::StatusOr<std::unique_ptr<EncodingSink>> MakeFrameSink(std::unique_ptr<ByteSink> raw,
                                                            Codec codec, const FrameFormat& format,
                                                            Context& context,
                                                            EncodedPosition start);

/// gzip, bzip2 and xz, by Boost.Iostreams.
absl::StatusOr<std::unique_ptr<ByteSource>> BoostDecoder(std::unique_ptr<CountingSource> raw,
                                                         Codec codec, Context& context);
/// REQUIRES: codec is one of them.
FrameFormat BoostFrames(Codec codec);

/// zstd, by libzstd.
absl::StatusOr<std::unique_ptr<ByteSource>> ZstdDecoder(std::unique_ptr<CountingSource> raw,
                                                        Context& context);
FrameFormat ZstdFrames();

}  // namespace corpusmill::internal

#endif  // CORPUSMILL_CORPUS_CODECS_CODEC_INTERNAL_H_
