// Faults of the system: the run gives the right bytes or an error that names the file, and leaves
// no files behind.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "corpus/io/file_calls.h"
#include "tests/shuffle/reference.h"
#include "tests/shuffle/small_disk.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// The effect of a failing call.
enum class Fault { kNone, kIoError, kNoSpace, kInterrupted, kShort };

/// Counts the calls and makes one of them fail. Close succeeds: its callers cannot handle errors.
class FaultyCalls final : public FileCalls {
 public:
  FaultyCalls(Fault fault, int64_t at) : fault_(fault), at_(at) {}
  int64_t calls() const { return calls_; }

  int Open(const char* path, int flags, mode_t mode) override {
    return Fails() ? -1 : FileCalls::Open(path, flags, mode);
  }
  ssize_t Read(int fd, void* buffer, size_t size) override {
    return Fails(&size) ? -1 : FileCalls::Read(fd, buffer, size);
  }
  ssize_t Write(int fd, const void* bytes, size_t size) override {
    return Fails(&size) ? -1 : FileCalls::Write(fd, bytes, size);
  }
  ssize_t PRead(int fd, void* buffer, size_t size, off_t offset) override {
    return Fails(&size) ? -1 : FileCalls::PRead(fd, buffer, size, offset);
  }
  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    std::vector<iovec> left(parts, parts + count);
    if (Fails(&left[0].iov_len)) return -1;
    const bool is_short = left[0].iov_len != parts[0].iov_len;
    return FileCalls::PWriteV(fd, left.data(), is_short ? 1 : count, offset);
  }
  int FSync(int fd) override { return Fails() ? -1 : FileCalls::FSync(fd); }
  int FDataSync(int fd) override { return Fails() ? -1 : FileCalls::FDataSync(fd); }
  int SyncFileRange(int fd, off_t offset, off_t size, unsigned flags) override {
    return Fails() ? -1 : FileCalls::SyncFileRange(fd, offset, size, flags);
  }
  int FTruncate(int fd, off_t size) override {
    return Fails() ? -1 : FileCalls::FTruncate(fd, size);
  }
  int FAllocate(int fd, int mode, off_t offset, off_t size) override {
    return Fails() ? -1 : FileCalls::FAllocate(fd, mode, offset, size);
  }
  int Rename(const char* from, const char* to) override {
    return Fails() ? -1 : FileCalls::Rename(from, to);
  }

 private:
  bool Fails(size_t* size = nullptr) {
    if (calls_++ != at_) return false;
    switch (fault_) {
      case Fault::kNone:
        return false;
      case Fault::kIoError:
        errno = EIO;
        return true;
      case Fault::kNoSpace:
        errno = ENOSPC;
        return true;
      case Fault::kInterrupted:
        errno = EINTR;
        return true;
      case Fault::kShort:  // A whole block, so that the rest can bypass the page cache.
        if (size != nullptr && *size > 4096) *size = 4096;
        return false;
    }
    return false;
  }

  const Fault fault_;
  const int64_t at_;
  std::atomic<int64_t> calls_{0};
};

class FaultsTest : public testing::Test {
 protected:
  FaultsTest() {
    text_ = RandomLines(11 << 20, 2000, 1) + RandomLines(600'000, 700'000, 2);
    input_ = inputs_.Write("in", text_);
    expected_ = Joined(ReferenceOrder(text_, "s"));
  }

  /// Runs with a fault at call `at`; returns the number of calls.
  int64_t Run(Fault fault, int64_t at) {
    const auto inputs = ResolveInputs({input_}).value();
    FaultyCalls calls(fault, at);
    absl::Status status;
    {
      const ScopedFileCalls scope(&calls);
      Context context({.memory_limit_bytes = 16 << 20,
                       .threads = 2,
                       .temp_dirs = {first_.path(), second_.path()}});
      FilesTarget target({.pattern = out_ / "out-{shard}", .shards = 2}, context);
      const auto report = Shuffle(inputs, {.seed = "s"}, target, context);
      status = report.status();
      EXPECT_TRUE(!report.ok() || report->passes == 2);
    }
    const std::vector<std::string> outputs = out_.List();
    if (status.ok()) {
      EXPECT_THAT(outputs, ElementsAre("out-0", "out-1"));
      EXPECT_TRUE(ReadFile(out_ / "out-0") + ReadFile(out_ / "out-1") == expected_) << at;
      for (const std::string& name : outputs) unlink((out_ / name).c_str());
    } else {
      EXPECT_NE(fault, Fault::kInterrupted) << at << ": " << status;
      EXPECT_NE(fault, Fault::kShort) << at << ": " << status;
      EXPECT_THAT(Message(status), AnyOf(HasSubstr(input_), HasSubstr(out_.path()),
                                         HasSubstr(first_.path()), HasSubstr(second_.path())))
          << at;
      EXPECT_EQ(outputs, std::vector<std::string>()) << at << ": " << status;
      for (const std::string& name : outputs) unlink((out_ / name).c_str());
    }
    EXPECT_EQ(first_.List(), std::vector<std::string>());
    EXPECT_EQ(second_.List(), std::vector<std::string>());
    return calls.calls();
  }

  /// Faults at all of the first and last calls, and at some in between.
  void RunAll(Fault fault) {
    const int64_t calls = Run(Fault::kNone, -1);
    ASSERT_GT(calls, 100) << "no fault in the middle";
    for (int64_t at = 0; at < calls; at += at < 40 || at > calls - 25 ? 1 : 1 + calls / 20) {
      Run(fault, at);
      if (HasFailure()) return;
    }
  }

  const TestFolder inputs_, first_, second_, out_;
  std::string text_, input_, expected_;
};

TEST_F(FaultsTest, IoError) { RunAll(Fault::kIoError); }
TEST_F(FaultsTest, NoSpace) { RunAll(Fault::kNoSpace); }
TEST_F(FaultsTest, Interrupted) { RunAll(Fault::kInterrupted); }
TEST_F(FaultsTest, ShortReadsAndWrites) { RunAll(Fault::kShort); }

absl::Status ShuffleResolved(const std::vector<InputFile>& inputs, const std::string& out) {
  Context context({.memory_limit_bytes = 16 << 20});
  FilesTarget target({.pattern = out}, context);
  return Shuffle(inputs, {.seed = "s"}, target, context).status();
}

TEST(ChangingInputTest, ErrorNamesTheInput) {
  const TestFolder folder;
  const std::string text = RandomLines(1 << 20, 100, 1);
  const std::string a = folder.Write("a", "a\n"), b = folder.Write("b", text);
  const std::string out = folder / "out";
  const auto inputs = ResolveInputs({a, b}).value();
  folder.Write("b", text + "more\n");
  EXPECT_THAT(ShuffleResolved(inputs, out),
              Fails(absl::StatusCode::kDataLoss, HasSubstr(b + ": changed while it was read")));
  folder.Write("b", text.substr(0, 1000));
  EXPECT_THAT(ShuffleResolved(inputs, out),
              Fails(absl::StatusCode::kDataLoss, HasSubstr(b + ": changed while it was read")));
  unlink(b.c_str());
  EXPECT_THAT(ShuffleResolved(inputs, out),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(b + ": cannot open")));
  EXPECT_THAT(folder.List(), ElementsAre("a"));
}

/// Calls a function after a number of bytes of a file were read.
class MeanwhileCalls final : public FileCalls {
 public:
  MeanwhileCalls(int64_t at, std::function<void()> action) : at_(at), action_(std::move(action)) {}
  ssize_t Read(int fd, void* buffer, size_t size) override {
    if (reads_++ == at_) action_();
    return FileCalls::Read(fd, buffer, size);
  }

 private:
  const int64_t at_;
  const std::function<void()> action_;
  std::atomic<int64_t> reads_{0};
};

TEST(ChangingInputTest, ChangeWhileReading) {
  const TestFolder folder;
  const std::string text = RandomLines(1 << 20, 100, 1);
  const std::string path = folder.Write("in", text), out = folder / "out";
  const std::string expected = Joined(ReferenceOrder(text, "s"));
  const auto inputs = ResolveInputs({path}).value();
  const auto run = [&](std::function<void()> action) {
    MeanwhileCalls calls(3, std::move(action));
    const ScopedFileCalls scope(&calls);
    return ShuffleResolved(inputs, out);
  };
  EXPECT_THAT(run([&] { std::ofstream(path, std::ios::app) << "more\n"; }),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("changed while it was read")));
  folder.Write("in", text);
  EXPECT_THAT(run([&] { std::filesystem::resize_file(path, 500'000); }),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("changed while it was read")));
  EXPECT_THAT(folder.List(), ElementsAre("in"));
  folder.Write("in", text);
  // Replaced by another file: the open file is read to its end.
  CM_EXPECT_OK(run([&] { std::filesystem::rename(folder.Write("new", "new"), path); }));
  EXPECT_TRUE(ReadFile(out) == expected);
}

/// Cancels at the start of the second pass, and after a number of bytes were written.
class CancellingTarget final : public ShuffleTarget {
 public:
  CancellingTarget(ShuffleTarget& target, int buckets, std::atomic<bool>* cancelled)
      : target_(target), left_(buckets), cancelled_(cancelled) {}
  std::string output_path() const override { return target_.output_path(); }
  bool compresses() const override { return target_.compresses(); }
  absl::Status Begin(const ShuffleResult& result) override {
    *cancelled_ = left_ == 0;
    return target_.Begin(result);
  }
  absl::Status Write(size_t stream, const SortedBucket& bucket,
                     const OversizedSource& oversized_records) override {
    if (--left_ <= 0) *cancelled_ = true;
    return target_.Write(stream, bucket, oversized_records);
  }
  absl::Status Finish() override { return target_.Finish(); }

 private:
  ShuffleTarget& target_;
  int left_;
  std::atomic<bool>* const cancelled_;
};

TEST(CancellationTest, LeavesNoFiles) {
  const TestFolder folder, temp;
  const std::string path = folder.Write("in", RandomLines(12 << 20, 300, 1));
  for (const int buckets : {0, 1, 40, 64}) {
    std::atomic<bool> cancelled{false};
    Context context(
        {.memory_limit_bytes = 16 << 20, .temp_dirs = {temp.path()}, .cancelled = &cancelled});
    FilesTarget files({.pattern = folder / "out-{shard}", .shards = 9}, context);
    CancellingTarget target(files, buckets, &cancelled);
    EXPECT_THAT(Shuffle(ResolveInputs({path}).value(), {.seed = "s"}, target, context),
                Fails(absl::StatusCode::kCancelled, testing::_));
  }
  EXPECT_THAT(folder.List(), ElementsAre("in"));
  EXPECT_EQ(temp.List(), std::vector<std::string>());
}

TEST(FullDiskTest, ErrorNamesTheFolder) {
  const SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "no permission to mount a small file system";
  const TestFolder folder;
  const std::string path = folder.Write("in", RandomLines(24 << 20, 500, 1));
  const auto run = [&](const std::string& in, const ShuffleFiles& out, const std::string& temp) {
    Context context({.memory_limit_bytes = 16 << 20, .temp_dirs = {temp}});
    FilesTarget target(out, context);
    return Shuffle(ResolveInputs({in}).value(), {.seed = "s"}, target, context).status();
  };
  const std::string small = disk.folder().path();
  // Before any work, if the sizes are known…
  EXPECT_THAT(run(path, {.pattern = folder / "out"}, small),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(small + ": has ")));
  EXPECT_THAT(run(path, {.pattern = small + "/out"}, folder.path()),
              Fails(absl::StatusCode::kUnavailable, HasSubstr(small + ": has room for ")));
  // …else when the disk is full.
  const ShuffleFiles packed{.pattern = folder / "in.zst", .codec = Codec::kZstd};
  CM_ASSERT_OK(run(path, packed, folder.path()));
  EXPECT_THAT(run(packed.pattern, {.pattern = folder / "out"}, small),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr(small + ": "), HasSubstr("No space left"))));
  EXPECT_THAT(run(path, {.pattern = small + "/out.zst", .codec = Codec::kZstd}, folder.path()),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr(small + "/out.zst.part: "), HasSubstr("No space left"))));
  EXPECT_THAT(folder.List(), ElementsAre("in", "in.zst"));
  EXPECT_EQ(disk.folder().List(), std::vector<std::string>());
}

}  // namespace
}  // namespace corpusmill
