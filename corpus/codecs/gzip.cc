#include "boost/iostreams/filter/gzip.hpp"

#include "corpus/codecs/boost_filter_internal.h"
#include "corpus/codecs/codec_table.h"

namespace corpusmill {
namespace {

namespace io = boost::iostreams;

constexpr std::string_view kName = "gz";

}  // namespace

extern const CodecInfo kGzipCodec;
constexpr CodecInfo kGzipCodec = {
    .name = kName,
    .long_name = "gzip",
    .match = [](std::string_view head) { return MatchMagic(head, "\x1f\x8b\x08"); },
    .open_decoder =
        [](std::unique_ptr<CountingSource> raw, Context& context) {
          return OpenBoostDecoder(
              std::move(raw),
              io::gzip_decompressor(io::gzip::default_window_bits, kFilterBufferBytes), kName,
              /*decoder_bytes=*/192 << 10, context);
        },
    .encoder_bytes = 512 << 10,
    .make_encoder = []() -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<BoostFrameEncoder<io::gzip_compressor>>(
          [] { return io::gzip_compressor(io::gzip_params(), kFilterBufferBytes); });
    },
};

}  // namespace corpusmill
