// bzip2: a decoder by libbzip2, which tells where a stream ends, and an encoder by Boost.Iostreams.

#include "boost/iostreams/filter/bzip2.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "bzlib.h"
#include "corpus/base/status.h"
#include "corpus/codecs/boost_encoder_internal.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/member_source.h"

namespace corpusmill {

extern const CodecInfo kBzip2Codec;

namespace {

namespace io = boost::iostreams;

constexpr uint64_t kDecoderBytes = 4 << 20;

/// "BZh9" alone could be text: the marker of the first block or of the end must follow.
Match MatchBzip2(std::string_view head) {
  const Match magic = MatchMagic(head, "BZh");
  if (magic != Match::kYes || head.size() == 3) return std::min(magic, Match::kPartial);
  if (head[3] < '1' || head[3] > '9') return Match::kNo;
  return std::max(MatchMagic(head.substr(4), "\x31\x41\x59\x26\x53\x59"),
                  MatchMagic(head.substr(4), "\x17\x72\x45\x38\x50\x90"));
}

class Bzip2Decoder final : public MemberDecoder {
 public:
  ~Bzip2Decoder() override { End(); }

  bool Begin() override {
    End();
    stream_ = {};
    begun_ = BZ2_bzDecompressInit(&stream_, /*verbosity=*/0, /*small=*/0) == BZ_OK;
    return begun_;
  }
  State Step(std::span<const char>* in, std::span<char>* out) override {
    stream_.next_in = const_cast<char*>(in->data());  // Is not written to.
    stream_.avail_in = static_cast<unsigned>(in->size());
    stream_.next_out = out->data();
    stream_.avail_out = static_cast<unsigned>(out->size());
    const int result = BZ2_bzDecompress(&stream_);
    *in = in->last(stream_.avail_in);
    *out = out->last(stream_.avail_out);
    if (result == BZ_STREAM_END) return State::kEnd;
    if (result == BZ_MEM_ERROR) return State::kNoMemory;
    return result == BZ_OK ? State::kMore : State::kCorrupt;
  }
  uint64_t MemoryBytes(uint64_t) const override { return kDecoderBytes; }

 private:
  void End() {
    if (std::exchange(begun_, false)) BZ2_bzDecompressEnd(&stream_);
  }

  bz_stream stream_{};
  bool begun_ = false;
};

}  // namespace

constexpr CodecInfo kBzip2Codec = {
    .name = "bz2",
    .long_name = "bzip2",
    .match = MatchBzip2,
    .decoder_memory = [](std::string_view) { return DecoderMemory{kDecoderBytes}; },
    .open_decoder =
        [](std::unique_ptr<CountingSource> raw, Context& context) {
          return OpenMembers(std::move(raw), std::make_unique<Bzip2Decoder>(), kBzip2Codec,
                             /*padding_unit=*/1, context);
        },
    .levels = {1, 9, 9},
    .encoder_bytes = [](int) { return uint64_t{8} << 20; },
    .make_encoder = [](int level) -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<BoostFrameEncoder<io::bzip2_compressor, io::bzip2_params>>(level);
    },
};

}  // namespace corpusmill
