#include "corpus/io/spool.h"

#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

std::string Drained(Spool& spool) {
  std::string bytes;
  CM_EXPECT_OK(spool.Drain([&](std::string_view part) {
    bytes.append(part);
    return absl::OkStatus();
  }));
  return bytes;
}

TEST(Spool, GivesBackWhatWasAppended) {
  TestFolder folder;
  MemoryBudget budget(1 << 20);
  for (const size_t size :
       {size_t{0}, size_t{1}, Spool::kBufferBytes - 1, Spool::kBufferBytes, Spool::kBufferBytes + 1,
        3 * Spool::kBufferBytes, 3 * Spool::kBufferBytes + 5}) {
    CM_ASSERT_OK_AND_ASSIGN(Spool spool, Spool::Create(folder.path(), budget));
    // Twice: a spool is reused for the next shard.
    for (int round = 0; round < 2; ++round) {
      std::string expected;
      for (size_t i = 0; i < size; ++i) expected += static_cast<char>((i + round) * 31 % 251);
      for (size_t i = 0; i < size; i += 1000) {
        CM_ASSERT_OK(spool.Append(std::string_view(expected).substr(i, 1000)));
      }
      EXPECT_EQ(spool.size_bytes(), size);
      EXPECT_TRUE(Drained(spool) == expected) << size << " " << round;
      EXPECT_EQ(spool.size_bytes(), 0u);
    }
  }
}

TEST(Spool, TakesOneBufferForAnyAmountOfData) {
  TestFolder folder;
  MemoryBudget budget(Spool::kBufferBytes);
  CM_ASSERT_OK_AND_ASSIGN(Spool spool, Spool::Create(folder.path(), budget));
  CM_ASSERT_OK(spool.Append(std::string(20 * Spool::kBufferBytes, 'x')));
  EXPECT_EQ(budget.peak_bytes(), Spool::kBufferBytes);
  EXPECT_EQ(folder.List().size(), 0u) << "the temporary file has a name";
}

TEST(Spool, WritesNumbersLittleEndian) {
  MemoryBudget budget(1 << 20);
  CM_ASSERT_OK_AND_ASSIGN(Spool spool, Spool::Create("/nowhere", budget));
  CM_ASSERT_OK(spool.AppendNumber(int32_t{-2}));
  CM_ASSERT_OK(spool.AppendNumber(int64_t{258}));
  EXPECT_EQ(Drained(spool), std::string("\xFE\xFF\xFF\xFF\x02\x01\0\0\0\0\0\0", 12));
}

TEST(Spool, NamesTheFolderItCannotWriteTo) {
  MemoryBudget budget(1 << 20);
  CM_ASSERT_OK_AND_ASSIGN(Spool spool, Spool::Create("/nowhere", budget));
  EXPECT_THAT(spool.Append(std::string(2 * Spool::kBufferBytes, 'x')),
              Fails(absl::StatusCode::kUnavailable, testing::HasSubstr("/nowhere")));
}

}  // namespace
}  // namespace corpusmill
