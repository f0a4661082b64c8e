// Decoding of streams that are truncated, altered or followed by garbage.

#include <cerrno>
#include <string>

#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class EveryCompression : public testing::TestWithParam<std::tuple<Codec, int>> {
 protected:
  Codec codec() const { return std::get<0>(GetParam()); }
  Context context_{{.memory_limit_bytes = 256u << 20, .threads = std::get<1>(GetParam())}};
};

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCompression,
                         testing::Combine(testing::Values(Codec::kGzip, Codec::kBzip2, Codec::kXz,
                                                          Codec::kZstd),
                                          testing::Values(1, 2)),
                         [](const auto& info) {
                           return std::string(CodecName(std::get<0>(info.param))) + "_" +
                                  std::to_string(std::get<1>(info.param));
                         });

/// Shorter streams are not recognised as compressed.
size_t MagicBytes(Codec codec) {
  switch (codec) {
    case Codec::kGzip:
      return 3;
    case Codec::kBzip2:
      return 10;
    case Codec::kXz:
      return 6;
    default:
      return 4;
  }
}

TEST_P(EveryCompression, EveryTruncationIsAnErrorThatNamesFileAndOffset) {
  for (const std::string& text : {std::string(), std::string("a"), RandomText(3000, 1)}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string encoded, Encode(text, codec(), context_));
    for (size_t size = MagicBytes(codec()); size < encoded.size(); ++size) {
      for (const size_t read_bytes : {size_t{1} << 16, size_t{7}}) {
        EXPECT_THAT(Decode(encoded.substr(0, size), context_, read_bytes),
                    Fails(absl::StatusCode::kDataLoss, MatchesRegex("in: .*byte [0-9]+.*")))
            << size << " of " << encoded.size() << " bytes";
      }
    }
  }
}

TEST_P(EveryCompression, TheEndOfAMemberIsTheOnlyCleanEnd) {
  const std::string a = RandomText(500, 1), b = RandomText(300, 2);
  CM_ASSERT_OK_AND_ASSIGN(const std::string first, Encode(a, codec(), context_));
  CM_ASSERT_OK_AND_ASSIGN(const std::string second, Encode(b, codec(), context_));
  const std::string encoded = first + second + second;
  for (size_t size = first.size(); size <= encoded.size(); ++size) {
    const absl::StatusOr<std::string> decoded = Decode(encoded.substr(0, size), context_);
    if ((size - first.size()) % second.size() == 0) {
      CM_ASSERT_OK(decoded) << size;
      EXPECT_TRUE(*decoded == (a + b + b).substr(0, decoded->size()));
      EXPECT_EQ(decoded->size(), a.size() + (size - first.size()) / second.size() * b.size());
    } else {
      EXPECT_THAT(decoded, Fails(absl::StatusCode::kDataLoss, HasSubstr("in: "))) << size;
    }
  }
}

TEST_P(EveryCompression, TruncationFarFromTheStartIsAnError) {
  const size_t size = kFrameBytes + 300'000;
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded,
                          Encode(RandomBytes(size, 1), codec(), context_));
  for (const size_t missing :
       {size_t{1}, size_t{4}, size_t{8}, size_t{12}, size_t{100}, size / 5, size / 2}) {
    EXPECT_THAT(Decode(encoded.substr(0, encoded.size() - missing), context_),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("in: ")))
        << missing << " bytes missing";
  }
}

TEST_P(EveryCompression, AnAlteredByteIsAnErrorOrChangesNothing) {
  const std::string text = RandomText(2000, 1);
  CM_ASSERT_OK_AND_ASSIGN(const std::string one, Encode(text, codec(), context_));
  const std::string encoded = one + one;
  size_t harmless = 0;
  // Other first bytes would be plain text of their own.
  for (size_t at = MagicBytes(codec()); at < encoded.size(); ++at) {
    for (const int mask : {0x01, 0x10, 0x80, 0xff}) {
      std::string altered = encoded;
      altered[at] = static_cast<char>(altered[at] ^ mask);
      const absl::StatusOr<std::string> decoded = Decode(altered, context_);
      if (decoded.ok()) {
        EXPECT_TRUE(*decoded == text + text) << "silently different: byte " << at << " ^ " << mask;
        ++harmless;
      } else {
        // A header may now ask for a window that is too large.
        EXPECT_TRUE(decoded.status().code() == absl::StatusCode::kDataLoss ||
                    decoded.status().code() == absl::StatusCode::kResourceExhausted)
            << at << " ^ " << mask << ": " << decoded.status();
      }
    }
  }
  // Bytes without effect: in a gzip member time (4), extra flags and system (2), size (4), a flag;
  // in the others a few bits, such as the codes of Huffman tables that no symbol uses.
  EXPECT_LE(harmless, 2 * 11 * 4);
}

TEST_P(EveryCompression, GarbageAfterTheStreamIsAnError) {
  for (const std::string& text : {std::string("short"), RandomText(200'000, 3)}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string encoded, Encode(text, codec(), context_));
    for (const std::string& garbage :
         {std::string("x"), std::string("\n"), std::string("\0\0\0x", 4), std::string("garbage"),
          RandomBytes(100, 1), RandomBytes(200'000, 2), encoded.substr(0, encoded.size() - 1)}) {
      EXPECT_THAT(Decode(encoded + garbage, context_),
                  Fails(absl::StatusCode::kDataLoss, MatchesRegex("in: .*byte [0-9]+.*")))
          << garbage.size() << " bytes after " << text.size();
    }
  }
}

TEST_P(EveryCompression, ZerosBehindGzipAndBzip2MembersArePadding) {
  CM_ASSERT_OK_AND_ASSIGN(const std::string a, Encode("a", codec(), context_));
  CM_ASSERT_OK_AND_ASSIGN(const std::string b, Encode(RandomText(100'000, 3), codec(), context_));
  const bool pads = codec() == Codec::kGzip || codec() == Codec::kBzip2;
  for (const size_t zeros : {1, 3, 4, 511, 512, 65'536, 300'000}) {
    SCOPED_TRACE(zeros);
    const std::string padding(zeros, '\0');
    for (const std::string& encoded : {a + padding, a + padding + b, a + padding + b + padding}) {
      const absl::StatusOr<std::string> decoded = Decode(encoded, context_);
      // xz pads its streams, too, by multiples of four bytes.
      if (pads || (codec() == Codec::kXz && zeros % 4 == 0)) {
        CM_ASSERT_OK(decoded);
        EXPECT_EQ(decoded->size(), encoded.size() > a.size() + zeros ? 100'001 : 1);
      } else {
        EXPECT_THAT(decoded,
                    Fails(absl::StatusCode::kDataLoss, MatchesRegex("in: .*byte [0-9]+.*")));
      }
    }
  }
}

TEST_P(EveryCompression, AReadErrorIsReportedAsItIs) {
  class Failing final : public ByteSource {
   public:
    explicit Failing(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
    absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
      CM_ASSIGN_OR_RETURN(const size_t n, source_->Read(buffer, size));
      if (n == 0) return IoError(name(), "read failed", EIO);
      return n;
    }
    const std::string& name() const override { return source_->name(); }

   private:
    const std::unique_ptr<ByteSource> source_;
  };
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded,
                          Encode(RandomText(5000, 1), codec(), context_));
  for (const size_t size : {encoded.size() / 2, encoded.size() - 1, encoded.size()}) {
    CM_ASSERT_OK_AND_ASSIGN(auto source,
                            OpenDecoder(std::make_unique<Failing>(StringSource(
                                            std::string_view(encoded).substr(0, size), "disk")),
                                        context_));
    EXPECT_THAT(Drain(*source),
                Fails(absl::StatusCode::kUnavailable, HasSubstr("disk: read failed")));
  }
}

TEST_P(EveryCompression, RandomDamageNeverCrashesNorHangs) {
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded,
                          Encode(RandomText(5000, 1), codec(), context_));
  TestRandom random(4);
  for (int round = 0; round < 300; ++round) {
    std::string altered = encoded + encoded;
    for (uint64_t i = 1 + random.Below(8); i > 0; --i) {
      altered[random.Below(altered.size())] = static_cast<char>(random.Next());
    }
    const size_t cut = random.Below(altered.size());
    if (round % 2 == 0) altered.erase(cut, random.Below(100));
    (void)Decode(altered, context_);
  }
}

TEST(Zstd, ATruncatedSkippableFrameIsAnError) {
  Context context({.threads = 2});
  const std::string frame("\x50\x2a\x4d\x18\x08\0\0\0abcdefgh", 16);
  for (size_t size = 4; size < frame.size(); ++size) {
    EXPECT_THAT(Decode(frame.substr(0, size), context),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("truncated")))
        << size;
  }
}

}  // namespace
}  // namespace corpusmill
