#include "corpus/io/external_sort.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

/// The values in the order of the sorter, with memory for `memory_bytes` of them at a time.
std::vector<uint64_t> Sorted(const std::vector<uint64_t>& values, uint64_t memory_bytes) {
  MemoryBudget budget(64 << 20);
  ExternalSorter<uint64_t> sorter(testing::TempDir(), budget, memory_bytes);
  for (const uint64_t value : values) CM_EXPECT_OK(sorter.Add(value));
  CM_EXPECT_OK(sorter.Finish());
  EXPECT_EQ(sorter.size(), values.size());
  std::vector<uint64_t> sorted;
  while (true) {
    auto next = sorter.Next();
    CM_EXPECT_OK(next);
    if (!next.ok() || !*next) break;
    sorted.push_back(**next);
  }
  return sorted;
}

std::vector<uint64_t> Mixed(size_t count) {
  std::vector<uint64_t> values(count);
  uint64_t state = 1;
  for (uint64_t& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = state >> 40;
  }
  return values;
}

TEST(ExternalSorterTest, SortsInMemory) {
  EXPECT_EQ(Sorted({}, 1 << 20), (std::vector<uint64_t>{}));
  EXPECT_EQ(Sorted({3, 1, 3, 0}, 1 << 20), (std::vector<uint64_t>{0, 1, 3, 3}));
}

TEST(ExternalSorterTest, MergesRunsOfATemporaryFile) {
  // 256 KiB hold 32,768 values: 7 runs, of which 4 are merged at a time.
  std::vector<uint64_t> values = Mixed(200'000);
  const std::vector<uint64_t> sorted = Sorted(values, 0);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(sorted, values);
}

TEST(ExternalSorterTest, FailsWithinItsBudget) {
  MemoryBudget budget(1 << 10);
  ExternalSorter<uint64_t> sorter(testing::TempDir(), budget, 1 << 20);
  EXPECT_THAT(sorter.Add(1),
              Fails(absl::StatusCode::kResourceExhausted, testing::HasSubstr("sorting")));
}

}  // namespace
}  // namespace corpusmill
