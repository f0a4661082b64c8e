#include "corpus/records/records.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr size_t kBufferBytes = 256 << 10;  // The reader's first buffer.
constexpr size_t kAllAtOnce = SIZE_MAX;

struct Records {
  std::vector<std::string> bytes;
  bool last_delimited = false;
  RecordFormat format = RecordFormat::kAuto;
};

absl::StatusOr<Records> ReadRecords(std::unique_ptr<ByteSource> source, std::string_view format,
                                    Context& context) {
  CM_ASSIGN_OR_RETURN(const RecordOptions options, ParseRecordOptions(format));
  CM_ASSIGN_OR_RETURN(auto reader, RecordReader::Open(std::move(source), options, context));
  Records records{.format = reader->format()};
  Record record;
  while (true) {
    CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&record));
    if (!more) break;
    EXPECT_EQ(record.index, records.bytes.size());
    // The bytes after it must be readable: run with ASan.
    volatile char sum = 0;
    for (size_t i = 0; i < kRecordPadding; ++i) {
      sum = static_cast<char>(sum + record.bytes.data()[record.bytes.size() + i]);
    }
    records.bytes.emplace_back(record.bytes);
    records.last_delimited = record.delimited;
  }
  CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&record));
  EXPECT_FALSE(more) << "after the end";
  return records;
}

/// The records of `bytes`, identical for all slicings of the source.
std::vector<std::string> Split(const std::string& bytes, std::string_view format,
                               size_t max_slice = kAllAtOnce) {
  Context context({.threads = 1});
  const absl::StatusOr<Records> records =
      ReadRecords(SlicedSource(bytes, max_slice, "in"), format, context);
  if (!records.ok()) return {"error: " + std::string(records.status().message())};
  EXPECT_EQ(context.memory().used_bytes(), 0);
  return records->bytes;
}

std::vector<std::string> NaiveSplit(const std::string& bytes, char delimiter) {
  std::vector<std::string> records;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find(delimiter, at), bytes.size());
    records.push_back(bytes.substr(at, end - at));
    at = end + 1;
  }
  return records;
}

std::string Z(std::string_view text) {  // `0` stands for a zero byte.
  std::string bytes(text);
  std::replace(bytes.begin(), bytes.end(), '0', '\0');
  return bytes;
}

TEST(RecordReader, LinesPassThroughUntouched) {
  for (const size_t slice : {size_t{1}, size_t{3}, kAllAtOnce}) {
    EXPECT_THAT(Split("a\nbc\n", "lines", slice), ElementsAre("a", "bc"));
    EXPECT_THAT(Split("a\nbc", "lines", slice), ElementsAre("a", "bc"));
    EXPECT_THAT(Split("a\r\nb\rc\r\n", "lines", slice), ElementsAre("a\r", "b\rc\r"));
    EXPECT_THAT(Split("\n\n", "lines", slice), ElementsAre("", ""));
    EXPECT_THAT(Split("\na\n\n\nb", "lines", slice), ElementsAre("", "a", "", "", "b"));
    EXPECT_THAT(Split("\n", "lines", slice), ElementsAre(""));
    EXPECT_THAT(Split("", "lines", slice), IsEmpty());
    EXPECT_THAT(Split(Z("\xff"
                        "0\xff\n0\n\xff"),
                      "lines", slice),
                ElementsAre(Z("\xff"
                              "0\xff"),
                            Z("0"), "\xff"));
  }
}

TEST(RecordReader, NulRecordsMayHoldNewlines) {
  for (const size_t slice : {size_t{1}, kAllAtOnce}) {
    EXPECT_THAT(Split(Z("a\nb00\xff"), "nul", slice), ElementsAre("a\nb", "", "\xff"));
    EXPECT_THAT(Split(Z("a0"), "nul", slice), ElementsAre("a"));
    EXPECT_THAT(Split("a\n", "nul", slice), ElementsAre("a\n"));
    EXPECT_THAT(Split("", "nul", slice), IsEmpty());
  }
}

TEST(RecordReader, WholeIsOneRecordEvenWhenEmpty) {
  for (const size_t slice : {size_t{1}, kAllAtOnce}) {
    EXPECT_THAT(Split(Z("a\nb0\r\n"), "whole", slice), ElementsAre(Z("a\nb0\r\n")));
    EXPECT_THAT(Split("", "whole", slice), ElementsAre(""));
  }
  const std::string large = RandomBytes(1'000'000, 1);
  EXPECT_TRUE(Split(large, "whole") == std::vector{large});
}

TEST(RecordReader, FixedSizesCutExactlyAndAShortRestIsAnError) {
  for (const size_t slice : {size_t{1}, size_t{5}, kAllAtOnce}) {
    EXPECT_THAT(Split(Z("a\n0b\xff\r"), "bytes:3", slice), ElementsAre(Z("a\n0"), "b\xff\r"));
    EXPECT_THAT(Split("abc", "bytes:1", slice), ElementsAre("a", "b", "c"));
    EXPECT_THAT(Split("", "bytes:3", slice), IsEmpty());
    EXPECT_THAT(Split("abcd", "bytes:3", slice),
                ElementsAre(AllOf(HasSubstr("in: record 2 has 1 bytes instead of 3"))));
    EXPECT_THAT(Split("ab", "bytes:3", slice), ElementsAre(HasSubstr("record 1 has 2 bytes")));
  }
  const std::string large = RandomBytes(3 * 300'000, 1);
  EXPECT_THAT(
      Split(large, "bytes:300000", 70'000),
      ElementsAre(large.substr(0, 300'000), large.substr(300'000, 300'000), large.substr(600'000)));
  EXPECT_THAT(Split("abc", "bytes:9223372036854775807"), ElementsAre(HasSubstr("has 3 bytes")));
}

TEST(RecordReader, RecordsThatEndAroundTheBuffersEnd) {
  for (const size_t first : {kBufferBytes - 2, kBufferBytes - 1, kBufferBytes, kBufferBytes + 1,
                             2 * kBufferBytes - 1, 2 * kBufferBytes}) {
    for (const std::string& tail : {std::string(), std::string("\n"), std::string("x"),
                                    std::string("\n\nx\n"), std::string(kBufferBytes - 1, 'y')}) {
      const std::string bytes = std::string(first, 'a') + "\n" + tail;
      for (const size_t slice : {size_t{100'000}, kBufferBytes, kAllAtOnce}) {
        EXPECT_TRUE(Split(bytes, "lines", slice) == NaiveSplit(bytes, '\n'))
            << first << " and " << tail.size() << " by " << slice;
      }
    }
  }
  const std::string no_newline(kBufferBytes, 'a');
  EXPECT_TRUE(Split(no_newline, "lines") == std::vector{no_newline});
  EXPECT_TRUE(Split(no_newline, "lines", 1) == std::vector{no_newline});
  EXPECT_TRUE(Split(no_newline, "bytes:" + std::to_string(kBufferBytes)) ==
              std::vector{no_newline});
}

TEST(RecordReader, RandomStreamsAgreeWithANaiveSplit) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    TestRandom random(seed);
    std::string bytes;
    const size_t size = random.Below(1'200'000);
    const size_t longest = size_t{1} << (1 + random.Below(19));
    while (bytes.size() < size) {
      bytes.append(random.Below(longest), static_cast<char>('a' + random.Below(26)));
      bytes += random.Below(5) == 0 ? '\0' : '\n';
    }
    const size_t slice = size_t{1} << (4 + random.Below(17));
    EXPECT_TRUE(Split(bytes, "lines", slice) == NaiveSplit(bytes, '\n')) << "seed " << seed;
    EXPECT_TRUE(Split(bytes, "nul", slice) == NaiveSplit(bytes, '\0')) << "seed " << seed;
  }
}

TEST(RecordReader, OneRecordOfThreeMebibytesGrowsTheBuffer) {
  const std::string giant(3 << 20, 'x');
  const std::string bytes = "a\n" + giant + "\nb\n";
  Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const Records records,
                          ReadRecords(SlicedSource(bytes, 65536, "in"), "lines", context));
  EXPECT_TRUE(records.bytes == (std::vector<std::string>{"a", giant, "b"}));
  EXPECT_GE(context.memory().peak_bytes(), 3u << 20);
  EXPECT_EQ(context.memory().used_bytes(), 0);
}

TEST(RecordReader, ARecordThatDoesNotFitIsAMemoryErrorThatNamesIt) {
  const std::string bytes = "a\nb\n" + std::string(20 << 20, 'x') + "\nc\n";
  for (const char* format : {"lines", "nul", "whole", "jsonl"}) {
    Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
    const std::string record = std::string(format) == "nul" || std::string(format) == "whole"
                                   ? "in: record 1"
                                   : "in: record 3";
    EXPECT_THAT(ReadRecords(StringSource(bytes, "in"), format, context),
                Fails(absl::StatusCode::kResourceExhausted,
                      AllOf(HasSubstr(record), HasSubstr("--memory"))));
  }
}

TEST(RecordReader, SaysWhetherTheLastRecordHadItsDelimiter) {
  Context context({.threads = 1});
  for (const bool delimited : {true, false}) {
    CM_ASSERT_OK_AND_ASSIGN(
        const Records records,
        ReadRecords(StringSource(delimited ? "a\nb\n" : "a\nb", "in"), "lines", context));
    EXPECT_EQ(records.last_delimited, delimited);
  }
}

TEST(RecordReader, AutoTakesJsonlWhenTheFirstLineIsAnObject) {
  const std::string huge = "{\"text\":\"" + std::string(1 << 20, 'x') + "\"}";
  const std::pair<std::string, RecordFormat> cases[] = {
      {"{\"text\":\"a\"}\nnot json\n", RecordFormat::kJsonl},
      {"{}", RecordFormat::kJsonl},
      {"{ \"a\\\"b\" : 1", RecordFormat::kJsonl},
      {"{\"text\":\"a\xff\"}", RecordFormat::kJsonl},
      {"{} {}", RecordFormat::kLines},
      {"{\"foo\", 1},", RecordFormat::kLines},
      {"{\"foo\\\": 1", RecordFormat::kLines},
      {"{\"text\":\"a\"}", RecordFormat::kJsonl},
      {" \t{\"a\":1} \n", RecordFormat::kJsonl},
      {"{\"a\":1}\r\n{\"a\":2}\r\n", RecordFormat::kJsonl},
      {"\xEF\xBB\xBF{\"a\":1}\n", RecordFormat::kJsonl},
      {"\n \r\n\t\n{\"a\":1}\n", RecordFormat::kJsonl},
      {huge + "\n", RecordFormat::kJsonl},
      {huge, RecordFormat::kJsonl},
      {"", RecordFormat::kLines},
      {"\n\n", RecordFormat::kLines},
      {"{", RecordFormat::kLines},
      {"{\n  \"text\": \"a\"\n}\n", RecordFormat::kLines},
      {"[1]\n{\"a\":1}\n", RecordFormat::kLines},
      {"[{\"a\":1}]\n", RecordFormat::kLines},
      {"\"a\"\n", RecordFormat::kLines},
      {"1\n{}\n", RecordFormat::kLines},
      {"text\n{\"a\":1}\n", RecordFormat::kLines},
      {"{\"a\":1}{\"a\":2}\n", RecordFormat::kJsonl},
      {"{\"a\":1\n", RecordFormat::kJsonl},
      {huge.substr(0, huge.size() - 1), RecordFormat::kJsonl},
      {Z("{\"a\":1}0\n"), RecordFormat::kJsonl},
  };
  for (const auto& [bytes, format] : cases) {
    for (const size_t slice : {size_t{1000}, kAllAtOnce}) {
      Context context({.threads = 1});
      CM_ASSERT_OK_AND_ASSIGN(const Records records,
                              ReadRecords(SlicedSource(bytes, slice, "in"), "auto", context));
      EXPECT_EQ(records.format, format) << bytes.substr(0, 40);
      EXPECT_TRUE(records.bytes == NaiveSplit(bytes, '\n'))
          << "nothing is lost: " << bytes.substr(0, 40);
    }
  }
}

TEST(RecordReader, AutoFallsBackToTheGivenFormat) {
  Context context({.threads = 1});
  for (const auto& [bytes, format] : std::vector<std::pair<std::string, RecordFormat>>{
           {"a\nb\n", RecordFormat::kWhole}, {"{\"a\": 1}\n", RecordFormat::kJsonl}}) {
    CM_ASSERT_OK_AND_ASSIGN(const auto reader,
                            RecordReader::Open(StringSource(bytes, "in"),
                                               {.auto_fallback = RecordFormat::kWhole}, context));
    EXPECT_EQ(reader->format(), format);
  }
}

TEST(RecordOptions, NamesRoundTripAndOthersAreUsageErrors) {
  for (const char* name : {"auto", "lines", "nul", "jsonl", "whole", "bytes:1", "bytes:4096",
                           "bytes:18446744073709551615"}) {
    CM_ASSERT_OK_AND_ASSIGN(const RecordOptions options, ParseRecordOptions(name));
    EXPECT_EQ(RecordOptionsName(options), name);
  }
  for (const std::string bad :
       {"", "line", "LINES", "bytes", "bytes:", "bytes:0", "bytes:-1", "bytes:+1", "bytes:1x",
        "bytes: 1", "bytes:18446744073709551616", "jsonl ", "tokens"}) {
    EXPECT_THAT(ParseRecordOptions(bad),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("'" + bad + "'")));
  }
  Context context;
  EXPECT_THAT(RecordReader::Open(StringSource("a", "in"), {RecordFormat::kBytes, 0}, context),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("at least 1")));
}

TEST(RecordDelimiter, IsTheEndOfARecord) {
  EXPECT_EQ(RecordDelimiter(RecordFormat::kLines), "\n");
  EXPECT_EQ(RecordDelimiter(RecordFormat::kJsonl), "\n");
  EXPECT_EQ(RecordDelimiter(RecordFormat::kNul), std::string_view("\0", 1));
  EXPECT_EQ(RecordDelimiter(RecordFormat::kWhole), "");
  EXPECT_EQ(RecordDelimiter(RecordFormat::kBytes), "");
}

}  // namespace
}  // namespace corpusmill
