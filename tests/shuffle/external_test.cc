// The output has the same bytes for any memory, number of threads and kind of input, and equals a
// directly computed order.

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "tests/corpus/io/streams.h"
#include "tests/shuffle/hungry_target.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMiB = 1 << 20;

std::string Compressed(const std::string& text, Codec codec) {
  Context context;
  return Encode(text, codec, context).value();
}

/// A named pipe that delivers `text`.
class Pipe {
 public:
  Pipe(const std::string& path, const std::string& text) : path_(path) {
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    writer_ = std::thread([this, &text] { std::ofstream(path_, std::ios::binary) << text; });
  }
  ~Pipe() { writer_.join(); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  std::thread writer_;
};

/// Sets the compression of temporary files.
ContextOptions Options(uint64_t memory_mib, int threads, const TestFolder& temp) {
  return {.memory_limit_bytes = memory_mib * kMiB,
          .threads = threads,
          .temp_dirs = {temp.path()},
          .temp_compression = threads == 1 ? TempCompression::kOff : TempCompression::kZstd};
}

/// Shuffles the file with all settings; `lines` is its text.
void ExpectTheSameBytes(const std::string& text, const std::vector<uint64_t>& memory_mib) {
  const TestFolder folder;
  const std::string path = folder.Write("in", text);
  const std::string expected = Joined(ReferenceOrder(text, "s"));
  for (const uint64_t mib : memory_mib) {
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(testing::Message() << mib << " MiB, " << threads << " threads");
      const ContextOptions context = Options(mib, threads, folder);
      ShuffleReport report;
      // EXPECT_EQ would print both texts.
      EXPECT_TRUE(ShuffledTo({path}, {.seed = "s"}, context, &report) == expected);
      EXPECT_EQ(report.output_bytes, expected.size());
      EXPECT_EQ(folder.List(), std::vector<std::string>{"in"});
    }
  }
}

TEST(ExternalTest, EmptyLines) { ExpectTheSameBytes(std::string(1'000'000, '\n'), {16, 512}); }

TEST(ExternalTest, LinesOfOneByte) {
  std::string text;
  for (int i = 0; i < 700'000; ++i) text += {static_cast<char>('0' + i % 10), '\n'};
  ExpectTheSameBytes(text, {16, 17});
}

TEST(ExternalTest, ShortLines) { ExpectTheSameBytes(RandomLines(12 << 20, 20, 1), {16, 512}); }

TEST(ExternalTest, LinesOfAFewHundredBytes) {
  ExpectTheSameBytes(RandomLines(24 << 20, 500, 2), {16, 17, 24, 64, 512});
}

TEST(ExternalTest, CompressedTemporaryDataTakesLessSpace) {
  const TestFolder folder;
  const std::string path = folder.Write("in", RandomLines(24 << 20, 500, 2));
  const auto temp_bytes = [&](TempCompression compression) {
    const ContextOptions context = {.memory_limit_bytes = 16 << 20,
                                    .temp_dirs = {folder.path()},
                                    .temp_compression = compression};
    ShuffleReport report;
    ShuffledTo({path}, {.seed = "s"}, context, &report);
    EXPECT_LE(report.peak_temp_bytes, report.temp_bytes);
    return report.temp_bytes;
  };
  const uint64_t plain = temp_bytes(TempCompression::kOff);
  EXPECT_GT(plain, 24 << 20);
  EXPECT_LT(temp_bytes(TempCompression::kZstd), plain * 3 / 4);
}

TEST(ExternalTest, LongLinesAmongShortOnes) {
  std::string text = RandomLines(8 << 20, 50, 3);
  for (const size_t length : {100 << 10, 3 << 20, 40 << 20, 139264, 2 * 139264, 300 << 10}) {
    text += RandomLines(1, length, length).substr(0, length) + "\n";
    text += std::string(length, static_cast<char>('A' + length % 13)) + "\n";
    text += RandomLines(1 << 20, 100'000, length);
  }
  text += std::string(1 << 20, 'Z');  // Without its newline.
  ExpectTheSameBytes(text, {16, 512});
}

TEST(ExternalTest, AnyBytesPassUntouched) {
  std::string text = RandomBytes(8 << 20, 4);
  text += "\r\n\r\n\r\n\n\n\xff\xff\n" + std::string(70'000, '\0') + "\n" +
          std::string(70'000, '\xff') + "\nlone \r cr\n\r";
  ExpectTheSameBytes(text, {16, 64});
}

TEST(ExternalTest, SmallAndEmptyInputs) {
  for (const char* text : {"", "\n", "a", "a\n", "a\nb", "\n\n\n", "\na"}) {
    SCOPED_TRACE(text);
    ExpectTheSameBytes(text, {16, 64});
  }
}

// Pipes, plain files and compressed files give the same order.
TEST(ExternalTest, AnyKindOfInput) {
  const TestFolder folder;
  const std::string text = RandomLines(16 << 20, 300, 5);
  const std::string expected = Joined(ReferenceOrder(text, "s"));
  const std::vector<std::string> stored = {folder.Write("in.gz", Compressed(text, Codec::kGzip)),
                                           folder.Write("in.zst", Compressed(text, Codec::kZstd))};
  for (const uint64_t mib : {16, 512}) {
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(testing::Message() << mib << " MiB, " << threads << " threads");
      const ContextOptions context = Options(mib, threads, folder);
      for (const std::string& path : stored) {
        EXPECT_TRUE(ShuffledTo({path}, {.seed = "s"}, context) == expected) << path;
      }
      const Pipe pipe(folder / std::to_string(mib * 10 + threads), text);
      EXPECT_TRUE(ShuffledTo({pipe.path()}, {.seed = "s"}, context) == expected);
    }
  }
}

TEST(ExternalTest, SeveralInputsSomeOfThemEmpty) {
  const TestFolder folder;
  std::vector<ReferenceInput> inputs;
  std::vector<std::string> paths;
  for (const size_t bytes : {12 << 20, 0, 1000, 6 << 20, 0}) {
    inputs.push_back({.text = RandomLines(bytes, 200, bytes + 7)});
    if (bytes == 0) inputs.back().text.clear();
    if (bytes == 1000) inputs.back().text += "no newline at the end";
    paths.push_back(folder.Write(std::to_string(paths.size()), inputs.back().text));
  }
  const std::string expected = Joined(ReferenceOrder(inputs, "s"));
  for (const uint64_t mib : {16, 512}) {
    for (const int threads : {1, 2}) {
      const ContextOptions context = Options(mib, threads, folder);
      EXPECT_TRUE(ShuffledTo(paths, {.seed = "s"}, context) == expected) << mib << " " << threads;
    }
  }
}

TEST(ExternalTest, RecordsOfFixedSizeAndEndedByNul) {
  const TestFolder folder;
  const std::string bytes = RandomBytes(12'000'000, 6);
  const std::string path = folder.Write("in", bytes);
  const RandomKey key("s");
  const ContextOptions small = {.memory_limit_bytes = 16 * kMiB, .temp_dirs = {folder.path()}};
  for (const uint64_t size : {16u, 1000u, 150'000u, 3'000'000u, 12'000'000u}) {
    std::vector<std::pair<Draw, uint64_t>> order;
    for (uint64_t i = 0; i < bytes.size() / size; ++i) {
      order.emplace_back(key.At(DrawPurpose::kOrder, 0, i), i);
    }
    std::sort(order.begin(), order.end());
    std::string expected;
    for (const auto& [draw, i] : order) expected.append(bytes, i * size, size);
    const RecordOptions record = {.format = RecordFormat::kBytes, .record_bytes = size};
    EXPECT_TRUE(ShuffledTo({path}, {.seed = "s", .record = record}, small) == expected) << size;
  }
  std::vector<Placed> order;
  for (uint64_t i = 0; const std::string& record : RecordsOf(bytes, '\0')) {
    order.push_back({key.At(DrawPurpose::kOrder, 0, i), {.record = i}, record});
    ++i;
  }
  std::sort(order.begin(), order.end());
  std::string expected;
  for (const Placed& record : order) expected.append(record.bytes).append(1, '\0');
  const RecordOptions nul = {.format = RecordFormat::kNul};
  EXPECT_TRUE(ShuffledTo({path}, {.seed = "s", .record = nul}, small) == expected);
}

TEST(ExternalTest, BucketsThatDoNotFitAreSplit) {
  const TestFolder folder;
  const std::string text =
      RandomLines(20 << 20, 300, 8) + RandomLines(1 << 20, 1 << 20, 9) + RandomLines(1000, 20, 3);
  const std::string path = folder.Write("in", text);
  const std::vector<Placed> order = ReferenceOrder(text, "s");
  // Each of the 64 buckets holds at least 340 KiB, which takes 760 KiB to sort.
  for (const uint64_t leave : {1400 << 10, 700 << 10}) {
    for (const bool sample : {false, true}) {
      SCOPED_TRACE(testing::Message() << leave << (sample ? ", a sample" : ""));
      Context context({.memory_limit_bytes = 16 * kMiB, .temp_dirs = {folder.path()}});
      std::string out;
      const auto sink = StringSink(&out, "out");
      HungryTarget target(*sink, leave, context);
      ShuffleOptions options = {.seed = "s"};
      if (sample) options.take = order.size() / 2;
      CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({path}));
      CM_ASSERT_OK_AND_ASSIGN(const ShuffleReport report,
                              Shuffle(inputs, options, target, context));
      EXPECT_EQ(report.passes, leave < (1000 << 10) ? 3 : 2);
      const std::vector<Placed> expected(
          order.begin(), order.begin() + (sample ? order.size() / 2 : order.size()));
      EXPECT_TRUE(out == Joined(expected));
    }
  }
}

TEST(ExternalTest, TemporaryFilesGoToAllFoldersAndVanish) {
  const TestFolder input, first, second, third;
  const std::string text = RandomLines(24 << 20, 500, 9);
  ShuffleReport report;
  const ContextOptions context = {.memory_limit_bytes = 16 * kMiB,
                                  .temp_dirs = {first.path(), second.path(), third.path()},
                                  .temp_compression = TempCompression::kOff};
  EXPECT_TRUE(ShuffledTo({input.Write("in", text)}, {.seed = "s"}, context, &report) ==
              Joined(ReferenceOrder(text, "s")));
  EXPECT_EQ(report.passes, 2);
  EXPECT_GE(report.temp_bytes, text.size());
  EXPECT_LE(report.temp_bytes, text.size() + text.size() / 10);
  for (const TestFolder* folder : {&first, &second, &third}) {
    EXPECT_EQ(folder->List(), std::vector<std::string>());
  }
}

}  // namespace
}  // namespace corpusmill
