#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/counts/count_runs.h"
#include "tokenizer/counts/counts_stream.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
using Counts = std::map<std::string, uint64_t>;
using Listing = std::vector<std::pair<std::string, uint64_t>>;

std::string Written(const Counts& counts) {
  std::string bytes;
  const auto sink = StringSink(&bytes, "counts");
  CountWriter writer(sink.get());
  for (const auto& [key, count] : counts) CM_EXPECT_OK(writer.Add(key, count));
  CM_EXPECT_OK(writer.EndBlock());
  return bytes;
}

std::unique_ptr<CountReader> ReaderOf(std::string_view bytes) {
  return std::make_unique<CountReader>(StringSource(bytes, "a.counts"));
}

absl::Status ReadAll(CountStream& stream, Listing* listing) {
  std::string_view bytes;
  uint64_t count;
  while (true) {
    CM_ASSIGN_OR_RETURN(const bool more, stream.Next(&bytes, &count));
    if (!more) return absl::OkStatus();
    listing->emplace_back(bytes, count);
  }
}

/// Strings of many lengths with common prefixes, some longer than a block.
Counts RandomCounts(std::mt19937& random, size_t size) {
  Counts counts;
  for (size_t i = 0; i < size; ++i) {
    const size_t length = i % 500 == 0 ? 20000 + random() % 30000 : 1 + random() % 40;
    counts[RandomText(random, length, std::string("ab\0\xFF", 4))] =
        i % 7 == 0 ? (uint64_t{1} << 62) + i : 1 + random() % 300;
  }
  return counts;
}

TEST(CountsTest, ReadsWhatWasWritten) {
  std::mt19937 random(1);
  for (const size_t size : {0, 1, 100, 3000}) {
    const Counts counts = RandomCounts(random, size);
    const std::string bytes = Written(counts);
    Listing listing;
    CM_ASSERT_OK(ReadAll(*ReaderOf(bytes), &listing));
    EXPECT_TRUE(listing == Listing(counts.begin(), counts.end()));
  }
}

TEST(CountsTest, SeesEveryByteThatIsDamaged) {
  std::mt19937 random(2);
  const Counts counts = RandomCounts(random, 40);
  const std::string bytes = Written(counts);
  const Listing expected(counts.begin(), counts.end());
  for (int round = 0; round < 300; ++round) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    Listing listing;
    EXPECT_THAT(ReadAll(*ReaderOf(damaged), &listing),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("a.counts: damaged counts")));
  }
  for (size_t size = 1; size < bytes.size(); size += 1 + random() % 1000) {
    // A source that ends at the end of a block looks complete.
    Listing listing;
    const absl::Status status =
        ReadAll(*ReaderOf(std::string_view(bytes).substr(0, size)), &listing);
    EXPECT_TRUE(!status.ok() || listing.size() < counts.size());
    EXPECT_TRUE(std::equal(listing.begin(), listing.end(), expected.begin()));
  }
}

TEST(CountsTest, MergesStreams) {
  std::mt19937 random(3);
  for (const size_t streams : {0, 1, 2, 7}) {
    std::vector<std::string> files;
    Counts sums;
    for (size_t i = 0; i < streams; ++i) {
      Counts counts;
      for (int k = 0; k < 400; ++k) {
        // Many strings in several streams; some are prefixes of others, followed by zeros.
        const std::string key = RandomText(random, 1 + random() % 10, std::string("\0a", 2));
        counts[key] = 1 + random() % 1000;
      }
      for (const auto& [key, count] : counts) sums[key] += count;
      files.push_back(Written(counts));
    }
    std::vector<std::unique_ptr<CountStream>> readers;
    for (const std::string& file : files) readers.push_back(ReaderOf(file));
    CountMerger merger(std::move(readers));
    Listing listing;
    CM_ASSERT_OK(ReadAll(merger, &listing));
    EXPECT_TRUE(listing == Listing(sums.begin(), sums.end()));
  }
}

TEST(CountsTest, RefusesWhatIsOutOfOrder) {
  for (const auto& [a, b] : {std::pair("b", "a"), {"ab", "a"}, {"ab", "ab"}, {"\x80", "a"}}) {
    for (const bool two_blocks : {false, true}) {
      std::string bytes;
      const auto sink = StringSink(&bytes, "counts");
      CountWriter writer(sink.get());
      CM_ASSERT_OK(writer.Add(a, 1));
      if (two_blocks) {
        CM_ASSERT_OK(writer.EndBlock());
      }
      CM_ASSERT_OK(writer.Add(b, 1));
      CM_ASSERT_OK(writer.EndBlock());
      Listing listing;
      EXPECT_THAT(ReadAll(*ReaderOf(bytes), &listing),
                  Fails(absl::StatusCode::kDataLoss, HasSubstr("a.counts: damaged")))
          << a << " " << b;
    }
  }
}

TEST(CountsTest, RefusesToMergeTooMuch) {
  const std::string large = Written({{"x", (uint64_t{1} << 63) - 1}});
  const auto merge = [](std::string_view a, std::string_view b) {
    std::vector<std::unique_ptr<CountStream>> readers;
    readers.push_back(ReaderOf(a));
    readers.push_back(ReaderOf(b));
    CountMerger merger(std::move(readers));
    Listing listing;
    return ReadAll(merger, &listing);
  };
  EXPECT_THAT(merge(large, Written({{"x", 1}})),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("2^63")));
  CM_EXPECT_OK(merge(large, Written({{"y", 1}})));
}

TEST(CountRunsTest, AddsUpManyRunsInLittleMemory) {
  // More runs than a quarter of the memory can read at once, so some are merged first.
  std::mt19937 random(4);
  Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 2});
  Counts sums;
  {
    CM_ASSERT_OK_AND_ASSIGN(const auto runs, CountRuns::Create(testing::TempDir(), context));
    constexpr size_t kRuns = 200;
    for (size_t i = 0; i < kRuns; ++i) {
      Counts counts;
      for (int k = 0; k < 50; ++k) {
        const std::string key = RandomText(random, 1 + random() % 4, "abc\xFF");
        counts[key] = 1 + random() % 9;
      }
      for (const auto& [key, count] : counts) sums[key] += count;
      CM_ASSERT_OK(runs->AddRun([&](uint8_t first, CountWriter& writer) -> absl::Status {
        for (const auto& [key, count] : counts) {
          if (static_cast<uint8_t>(key[0]) == first) CM_RETURN_IF_ERROR(writer.Add(key, count));
        }
        return absl::OkStatus();
      }));
    }
    EXPECT_EQ(runs->added(), kRuns);
    const uint64_t before = runs->written_bytes();
    CM_ASSERT_OK(runs->Finish());
    EXPECT_GT(runs->written_bytes(), before);
    Counts found;
    for (int first = 0; first < 256; ++first) {
      CM_ASSERT_OK_AND_ASSIGN(const auto stream, runs->Open(static_cast<uint8_t>(first)));
      Listing listing;
      CM_ASSERT_OK(ReadAll(*stream, &listing));
      for (const auto& [key, count] : listing) {
        EXPECT_EQ(static_cast<uint8_t>(key[0]), first);
        found[key] = count;
      }
    }
    EXPECT_EQ(found, sums);
  }
  EXPECT_EQ(context.memory().used_bytes(), 0);
  EXPECT_LE(context.memory().peak_bytes(), MemoryBudget::kMinimumBytes);
}

}  // namespace
}  // namespace corpusmill
