#include "corpus/io/block_stream.h"

#include <random>
#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

TEST(BlockStreamTest, ReadsAnyPartOfTheWrittenBytes) {
  std::mt19937 random(1);
  for (const IoMode mode : {IoMode::kAuto, IoMode::kCached}) {
    CM_ASSERT_OK_AND_ASSIGN(const auto file, BlockFile::CreateUnnamed(testing::TempDir(), mode));
    // Two streams, one after the other.
    std::string expected[2];
    uint64_t begins[2], end = 0;
    for (int i = 0; i < 2; ++i) {
      begins[i] = RoundUpToBlock(end);
      CM_ASSERT_OK_AND_ASSIGN(const auto sink, BlockFileSink::Create(file.get(), begins[i]));
      while (expected[i].size() < 5 << 20) {
        std::string part(random() % (random() % 20 == 0 ? 3 << 20 : 5000), '\0');
        for (char& byte : part) byte = static_cast<char>(random());
        CM_ASSERT_OK(sink->Write(part));
        expected[i] += part;
        EXPECT_EQ(sink->position(), begins[i] + expected[i].size());
      }
      end = sink->position();
      CM_ASSERT_OK(sink->Close());
    }
    for (int round = 0; round < 100; ++round) {
      const std::string& all = expected[round % 2];
      const size_t first = random() % all.size(), size = random() % (all.size() - first) / 9;
      const uint64_t begin = begins[round % 2] + first;
      CM_ASSERT_OK_AND_ASSIGN(const auto source,
                              BlockFileSource::Create(file.get(), begin, begin + size,
                                                      kBlockAlignment * (1 + random() % 64)));
      std::string read;
      while (true) {
        char buffer[70000];
        CM_ASSERT_OK_AND_ASSIGN(const size_t got,
                                source->Read(buffer, 1 + random() % sizeof(buffer)));
        if (got == 0) break;
        read.append(buffer, got);
      }
      ASSERT_TRUE(read == all.substr(first, size));
    }
  }
}

TEST(BlockStreamTest, ReportsAnEarlyEndOfTheFile) {
  CM_ASSERT_OK_AND_ASSIGN(const auto file,
                          BlockFile::CreateUnnamed(testing::TempDir(), IoMode::kCached));
  CM_ASSERT_OK_AND_ASSIGN(const auto sink, BlockFileSink::Create(file.get(), 0));
  CM_ASSERT_OK(sink->Write("some bytes"));
  CM_ASSERT_OK(sink->Close());
  CM_ASSERT_OK_AND_ASSIGN(const auto source,
                          BlockFileSource::Create(file.get(), 0, 100000, kBlockAlignment));
  char buffer[5000];
  absl::StatusOr<size_t> got = 1;
  while (got.ok() && *got > 0) got = source->Read(buffer, sizeof(buffer));
  EXPECT_FALSE(got.ok());
}

}  // namespace
}  // namespace corpusmill
