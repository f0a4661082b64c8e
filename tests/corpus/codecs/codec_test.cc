#include "corpus/codecs/codec.h"

#include <string>
#include <utility>
#include <vector>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec_table.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"
#include "zstd.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr uint64_t kBudgetBytes = 512u << 20;

/// Compressed with the codec's own program.
std::string Compress(const TestFolder& folder, const std::string& bytes,
                     const std::string& program) {
  const std::string path = folder.Write("plain", bytes);
  EXPECT_EQ(Shell(program + " < " + path + " > " + path + ".out"), 0) << program;
  return ReadFile(path + ".out");
}

class EveryCodec : public testing::TestWithParam<Codec> {
 protected:
  Context context_{{.memory_limit_bytes = kBudgetBytes, .threads = 2}};
};

/// The codecs of the table, and kNone.
std::vector<Codec> AllCodecs() {
  std::vector<Codec> all;
  for (size_t i = 0; i <= Codecs().size(); ++i) all.push_back(static_cast<Codec>(i));
  return all;
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::ValuesIn(AllCodecs()),
                         [](const auto& info) { return std::string(CodecName(info.param)); });

/// Expects that decoding gives back what was encoded.
void RoundTrip(const std::string& text, Codec codec, Context& context) {
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded, Encode(text, codec, context));
  Codec found;
  CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(encoded, context, 1 << 16, &found));
  EXPECT_EQ(found, codec) << text.size();
  EXPECT_TRUE(decoded == text) << "of " << text.size() << " bytes";
}

TEST_P(EveryCodec, RoundTripsFiveMebibytesOfNoise) {
  RoundTrip(RandomBytes(5 << 20, 1), GetParam(), context_);
}

TEST_P(EveryCodec, RoundTripsFiveMebibytesOfText) {
  RoundTrip(RandomText(5 << 20, 2), GetParam(), context_);
}

TEST_P(EveryCodec, RoundTripsEmptyTinyAndSizesAroundBuffers) {
  for (const std::string text : {"", "a", "\n", "ab"}) RoundTrip(text, GetParam(), context_);
  RoundTrip(std::string(1, '\0'), GetParam(), context_);
  // Around the ends of frames and of Boost's buffers.
  for (const size_t unit : {size_t{1} << 16, size_t{kFrameBytes}}) {
    for (const size_t size : {unit - 1, unit, unit + 1, 2 * unit}) {
      RoundTrip(RandomText(size, size), GetParam(), context_);
    }
  }
}

TEST_P(EveryCodec, AllLeasesAreGivenBack) {
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded,
                          Encode(RandomText(200'000, 3), GetParam(), context_));
  CM_ASSERT_OK(Decode(encoded, context_));
  EXPECT_EQ(context_.memory().used_bytes(), 0);
}

TEST_P(EveryCodec, OutputDependsOnNeitherThreadsNorMemoryNorWriteSizes) {
  const std::string text = RandomText(kFrameBytes + 50'000, 4) + RandomBytes(10'000, 5);
  CM_ASSERT_OK_AND_ASSIGN(const std::string expected, Encode(text, GetParam(), context_));
  // The smaller budget holds one frame of xz at a time.
  for (const auto& [threads, memory] :
       {std::pair(1, kBudgetBytes / 8), std::pair(2, kBudgetBytes)}) {
    Context other({.memory_limit_bytes = memory, .threads = threads});
    for (const size_t slice : {size_t{1}, size_t{7}, size_t{1} << 20, SIZE_MAX}) {
      CM_ASSERT_OK_AND_ASSIGN(const std::string encoded, Encode(text, GetParam(), other, slice));
      EXPECT_TRUE(encoded == expected) << threads << " threads, writes up to " << slice;
    }
  }
}

TEST_P(EveryCodec, ContinuesAtEveryFrameBoundaryWithTheSameBytes) {
  const std::string text = RandomText(2 * kFrameBytes + 5, 10);
  Context one({.memory_limit_bytes = kBudgetBytes, .threads = 1});
  std::string whole;
  CM_ASSERT_OK_AND_ASSIGN(auto sink, OpenEncoder(StringSink(&whole, "out"), GetParam(), one));
  std::vector<EncodedPosition> starts = {sink->position()};
  EXPECT_EQ(starts.front(), EncodedPosition{});
  for (size_t at = 0; at < text.size(); at += kFrameBytes / 2) {
    CM_ASSERT_OK(sink->Write(std::string_view(text).substr(at, kFrameBytes / 2)));
    EXPECT_EQ(sink->position().stored_bytes, whole.size());
    if (sink->position() != starts.back()) starts.push_back(sink->position());
  }
  CM_ASSERT_OK(sink->Close());
  const EncodedPosition end = {text.size(), whole.size()};
  EXPECT_EQ(sink->position(), end);
  EXPECT_EQ(starts.size(), GetParam() == Codec::kNone ? 6 : 3);

  for (const EncodedPosition& start : starts) {
    std::string out = whole.substr(0, start.stored_bytes);
    CM_ASSERT_OK_AND_ASSIGN(const std::string before, Decode(out, one));
    EXPECT_TRUE(before == text.substr(0, start.plain_bytes)) << start.plain_bytes;
    CM_ASSERT_OK_AND_ASSIGN(sink,
                            OpenEncoder(StringSink(&out, "out"), GetParam(), context_, start));
    EXPECT_EQ(sink->position(), start);
    CM_ASSERT_OK(sink->Write(std::string_view(text).substr(start.plain_bytes)));
    CM_ASSERT_OK(sink->Close());
    EXPECT_TRUE(out == whole) << start.plain_bytes;
    EXPECT_EQ(sink->position(), end);
  }
  // At the end of an output of whole frames nothing is added.
  const EncodedPosition last = starts[starts.size() / 2];
  std::string out = whole.substr(0, last.stored_bytes);
  const std::string expected = out;
  CM_ASSERT_OK_AND_ASSIGN(sink, OpenEncoder(StringSink(&out, "out"), GetParam(), context_, last));
  CM_ASSERT_OK(sink->Close());
  EXPECT_TRUE(out == expected);
}

TEST_P(EveryCodec, DoesNotContinueWhereNoFrameBegins) {
  for (const uint64_t plain_bytes : {uint64_t{1}, kFrameBytes + 1}) {
    std::string out;
    EXPECT_THAT(OpenEncoder(StringSink(&out, "out"), GetParam(), context_, {plain_bytes, 7}),
                Fails(absl::StatusCode::kInvalidArgument,
                      HasSubstr("byte " + std::to_string(plain_bytes))));
  }
}

TEST_P(EveryCodec, DecodesWithAnyThreadsReadSizeSlicesAndASmallBudget) {
  const std::string text = RandomText(300'000, 6);
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded, Encode(text, GetParam(), context_));
  for (const int threads : {1, 2}) {
    Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = threads});
    for (const size_t read_bytes : {size_t{1}, size_t{777}, size_t{1} << 20}) {
      CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(encoded, small, read_bytes));
      EXPECT_TRUE(decoded == text) << threads << " threads, reads of " << read_bytes;
      CM_ASSERT_OK_AND_ASSIGN(auto source, OpenDecoder(SlicedSource(encoded, 3, "slow"), small));
      CM_ASSERT_OK_AND_ASSIGN(const std::string slow, Drain(*source, read_bytes));
      EXPECT_TRUE(slow == text) << threads << " threads, sliced, reads of " << read_bytes;
    }
  }
}

TEST_P(EveryCodec, ConcatenatedStreamsAreReadOneAfterTheOther) {
  const std::string a = RandomText(100'000, 7), b = RandomText(3 * kFrameBytes + 5, 8);
  std::string encoded, plain;
  for (const std::string& part : {a, std::string(), b, std::string("x"), std::string()}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string one, Encode(part, GetParam(), context_));
    encoded += one;
    plain += part;
  }
  for (const int threads : {1, 2}) {
    Context context({.memory_limit_bytes = kBudgetBytes, .threads = threads});
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(encoded, context));
    EXPECT_TRUE(decoded == plain) << threads << " threads";
  }
}

TEST_P(EveryCodec, EmptyWritesAndEmptyStreamsMakeAValidFile) {
  std::string out;
  CM_ASSERT_OK_AND_ASSIGN(auto sink, OpenEncoder(StringSink(&out, "out"), GetParam(), context_));
  CM_ASSERT_OK(sink->Write(""));
  CM_ASSERT_OK(sink->Close());
  CM_ASSERT_OK_AND_ASSIGN(const std::string empty, Encode("", GetParam(), context_));
  EXPECT_EQ(out, empty);
  CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(empty, context_));
  EXPECT_EQ(decoded, "");
}

TEST_P(EveryCodec, TheCodecsProgramAndWeReadEachOthersOutput) {
  if (GetParam() == Codec::kNone) return;
  const CodecInfo& info = InfoOf(GetParam());
  const std::string program(GetParam() == Codec::kXz ? info.name : info.long_name);
  if (!HaveProgram(program)) GTEST_SKIP() << program << " is not installed";
  const TestFolder folder;
  for (const std::string& text :
       {std::string(), std::string("a"), RandomText(kFrameBytes + 300'000, 9)}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string encoded, Encode(text, GetParam(), context_));
    const std::string ours = folder.Write("ours", encoded);
    EXPECT_EQ(Shell(program + " -t < " + ours), 0) << text.size();
    EXPECT_EQ(Shell(program + " -dc < " + ours + " > " + ours + ".plain"), 0) << text.size();
    EXPECT_TRUE(ReadFile(ours + ".plain") == text);
    for (const std::string level : {"-1", "-9"}) {
      CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                              Decode(Compress(folder, text, program + " -c " + level), context_));
      EXPECT_TRUE(decoded == text) << program << " " << level;
    }
  }
}

TEST(Codec, TextThatBeginsLikeACodecIsPlain) {
  Context context({.threads = 1});
  for (const std::string text : {"BZh9", "BZh91AY&S", "BZh9 is how bzip2 files begin", "BZh",
                                 "\x1f\x8b", "\x1f\x8b\x07 text", "7zXZ",
                                 "\xfd"
                                 "7zXZ",
                                 "\x28\xb5\x2f", "\x60\x2a\x4d\x18", "(", ""}) {
    Codec codec = Codec::kZstd;
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(text, context, 100, &codec));
    EXPECT_EQ(decoded, text);
    EXPECT_EQ(codec, Codec::kNone) << text;
  }
}

TEST(Codec, NamesAndExtensions) {
  EXPECT_EQ(CodecName(Codec::kGzip), "gz");  // The numbers are places of the table.
  EXPECT_EQ(CodecName(Codec::kBzip2), "bz2");
  EXPECT_EQ(CodecName(Codec::kXz), "xz");
  EXPECT_EQ(CodecName(Codec::kZstd), "zst");
  EXPECT_EQ(CodecNames("and"), "gz, bz2, xz and zst");
  for (const Codec codec : AllCodecs()) {
    CM_ASSERT_OK_AND_ASSIGN(const Codec parsed, ParseCodec(CodecName(codec)));
    EXPECT_EQ(parsed, codec);
  }
  CM_ASSERT_OK_AND_ASSIGN(const Codec gzip, ParseCodec("gzip"));
  EXPECT_EQ(gzip, Codec::kGzip);
  for (const char* bad : {"", "GZ", "zip", "gz "}) {
    EXPECT_THAT(ParseCodec(bad), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("codec")));
  }
  EXPECT_EQ(CodecForPath("a.jsonl.zst"), Codec::kZstd);
  EXPECT_EQ(CodecForPath("a.gz"), Codec::kGzip);
  EXPECT_EQ(CodecForPath("a.gz/b"), Codec::kNone);
  EXPECT_EQ(CodecForPath("gz"), Codec::kNone);
  EXPECT_EQ(CodecForPath("a.none"), Codec::kNone);
  EXPECT_EQ(StripCodecExtension("x.d/a.jsonl.xz"), "x.d/a.jsonl");
  EXPECT_EQ(StripCodecExtension("a.jsonl"), "a.jsonl");
}

TEST(Codec, AFailingWriteFailsTheEncoderAndNothingFollows) {
  class Full final : public ByteSink {
   public:
    absl::Status Write(std::string_view) override { return IoError("out", "disk full"); }
    absl::Status Close() override { return absl::OkStatus(); }
    const std::string& name() const override { return name_; }

   private:
    const std::string name_ = "out";
  };
  Context context({.memory_limit_bytes = kBudgetBytes, .threads = 2});
  for (const Codec codec : {Codec::kGzip, Codec::kBzip2, Codec::kXz, Codec::kZstd}) {
    CM_ASSERT_OK_AND_ASSIGN(auto sink, OpenEncoder(std::make_unique<Full>(), codec, context));
    absl::Status status = sink->Write(RandomBytes(5 << 20, 1));
    if (status.ok()) status = sink->Close();
    EXPECT_THAT(status, Fails(absl::StatusCode::kUnavailable, HasSubstr("out: disk full")))
        << CodecName(codec);
  }
}

TEST(Zstd, FramesBeginAtMultiplesOfTwoMebibytesWithSizesAndChecksums) {
  Context context({.memory_limit_bytes = kBudgetBytes, .threads = 2});
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded,
                          Encode(RandomText(2 * kFrameBytes + 7, 1), Codec::kZstd, context));
  std::vector<unsigned long long> sizes;
  for (size_t at = 0; at < encoded.size();) {
    const size_t frame = ZSTD_findFrameCompressedSize(encoded.data() + at, encoded.size() - at);
    ASSERT_FALSE(ZSTD_isError(frame));
    sizes.push_back(ZSTD_getFrameContentSize(encoded.data() + at, frame));
    EXPECT_TRUE(encoded[at + 4] & 4) << "no checksum";
    at += frame;
  }
  EXPECT_EQ(sizes, (std::vector<unsigned long long>{kFrameBytes, kFrameBytes, 7}));
}

TEST(Zstd, SkippableFramesAnywhereAreSkipped) {
  const auto skippable = [](size_t size, char kind) {
    std::string frame = std::string(1, static_cast<char>(0x50 + kind)) + "\x2a\x4d\x18";
    for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(size >> shift);
    return frame + RandomBytes(size, size);
  };
  for (const int threads : {1, 2}) {
    Context context({.memory_limit_bytes = kBudgetBytes, .threads = threads});
    const std::string text = RandomText(100'000, 1);
    CM_ASSERT_OK_AND_ASSIGN(const std::string frame, Encode(text, Codec::kZstd, context));
    const std::string encoded = skippable(0, 0) + skippable(9, 15) + frame + skippable(300'000, 3) +
                                frame + frame + skippable(1, 1);
    Codec codec;
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(encoded, context, 1000, &codec));
    EXPECT_TRUE(decoded == text + text + text) << threads << " threads";
    EXPECT_EQ(codec, Codec::kZstd);
    CM_ASSERT_OK_AND_ASSIGN(const std::string nothing, Decode(skippable(5, 5), context));
    EXPECT_EQ(nothing, "");
  }
}

TEST(Zstd, FramesWithoutContentSizeAsTheProgramStreamsThem) {
  if (!HaveProgram("zstd")) GTEST_SKIP() << "zstd is not installed";
  const TestFolder folder;
  const std::string text = RandomText(5 << 20, 1);
  const std::string one = Compress(folder, text, "cat | zstd -q -c");
  ASSERT_EQ(ZSTD_getFrameContentSize(one.data(), one.size()), ZSTD_CONTENTSIZE_UNKNOWN);
  for (const int threads : {1, 2}) {
    Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = threads});
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(one + one, context));
    EXPECT_TRUE(decoded == text + text);
  }
}

TEST(Zstd, AWindowLargerThanTheBudgetIsAMemoryError) {
  if (!HaveProgram("zstd")) GTEST_SKIP() << "zstd is not installed";
  const TestFolder folder;
  const std::string text = RandomText(1 << 20, 1);
  const std::string wide = Compress(folder, text, "cat | zstd -q -19 --long=27 -c");
  for (const int threads : {1, 2}) {
    Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = threads});
    EXPECT_THAT(Decode(wide, small), Fails(absl::StatusCode::kResourceExhausted,
                                           AllOf(HasSubstr("in: "), HasSubstr("--memory"))));
    EXPECT_EQ(small.memory().used_bytes(), 0);
    Context large({.memory_limit_bytes = kBudgetBytes, .threads = threads});
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(wide, large));
    EXPECT_TRUE(decoded == text);
    EXPECT_GE(large.memory().peak_bytes(), 128u << 20);
  }
}

/// An xz stream of "abc" whose block header asks for another dictionary: `bits` of
/// the xz file format, 5.3.1.
std::string XzWithDictionary(int bits) {
  Context context({.memory_limit_bytes = kBudgetBytes, .threads = 1});
  std::string encoded = *Encode("abc", Codec::kXz, context);
  constexpr size_t kHeader = 12, kHeaderSize = 20;
  EXPECT_EQ(encoded.substr(kHeader, 7), std::string("\x04\xc0\x07\x03\x21\x01\x12"));
  encoded[kHeader + 6] = static_cast<char>(bits);
  uint32_t crc = ~0u;
  for (size_t i = kHeader; i < kHeader + kHeaderSize - 4; ++i) {
    crc ^= static_cast<unsigned char>(encoded[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  for (int byte = 0; byte < 4; ++byte) {
    encoded[kHeader + kHeaderSize - 4 + byte] = static_cast<char>(~crc >> 8 * byte);
  }
  return encoded;
}

TEST(Xz, ADictionaryLargerThanTheBudgetIsAMemoryError) {
  const std::string wide = XzWithDictionary(28);  // 64 MiB, as of xz -9.
  Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  EXPECT_THAT(Decode(wide, small), Fails(absl::StatusCode::kResourceExhausted,
                                         AllOf(HasSubstr("in: "), HasSubstr("--memory"))));
  Context large({.memory_limit_bytes = kBudgetBytes, .threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(wide, large));
  EXPECT_EQ(decoded, "abc");
  EXPECT_GE(large.memory().peak_bytes(), 64u << 20);
}

TEST(Xz, TheEncoderTakesWhatItNeedsFromTheBudget) {
  Context small({.memory_limit_bytes = 47u << 20, .threads = 2});
  EXPECT_THAT(Encode("abc", Codec::kXz, small),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("out: xz encoding needs")));
  Context enough({.memory_limit_bytes = 48u << 20, .threads = 2});  // As the help of --compress.
  CM_EXPECT_OK(Encode("abc", Codec::kXz, enough));
}

TEST(Codec, TheSmallestBudgetHoldsAnEncoder) {
  for (const Codec codec : {Codec::kGzip, Codec::kBzip2, Codec::kZstd}) {
    Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 2});
    CM_EXPECT_OK(Encode(RandomBytes(kFrameBytes + 1, 1), codec, small)) << CodecName(codec);
    EXPECT_LE(small.memory().peak_bytes(), 13u << 20) << CodecName(codec);
  }
}

TEST(Xz, ARefusedDictionaryIsNotReportedAsCorrupt) {
  Context context({.memory_limit_bytes = uint64_t{1} << 30, .threads = 1});
  EXPECT_THAT(Decode(XzWithDictionary(31), context),  // 192 MiB
              Fails(absl::StatusCode::kResourceExhausted,
                    AllOf(HasSubstr("in: "), HasSubstr("dictionary"))));
}

}  // namespace
}  // namespace corpusmill
