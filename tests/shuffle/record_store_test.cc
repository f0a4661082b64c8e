#include "shuffle/record_store.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Records(const RecordStore& store) {
  std::vector<std::string> records;
  for (size_t i = 0; i < store.size(); ++i) records.emplace_back(store[i]);
  return records;
}

TEST(RecordStoreTest, KeepsEmptyLongAndBinaryRecords) {
  Context context({.memory_limit_bytes = 64 << 20, .threads = 1});
  RecordStore store(context);
  const std::string giant(3 << 20, 'g');        // Larger than a block.
  const std::string exact((1 << 20) - 8, 'e');  // Fills a block to its last byte.
  const std::vector<std::string> records = {"", giant, std::string("\0\xff", 2), exact, "", "last"};
  for (size_t i = 0; i < records.size(); ++i) CM_ASSERT_OK(store.Add(records[i], {i, 0}));
  EXPECT_EQ(Records(store), records);
  CM_ASSERT_OK(store.Sort());
  EXPECT_EQ(Records(store), records);
}

TEST(RecordStoreTest, SortsByHighThenLowThenOrderOfAdding) {
  Context context({.threads = 2});
  RecordStore store(context);
  const uint64_t top = uint64_t{1} << 63;
  CM_ASSERT_OK(store.Add("f", {top, 1}));
  CM_ASSERT_OK(store.Add("c", {5, 2}));
  CM_ASSERT_OK(store.Add("d", {5, 2}));
  CM_ASSERT_OK(store.Add("b", {5, 1}));
  CM_ASSERT_OK(store.Add("e", {5, 2}));
  CM_ASSERT_OK(store.Add("a", {0, 9}));
  CM_ASSERT_OK(store.Sort());
  EXPECT_THAT(Records(store), ElementsAre("a", "b", "c", "d", "e", "f"));
}

TEST(RecordStoreTest, SortsManyAsTheStandardSortDoes) {
  const RandomKey key("many");
  std::vector<std::pair<Draw, std::string>> expected;
  Context context({.threads = 2});
  RecordStore store(context);
  for (uint64_t i = 0; i < 100'000; ++i) {
    Draw draw = key.At(DrawPurpose::kOrder, 0, i);
    if (i % 3 == 0) draw.high >>= 60;  // Crowds the lowest part.
    expected.emplace_back(draw, std::to_string(i));
    CM_ASSERT_OK(store.Add(expected.back().second, draw));
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  CM_ASSERT_OK(store.Sort());
  ASSERT_EQ(store.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(store[i], expected[i].second) << i;
}

TEST(RecordStoreTest, StaysWithinTheBudgetAndGivesItBack) {
  Context context({.memory_limit_bytes = 16 << 20, .threads = 1});
  {
    RecordStore store(context);
    absl::Status status;
    for (uint64_t i = 0; status.ok(); ++i) status = store.Add(std::string(1000, 'x'), {i, 0});
    EXPECT_THAT(status, Fails(absl::StatusCode::kResourceExhausted, HasSubstr("--memory")));
    // What fitted: nearly all of the budget in records of 1000 + 32 bytes.
    EXPECT_GT(store.size(), 12'000u);
    EXPECT_LE(context.memory().peak_bytes(), context.memory().limit_bytes());
  }
  EXPECT_EQ(context.memory().used_bytes(), 0u);
}

}  // namespace
}  // namespace corpusmill
