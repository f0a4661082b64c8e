// The worked example of CONTRIBUTING.md: a codec in one file. It is a codec of this program once
// its file lies in corpus/codecs and its name stands in the table of codec_table.cc; here it is
// in a table of its own.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/codecs/codec_table.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

// --- The file of the codec: corpus/codecs/rot13.cc ---------------------------------------

constexpr std::string_view kName = "rot";
constexpr std::string_view kMagic = "\x13rot";

std::string Rotated(std::string_view text) {
  std::string rotated(text);
  for (char& c : rotated) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + (c - 'a' + 13) % 26);
  }
  return rotated;
}

/// A frame is the magic, the size of the text in a byte for each digit, a colon, the text.
class RotEncoder final : public FrameEncoder {
 public:
  absl::Status Encode(std::string_view plain, std::string* out) override {
    *out = absl::StrFormat("%s%d:%s", kMagic, plain.size(), Rotated(plain));
    return absl::OkStatus();
  }
};

class RotDecoder final : public ByteSource {
 public:
  explicit RotDecoder(std::unique_ptr<CountingSource> raw) : raw_(std::move(raw)) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    while (left_ == 0) {
      CM_ASSIGN_OR_RETURN(const bool more, ReadHeader());
      if (!more) return 0;
    }
    CM_ASSIGN_OR_RETURN(const size_t n, raw_->Read(buffer, std::min(size, left_)));
    if (n == 0) return Truncated();
    const std::string plain = Rotated({buffer, n});
    std::copy(plain.begin(), plain.end(), buffer);
    left_ -= n;
    return n;
  }
  const std::string& name() const override { return raw_->name(); }

 private:
  absl::Status Truncated() const {
    return DataError(absl::StrFormat("%s: truncated or corrupt %s data near compressed byte %d",
                                     name(), kName, raw_->offset()));
  }

  /// Reads the header of the next frame; false at the end of the stream.
  absl::StatusOr<bool> ReadHeader() {
    std::string header;
    char c = 0;
    while (c != ':') {
      CM_ASSIGN_OR_RETURN(const size_t n, raw_->Read(&c, 1));
      if (n == 0 && header.empty()) return false;
      if (n == 0 || header.size() > 16) return Truncated();
      header += c;
      if (header.size() > kMagic.size() && c >= '0' && c <= '9') {
        left_ = left_ * 10 + static_cast<size_t>(c - '0');
      }
    }
    return header.starts_with(kMagic) ? absl::StatusOr<bool>(true) : Truncated();
  }

  const std::unique_ptr<CountingSource> raw_;
  size_t left_ = 0;  // Bytes left in this frame.
};

constexpr CodecInfo kRotCodec = {
    .name = kName,
    .long_name = "rot13",
    .match = [](std::string_view head) { return MatchMagic(head, kMagic); },
    .decoder_memory = [](std::string_view) { return DecoderMemory{}; },
    .open_decoder = [](std::unique_ptr<CountingSource> raw,
                       Context&) -> absl::StatusOr<std::unique_ptr<ByteSource>> {
      return std::make_unique<RotDecoder>(std::move(raw));
    },
    .levels = {13, 13, 13},
    .encoder_bytes = [](int) { return uint64_t{2} << 20; },
    .make_encoder = [](int) -> std::unique_ptr<FrameEncoder> {
      return std::make_unique<RotEncoder>();
    },
};

// --- Its line in the table: corpus/codecs/codec_table.cc ------------------------------------

constexpr const CodecInfo* kTable[] = {
    &kRotCodec,
};

// --- What follows from the two ---------------------------------------------------------------

using testing::HasSubstr;

TEST(ExampleCodec, HasItsNameAndExtension) {
  CM_ASSERT_OK_AND_ASSIGN(const Codec codec, ParseCodec("rot", kTable));
  EXPECT_EQ(ParseCodec("rot13", kTable).value(), codec);
  EXPECT_EQ(CodecName(codec, kTable), "rot");
  EXPECT_EQ(CodecForPath("a.jsonl.rot", kTable), codec);
  EXPECT_EQ(StripCodecExtension("a.jsonl.rot", kTable), "a.jsonl");
  EXPECT_EQ(LevelRanges(kTable), "rot 13 to 13 (13)");
  EXPECT_THAT(ParseCodec("gz", kTable), Fails(absl::StatusCode::kInvalidArgument,
                                              HasSubstr("'gz' is not a codec; try none, rot")));
}

TEST(ExampleCodec, IsFoundByContentAndReadsBackInFrames) {
  Context context({.memory_limit_bytes = 64 << 20, .threads = 2});
  const Codec codec = ParseCodec("rot", kTable).value();
  std::string text;
  while (text.size() < 2 * kFrameBytes + 100) text += "the quick brown fox\n";
  std::string stored;
  CM_ASSERT_OK_AND_ASSIGN(auto sink,
                          OpenEncoder(StringSink(&stored, "out"), codec, context, {}, kTable));
  CM_ASSERT_OK(sink->Write(text));
  CM_ASSERT_OK(sink->Close());
  EXPECT_TRUE(stored.starts_with("\x13rot2097152:gur dhvpx oebja sbk\n"));
  EXPECT_EQ(DetectCodec(stored, kTable), codec);

  Codec found = Codec::kNone;
  const auto decoded = [&](std::string_view bytes) -> absl::StatusOr<std::string> {
    CM_ASSIGN_OR_RETURN(const auto source,
                        OpenDecoder(StringSource(bytes, "in"), context, &found, kTable));
    std::string plain;
    CM_RETURN_IF_ERROR(ReadAll(*source, 64 << 20, &plain));
    return plain;
  };
  EXPECT_TRUE(decoded(stored).value() == text);
  EXPECT_EQ(found, codec);
  EXPECT_THAT(decoded(std::string_view(stored).substr(0, 1000)),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("in: truncated")));
  EXPECT_EQ(decoded("plain text").value(), "plain text");
  EXPECT_EQ(found, Codec::kNone);
}

}  // namespace
}  // namespace corpusmill
