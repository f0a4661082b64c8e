// zstd by libzstd.

#define ZSTD_STATIC_LINKING_ONLY  // For frame headers and estimates of memory.
#include "zstd.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/encoding_sink.h"
#include "zstd_errors.h"

namespace corpusmill {
namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
using DecoderPtr = std::unique_ptr<ZSTD_DCtx, FreeContext>;
using EncoderPtr = std::unique_ptr<ZSTD_CCtx, FreeContext>;

constexpr uint64_t kInputBytes = 128 << 10;
// A streaming decoder without its window: 160 KiB, and a block in and out.
constexpr uint64_t kDecoderBytes = 512 << 10;
// Most bytes of one read, so that memory can be charged before it is touched.
constexpr size_t kMaxReadBytes = 256 << 10;

/// The memory for decoding a stream that begins with `head`: that of its first frame.
DecoderMemory FrameMemory(std::string_view head) {
  ZSTD_frameHeader header;
  while (ZSTD_getFrameHeader(&header, head.data(), head.size()) == 0) {
    if (header.frameType == ZSTD_skippableFrame) {
      const uint64_t size = ZSTD_SKIPPABLEHEADERSIZE + header.frameContentSize;
      if (size >= head.size()) break;
      head.remove_prefix(size);
      continue;
    }
    // A decoder holds the window and a block, or all of a smaller content.
    const bool known = header.frameContentSize != ZSTD_CONTENTSIZE_UNKNOWN;
    return {kInputBytes + kDecoderBytes +
                ZSTD_decodingBufferSize_min(header.windowSize, header.frameContentSize),
            /*at_most=*/!known};
  }
  return {kInputBytes + kDecoderBytes};
}

/// Reads frame after frame. Whole frames of known size in the input buffer are decoded in parallel;
/// any other frame is streamed.
class ZstdSource final : public ByteSource {
 public:
  ZstdSource(std::unique_ptr<CountingSource> raw, Context& context)
      : raw_(std::move(raw)), context_(context) {}

  absl::Status Init() {
    decoder_lease_ = context_.decoder_memory().EmptyLease();
    batch_lease_ = context_.memory().EmptyLease();
    // The parallel mode holds a larger input buffer and twice as much output, if there is room.
    uint64_t buffer_bytes = kInputBytes;
    if (context_.threads() > 1) {
      const uint64_t room = context_.memory().available_bytes() / 16;
      buffer_bytes = std::clamp<uint64_t>(room, kInputBytes, 8 << 20);
      input_lease_ = context_.memory().EmptyLease();
      if (!input_lease_.Resize(buffer_bytes - kInputBytes, "").ok()) buffer_bytes = kInputBytes;
      max_batch_bytes_ = 2 * buffer_bytes;
    }
    input_.resize(buffer_bytes);
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

  /// Decodes the whole frames at the front of the input buffer, at least two, if memory allows.
  /// Otherwise returns false and leaves the first frame to Stream.
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
    if (!batch_lease_.Resize(out, "").ok()) return false;
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
      // Charge limits the memory.
      ZSTD_DCtx_setParameter(decoder_.get(), ZSTD_d_windowLogMax, ZSTD_WINDOWLOG_MAX);
    }
    if (!in_frame_) {
      batch_.clear();
      batch_.shrink_to_fit();
      batch_served_ = 0;
      CM_RETURN_IF_ERROR(batch_lease_.Resize(0, What()));
      produced_ = 0;
      CM_RETURN_IF_ERROR(CheckFrame());
    }
    ZSTD_outBuffer out = {buffer, std::min(size, kMaxReadBytes), 0};
    do {
      if (input_begin_ == input_end_) {
        CM_ASSIGN_OR_RETURN(const bool more, FillInput());
        if (!more) return Truncated();
      }
      CM_RETURN_IF_ERROR(Charge(produced_ + out.size));
      ZSTD_inBuffer in = {input_.data(), input_end_, input_begin_};
      const size_t code = ZSTD_decompressStream(decoder_.get(), &out, &in);
      input_begin_ = in.pos;
      if (ZSTD_isError(code)) return Failed(code);
      in_frame_ = code != 0;
    } while (out.pos == 0 && in_frame_);
    produced_ += out.pos;
    return out.pos;
  }

  /// Refuses a frame whose header says that its window cannot fit.
  absl::Status CheckFrame() {
    if (input_begin_ == input_end_) return absl::OkStatus();
    const DecoderMemory memory =
        FrameMemory({input_.data() + input_begin_, input_end_ - input_begin_});
    if (memory.at_most || memory.bytes <= decoder_lease_.bytes() ||
        memory.bytes - decoder_lease_.bytes() <= context_.decoder_memory().available_bytes()) {
      return absl::OkStatus();
    }
    return decoder_lease_.Resize(memory.bytes, What());  // Fails, and says what it needs.
  }

  /// Charges the memory that is touched once a frame has given `produced` bytes: the window fills
  /// with them, and the rest of it is never touched.
  absl::Status Charge(uint64_t produced) {
    const uint64_t whole =
        kInputBytes + std::max<uint64_t>(ZSTD_sizeof_DCtx(decoder_.get()), kDecoderBytes);
    const uint64_t need = std::min(whole, kInputBytes + kDecoderBytes + produced);
    if (need <= decoder_lease_.bytes() || decoder_lease_.Resize(need, "").ok()) {
      return absl::OkStatus();
    }
    return decoder_lease_.Resize(whole, What());
  }

  absl::Status Failed(size_t code) const {
    if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) {
      return MemoryError(absl::StrFormat("%s: no memory for its zst window", name()));
    }
    return Corrupt(code);
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
  uint64_t produced_ = 0;  // By this frame.
};

class ZstdFrameEncoder final : public FrameEncoder {
 public:
  explicit ZstdFrameEncoder(int level) : encoder_(ZSTD_createCCtx()) {
    if (encoder_ == nullptr) return;
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_compressionLevel, level);
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
    .decoder_memory = FrameMemory,
    .open_decoder = OpenZstd,
    .levels = {1, 22, ZSTD_CLEVEL_DEFAULT},
    .encoder_bytes =
        [](int level) {
          return uint64_t{
              ZSTD_estimateCCtxSize_usingCParams(ZSTD_getCParams(level, kFrameBytes, 0))};
        },
    .make_encoder = [](int level) -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<ZstdFrameEncoder>(level);
    },
};

}  // namespace corpusmill
