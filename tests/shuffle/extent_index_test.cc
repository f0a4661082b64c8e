#include "shuffle/buckets/extent_index.h"

#include <vector>

#include "corpus/io/block_file.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

constexpr uint64_t kBlock = kBlockAlignment;

TEST(ExtentIndexTest, ReturnsAddedExtents) {
  ExtentIndex index(3);
  constexpr uint64_t kFar = uint64_t{200} << 40;  // Bytes into a file.
  EXPECT_EQ(index.Add(1, {.file = 7, .offset = kFar, .bytes = 3 * kBlock}), 0);
  EXPECT_EQ(index.Add(2, {.offset = 0, .bytes = 1}), 0);
  EXPECT_EQ(index.Add(1, {.file = 65535, .offset = kBlock, .bytes = 2 * kBlock}), 1);
  EXPECT_EQ(index.Add(1, {.offset = 9 * kBlock, .bytes = kBlock + 5}), 2);
  index.SetStored(1, 0, 3 * kBlock);
  index.SetStored(1, 1, kBlock);  // Compressed.
  index.SetStored(1, 2, kBlock + 5);
  index.SetStored(2, 0, 1);

  const std::vector<Extent> extents = index.Of(1, 6 * kBlock + 5);
  ASSERT_EQ(extents.size(), 3);
  EXPECT_EQ(extents[0].file, 7);
  EXPECT_EQ(extents[0].offset, kFar);
  EXPECT_EQ(extents[0].bytes, 3 * kBlock);
  EXPECT_FALSE(extents[0].is_compressed());
  EXPECT_EQ(extents[1].file, 65535);
  EXPECT_EQ(extents[1].bytes, 2 * kBlock);
  EXPECT_EQ(extents[1].stored_bytes, kBlock);
  EXPECT_EQ(extents[2].bytes, kBlock + 5);
  EXPECT_FALSE(extents[2].is_compressed());
  EXPECT_EQ(index.Of(2, 1)[0].bytes, 1);
  // A log that continues elsewhere.
  EXPECT_EQ(index.Of(1, 100 * kBlock)[2].bytes, 2 * kBlock);
}

TEST(ExtentIndexTest, RemoveReturnsWrittenExtents) {
  ExtentIndex index(2);
  for (uint64_t i = 0; i < 100; ++i) {
    index.Add(0, {.offset = i * kBlock, .bytes = kBlock});
    if (i != 50) index.SetStored(0, i, kBlock);
  }
  EXPECT_GE(index.memory_bytes(), 1600);
  EXPECT_LT(index.memory_bytes(), 2200);
  EXPECT_EQ(index.Remove(0).size(), 99);
  EXPECT_EQ(index.size(0), 0);
  EXPECT_EQ(index.memory_bytes(), 0);
}

}  // namespace
}  // namespace corpusmill
