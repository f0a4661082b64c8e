#include "boost/iostreams/filter/bzip2.hpp"

#include <algorithm>

#include "corpus/codecs/boost_filter_internal.h"
#include "corpus/codecs/codec_table.h"

namespace corpusmill {
namespace {

namespace io = boost::iostreams;

constexpr std::string_view kName = "bz2";

/// "BZh9" alone could be text: the marker of the first block or of the end must follow.
Match MatchBzip2(std::string_view head) {
  const Match magic = MatchMagic(head, "BZh");
  if (magic != Match::kYes || head.size() == 3) return std::min(magic, Match::kPartial);
  if (head[3] < '1' || head[3] > '9') return Match::kNo;
  return std::max(MatchMagic(head.substr(4), "\x31\x41\x59\x26\x53\x59"),
                  MatchMagic(head.substr(4), "\x17\x72\x45\x38\x50\x90"));
}

}  // namespace

extern const CodecInfo kBzip2Codec;
constexpr CodecInfo kBzip2Codec = {
    .name = kName,
    .long_name = "bzip2",
    .match = MatchBzip2,
    .open_decoder =
        [](std::unique_ptr<CountingSource> raw, Context& context) {
          return OpenBoostDecoder(std::move(raw), io::bzip2_decompressor(false, kFilterBufferBytes),
                                  kName, /*decoder_bytes=*/4 << 20, context);
        },
    .encoder_bytes = 8 << 20,
    .make_encoder = []() -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<BoostFrameEncoder<io::bzip2_compressor>>(
          [] { return io::bzip2_compressor(io::bzip2_params(), kFilterBufferBytes); });
    },
};

}  // namespace corpusmill
