// gzip, bzip2 and xz by Boost.Iostreams, whose filters are driven directly: read
// through a filtering_stream, an error would become a silent end of the stream.

#include <algorithm>
#include <cstring>
#include <exception>
#include <ios>
#include <utility>

#include "boost/iostreams/categories.hpp"
#include "boost/iostreams/filter/bzip2.hpp"
#include "boost/iostreams/filter/gzip.hpp"
#include "boost/iostreams/filter/lzma.hpp"
#include "boost/iostreams/operations.hpp"
#include "corpus/base/status.h"
#include "corpus/codecs/codec_internal.h"

namespace corpusmill::internal {
namespace {

namespace io = boost::iostreams;

constexpr std::streamsize kBufferBytes = 1 << 16;
// The most given to a filter at once: zlib and bzip2 count in 32 bits.
constexpr size_t kMaxCallBytes = 1 << 30;
// LZMA_MEMLIMIT_ERROR of lzma/base.h, for which Boost has no name.
constexpr int kLzmaMemoryLimitError = 6;
// LZMA_PRESET_EXTREME of lzma/container.h.
constexpr uint32_t kLzmaPresetExtreme = uint32_t{1} << 31;

/// A Boost Source over a ByteSource that remembers the error.
struct SourceDevice {
  using char_type = char;
  using category = io::source_tag;
  std::streamsize read(char* buffer, std::streamsize size) {
    absl::StatusOr<size_t> n = source->Read(buffer, static_cast<size_t>(size));
    if (!n.ok()) {
      *error = n.status();
      throw std::ios_base::failure("read failed");
    }
    return *n == 0 ? -1 : static_cast<std::streamsize>(*n);
  }
  ByteSource* source;
  absl::Status* error;
};

template <typename Filter>
class BoostSource final : public ByteSource {
 public:
  BoostSource(std::unique_ptr<CountingSource> raw, Filter filter, Codec codec, MemoryLease lease)
      : raw_(std::move(raw)),
        filter_(std::move(filter)),
        codec_(codec),
        lease_(std::move(lease)),
        device_{raw_.get(), &read_error_} {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (ended_) return 0;
    try {
      const std::streamsize n = io::read(
          filter_, device_, buffer, static_cast<std::streamsize>(std::min(size, kMaxCallBytes)));
      if (n > 0) return static_cast<size_t>(n);
      ended_ = true;
    } catch (const std::bad_alloc&) {
      return MemoryError(absl::StrFormat("%s: no memory to decode it", name()));
    } catch (const std::exception& e) {
      if (!read_error_.ok()) return read_error_;
      const auto* const lzma = dynamic_cast<const io::lzma_error*>(&e);
      if (lzma != nullptr && lzma->error() == kLzmaMemoryLimitError) {
        return MemoryError(absl::StrFormat(
            "%s: its xz dictionary needs more than the 100 MiB that the decoder may take; try to "
            "compress it again with xz -9 or below",
            name()));
      }
      return DataError(absl::StrFormat("%s: truncated or corrupt %s data near compressed byte %d",
                                       name(), CodecName(codec_), raw_->offset()));
    }
    // Nothing may follow the end that the decoder saw.
    char extra;
    CM_ASSIGN_OR_RETURN(const size_t more, raw_->Read(&extra, 1));
    if (more != 0) {
      return DataError(absl::StrFormat("%s: bytes that are not %s data follow compressed byte %d",
                                       name(), CodecName(codec_), raw_->offset() - 1));
    }
    return 0;
  }
  const std::string& name() const override { return raw_->name(); }

 private:
  const std::unique_ptr<CountingSource> raw_;
  Filter filter_;
  const Codec codec_;
  const MemoryLease lease_;
  absl::Status read_error_;
  SourceDevice device_;
  bool ended_ = false;
};

/// A Boost Sink that appends to a string.
struct StringDevice {
  using char_type = char;
  using category = io::sink_tag;
  std::streamsize write(const char* buffer, std::streamsize size) {
    out->append(buffer, static_cast<size_t>(size));
    return size;
  }
  std::string* out;
};

/// `Make` returns a fresh filter, one for each frame.
template <typename Make>
class BoostFrameEncoder final : public FrameEncoder {
 public:
  explicit BoostFrameEncoder(Make make) : make_(std::move(make)) {}

  absl::Status Encode(std::string_view plain, std::string* out) override {
    out->clear();
    StringDevice device{out};
    try {
      auto filter = make_();
      if (!plain.empty()) {
        io::write(filter, device, plain.data(), static_cast<std::streamsize>(plain.size()));
      }
      io::close(filter, device, std::ios_base::out);
    } catch (const std::ios_base::failure& e) {
      return absl::UnavailableError(e.what());
    }
    return absl::OkStatus();
  }

 private:
  const Make make_;
};

template <typename Filter>
std::unique_ptr<ByteSource> MakeSource(std::unique_ptr<CountingSource> raw, Filter filter,
                                       Codec codec, MemoryLease lease) {
  return std::make_unique<BoostSource<Filter>>(std::move(raw), std::move(filter), codec,
                                               std::move(lease));
}

template <typename Make>
FrameFormat FormatOf(uint64_t encoder_bytes, Make make) {
  return {.encoder_bytes = encoder_bytes,
          .make_encoder = [make] { return std::make_unique<BoostFrameEncoder<Make>>(make); }};
}

/// Dictionary of the first block of an xz stream (xz file format 1.0.4, 3.1 and
/// 5.3.1), which bounds the decoder's memory; that of `xz -6` if it is not where
/// it usually is.
uint64_t XzDictionaryBytes(const std::string& head) {
  constexpr size_t kBlock = 12;
  constexpr uint64_t kDefault = 8u << 20;
  if (head.size() < kBlock + 8 || head[kBlock] == 0) return kDefault;
  size_t i = kBlock + 2;
  for (int flag : {0x40, 0x80}) {  // Compressed and uncompressed size, if present.
    if ((static_cast<unsigned char>(head[kBlock + 1]) & flag) == 0) continue;
    while (i < head.size() && (head[i] & 0x80) != 0) ++i;
    ++i;
  }
  if (i + 2 >= head.size() || head[i] != 0x21 || head[i + 1] != 1) return kDefault;
  const unsigned bits = static_cast<unsigned char>(head[i + 2]);
  if (bits > 40) return kDefault;
  return bits == 40 ? 0xffffffffu : static_cast<uint64_t>(2 | (bits & 1)) << (bits / 2 + 11);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> BoostDecoder(std::unique_ptr<CountingSource> raw,
                                                         Codec codec, Context& context) {
  const std::string what = absl::StrFormat("%s: decoding", raw->name());
  switch (codec) {
    case Codec::kGzip: {
      CM_ASSIGN_OR_RETURN(MemoryLease lease, context.memory().Take(192 << 10, what));
      return MakeSource(std::move(raw),
                        io::gzip_decompressor(io::gzip::default_window_bits, kBufferBytes), codec,
                        std::move(lease));
    }
    case Codec::kBzip2: {
      CM_ASSIGN_OR_RETURN(MemoryLease lease, context.memory().Take(4 << 20, what));
      return MakeSource(std::move(raw), io::bzip2_decompressor(false, kBufferBytes), codec,
                        std::move(lease));
    }
    case Codec::kXz: {
      CM_ASSIGN_OR_RETURN(MemoryLease lease,
                          context.memory().Take(XzDictionaryBytes(raw->head()) + (1 << 20), what));
      return MakeSource(std::move(raw), io::lzma_decompressor(kBufferBytes), codec,
                        std::move(lease));
    }
    default:
      return absl::InternalError("not a codec of Boost");
  }
}

FrameFormat BoostFrames(Codec codec) {
  switch (codec) {
    case Codec::kGzip:
      return FormatOf(512 << 10,
                      [] { return io::gzip_compressor(io::gzip_params(), kBufferBytes); });
    case Codec::kBzip2:
      return FormatOf(8 << 20,
                      [] { return io::bzip2_compressor(io::bzip2_params(), kBufferBytes); });
    default:
      // `xz -2e` has a dictionary of one frame, and makes frames as small as `xz -6`
      // does. Boost uses liblzma's threaded encoder, even for one thread, which takes
      // 42.2 MiB at that level (lzma_stream_encoder_mt_memusage).
      return FormatOf(43 << 20, [] {
        constexpr uint32_t kLevel = 2 | kLzmaPresetExtreme;
        return io::lzma_compressor(io::lzma_params(kLevel), kBufferBytes);
      });
  }
}

}  // namespace corpusmill::internal
