#include "shuffle/buckets/bucket_log.h"

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

/// Reads a log from a separate block, so that a sanitizer sees reads past its end. False if the
/// log is damaged.
bool ReadLog(std::string_view log, std::vector<LogEntry>* entries,
             std::vector<std::string>* bytes) {
  const std::unique_ptr<char[]> exact(new char[log.size()]);
  std::memcpy(exact.get(), log.data(), log.size());
  LogReader reader({exact.get(), log.size()});
  for (LogEntry entry; reader.Next(&entry);) {
    entries->push_back(entry);
    bytes->emplace_back(entry.bytes, entry.stored_bytes());
    entries->back().bytes = nullptr;
  }
  return reader.status().ok();
}

struct Dealt {
  uint64_t input, copy, record;
  std::string bytes;
  std::optional<OversizedRecord> oversized;
};

TEST(BucketLogTest, RoundTrip) {
  constexpr size_t kBuckets = 5;
  TestRandom random(1);
  RunBuilder builder(kBuckets);
  std::map<size_t, std::vector<Dealt>> dealt;
  std::map<size_t, std::string> logs;
  std::map<size_t, BucketTotals> totals;
  uint64_t record = 0;
  for (int slice = 0; slice < 50; ++slice) {
    const uint64_t input = slice == 7 ? ~uint64_t{0} : slice / 10, copy = slice % 3;
    builder.Begin(input, copy);
    std::vector<std::string> texts;  // Must live until Build.
    texts.reserve(200);
    for (int i = 0; i < 200; ++i, record += random.Below(3) == 0 ? 1 + random.Below(100'000) : 1) {
      const size_t bucket = random.Below(kBuckets);
      texts.push_back(RandomBytes(random.Below(4) == 0 ? 0 : random.Below(300), record));
      const Hash128 hash = HashBytes(texts.back());
      if (random.Below(10) == 0) {
        const OversizedRecord oversized = {
            .offset = random.Next(), .length = random.Next() >> 2, .hash = hash};
        builder.AddOversized(bucket, record, oversized);
        dealt[bucket].push_back({input, copy, record, "", oversized});
      } else {
        builder.Add(bucket, record, texts.back(), hash);
        dealt[bucket].push_back({input, copy, record, texts.back(), std::nullopt});
      }
    }
    builder.Build();
    for (const RunBuilder::Run& run : builder.runs()) {
      EXPECT_EQ(LogReader::RunBytes(run.bytes), run.bytes.size());
      EXPECT_EQ(run.totals.log_bytes, run.bytes.size());
      logs[run.bucket] += run.bytes;
      totals[run.bucket].Merge(run.totals);
    }
  }
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    std::vector<LogEntry> entries;
    std::vector<std::string> bytes;
    EXPECT_TRUE(ReadLog(logs[bucket], &entries, &bytes));
    ASSERT_EQ(entries.size(), dealt[bucket].size());
    EXPECT_EQ(totals[bucket].records, entries.size());
    EXPECT_EQ(totals[bucket].log_bytes, logs[bucket].size());
    for (size_t i = 0; i < entries.size(); ++i) {
      const Dealt& expected = dealt[bucket][i];
      EXPECT_EQ(entries[i].id, (RecordId{expected.input, expected.record, expected.copy}));
      ASSERT_EQ(entries[i].is_oversized, expected.oversized.has_value());
      if (!expected.oversized) {
        EXPECT_EQ(bytes[i], expected.bytes);
        continue;
      }
      entries[i].bytes = bytes[i].data();
      const OversizedRecord oversized = entries[i].AsOversized();
      EXPECT_EQ(oversized.offset, expected.oversized->offset);
      EXPECT_EQ(oversized.length, expected.oversized->length);
      EXPECT_EQ(oversized.hash, expected.oversized->hash);
    }
  }
}

TEST(BucketLogTest, TruncatedLogIsDamaged) {
  RunBuilder builder(1);
  builder.Begin(300, 1);
  builder.Add(0, 1'000'000, "abc", {});
  builder.AddOversized(0, 1'000'001, {.length = 1 << 30});
  builder.Build();
  const std::string log(builder.runs()[0].bytes);
  for (size_t size = 0; size <= log.size(); ++size) {
    std::vector<LogEntry> entries;
    std::vector<std::string> bytes;
    EXPECT_EQ(ReadLog(log.substr(0, size), &entries, &bytes), size == 0 || size == log.size());
    const size_t run = LogReader::RunBytes(std::string_view(log).substr(0, size));
    EXPECT_TRUE(run == 0 || run == log.size()) << size;
  }
}

TEST(BucketLogTest, LengthsThatOverflowAreDamaged) {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";  // 2^64 - 1
  for (const std::string& log :
       {std::string(3, '\1') + huge + "aaaa", std::string("\1\1\1\x0c\1") + huge + "x",
        std::string(4, '\0'), std::string(20, '\xff')}) {
    std::vector<LogEntry> entries;
    std::vector<std::string> bytes;
    EXPECT_FALSE(ReadLog(log, &entries, &bytes));
  }
  // A run must not seem to end before its start.
  EXPECT_GT(LogReader::RunBytes(std::string(3, '\1') + huge + "aaaa"), 1000);
}

}  // namespace
}  // namespace corpusmill
