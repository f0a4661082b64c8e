#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_tuning.h"
#include "tests/corpus/io/faulty_calls.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

/// Files big enough to bypass the page cache, or treated as such by smaller thresholds.
namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Values;

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

class ScopedTuning {
 public:
  explicit ScopedTuning(const FileTuning& tuning) : before_(std::exchange(Tuning(), tuning)) {}
  ~ScopedTuning() { Tuning() = before_; }

 private:
  const FileTuning before_;
};

/// Treats files of 64 KiB as big.
constexpr FileTuning kSmall = {
    .direct_bytes = 64 * kKiB, .block_bytes = 16 * kKiB, .writeback_bytes = 32 * kKiB};

/// Counts the bytes that go through the page cache and the bytes that bypass it.
class CountingCalls : public FileCalls {
 public:
  ssize_t Read(int fd, void* buffer, size_t size) override {
    return Count(read_, fd, FileCalls::Read(fd, buffer, size));
  }
  ssize_t PRead(int fd, void* buffer, size_t size, off_t offset) override {
    return Count(read_, fd, FileCalls::PRead(fd, buffer, size, offset));
  }
  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    return Count(written_, fd, FileCalls::PWriteV(fd, parts, count, offset));
  }
  int SyncFileRange(int fd, off_t offset, off_t size, unsigned flags) override {
    ++write_backs;
    return FileCalls::SyncFileRange(fd, offset, size, flags);
  }
  int SetDirect(int fd, bool on) override {
    const int result = FileCalls::SetDirect(fd, on);
    if (on && result != 0) refused = true;
    return result;
  }
  uint64_t read(bool direct) const { return read_[direct]; }
  uint64_t written(bool direct) const { return written_[direct]; }

  std::atomic<int> write_backs{0};
  std::atomic<bool> refused{false};

 private:
  static ssize_t Count(std::atomic<uint64_t>* counts, int fd, ssize_t n) {
    if (n > 0) counts[(fcntl(fd, F_GETFL) & O_DIRECT) != 0] += static_cast<uint64_t>(n);
    return n;
  }
  std::atomic<uint64_t> read_[2] = {0, 0};
  std::atomic<uint64_t> written_[2] = {0, 0};
};

Context ContextFor(IoMode mode) { return Context({.threads = 1, .io = mode}); }

absl::StatusOr<std::string> ReadIn(const std::string& path, IoMode mode,
                                   size_t read_bytes = 1 << 16) {
  const Context context = ContextFor(mode);
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenFile(path, &context));
  return Drain(*source, read_bytes);
}

/// Writes in pieces of `piece` bytes, or less at the end.
absl::Status WriteIn(PatchableSink& sink, std::string_view bytes, size_t piece) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    CM_RETURN_IF_ERROR(sink.Write(bytes.substr(0, piece)));
  }
  return absl::OkStatus();
}

void DropFromCache(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(fsync(fd), 0);
  EXPECT_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
  close(fd);
}

class BigFile : public testing::TestWithParam<IoMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, BigFile, Values(IoMode::kAuto, IoMode::kDirect, IoMode::kCached));

TEST_P(BigFile, HasTheSameBytesInAllModes) {
  const TestFolder folder;
  const std::string path = folder / "f";
  const std::string all = RandomBytes(33 * kMiB + 123, 1);
  const auto check = [&](size_t size, size_t piece) {
    const std::string_view bytes = std::string_view(all).substr(0, size);
    CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(path, {.overwrite = true, .io = GetParam()}));
    CM_ASSERT_OK(WriteIn(*sink, bytes, piece));
    EXPECT_EQ(sink->bytes_written(), size);
    CM_ASSERT_OK(sink->Close());
    EXPECT_TRUE(ReadFile(path) == bytes) << size;
    DropFromCache(path);
    for (const IoMode mode : {GetParam(), IoMode::kDirect}) {
      CM_ASSERT_OK_AND_ASSIGN(const std::string read, ReadIn(path, mode, piece));
      EXPECT_TRUE(read == bytes) << size << " " << piece;
    }
  };
  for (const size_t size : {size_t{0}, size_t{1}, 2 * kMiB - 1, 2 * kMiB + 1, all.size()}) {
    check(size, 100'000);
  }
  const ScopedTuning small(kSmall);
  for (const size_t near : {4 * kKiB, 16 * kKiB, 48 * kKiB, 64 * kKiB, 128 * kKiB}) {
    for (const size_t size : {near - 1, near, near + 1}) check(size, 1000);
  }
  check(300'000, 300'000);
  check(300'000, 4096);
}

TEST_P(BigFile, ReadsAndWritesAsItsModeSays) {
  const TestFolder folder;
  const std::string bytes = RandomBytes(40 * kMiB, 2);
  CountingCalls calls;
  const ScopedFileCalls scope(&calls);
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(folder / "f", {.io = GetParam()}));
  CM_ASSERT_OK(WriteIn(*sink, bytes, kMiB));
  CM_ASSERT_OK(sink->Close());
  const uint64_t cached = GetParam() == IoMode::kAuto     ? 32 * kMiB
                          : GetParam() == IoMode::kDirect ? 0
                                                          : bytes.size();
  if (calls.refused) GTEST_SKIP() << "no O_DIRECT here";
  EXPECT_EQ(calls.written(false), cached);
  EXPECT_EQ(calls.written(true), bytes.size() - cached);
  EXPECT_EQ(calls.write_backs, cached / (16 * kMiB));

  DropFromCache(folder / "f");
  CM_ASSERT_OK_AND_ASSIGN(const std::string cold, ReadIn(folder / "f", GetParam(), 10'001));
  EXPECT_TRUE(cold == bytes);
  EXPECT_EQ(calls.read(true) >= bytes.size() - kMiB, GetParam() != IoMode::kCached);
  EXPECT_EQ(calls.read(false) >= bytes.size(), GetParam() == IoMode::kCached);

  EXPECT_TRUE(ReadFile(folder / "f") == bytes);
  const uint64_t direct_before = calls.read(true);
  CM_ASSERT_OK_AND_ASSIGN(const std::string warm, ReadIn(folder / "f", GetParam()));
  EXPECT_TRUE(warm == bytes);
  EXPECT_EQ(calls.read(true) > direct_before, GetParam() == IoMode::kDirect)
      << "kAuto reads a file in the page cache from there";
}

TEST(OpenFile, ReadingTheHeadOfABigFileReadsNothingElse) {
  const TestFolder folder;
  folder.Write("f", RandomBytes(kMiB, 3));
  const ScopedTuning small(kSmall);
  CountingCalls calls;
  const ScopedFileCalls scope(&calls);
  const Context context = ContextFor(IoMode::kDirect);
  CM_ASSERT_OK_AND_ASSIGN(auto source, OpenFile(folder / "f", &context));
  char head[4];
  CM_ASSERT_OK_AND_ASSIGN(const size_t n, source->Read(head, sizeof(head)));
  EXPECT_EQ(n, 4);
  source.reset();
  EXPECT_EQ(calls.read(false) + calls.read(true), 4);
}

TEST_P(BigFile, MayShrinkOrGrowWhileItIsRead) {
  const TestFolder folder;
  const ScopedTuning small(kSmall);
  const std::string bytes = RandomBytes(400'000, 4);
  const Context context = ContextFor(GetParam());
  for (const size_t new_size :
       {size_t{0}, size_t{150'000}, 163'840ul, 399'999ul, 400'001ul, 409'600ul, 1'000'000ul}) {
    for (const size_t read_first : {size_t{1}, size_t{70'000}, size_t{400'000}}) {
      const std::string path = folder.Write("f", bytes);
      DropFromCache(path);
      CM_ASSERT_OK_AND_ASSIGN(auto source, OpenFile(path, &context));
      std::string read(read_first, '\0');
      for (size_t done = 0; done < read_first;) {
        CM_ASSERT_OK_AND_ASSIGN(const size_t n,
                                source->Read(read.data() + done, read_first - done));
        ASSERT_GT(n, 0);
        done += n;
      }
      fs::resize_file(path, new_size);
      CM_ASSERT_OK_AND_ASSIGN(const std::string rest, Drain(*source));
      read += rest;
      // The part by which it grew reads as zeros; bytes read ahead of a shrink may be returned.
      const std::string grown = bytes + std::string(600'000, '\0');
      ASSERT_LE(read.size(), grown.size());
      EXPECT_TRUE(read == grown.substr(0, read.size())) << new_size << " " << read_first;
      EXPECT_GE(read.size(), std::min({new_size, bytes.size()}));
      EXPECT_LE(read.size(), std::max({new_size, bytes.size()}));
      char more;
      CM_ASSERT_OK_AND_ASSIGN(const size_t end, source->Read(&more, 1));
      EXPECT_EQ(end, 0) << "the end stays the end";
    }
  }
}

TEST_P(BigFile, PatchOverwritesEarlierBytesWhereverTheyAre) {
  /// Leaves time for a patch to overtake a block.
  class SlowCalls : public FileCalls {
   public:
    ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
      if ((fcntl(fd, F_GETFL) & O_DIRECT) != 0) usleep(10'000);
      return FileCalls::PWriteV(fd, parts, count, offset);
    }
  };
  const TestFolder folder;
  const ScopedTuning small(kSmall);
  SlowCalls calls;
  const ScopedFileCalls scope(&calls);
  std::string bytes = RandomBytes(205'000, 5);
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(folder / "f", {.io = GetParam()}));
  CM_ASSERT_OK(WriteIn(*sink, std::string_view(bytes).substr(0, 200'000), 3000));
  // In a block being written; in the cached part; across the switch to blocks; across the start of
  // the current block, inside it, and at its end; everything; nothing.
  for (const auto& [offset, size] : std::vector<std::pair<size_t, size_t>>{{150'001, 40'000},
                                                                           {0, 100},
                                                                           {65'000, 1000},
                                                                           {196'600, 100},
                                                                           {198'000, 1},
                                                                           {199'990, 10},
                                                                           {5000, 195'000},
                                                                           {7, 0}}) {
    const std::string patch = RandomBytes(size, offset);
    CM_ASSERT_OK(sink->Patch(offset, patch));
    bytes.replace(offset, size, patch);
  }
  EXPECT_EQ(sink->bytes_written(), 200'000);
  CM_ASSERT_OK(WriteIn(*sink, std::string_view(bytes).substr(200'000), 100));
  CM_ASSERT_OK(sink->Patch(0, "HEAD"));
  bytes.replace(0, 4, "HEAD");
  CM_ASSERT_OK(sink->Close());
  EXPECT_TRUE(ReadFile(folder / "f") == bytes);
  EXPECT_THAT(folder.List(), ElementsAre("f"));
}

class ContinuedFile : public testing::TestWithParam<std::tuple<IoMode, IoMode>> {};
INSTANTIATE_TEST_SUITE_P(Modes, ContinuedFile,
                         testing::Combine(Values(IoMode::kAuto, IoMode::kDirect, IoMode::kCached),
                                          Values(IoMode::kAuto, IoMode::kDirect, IoMode::kCached)));

TEST_P(ContinuedFile, HasTheSameBytes) {
  const auto [first_mode, second_mode] = GetParam();
  const TestFolder folder;
  const ScopedTuning small(kSmall);
  const std::string bytes = RandomBytes(300'000, 6);
  const std::string_view view = bytes;
  for (const size_t synced : {0, 1, 4096, 50'000, 65'536, 70'000, 131'072, 250'001}) {
    const std::string path = folder / "f";
    CM_ASSERT_OK_AND_ASSIGN(
        auto sink, CreateFile(path, {.overwrite = true, .io = first_mode, .keep_part = true}));
    CM_ASSERT_OK(WriteIn(*sink, view.substr(0, synced / 2), 1000));
    CM_ASSERT_OK(sink->Sync());
    CM_ASSERT_OK(WriteIn(*sink, view.substr(synced / 2, synced - synced / 2), 1000));
    CM_ASSERT_OK(sink->Sync());
    EXPECT_EQ(sink->bytes_written(), synced);
    EXPECT_TRUE(ReadFile(path + ".part").substr(0, synced) == view.substr(0, synced));
    // Bytes written after Sync are lost when the process dies.
    CM_ASSERT_OK(WriteIn(*sink, std::string(30'000, 'x'), 5000));
    sink.reset();
    EXPECT_THAT(folder.List(), testing::Contains("f.part"));

    CM_ASSERT_OK_AND_ASSIGN(sink,
                            ContinueFile(path, synced, {.overwrite = true, .io = second_mode}));
    EXPECT_EQ(sink->bytes_written(), synced);
    EXPECT_EQ(fs::file_size(path + ".part"), synced);
    CM_ASSERT_OK(WriteIn(*sink, view.substr(synced), 7000));
    CM_ASSERT_OK(sink->Patch(3, view.substr(3, 80'000)));
    CM_ASSERT_OK(sink->Close());
    EXPECT_THAT(folder.List(), ElementsAre("f"));
    EXPECT_TRUE(ReadFile(path) == bytes) << synced;
  }
}

TEST(ContinueFile, NeedsAPartFileThatIsLongEnough) {
  const TestFolder folder;
  EXPECT_THAT(ContinueFile(folder / "f", 0, {}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("f.part")));
  folder.Write("f.part", "12345");
  EXPECT_THAT(ContinueFile(folder / "f", 6, {}),
              Fails(absl::StatusCode::kDataLoss, AllOf(HasSubstr("f.part"), HasSubstr("6"))));
  EXPECT_EQ(ReadFile(folder / "f.part"), "12345") << "it stays for another try";
  EXPECT_THAT(ContinueFile("-", 0, {}), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("-")));
  folder.Write("f", "old");
  EXPECT_THAT(ContinueFile(folder / "f", 5, {}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("--force")));
  {
    CM_ASSERT_OK_AND_ASSIGN(auto sink, ContinueFile(folder / "f", 5, {.overwrite = true}));
    EXPECT_THAT(ContinueFile(folder / "f", 5, {.overwrite = true}),
                Fails(absl::StatusCode::kUnavailable, HasSubstr("another process")));
    EXPECT_FALSE(CreateFile(folder / "f", {.overwrite = true}).ok());
  }
  EXPECT_THAT(folder.List(), ElementsAre("f")) << "without keep_part it is removed";
  EXPECT_EQ(ReadFile(folder / "f"), "old");
}

TEST(ContinueFile, CreateFileReplacesAKeptPartFile) {
  const TestFolder folder;
  folder.Write("f.part", "of an earlier run");
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(folder / "f", {.keep_part = true}));
  CM_ASSERT_OK(sink->Write("new"));
  CM_ASSERT_OK(sink->Close());
  EXPECT_EQ(ReadFile(folder / "f"), "new");
  EXPECT_THAT(folder.List(), ElementsAre("f"));
}

absl::Status Copy(const std::string& from, const std::string& to) {
  const Context context = ContextFor(IoMode::kDirect);
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenFile(from, &context));
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<PatchableSink> sink, CreateFile(to, {}));
  std::string buffer(10'000, '\0');
  for (int i = 0;; ++i) {
    CM_ASSIGN_OR_RETURN(const size_t n, source->Read(buffer.data(), buffer.size()));
    if (n == 0) break;
    CM_RETURN_IF_ERROR(sink->Write({buffer.data(), n}));
    if (i == 12) CM_RETURN_IF_ERROR(sink->Sync());
  }
  return sink->Close();
}

class AnyCall : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Faults, AnyCall, Values(EIO, ENOSPC, EINVAL, EINTR, FaultyCalls::kShort));

TEST_P(AnyCall, MayFailWithoutAWrongOrPartialFile) {
  const TestFolder folder;
  const ScopedTuning small(kSmall);
  const std::string bytes = RandomBytes(300'123, 7);
  folder.Write("in", bytes);
  int errors = 0;
  for (int at = 0;; ++at) {
    FaultyCalls calls(at, GetParam());
    absl::Status status;
    {
      const ScopedFileCalls scope(&calls);
      status = Copy(folder / "in", folder / "out");
    }
    SCOPED_TRACE(testing::Message() << "call " << at << ", " << calls.culprit());
    if (status.ok()) {
      EXPECT_THAT(folder.List(), ElementsAre("in", "out"));
      EXPECT_TRUE(ReadFile(folder / "out") == bytes);
      fs::remove(folder / "out");
    } else {
      ++errors;
      EXPECT_THAT(status, Fails(absl::StatusCode::kUnavailable, HasSubstr(folder.path())));
      // Without the lock, the part file may belong to another process: it stays, empty.
      const bool locked = calls.culprit() != "lock" && calls.culprit() != "stat";
      if (locked || !fs::exists(folder / "out.part")) {
        EXPECT_THAT(folder.List(), ElementsAre("in"));
      } else {
        EXPECT_THAT(folder.List(), ElementsAre("in", "out.part"));
        EXPECT_EQ(ReadFile(folder / "out.part"), "");
        fs::remove(folder / "out.part");
      }
    }
    if (GetParam() == EINTR || GetParam() == FaultyCalls::kShort) {
      CM_EXPECT_OK(status);
    }
    // Harmless failures: the bytes are durable, or take another path.
    const std::string culprit = calls.culprit();
    // The last check of the replaced file matters only if the folder cannot be synced.
    const bool harmless = GetParam() == EINVAL || culprit == "close" || culprit == "direct" ||
                          culprit == "map" || (culprit == "stat" && at > 50);
    if ((GetParam() == EIO || GetParam() == ENOSPC) && !culprit.empty() && !harmless) {
      EXPECT_FALSE(status.ok()) << "an error is lost";
    }
    if (culprit.empty()) {
      EXPECT_GT(at, 50) << "calls go past Files()";
      break;
    }
  }
  if (GetParam() == EIO || GetParam() == ENOSPC) {
    EXPECT_GT(errors, 40);
  }
}

TEST(CreateFile, AfterAnErrorTheFileGetsNoFinalName) {
  class FullDisk : public FileCalls {
   public:
    ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
      if (!full) return FileCalls::PWriteV(fd, parts, count, offset);
      errno = ENOSPC;
      return -1;
    }
    std::atomic<bool> full{false};
  };
  const TestFolder folder;
  const ScopedTuning small(kSmall);
  for (const IoMode mode : {IoMode::kAuto, IoMode::kDirect, IoMode::kCached}) {
    FullDisk disk;
    const ScopedFileCalls scope(&disk);
    CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(folder / "f", {.io = mode}));
    CM_ASSERT_OK(sink->Write(std::string(100'000, 'x')));
    disk.full = true;
    absl::Status status = sink->Write(std::string(100'000, 'x'));  // The error may come later.
    if (status.ok()) status = sink->Sync();
    EXPECT_THAT(status, Fails(absl::StatusCode::kUnavailable,
                              AllOf(HasSubstr("f.part: write of"), HasSubstr("No space left"))));
    disk.full = false;
    EXPECT_FALSE(sink->Write("y").ok());
    EXPECT_FALSE(sink->Patch(0, "y").ok());
    EXPECT_FALSE(sink->Sync().ok());
    EXPECT_FALSE(sink->Close().ok());
    sink.reset();
    EXPECT_THAT(folder.List(), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace corpusmill
