#include "corpus/io/block_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr size_t kBlock = kBlockAlignment;

AlignedBuffer BufferOf(std::string_view bytes) {
  AlignedBuffer buffer = *AlignedBuffer::Create(bytes.size());
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return buffer;
}

std::string_view View(const AlignedBuffer& buffer) { return {buffer.data(), buffer.size()}; }

absl::StatusOr<std::string> ReadBack(BlockFile& file, uint64_t offset, size_t size) {
  AlignedBuffer buffer = *AlignedBuffer::Create(size);
  CM_RETURN_IF_ERROR(file.Read(offset, buffer.data(), size));
  return std::string(View(buffer));
}

/// Calls that transfer fewer bytes, are interrupted, or fail.
class UnkindCalls : public FileCalls {
 public:
  ssize_t PRead(int fd, void* buffer, size_t size, off_t offset) override {
    if (Refuses(fd, EINVAL)) return -1;
    if (Interrupts()) return -1;
    return FileCalls::PRead(fd, buffer, Shorter(size), offset);
  }
  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    if (write_error != 0 || Refuses(fd, EINVAL)) {
      if (write_error != 0) errno = write_error;
      return -1;
    }
    if (Interrupts()) return -1;
    if (count > IOV_MAX) {
      errno = EINVAL;
      return -1;
    }
    if (max_bytes == 0) return FileCalls::PWriteV(fd, parts, count, offset);
    iovec part = parts[0];
    part.iov_len = Shorter(part.iov_len);
    return FileCalls::PWriteV(fd, &part, 1, offset);
  }
  int Open(const char* path, int flags, mode_t mode) override {
    if (!has_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
      errno = EOPNOTSUPP;
      return -1;
    }
    return FileCalls::Open(path, flags, mode);
  }
  int SetDirect(int fd, bool on) override {
    if (on && !has_direct) {
      errno = EINVAL;
      return -1;
    }
    return FileCalls::SetDirect(fd, on);
  }
  int FAllocate(int fd, int mode, off_t offset, off_t size) override {
    if (allocate_error == 0) return FileCalls::FAllocate(fd, mode, offset, size);
    errno = allocate_error;
    return -1;
  }
  int SyncFileRange(int fd, off_t offset, off_t size, unsigned flags) override {
    ++range_syncs;
    if (range_error == 0) return FileCalls::SyncFileRange(fd, offset, size, flags);
    errno = range_error;
    return -1;
  }

  size_t max_bytes = 0;  // 0 = all.
  bool interrupts = false;
  bool has_unnamed = true;
  bool has_direct = true;
  bool refuses_direct_io = false;
  int write_error = 0;
  int allocate_error = 0;
  int range_error = 0;
  std::atomic<int> range_syncs{0};
  std::atomic<int> refused{0};

 private:
  bool Refuses(int fd, int error) {
    if (!refuses_direct_io || (fcntl(fd, F_GETFL) & O_DIRECT) == 0) return false;
    ++refused;
    errno = error;
    return true;
  }
  bool Interrupts() {
    errno = EINTR;
    return interrupts && calls_++ % 2 == 0;
  }
  size_t Shorter(size_t size) const { return max_bytes == 0 ? size : std::min(size, max_bytes); }
  std::atomic<int> calls_{0};
};

TEST(AlignedBuffer, IsAlignedZeroAndMoves) {
  CM_ASSERT_OK_AND_ASSIGN(AlignedBuffer a, AlignedBuffer::Create(3 * kBlock));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a.data()) % kBlock, 0);
  EXPECT_EQ(std::string(View(a)), std::string(3 * kBlock, '\0'));
  a.data()[0] = 'a';
  AlignedBuffer b(std::move(a));
  EXPECT_EQ(b.size(), 3 * kBlock);
  EXPECT_EQ(b.data()[0], 'a');
  AlignedBuffer c;
  EXPECT_EQ(c.size(), 0);
  c = std::move(b);
  EXPECT_EQ(c.data()[0], 'a');
  CM_EXPECT_OK(AlignedBuffer::Create(0));
}

TEST(AlignedBuffer, TooMuchIsAMemoryError) {
  EXPECT_THAT(AlignedBuffer::Create(size_t{1} << 60),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("--memory")));
}

class BlockFileInMode : public testing::TestWithParam<IoMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, BlockFileInMode,
                         testing::Values(IoMode::kAuto, IoMode::kDirect, IoMode::kCached));

TEST_P(BlockFileInMode, PartsAreWrittenOneAfterAnotherAndReadBack) {
  const TestFolder folder;
  const std::string bytes = RandomBytes(64 * kBlock, 1);
  const AlignedBuffer buffer = BufferOf(bytes);
  const std::string_view view = View(buffer);
  CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::Create(folder / "f", GetParam()));
  EXPECT_EQ(file->name(), folder / "f");
  EXPECT_EQ(file->size_bytes(), 0);
  CM_ASSERT_OK(file->Write(2 * kBlock,
                           {view.substr(0, kBlock), view.substr(kBlock, 0), view.substr(kBlock)}));
  EXPECT_EQ(file->size_bytes(), 66 * kBlock);
  CM_ASSERT_OK(file->Write(0, {}));
  CM_ASSERT_OK(file->Write(0, {view.substr(3 * kBlock, 2 * kBlock)}));
  EXPECT_EQ(file->size_bytes(), 66 * kBlock);
  CM_ASSERT_OK(file->Sync());
  CM_ASSERT_OK_AND_ASSIGN(const std::string middle, ReadBack(*file, 5 * kBlock, 7 * kBlock));
  EXPECT_TRUE(middle == bytes.substr(3 * kBlock, 7 * kBlock));
  file.reset();
  EXPECT_TRUE(ReadFile(folder / "f") == bytes.substr(3 * kBlock, 2 * kBlock) + bytes);

  CM_ASSERT_OK_AND_ASSIGN(file, BlockFile::Open(folder / "f", GetParam(), /*writable=*/false));
  EXPECT_EQ(file->size_bytes(), 66 * kBlock);
  CM_ASSERT_OK_AND_ASSIGN(const std::string first, ReadBack(*file, 0, kBlock));
  EXPECT_TRUE(first == bytes.substr(3 * kBlock, kBlock));
  EXPECT_THAT(file->Write(0, {view}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(folder / "f")));
}

TEST_P(BlockFileInMode, WritesMorePartsThanOneCallAccepts) {
  const TestFolder folder;
  const std::string bytes = RandomBytes(4 * kBlock, 2);
  const AlignedBuffer buffer = BufferOf(bytes);
  std::vector<std::string_view> parts;
  std::string expected;
  for (size_t i = 0; i < IOV_MAX + 100; ++i) {
    parts.push_back(View(buffer).substr(i * 7 % 4 * kBlock, kBlock));
    expected += parts.back();
  }
  CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::Create(folder / "f", GetParam()));
  CM_ASSERT_OK(file->Write(0, parts));
  EXPECT_TRUE(ReadFile(folder / "f") == expected);
}

TEST_P(BlockFileInMode, AnUnnamedFileIsInNoFolder) {
  const TestFolder folder;
  UnkindCalls calls;
  for (const bool has_unnamed : {true, false}) {
    calls.has_unnamed = has_unnamed;
    const ScopedFileCalls scope(&calls);
    CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::CreateUnnamed(folder.path(), GetParam()));
    EXPECT_EQ(file->name(), folder.path());
    const AlignedBuffer buffer = BufferOf(RandomBytes(kBlock, 3));
    CM_ASSERT_OK(file->Write(kBlock, {View(buffer)}));
    EXPECT_THAT(folder.List(), IsEmpty());
    CM_ASSERT_OK_AND_ASSIGN(const std::string read, ReadBack(*file, 0, 2 * kBlock));
    EXPECT_TRUE(read == std::string(kBlock, '\0') + std::string(View(buffer)));
  }
}

TEST_P(BlockFileInMode, ContinuesAfterShortInterruptedAndRefusedCalls) {
  const TestFolder folder;
  const std::string bytes = RandomBytes(32 * kBlock, 4);
  const AlignedBuffer buffer = BufferOf(bytes);
  // Some calls leave O_DIRECT at an unaligned offset.
  for (const size_t max_bytes : {size_t{0}, kBlock, 3 * kBlock, size_t{1000}}) {
    for (const bool refuses : {false, true}) {
      UnkindCalls calls;
      calls.max_bytes = max_bytes;
      calls.interrupts = true;
      calls.refuses_direct_io = refuses;
      const ScopedFileCalls scope(&calls);
      CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::Create(folder / "f", GetParam()));
      CM_ASSERT_OK(
          file->Write(0, {View(buffer).substr(0, 5 * kBlock), View(buffer).substr(5 * kBlock)}));
      CM_ASSERT_OK_AND_ASSIGN(const std::string read, ReadBack(*file, 0, bytes.size()));
      EXPECT_TRUE(read == bytes) << max_bytes << " " << refuses;
      EXPECT_LE(calls.refused, 1) << "tries O_DIRECT again";
    }
  }
}

TEST_P(BlockFileInMode, WithoutDirectIoStartsWriteBackEarly) {
  const TestFolder folder;
  const AlignedBuffer buffer = BufferOf(RandomBytes(4 << 20, 5));
  UnkindCalls calls;
  const ScopedFileCalls scope(&calls);
  std::unique_ptr<BlockFile> file;
  for (const bool refuses_io : {true, false}) {
    calls.refuses_direct_io = refuses_io;
    calls.has_direct = refuses_io;
    calls.range_syncs = 0;
    CM_ASSERT_OK_AND_ASSIGN(file, BlockFile::Create(folder / "f", GetParam()));
    for (int i = 0; i < 10; ++i) {
      CM_ASSERT_OK(file->Write(i * buffer.size(), {View(buffer)}));
    }
    EXPECT_EQ(calls.range_syncs, 2);
  }
  CM_ASSERT_OK_AND_ASSIGN(const std::string read,
                          ReadBack(*file, 9 * buffer.size(), buffer.size()));
  EXPECT_TRUE(read == View(buffer));
  calls.range_error = EIO;
  CM_ASSERT_OK(file->Write(0, {View(buffer)}));
  EXPECT_THAT(file->Write(0, {View(buffer)}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("Input/output error")));
}

TEST_P(BlockFileInMode, AFileThatEndsBeforeIsAnError) {
  const TestFolder folder;
  folder.Write("f", std::string(kBlock + 10, 'x'));
  CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::Open(folder / "f", GetParam(), false));
  CM_EXPECT_OK(ReadBack(*file, 0, kBlock));
  EXPECT_THAT(ReadBack(*file, kBlock, kBlock),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr(folder / "f"), HasSubstr("was cut short"))));
  EXPECT_FALSE(ReadBack(*file, 10 * kBlock, kBlock).ok());
}

TEST_P(BlockFileInMode, AFullDiskNamesTheFolderAndTheBytes) {
  const TestFolder folder;
  UnkindCalls calls;
  const ScopedFileCalls scope(&calls);
  CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::CreateUnnamed(folder.path(), GetParam()));
  const AlignedBuffer buffer = BufferOf(RandomBytes(3 * kBlock, 5));
  for (const auto& [error, message] :
       {std::pair(ENOSPC, "No space left"), {EDQUOT, "quota"}, {EFBIG, "too large"}}) {
    calls.write_error = error;
    EXPECT_THAT(file->Write(0, {View(buffer)}),
                Fails(absl::StatusCode::kUnavailable,
                      AllOf(HasSubstr(folder.path()), HasSubstr("12288 bytes"),
                            HasSubstr("temporary file"), HasSubstr(message))));
  }
  EXPECT_EQ(file->size_bytes(), 0);
}

TEST_P(BlockFileInMode, AHoleReadsAsZerosAndGivesItsSpaceBack) {
  const TestFolder folder;
  const std::string bytes = RandomBytes(256 * kBlock, 6);
  const AlignedBuffer buffer = BufferOf(bytes);
  UnkindCalls calls;
  const ScopedFileCalls scope(&calls);
  CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::Create(folder / "f", GetParam()));
  CM_ASSERT_OK(file->Write(0, {View(buffer)}));
  CM_ASSERT_OK(file->Sync());
  struct stat before, after;
  ASSERT_EQ(stat((folder / "f").c_str(), &before), 0);
  for (const int error : {EOPNOTSUPP, ENOSYS}) {
    calls.allocate_error = error;
    CM_EXPECT_OK(file->PunchHole(0, kBlock));
  }
  calls.allocate_error = EIO;
  EXPECT_THAT(file->PunchHole(0, kBlock),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(folder / "f")));
  calls.allocate_error = 0;
  CM_ASSERT_OK(file->PunchHole(64 * kBlock, 128 * kBlock));
  CM_EXPECT_OK(file->PunchHole(0, 0));
  ASSERT_EQ(stat((folder / "f").c_str(), &after), 0);
  EXPECT_EQ(after.st_size, before.st_size);
  CM_ASSERT_OK_AND_ASSIGN(const std::string read, ReadBack(*file, 0, bytes.size()));
  EXPECT_TRUE(read.substr(0, 64 * kBlock) == bytes.substr(0, 64 * kBlock));
  EXPECT_TRUE(read.substr(192 * kBlock) == bytes.substr(192 * kBlock));
  const std::string hole = read.substr(64 * kBlock, 128 * kBlock);
  if (hole == bytes.substr(64 * kBlock, 128 * kBlock)) GTEST_SKIP() << "no holes here";
  EXPECT_TRUE(hole == std::string(128 * kBlock, '\0'));
  EXPECT_LT(after.st_blocks, before.st_blocks);
}

TEST_P(BlockFileInMode, ThreadsReadAndWriteDisjointRanges) {
  const TestFolder folder;
  constexpr int kThreads = 4;
  constexpr size_t kSize = 16 * kBlock;
  UnkindCalls calls;
  calls.refuses_direct_io = true;  // Several threads may notice at once.
  const ScopedFileCalls scope(&calls);
  CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::CreateUnnamed(folder.path(), GetParam()));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 8; ++i) {
        const std::string bytes = RandomBytes(kSize, static_cast<uint64_t>(100 * t + i));
        const AlignedBuffer buffer = BufferOf(bytes);
        const uint64_t offset = static_cast<uint64_t>(i * kThreads + t) * kSize;
        CM_EXPECT_OK(file->Write(offset, {View(buffer)}));
        const absl::StatusOr<std::string> read = ReadBack(*file, offset, kSize);
        CM_EXPECT_OK(read);
        EXPECT_TRUE(read.value_or("") == bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(file->size_bytes(), 8 * kThreads * kSize);
}

TEST(BlockFile, UnalignedArgumentsAreRefused) {
  const TestFolder folder;
  const AlignedBuffer buffer = BufferOf(RandomBytes(2 * kBlock, 7));
  CM_ASSERT_OK_AND_ASSIGN(auto file, BlockFile::Create(folder / "f", IoMode::kCached));
  EXPECT_FALSE(file->Write(1, {View(buffer)}).ok());
  EXPECT_FALSE(file->Write(0, {View(buffer).substr(512, kBlock)}).ok());
  EXPECT_FALSE(file->Write(0, {View(buffer).substr(0, 100)}).ok());
  AlignedBuffer other = BufferOf(View(buffer));
  EXPECT_FALSE(file->Read(100, other.data(), kBlock).ok());
  EXPECT_FALSE(file->Read(0, other.data() + 8, kBlock).ok());
  EXPECT_FALSE(file->Read(0, other.data(), 100).ok());
  EXPECT_EQ(ReadFile(folder / "f"), "");
}

TEST(BlockFile, OpenErrorsNameTheFile) {
  const TestFolder folder;
  EXPECT_THAT(BlockFile::Open(folder / "none", IoMode::kAuto, false),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(folder / "none")));
  EXPECT_THAT(BlockFile::CreateUnnamed(folder / "none", IoMode::kAuto),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(folder / "none")));
  EXPECT_THAT(BlockFile::Create(folder / "none/f", IoMode::kAuto),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(folder / "none/f")));
}

}  // namespace
}  // namespace corpusmill
