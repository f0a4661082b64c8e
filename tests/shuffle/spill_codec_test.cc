// Compressed and plain temporary data.

#include "shuffle/buckets/spill_codec.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "corpus/io/file_calls.h"
#include "tests/corpus/io/streams.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr size_t kBlockBytes = 64 << 10;

/// Data in an aligned, padded buffer, in parts of one block.
struct Written {
  explicit Written(const std::vector<std::string>& data) {
    uint64_t size = 0;
    for (const std::string& one : data) size += RoundUpToBlock(one.size());
    buffer = *AlignedBuffer::Create(size);
    extents.reserve(data.size());
    uint64_t at = 0;
    for (const std::string& one : data) {
      extents.push_back({.offset = kBlockAlignment + at, .bytes = one.size()});
      pointers.push_back(&extents.back());
      std::memcpy(buffer.data() + at, one.data(), one.size());
      const uint64_t end = at + RoundUpToBlock(one.size());
      for (; at < end; at += parts.back().size()) {
        parts.emplace_back(buffer.data() + at, std::min<uint64_t>(kBlockBytes, end - at));
      }
    }
  }
  AlignedBuffer buffer;
  std::vector<Extent> extents;
  std::vector<Extent*> pointers;
  std::vector<std::string_view> parts;
};

class SpillCodecTest : public testing::Test {
 protected:
  void Expect(const Extent& extent, const std::string& data) {
    AlignedBuffer buffer = *AlignedBuffer::Create(RoundUpToBlock(data.size()));
    CM_ASSERT_OK(ReadExtentTo(*file_, extent, context_, buffer.data()));
    EXPECT_TRUE(std::string_view(buffer.data(), data.size()) == data);
    std::string chunks;
    CM_ASSERT_OK(ReadExtent(*file_, extent, context_, [&](std::string_view chunk) {
      EXPECT_LE(chunk.size(), 1 << 20);
      chunks += chunk;
      return absl::OkStatus();
    }));
    EXPECT_TRUE(chunks == data);
  }

  const TestFolder folder_;
  Context context_{{.memory_limit_bytes = 64 << 20, .temp_compression = TempCompression::kZstd}};
  std::unique_ptr<BlockFile> file_ =
      BlockFile::CreateUnnamed(folder_.path(), IoMode::kAuto).value();
};

TEST_F(SpillCodecTest, RoundTripInLessSpace) {
  std::vector<std::string> data;
  for (const size_t size : {1, 4095, 4096, 4097, 100'000, 262143, 262144, 262145, 5'000'000}) {
    data.push_back(RandomLines(size, 80, size).substr(0, size));
    data.push_back(RandomBytes(size, size));
    data.push_back(std::string(size, '\0'));
  }
  Written written(data);
  SpillWriter writer(context_);
  CM_ASSERT_OK(writer.Write(*file_, written.pointers, written.parts));
  for (size_t i = 0; i < data.size(); ++i) {
    SCOPED_TRACE(testing::Message() << i << ": " << data[i].size());
    const Extent& extent = written.extents[i];
    // Text of more than a block shrinks; random bytes do not.
    EXPECT_EQ(extent.is_compressed(), i % 3 != 1 && data[i].size() > 4096);
    if (data[i].size() > 100'000 && i % 3 == 0) {
      EXPECT_LT(extent.stored_bytes, data[i].size() * 6 / 10);
    }
    if (!extent.is_compressed()) EXPECT_EQ(extent.stored_bytes, data[i].size());
    Expect(extent, data[i]);
  }
}

TEST_F(SpillCodecTest, DataThatBecomesRandom) {
  // The plain write overwrites the compressed start.
  const std::string data = std::string(2 << 20, 'x') + RandomBytes(30 << 20, 1);
  const std::string random =
      RandomLines(3 << 20, 100, 1).substr(0, 10'000) + RandomBytes(3 << 20, 2);
  Written written({data, random});
  SpillWriter writer(context_);
  CM_ASSERT_OK(writer.Write(*file_, written.pointers, written.parts));
  EXPECT_TRUE(written.extents[0].is_compressed());
  EXPECT_FALSE(written.extents[1].is_compressed());
  Expect(written.extents[0], data);
  Expect(written.extents[1], random);
}

TEST_F(SpillCodecTest, OffOrWithoutMemoryWritesPlainData) {
  const std::string data = std::string(1 << 20, 'x');
  Context off({.memory_limit_bytes = 64 << 20, .temp_compression = TempCompression::kOff});
  Context full({.memory_limit_bytes = 16 << 20, .temp_compression = TempCompression::kZstd});
  const MemoryLease all = full.memory().Take(15 << 20, "all").value();
  for (Context* const context : {&off, &full}) {
    Written written({data});
    SpillWriter writer(*context);
    CM_ASSERT_OK(writer.Write(*file_, written.pointers, written.parts));
    EXPECT_FALSE(written.extents[0].is_compressed());
    Expect(written.extents[0], data);
  }
}

TEST_F(SpillCodecTest, DamageIsAnErrorWithoutOverrun) {
  const std::string data = RandomLines(600'000, 80, 7);
  Written written({data});
  SpillWriter writer(context_);
  CM_ASSERT_OK(writer.Write(*file_, written.pointers, written.parts));
  Extent extent = written.extents[0];
  const uint64_t stored = RoundUpToBlock(extent.stored_bytes);
  AlignedBuffer good = *AlignedBuffer::Create(stored);
  CM_ASSERT_OK(file_->Read(extent.offset, good.data(), stored));
  AlignedBuffer out = *AlignedBuffer::Create(RoundUpToBlock(data.size()));
  TestRandom random(3);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    AlignedBuffer bad = *AlignedBuffer::Create(stored);
    std::memcpy(bad.data(), good.data(), stored);
    const size_t at = i < 40 ? static_cast<size_t>(i) : random.Below(extent.stored_bytes);
    if (i % 2 == 0) bad.data()[at] = static_cast<char>(bad.data()[at] ^ (1 + random.Below(255)));
    if (i % 2 == 1) std::memset(bad.data() + at, 0, stored - at);
    CM_ASSERT_OK(file_->Write(extent.offset, {{bad.data(), stored}}));
    const absl::Status status = ReadExtentTo(*file_, extent, context_, out.data());
    if (status.ok()) continue;  // Damage within a literal: the hashes of records find it.
    EXPECT_THAT(status, Fails(absl::StatusCode::kDataLoss, HasSubstr(folder_.path())));
    ++refused;
  }
  EXPECT_GT(refused, 150);
  // More or fewer bytes than the frames hold.
  CM_ASSERT_OK(file_->Write(extent.offset, {{good.data(), stored}}));
  for (const int64_t difference : {-1, 1}) {
    Extent other = extent;
    other.bytes += static_cast<uint64_t>(difference);
    EXPECT_THAT(ReadExtentTo(*file_, other, context_, out.data()),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("damaged")));
  }
}

TEST(SpillWriterTest, PaysOffOnSlowDisksOnly) {
  // A processor that compresses 400 MB/s to 40 %.
  constexpr double kSeconds = 1 / 400e6;
  EXPECT_TRUE(SpillWriter::PaysOff(kSeconds, 0.4, 1 / 100e6));
  EXPECT_TRUE(SpillWriter::PaysOff(kSeconds, 0.4, 1 / 239e6));
  EXPECT_FALSE(SpillWriter::PaysOff(kSeconds, 0.4, 1 / 241e6));
  EXPECT_FALSE(SpillWriter::PaysOff(kSeconds, 0.4, 1 / 2e9));
  EXPECT_FALSE(SpillWriter::PaysOff(0, 1, 1 / 1e6));  // Data that does not shrink.
}

/// A disk that writes 4 MB/s.
class SlowDisk final : public FileCalls {
 public:
  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    const ssize_t written = FileCalls::PWriteV(fd, parts, count, offset);
    std::this_thread::sleep_for(std::chrono::microseconds(std::max<ssize_t>(0, written) / 4));
    return written;
  }
};

TEST(SpillWriterTest, AutoCompressesCompressibleDataOnASlowDisk) {
  SlowDisk disk;
  const ScopedFileCalls scope(&disk);
  const TestFolder folder;
  Context context({.memory_limit_bytes = 64 << 20});
  CM_ASSERT_OK_AND_ASSIGN(const auto file, BlockFile::CreateUnnamed(folder.path(), IoMode::kAuto));
  for (const bool shrinks : {true, false}) {
    const std::string data = shrinks ? RandomLines(200'000, 80, 1) : RandomBytes(200'000, 1);
    SpillWriter writer(context);
    for (int batch = 0; batch < 8; ++batch) {
      Written written({data});
      CM_ASSERT_OK(writer.Write(*file, written.pointers, written.parts));
      if (batch != 1) {
        EXPECT_EQ(written.extents[0].is_compressed(), shrinks && batch > 0) << batch;
      }
    }
  }
}

}  // namespace
}  // namespace corpusmill
