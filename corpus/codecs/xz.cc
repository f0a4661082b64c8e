// xz by liblzma.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/encoding_sink.h"
#include "corpus/codecs/member_source.h"
#include "lzma.h"

namespace corpusmill {

extern const CodecInfo kXzCodec;

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMagic =
    "\xfd"
    "7zXZ\0"sv;
// What a decoder takes besides its dictionary.
constexpr uint64_t kDecoderBytes = 1 << 20;

/// Dictionary of the first block of an xz stream (xz file format 1.0.4, 3.1 and 5.3.1), which
/// bounds the decoder's memory; that of `xz -6` if it is not at the usual place.
uint64_t DictionaryBytes(std::string_view head) {
  constexpr size_t kBlock = 12;
  constexpr uint64_t kDefault = 8u << 20;
  if (head.size() < kBlock + 8 || head[kBlock] == 0) return kDefault;
  size_t i = kBlock + 2;
  for (int flag : {0x40, 0x80}) {  // The compressed and uncompressed sizes, if present.
    if ((static_cast<unsigned char>(head[kBlock + 1]) & flag) == 0) continue;
    while (i < head.size() && (head[i] & 0x80) != 0) ++i;
    ++i;
  }
  if (i + 2 >= head.size() || head[i] != 0x21 || head[i + 1] != 1) return kDefault;
  const unsigned bits = static_cast<unsigned char>(head[i + 2]);
  if (bits > 40) return kDefault;
  return bits == 40 ? 0xffffffffu : static_cast<uint64_t>(2 | (bits & 1)) << (bits / 2 + 11);
}

class XzDecoder final : public MemberDecoder {
 public:
  ~XzDecoder() override { lzma_end(&stream_); }

  bool Begin() override {
    // Our budget limits the memory.
    return lzma_stream_decoder(&stream_, /*memlimit=*/UINT64_MAX, /*flags=*/0) == LZMA_OK;
  }
  State Step(std::span<const char>* in, std::span<char>* out) override {
    stream_.next_in = reinterpret_cast<const uint8_t*>(in->data());
    stream_.avail_in = in->size();
    stream_.next_out = reinterpret_cast<uint8_t*>(out->data());
    stream_.avail_out = out->size();
    const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
    *in = in->last(stream_.avail_in);
    *out = out->last(stream_.avail_out);
    allocated_ = std::max(allocated_, lzma_memusage(&stream_));
    if (result == LZMA_STREAM_END) return State::kEnd;
    if (result == LZMA_MEM_ERROR) return State::kNoMemory;
    return result == LZMA_OK || result == LZMA_BUF_ERROR ? State::kMore : State::kCorrupt;
  }
  /// The dictionary fills with what is decoded; the rest of it is never touched.
  uint64_t MemoryBytes(uint64_t produced) const override {
    return allocated_ - std::min(allocated_, produced) < kDecoderBytes ? allocated_
                                                                       : kDecoderBytes + produced;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  uint64_t allocated_ = kDecoderBytes;  // Most so far.
};

/// The filter of a level. A frame fills no dictionary larger than itself.
lzma_options_lzma FilterOptions(int level) {
  lzma_options_lzma options;
  lzma_lzma_preset(&options, static_cast<uint32_t>(level));
  options.dict_size = std::min<uint32_t>(options.dict_size, kFrameBytes);
  return options;
}

class XzEncoder final : public FrameEncoder {
 public:
  explicit XzEncoder(int level) : options_(FilterOptions(level)) {}

  absl::Status Encode(std::string_view plain, std::string* out) override {
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options_}, {LZMA_VLI_UNKNOWN, nullptr}};
    out->resize(lzma_stream_buffer_bound(plain.size()));
    size_t size = 0;
    const lzma_ret result = lzma_stream_buffer_encode(
        filters, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const uint8_t*>(plain.data()),
        plain.size(), reinterpret_cast<uint8_t*>(out->data()), &size, out->size());
    if (result == LZMA_MEM_ERROR) return MemoryError("no memory");
    if (result != LZMA_OK) return absl::InternalError("liblzma failed");
    out->resize(size);
    return absl::OkStatus();
  }

 private:
  lzma_options_lzma options_;
};

}  // namespace

constexpr CodecInfo kXzCodec = {
    .name = "xz",
    .long_name = "lzma",
    .match = [](std::string_view head) { return MatchMagic(head, kMagic); },
    .decoder_memory =
        [](std::string_view head) {
          return DecoderMemory{DictionaryBytes(head) + kDecoderBytes, /*at_most=*/true};
        },
    .open_decoder =
        [](std::unique_ptr<CountingSource> raw, Context& context) {
          return OpenMembers(std::move(raw), std::make_unique<XzDecoder>(), kXzCodec,
                             /*padding_unit=*/4, context);
        },
    .levels = {0, 9, 6},
    .encoder_bytes =
        [](int level) {
          lzma_options_lzma options = FilterOptions(level);
          const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options},
                                         {LZMA_VLI_UNKNOWN, nullptr}};
          return lzma_raw_encoder_memusage(filters) + kDecoderBytes;
        },
    .make_encoder = [](int level) -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<XzEncoder>(level);
    },
};

}  // namespace corpusmill
