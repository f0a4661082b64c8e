#include "shuffle/buckets/bucket_store.h"

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "corpus/io/file_calls.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr size_t kBuckets = 8;
constexpr size_t kBlocks = 40;

/// A store with a small pool, and a copy of its expected contents. The parameter turns
/// compression of temporary data on or off.
class BucketStoreTest : public testing::TestWithParam<TempCompression> {
 protected:
  BucketStoreTest()
      : context_({.memory_limit_bytes = 64 << 20, .temp_compression = GetParam()}),
        files_({a_.path(), b_.path(), c_.path()}, context_),
        pool_(BlockPool::Create(kBlocks * kBlockAlignment, kBlockAlignment, context_).value()),
        store_(kBuckets, *pool_, files_, context_) {}

  /// Appends a run with one record of `size` bytes; every other record is compressible.
  absl::Status AppendRecord(size_t bucket, size_t size) {
    const std::string bytes =
        ++record_ % 2 == 0 ? RandomBytes(size, record_) : std::string(size, 'a');
    RunBuilder builder(kBuckets);
    builder.Begin(1, 2);
    builder.Add(bucket, record_, bytes, HashBytes(bytes));
    builder.Build();
    const RunBuilder::Run& run = builder.runs()[0];
    logs_[bucket] += run.bytes;
    totals_[bucket].Merge(run.totals);
    return store_.Append(bucket, run.bytes, run.totals);
  }

  absl::Status AppendMany(size_t bytes) {
    TestRandom random(bytes);
    for (size_t left = bytes; left > 0;) {
      const size_t size = std::min<size_t>(left, random.Below(random.Below(5) == 0 ? 30'000 : 500));
      // The first buckets get more records.
      CM_RETURN_IF_ERROR(AppendRecord(random.Below(1 + random.Below(kBuckets)), size));
      left -= size;
    }
    return absl::OkStatus();
  }

  void ExpectAll() {
    for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
      EXPECT_EQ(store_.totals(bucket).records, totals_[bucket].records);
      EXPECT_EQ(store_.totals(bucket).log_bytes, logs_[bucket].size());
      EXPECT_GE(store_.ReadBytes(bucket), logs_[bucket].size());
      AlignedBuffer buffer = *AlignedBuffer::Create(store_.ReadBytes(bucket));
      std::vector<std::string_view> parts;
      CM_ASSERT_OK(store_.Read(bucket, buffer.data(), &parts));
      std::string read, runs;
      for (const std::string_view part : parts) read += part;
      EXPECT_TRUE(read == logs_[bucket]) << bucket;
      CM_ASSERT_OK(store_.ReadRuns(bucket, [&](std::string_view run) {
        EXPECT_EQ(LogReader::RunBytes(run), run.size());
        runs += run;
        return absl::OkStatus();
      }));
      EXPECT_TRUE(runs == logs_[bucket]) << bucket;
    }
  }

  const TestFolder a_, b_, c_;
  Context context_;
  SpillFiles files_;
  std::unique_ptr<BlockPool> pool_;
  BucketStore store_;
  uint64_t record_ = 0;
  std::map<size_t, std::string> logs_;
  std::map<size_t, BucketTotals> totals_;
};

TEST_P(BucketStoreTest, StaysInMemoryWhileItFits) {
  CM_ASSERT_OK(AppendMany(kBlocks / 2 * kBlockAlignment));
  CM_ASSERT_OK(store_.Finish());
  EXPECT_FALSE(store_.spilled());
  EXPECT_FALSE(files_.used());
  ExpectAll();
  const size_t before = pool_->free_blocks();
  CM_ASSERT_OK(store_.Free({0}));
  EXPECT_GT(pool_->free_blocks(), before);
}

TEST_P(BucketStoreTest, SpillsToAllFoldersAndFreesAllSpace) {
  CM_ASSERT_OK(AppendMany(3 << 20));
  CM_ASSERT_OK(store_.Finish());
  EXPECT_TRUE(store_.spilled());
  EXPECT_EQ(pool_->free_blocks(), kBlocks);
  ExpectAll();
  if (GetParam() == TempCompression::kOff) {
    EXPECT_GE(files_.live_bytes(), 3 << 20);
    EXPECT_LT(files_.live_bytes(), (3 << 20) + (1 << 19));
  } else {
    EXPECT_GT(files_.live_bytes(), 3 << 19);
    EXPECT_LT(files_.live_bytes(), 3 << 20);
  }
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) CM_EXPECT_OK(store_.Free({bucket}));
  EXPECT_EQ(files_.live_bytes(), 0);
  EXPECT_TRUE(a_.List().empty() && b_.List().empty() && c_.List().empty());
}

TEST_P(BucketStoreTest, SpillAlwaysSpillsEverything) {
  store_.SpillAlways();
  CM_ASSERT_OK(AppendRecord(3, 10));
  CM_ASSERT_OK(AppendRecord(5, 0));
  CM_ASSERT_OK(store_.Finish());
  EXPECT_EQ(pool_->free_blocks(), kBlocks);
  ExpectAll();
}

TEST_P(BucketStoreTest, DropDiscardsABucket) {
  CM_ASSERT_OK(AppendMany(1 << 20));
  CM_ASSERT_OK(store_.Drop(0));
  CM_ASSERT_OK(store_.Drop(1));
  logs_.erase(0), logs_.erase(1), totals_.erase(0), totals_.erase(1);
  CM_ASSERT_OK(AppendMany(1 << 20));
  CM_ASSERT_OK(store_.Drop(7));
  logs_.erase(7), totals_.erase(7);
  CM_ASSERT_OK(store_.Finish());
  ExpectAll();
}

TEST_P(BucketStoreTest, ReadsALogLongerThanThePoolRunByRun) {
  for (int i = 0; i < 2000; ++i) CM_ASSERT_OK(AppendRecord(4, 3000));
  CM_ASSERT_OK(store_.Finish());
  ExpectAll();
}

TEST_P(BucketStoreTest, TooSmallAPoolIsAnErrorAndDoesNotHang) {
  for (const size_t blocks : {1, 2, 5, 8, 11}) {
    CM_ASSERT_OK_AND_ASSIGN(const auto pool,
                            BlockPool::Create(blocks * kBlockAlignment, kBlockAlignment, context_));
    BucketStore store(kBuckets, *pool, files_, context_);
    absl::Status status;
    for (int i = 0; i < 200 && status.ok(); ++i) {
      status = store.Append(static_cast<size_t>(i) % kBuckets, std::string(1000, 'x'), {});
    }
    if (blocks > kBuckets) {
      CM_EXPECT_OK(status);
    } else {
      EXPECT_THAT(status, Fails(absl::StatusCode::kResourceExhausted, HasSubstr("too few")));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(TempCompression, BucketStoreTest,
                         testing::Values(TempCompression::kOff, TempCompression::kZstd));

// If the index would exceed the budget, the pool shrinks and the budget holds.
TEST(BucketStoreMemoryTest, TheIndexTakesFromThePool) {
  constexpr uint64_t kLimit = 16 << 20;
  constexpr size_t kManyBuckets = 100;
  const TestFolder folder;
  Context context({.memory_limit_bytes = kLimit, .temp_compression = TempCompression::kOff});
  SpillFiles files({folder.path()}, context);
  CM_ASSERT_OK_AND_ASSIGN(const auto pool,
                          BlockPool::Create(2000 * kBlockAlignment, kBlockAlignment, context));
  CM_ASSERT_OK_AND_ASSIGN(
      const MemoryLease rest,
      context.memory().Take(context.memory().available_bytes() - (30 << 10), "the rest"));
  BucketStore store(kManyBuckets, *pool, files, context);
  std::string run(3000, 'x');
  std::vector<uint64_t> sizes(kManyBuckets);
  TestRandom random(1);
  for (int i = 0; i < 60'000; ++i) {
    const size_t bucket = random.Below(kManyBuckets);
    CM_ASSERT_OK(store.Append(bucket, run, {.log_bytes = run.size()}));
    sizes[bucket] += run.size();
    ASSERT_LE(context.memory().used_bytes(), kLimit);
  }
  CM_ASSERT_OK(store.Finish());
  EXPECT_LT(pool->blocks(), 2000);
  EXPECT_GT(pool->blocks(), 1000);
  EXPECT_EQ(pool->free_blocks(), pool->blocks());
  for (size_t bucket = 0; bucket < kManyBuckets; ++bucket) {
    uint64_t size = 0;
    for (const Extent& extent : store.extents(bucket)) size += extent.bytes;
    EXPECT_EQ(size, sizes[bucket]);
  }
}

/// Fails the writes after some successful writes.
class FullDisk final : public FileCalls {
 public:
  explicit FullDisk(int writes) : left_(writes) {}
  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    if (left_-- > 0) return FileCalls::PWriteV(fd, parts, count, offset);
    errno = ENOSPC;
    return -1;
  }

 private:
  std::atomic<int> left_;
};

TEST(BucketStoreErrorTest, NamesTheFolder) {
  for (int writes = 0; writes < 40; ++writes) {
    FullDisk disk(writes);
    const ScopedFileCalls scope(&disk);
    const TestFolder a, b;
    Context context({.memory_limit_bytes = 64 << 20});
    SpillFiles files({a.path(), b.path()}, context);
    CM_ASSERT_OK_AND_ASSIGN(const auto pool,
                            BlockPool::Create(kBlocks * kBlockAlignment, kBlockAlignment, context));
    BucketStore store(kBuckets, *pool, files, context);
    absl::Status status;
    const std::string run = RandomBytes(5000, 1);
    for (int i = 0; i < 1000 && status.ok(); ++i) {
      status = store.Append(static_cast<size_t>(i) % kBuckets, run, {});
    }
    if (status.ok()) status = store.Finish();
    EXPECT_THAT(status, Fails(absl::StatusCode::kUnavailable,
                              AnyOf(HasSubstr(a.path() + ": "), HasSubstr(b.path() + ": "))));
  }
}

}  // namespace
}  // namespace corpusmill
