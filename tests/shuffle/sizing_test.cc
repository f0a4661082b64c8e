#include "shuffle/passes/sizing.h"

#include <cstdint>

#include "corpus/io/block_file.h"
#include "shuffle/passes/slice_reader.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMiB = 1 << 20;

TEST(SizingTest, FitsInMemoryForAnyMachineAndInput) {
  for (uint64_t memory = 12 * kMiB; memory <= 65536 * kMiB; memory += memory / 5) {
    for (int threads = 1; threads <= 128; threads += 1 + threads / 3) {
      for (uint64_t expected = 0; expected < uint64_t{10} << 40; expected += 1 + expected) {
        for (const size_t streams : {1, 2, 7, 50}) {
          SCOPED_TRACE(testing::Message() << memory << " bytes, " << threads << " threads, "
                                          << expected << " expected, " << streams << " streams");
          const Sizing sizing = ChooseSizing(memory, threads, expected, streams);
          const size_t buckets = sizing.buckets + streams;  // Upper bound: see BucketMap.
          EXPECT_GE(sizing.slices_in_flight, 1);
          const uint64_t taken =
              sizing.pool_bytes +
              sizing.slices_in_flight *
                  RunBuilder::MemoryBytes(buckets, sizing.slice_records, 2 * sizing.slice_bytes) +
              (sizing.slices_in_flight + 2) * SliceReader::BufferBytes(sizing.slice_bytes);
          // Leaves the rest to a decoder and its window.
          EXPECT_LE(taken + 7 * kMiB / 2, memory);
          EXPECT_GE(sizing.block_bytes, kBlockAlignment);
          EXPECT_EQ(sizing.block_bytes % kBlockAlignment, 0);
          EXPECT_EQ(sizing.pool_bytes % sizing.block_bytes, 0);
          EXPECT_GE(sizing.pool_bytes / sizing.block_bytes, 4 * sizing.buckets);
          EXPECT_GE(sizing.buckets, streams);
          EXPECT_GE(sizing.slice_records, 1);
          if (testing::Test::HasFailure()) return;
        }
      }
    }
  }
}

TEST(SizingTest, SmallInputsStayInMemory) {
  for (const uint64_t memory : {64 * kMiB, 1024 * kMiB, 65536 * kMiB}) {
    EXPECT_GT(ChooseSizing(memory, 2, memory / 2, 1).pool_bytes, memory / 8 * 5);
  }
}

}  // namespace
}  // namespace corpusmill
