#include "boost/iostreams/filter/lzma.hpp"
#include "corpus/base/status.h"
#include "corpus/codecs/boost_filter_internal.h"
#include "corpus/codecs/codec_table.h"

namespace corpusmill {
namespace {

namespace io = boost::iostreams;
using namespace std::string_view_literals;

constexpr std::string_view kName = "xz";
constexpr std::string_view kMagic =
    "\xfd"
    "7zXZ\0"sv;
// LZMA_MEMLIMIT_ERROR of lzma/base.h, for which Boost has no name.
constexpr int kMemoryLimitError = 6;
// LZMA_PRESET_EXTREME of lzma/container.h.
constexpr uint32_t kPresetExtreme = uint32_t{1} << 31;

/// Dictionary of the first block of an xz stream (xz file format 1.0.4, 3.1 and 5.3.1), which
/// bounds the decoder's memory; that of `xz -6` if it is not at the usual place.
uint64_t DictionaryBytes(const std::string& head) {
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

absl::Status Explain(const std::exception& error, std::string_view name) {
  const auto* const lzma = dynamic_cast<const io::lzma_error*>(&error);
  if (lzma == nullptr || lzma->error() != kMemoryLimitError) return absl::OkStatus();
  return MemoryError(
      absl::StrFormat("%s: its xz dictionary needs more than the 100 MiB that the decoder may "
                      "take; try to compress it again with xz -9 or below",
                      name));
}

// `xz -2e` has a dictionary of one frame and compresses frames as well as `xz -6`. Boost uses
// liblzma's threaded encoder, even for one thread, which takes 42.2 MiB at that level
// (lzma_stream_encoder_mt_memusage).
constexpr uint32_t kLevel = 2 | kPresetExtreme;
constexpr uint64_t kEncoderBytes = 43 << 20;

}  // namespace

extern const CodecInfo kXzCodec;
constexpr CodecInfo kXzCodec = {
    .name = kName,
    .long_name = "lzma",
    .note = "needs 48 MiB of --memory",
    .match = [](std::string_view head) { return MatchMagic(head, kMagic); },
    .open_decoder =
        [](std::unique_ptr<CountingSource> raw, Context& context) {
          const uint64_t decoder_bytes = DictionaryBytes(raw->head()) + (1 << 20);
          return OpenBoostDecoder(std::move(raw), io::lzma_decompressor(kFilterBufferBytes), kName,
                                  decoder_bytes, context, Explain);
        },
    .encoder_bytes = kEncoderBytes,
    .make_encoder = []() -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<BoostFrameEncoder<io::lzma_compressor>>(
          [] { return io::lzma_compressor(io::lzma_params(kLevel), kFilterBufferBytes); });
    },
};

}  // namespace corpusmill
