// gzip: a decoder by zlib, which tells where a member ends, and an encoder by Boost.Iostreams.

#include "boost/iostreams/filter/gzip.hpp"

#include <algorithm>
#include <climits>
#include <memory>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/codecs/boost_encoder_internal.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/member_source.h"
#include "zlib.h"

namespace corpusmill {

extern const CodecInfo kGzipCodec;

namespace {

namespace io = boost::iostreams;

// The largest window, and gzip's header and trailer instead of zlib's.
constexpr int kWindowBits = MAX_WBITS + 16;
constexpr uint64_t kDecoderBytes = 64 << 10;

Bytef* Bytes(const char* data) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(data));  // zlib does not write to its input.
}

class GzipDecoder final : public MemberDecoder {
 public:
  GzipDecoder() { ready_ = inflateInit2(&stream_, kWindowBits) == Z_OK; }
  ~GzipDecoder() override {
    if (ready_) inflateEnd(&stream_);
  }

  bool Begin() override { return ready_ && inflateReset(&stream_) == Z_OK; }
  State Step(std::span<const char>* in, std::span<char>* out) override {
    stream_.next_in = Bytes(in->data());
    stream_.avail_in = static_cast<uInt>(in->size());
    stream_.next_out = Bytes(out->data());
    stream_.avail_out = static_cast<uInt>(out->size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    *in = in->last(stream_.avail_in);
    *out = out->last(stream_.avail_out);
    if (result == Z_STREAM_END) return State::kEnd;
    if (result == Z_MEM_ERROR) return State::kNoMemory;
    return result == Z_OK || result == Z_BUF_ERROR ? State::kMore : State::kCorrupt;
  }
  uint64_t MemoryBytes(uint64_t) const override { return kDecoderBytes; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

constexpr CodecInfo kGzipCodec = {
    .name = "gz",
    .long_name = "gzip",
    .match = [](std::string_view head) { return MatchMagic(head, "\x1f\x8b\x08"); },
    .decoder_memory = [](std::string_view) { return DecoderMemory{kDecoderBytes}; },
    .open_decoder =
        [](std::unique_ptr<CountingSource> raw, Context& context) {
          return OpenMembers(std::move(raw), std::make_unique<GzipDecoder>(), kGzipCodec,
                             /*padding_unit=*/1, context);
        },
    .levels = {1, 9, 6},
    .encoder_bytes = [](int) { return uint64_t{512} << 10; },
    .make_encoder = [](int level) -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<BoostFrameEncoder<io::gzip_compressor, io::gzip_params>>(level);
    },
};

}  // namespace corpusmill
