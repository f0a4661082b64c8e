// zstd by libzstd: Boost's filter reports a truncated stream as a clean end.

#include "zstd.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/codecs/codec_table.h"
#include "zstd_errors.h"

namespace corpusmill {
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
using DecoderPtr = std::unique_ptr<ZSTD_DCtx, FreeContext>;
using EncoderPtr = std::unique_ptr<ZSTD_CCtx, FreeContext>;

/// Reads frame after frame. Whole frames of known size in the input buffer are decoded in parallel;
/// any other frame is streamed.
class ZstdSource final : public ByteSource {
 public:
  ZstdSource(std::unique_ptr<CountingSource> raw, Context& context)
      : raw_(std::move(raw)), context_(context) {}

  absl::Status Init() {
    const uint64_t available = context_.memory().available_bytes();
    // The parallel mode holds the input buffer and twice as much output.
    const uint64_t buffer_bytes = context_.threads() > 1
                                      ? std::clamp<uint64_t>(available / 16, 128 << 10, 8 << 20)
                                      : 128 << 10;
    CM_ASSIGN_OR_RETURN(input_lease_, context_.memory().Take(buffer_bytes, What()));
    input_.resize(buffer_bytes);
    max_batch_bytes_ = context_.threads() > 1 ? 2 * buffer_bytes : 0;
    batch_lease_ = context_.memory().EmptyLease();
    decoder_lease_ = context_.memory().EmptyLease();
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    while (true) {
      if (batch_served_ < batch_.size()) return ServeBatch(buffer, size);
      if (!in_frame_) {
        CM_ASSIGN_OR_RETURN(const bool more, FillInput());
        if (!more) return 0;
        CM_ASSIGN_OR_RETURN(const bool decoded, DecodeBatch());
        if (decoded) continue;
      }
      CM_ASSIGN_OR_RETURN(const size_t n, Stream(buffer, size));
      if (n > 0) return n;
    }
  }
  const std::string& name() const override { return raw_->name(); }

 private:
  std::string What() const { return absl::StrFormat("%s: decoding", name()); }
  uint64_t Offset() const { return raw_->offset() - (input_end_ - input_begin_); }
  absl::Status Corrupt(size_t code) const {
    return DataError(absl::StrFormat("%s: corrupt zst data near compressed byte %d: %s", name(),
                                     Offset(), ZSTD_getErrorName(code)));
  }
  absl::Status Truncated() const {
    return DataError(
        absl::StrFormat("%s: truncated zst data: it ends at compressed byte %d in the "
                        "middle of a frame",
                        name(), raw_->offset()));
  }

  /// Fills the input buffer as far as the stream allows; false if nothing is left.
  absl::StatusOr<bool> FillInput() {
    std::memmove(input_.data(), input_.data() + input_begin_, input_end_ - input_begin_);
    input_end_ -= std::exchange(input_begin_, 0);
    while (input_end_ < input_.size() && !raw_ended_) {
      CM_ASSIGN_OR_RETURN(const size_t n,
                          raw_->Read(input_.data() + input_end_, input_.size() - input_end_));
      raw_ended_ = n == 0;
      input_end_ += n;
    }
    return input_end_ > 0;
  }

  struct Frame {
    size_t begin, size;          // In input_.
    size_t out_begin, out_size;  // In batch_.
  };

  /// Decodes the whole frames at the front of the input buffer, at least two. Otherwise returns
  /// false and leaves the first frame to Stream.
  absl::StatusOr<bool> DecodeBatch() {
    if (max_batch_bytes_ == 0) return false;
    std::vector<Frame> frames;
    size_t begin = input_begin_, out = 0;
    while (begin < input_end_) {
      const char* const at = input_.data() + begin;
      const size_t size = ZSTD_findFrameCompressedSize(at, input_end_ - begin);
      if (ZSTD_isError(size)) break;  // Cut off by the buffer, or corrupt: Stream will report it.
      const unsigned long long plain = ZSTD_getFrameContentSize(at, size);
      if (plain == ZSTD_CONTENTSIZE_UNKNOWN || plain == ZSTD_CONTENTSIZE_ERROR ||
          plain > max_batch_bytes_ - out) {
        break;
      }
      frames.push_back({begin, size, out, static_cast<size_t>(plain)});
      begin += size;
      out += static_cast<size_t>(plain);
    }
    if (frames.size() < 2) return false;
    CM_RETURN_IF_ERROR(batch_lease_.Resize(out, What()));
    batch_.resize(out);
    batch_served_ = 0;
    CM_RETURN_IF_ERROR(
        context_.ParallelFor(frames.size(), 1, [&](size_t i, size_t) -> absl::Status {
          const Frame& frame = frames[i];
          const DecoderPtr decoder(ZSTD_createDCtx());
          if (decoder == nullptr) return MemoryError(absl::StrFormat("%s: no memory", What()));
          const size_t n =
              ZSTD_decompressDCtx(decoder.get(), batch_.data() + frame.out_begin, frame.out_size,
                                  input_.data() + frame.begin, frame.size);
          if (ZSTD_isError(n)) return Corrupt(n);
          if (n != frame.out_size) return Truncated();
          return absl::OkStatus();
        }));
    input_begin_ = begin;
    return true;
  }

  size_t ServeBatch(char* buffer, size_t size) {
    const size_t n = std::min(size, batch_.size() - batch_served_);
    std::memcpy(buffer, batch_.data() + batch_served_, n);
    batch_served_ += n;
    return n;
  }

  absl::StatusOr<size_t> Stream(char* buffer, size_t size) {
    if (decoder_ == nullptr) {
      decoder_.reset(ZSTD_createDCtx());
      if (decoder_ == nullptr) return MemoryError(absl::StrFormat("%s: no memory", What()));
    }
    if (!in_frame_) {
      // The largest window that the budget allows, including what this decoder already holds.
      batch_.clear();
      batch_.shrink_to_fit();
      batch_served_ = 0;
      CM_RETURN_IF_ERROR(batch_lease_.Resize(0, What()));
      const uint64_t allowed = context_.memory().available_bytes() + decoder_lease_.bytes();
      const int window_log = std::clamp(static_cast<int>(std::bit_width(allowed)) - 1, 10, 31);
      ZSTD_DCtx_setParameter(decoder_.get(), ZSTD_d_windowLogMax, window_log);
    }
    ZSTD_outBuffer out = {buffer, size, 0};
    do {
      if (input_begin_ == input_end_) {
        CM_ASSIGN_OR_RETURN(const bool more, FillInput());
        if (!more) return Truncated();
      }
      ZSTD_inBuffer in = {input_.data(), input_end_, input_begin_};
      const size_t code = ZSTD_decompressStream(decoder_.get(), &out, &in);
      input_begin_ = in.pos;
      if (ZSTD_isError(code)) {
        if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge) {
          return MemoryError(absl::StrFormat(
              "%s: its zst window does not fit in the memory budget; try a larger --memory",
              name()));
        }
        return Corrupt(code);
      }
      if (!in_frame_) {
        CM_RETURN_IF_ERROR(decoder_lease_.Resize(ZSTD_sizeof_DCtx(decoder_.get()), What()));
      }
      in_frame_ = code != 0;
    } while (out.pos == 0 && in_frame_);
    return out.pos;
  }

  const std::unique_ptr<CountingSource> raw_;
  Context& context_;
  MemoryLease input_lease_, batch_lease_, decoder_lease_;
  std::vector<char> input_;
  size_t input_begin_ = 0, input_end_ = 0;
  bool raw_ended_ = false;
  size_t max_batch_bytes_ = 0;
  std::vector<char> batch_;  // Decoded frames, handed out from batch_served_ on.
  size_t batch_served_ = 0;
  DecoderPtr decoder_;
  bool in_frame_ = false;
};

class ZstdFrameEncoder final : public FrameEncoder {
 public:
  ZstdFrameEncoder() : encoder_(ZSTD_createCCtx()) {
    if (encoder_ == nullptr) return;
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_compressionLevel, ZSTD_CLEVEL_DEFAULT);
  }

  absl::Status Encode(std::string_view plain, std::string* out) override {
    if (encoder_ == nullptr) return MemoryError("no memory");
    out->resize(ZSTD_compressBound(plain.size()));
    const size_t n =
        ZSTD_compress2(encoder_.get(), out->data(), out->size(), plain.data(), plain.size());
    if (ZSTD_isError(n)) return absl::UnavailableError(ZSTD_getErrorName(n));
    out->resize(n);
    return absl::OkStatus();
  }

 private:
  const EncoderPtr encoder_;
};

using namespace std::string_view_literals;

/// A frame, or a skippable frame: 0x50 to 0x5f and three more bytes.
Match MatchZstd(std::string_view head) {
  const Match frame = MatchMagic(head, "\x28\xb5\x2f\xfd"sv);
  if (head.empty() || (head[0] & 0xf0) != 0x50) return frame;
  return MatchMagic(head.substr(1), "\x2a\x4d\x18"sv);
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenZstd(std::unique_ptr<CountingSource> raw,
                                                     Context& context) {
  auto source = std::make_unique<ZstdSource>(std::move(raw), context);
  CM_RETURN_IF_ERROR(source->Init());
  return source;
}

}  // namespace

extern const CodecInfo kZstdCodec;
constexpr CodecInfo kZstdCodec = {
    .name = "zst",
    .long_name = "zstd",
    .match = MatchZstd,
    .open_decoder = OpenZstd,
    .encoder_bytes = 4 << 20,  // A compression context of level 3 takes 3.4 MiB.
    .make_encoder = []() -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<ZstdFrameEncoder>();
    },
};

}  // namespace corpusmill
