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
  // Around the ends of frames and of the decoders' buffers.
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
  EXPECT_EQ(context_.decoder_memory().used_bytes(), 0);
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

/// Text of `size` bytes that compresses well.
std::string Repeated(size_t size) {
  std::string text;
  for (uint64_t i = 0; text.size() < size; ++i) text += "line " + std::to_string(i % 1000) + "\n";
  text.resize(size);
  return text;
}

TEST(Zstd, AWindowTakesNoMoreThanTheContent) {
  if (!HaveProgram("zstd")) GTEST_SKIP() << "zstd is not installed";
  const TestFolder folder;
  const std::string text = Repeated(3 << 20);
  for (const std::string program :
       {std::string("cat | zstd -q --ultra -22 -c"),
        "zstd -q -1 --long=31 -c --stream-size=" + std::to_string(text.size()),
        std::string("cat | zstd -q -1 --long=31 -c")}) {
    SCOPED_TRACE(program);
    const std::string wide = Compress(folder, text, program);
    for (const int threads : {1, 2}) {
      Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = threads});
      CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(wide + wide, small));
      EXPECT_TRUE(decoded == text + text);
      EXPECT_EQ(small.memory().used_bytes(), 0);
      EXPECT_EQ(small.decoder_memory().used_bytes(), 0);
      EXPECT_LT(small.decoder_memory().peak_bytes(), 5 << 20);
    }
  }
}

TEST(Zstd, AWindowThatDoesNotFitNamesTheMemoryItNeeds) {
  if (!HaveProgram("zstd")) GTEST_SKIP() << "zstd is not installed";
  const TestFolder folder;
  const std::string text = Repeated(40 << 20);
  const std::string streamed = Compress(folder, text, "cat | zstd -q -1 --long=27 -c");
  // The content size is in the header, so that the window need not be larger.
  const std::string sized = Compress(
      folder, text, "zstd -q -1 --long=27 -c --stream-size=" + std::to_string(text.size()));
  for (const int threads : {1, 2}) {
    Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = threads});
    EXPECT_THAT(Decode(streamed, small),
                Fails(absl::StatusCode::kResourceExhausted,
                      AllOf(HasSubstr("in: decoding needs 128."), HasSubstr("try --memory 145M"))));
    EXPECT_THAT(Decode(sized, small),
                Fails(absl::StatusCode::kResourceExhausted,
                      AllOf(HasSubstr("in: decoding needs 40."), HasSubstr("try --memory 57M"))));
    EXPECT_EQ(small.memory().used_bytes(), 0);
    EXPECT_EQ(small.decoder_memory().used_bytes(), 0);
    Context large({.memory_limit_bytes = 57 << 20, .threads = threads});
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(sized, large));
    EXPECT_TRUE(decoded == text);
  }
}

TEST(Zstd, MemoryByTheFirstBytes) {
  if (!HaveProgram("zstd")) GTEST_SKIP() << "zstd is not installed";
  const TestFolder folder;
  const auto of = [&](const std::string& program) {
    return DecoderMemoryOf(Compress(folder, "abc", program).substr(0, kHeadBytes));
  };
  EXPECT_LT(of("zstd -q -c --ultra -22 --stream-size=3").bytes, 1 << 20);
  EXPECT_FALSE(of("zstd -q -c --ultra -22 --stream-size=3").at_most);
  EXPECT_GT(of("cat | zstd -q -c --ultra -22").bytes, 128 << 20);
  EXPECT_TRUE(of("cat | zstd -q -c --ultra -22").at_most);
  EXPECT_LT(of("cat | zstd -q -c -19").bytes, Context::kFreeDecoderBytes);
  EXPECT_EQ(DecoderMemoryOf("abc").bytes, 0);
  EXPECT_EQ(DecoderMemoryOf("").bytes, 0);
}

TEST(Xz, ADictionaryTakesNoMoreThanTheContent) {
  if (!HaveProgram("xz")) GTEST_SKIP() << "xz is not installed";
  const TestFolder folder;
  const std::string small_text = Repeated(1 << 20), text = Repeated(40 << 20);
  Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  // Also above the 100 MiB that some readers allow.
  for (const char* program : {"xz -9 -c", "xz -0 --lzma2=preset=0,dict=512MiB -c"}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                            Decode(Compress(folder, small_text, program), small));
    EXPECT_TRUE(decoded == small_text) << program;
  }
  const std::string wide = Compress(folder, text, "xz -0 --lzma2=preset=0,dict=64MiB -c");
  EXPECT_GT(DecoderMemoryOf(wide.substr(0, kHeadBytes)).bytes, 64 << 20);
  EXPECT_THAT(Decode(wide, small),
              Fails(absl::StatusCode::kResourceExhausted,
                    AllOf(HasSubstr("in: decoding needs 64."), HasSubstr("try --memory 81M"))));
  EXPECT_EQ(small.decoder_memory().used_bytes(), 0);
  Context large({.memory_limit_bytes = 81 << 20, .threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(wide, large));
  EXPECT_TRUE(decoded == text);
}

TEST(Codec, FilesOfDefaultLevelsNeedNothingFromTheBudget) {
  const TestFolder folder;
  const std::string text = Repeated(9 << 20);
  for (const char* program : {"gzip -9 -c", "bzip2 -9 -c", "xz -0 --lzma2=preset=0,dict=8MiB -c",
                              "cat | zstd -q -c", "cat | zstd -q -1 --long=23 -c"}) {
    Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 2});
    CM_ASSERT_OK_AND_ASSIGN(const MemoryLease all,
                            context.memory().Take(MemoryBudget::kMinimumBytes, "others"));
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                            Decode(Compress(folder, text, program), context));
    EXPECT_TRUE(decoded == text) << program;
  }
}

TEST(Codec, LevelsMakeDifferenceAndAreChecked) {
  Context context({.memory_limit_bytes = kBudgetBytes, .threads = 2});
  const std::string text = RandomText(300'000, 1);
  for (size_t i = 1; i <= Codecs().size(); ++i) {
    const Codec codec = static_cast<Codec>(i);
    const LevelRange& levels = InfoOf(codec).levels;
    std::vector<size_t> sizes;
    for (const int level : {levels.least, levels.usual, levels.most}) {
      std::string out;
      CM_ASSERT_OK_AND_ASSIGN(auto sink,
                              OpenEncoder(StringSink(&out, "out"), {codec, level}, context));
      EXPECT_LE(EncoderBytes({codec, level}), 40 << 20);
      CM_ASSERT_OK(sink->Write(text));
      CM_ASSERT_OK(sink->Close());
      CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Decode(out, context));
      EXPECT_TRUE(decoded == text) << CodecName(codec) << " " << level;
      sizes.push_back(out.size());
    }
    EXPECT_LT(sizes[2], sizes[0]) << CodecName(codec);
    CM_ASSERT_OK_AND_ASSIGN(const std::string usual, Encode(text, codec, context));
    EXPECT_EQ(usual.size(), sizes[1]);
    for (const int level : {levels.least - 1, levels.most + 1, -100, 1000}) {
      EXPECT_THAT(CheckLevel({codec, level}), Fails(absl::StatusCode::kInvalidArgument,
                                                    HasSubstr(std::to_string(levels.most))));
    }
  }
  EXPECT_THAT(CheckLevel({Codec::kNone, 1}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("compressed output")));
}

TEST(Codec, AnEncoderTakesWhatTheHelpSays) {
  for (size_t i = 1; i <= Codecs().size(); ++i) {
    const Codec codec = static_cast<Codec>(i);
    const uint64_t bytes = EncoderBytes(codec);
    Context small({.memory_limit_bytes = bytes - 1, .threads = 2});
    if (bytes > MemoryBudget::kMinimumBytes) {
      EXPECT_THAT(Encode("abc", codec, small),
                  Fails(absl::StatusCode::kResourceExhausted,
                        AllOf(HasSubstr("out: "), HasSubstr(MemoryFlagFor(bytes)))));
    }
    Context enough({.memory_limit_bytes = bytes, .threads = 2});
    CM_EXPECT_OK(Encode("abc", codec, enough)) << CodecName(codec);
  }
  EXPECT_THAT(CodecNamesWithMemory("or"), HasSubstr(MemoryFlagFor(EncoderBytes(Codec::kXz))));
}

TEST(Codec, TheSmallestBudgetHoldsAnEncoder) {
  for (const Codec codec : {Codec::kGzip, Codec::kBzip2, Codec::kZstd}) {
    Context small({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 2});
    CM_EXPECT_OK(Encode(RandomBytes(kFrameBytes + 1, 1), codec, small)) << CodecName(codec);
    EXPECT_LE(small.memory().peak_bytes(), 13u << 20) << CodecName(codec);
  }
}

}  // namespace
}  // namespace corpusmill
