// Unreadable inputs, inputs that change during the run, and few file descriptors: the run gives
// the right bytes or an error that names the file, and leaves no files behind.

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "corpus/codecs/codec.h"
#include "corpus/io/file_calls.h"
#include "tests/corpus/io/streams.h"
#include "tests/shuffle/job/job_fixture.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Refuses to open a file, and calls functions at an open or a read.
class WatchingCalls final : public FileCalls {
 public:
  std::string refused;                              ///< Path that cannot be opened.
  std::function<void(const std::string&)> on_open;  ///< Called before a path is opened.
  std::function<void()> on_read;                    ///< Called before one numbered read.
  int64_t read_number = -1;

  int Open(const char* path, int flags, mode_t mode) override {
    if (on_open) on_open(path);
    if (path == refused) {
      errno = EACCES;
      return -1;
    }
    return FileCalls::Open(path, flags, mode);
  }
  ssize_t Read(int fd, void* buffer, size_t size) override {
    Count();
    return FileCalls::Read(fd, buffer, size);
  }
  ssize_t PRead(int fd, void* buffer, size_t size, off_t offset) override {
    Count();
    return FileCalls::PRead(fd, buffer, size, offset);
  }

 private:
  void Count() {
    if (reads_++ == read_number) on_read();
  }
  std::atomic<int64_t> reads_{0};
};

class ChangingInputsTest : public testing::Test {
 protected:
  /// Files 00, 01, … that together exceed the memory.
  void WriteMany(int files) {
    for (int i = 0; i < files; ++i) {
      texts_.push_back({.text = RandomLines(1 << 20, 300, static_cast<uint64_t>(i))});
      paths_.push_back(inputs_.Write((i < 10 ? "0" : "") + std::to_string(i), texts_.back().text));
    }
  }

  absl::Status Run(const std::vector<InputFile>& inputs, IoMode io = IoMode::kAuto) const {
    Context context({.memory_limit_bytes = 16 << 20,
                     .threads = 2,
                     .temp_dirs = {first_.path(), second_.path()},
                     .io = io});
    FilesTarget target({.pattern = out_ / "{shard}", .overwrite = true, .shards = 3}, context);
    return Shuffle(inputs, {.seed = "s"}, target, context).status();
  }

  void ExpectNothingLeft() const {
    EXPECT_THAT(out_.List(), IsEmpty());
    EXPECT_THAT(first_.List(), IsEmpty());
    EXPECT_THAT(second_.List(), IsEmpty());
  }

  static auto FailsInOneLine(absl::StatusCode code, const std::string& what) {
    return Fails(code, AllOf(HasSubstr(what), Not(HasSubstr("\n"))));
  }

  const TestFolder inputs_, first_, second_, out_;
  std::vector<ReferenceInput> texts_;
  std::vector<std::string> paths_;
};

TEST_F(ChangingInputsTest, OneOfManyIsUnreadable) {
  WriteMany(20);
  const auto inputs = ResolveInputs(paths_).value();
  WatchingCalls calls;
  calls.refused = paths_[13];
  const ScopedFileCalls scope(&calls);
  const auto told = FailsInOneLine(absl::StatusCode::kUnavailable,
                                   paths_[13] + ": cannot open: Permission denied");
  EXPECT_THAT(ResolveInputs(paths_), told);  // Before any work, or later if the file changed.
  EXPECT_THAT(Run(inputs), told);
  ExpectNothingLeft();
}

TEST_F(ChangingInputsTest, OneOfManyVanishesWhileOthersAreRead) {
  WriteMany(20);
  const auto inputs = ResolveInputs(paths_).value();
  WatchingCalls calls;
  bool removed = false;
  calls.on_open = [&](const std::string& path) {
    if (path == paths_[17]) removed = fs::remove(paths_[18]);
  };
  const ScopedFileCalls scope(&calls);
  EXPECT_THAT(Run(inputs), FailsInOneLine(absl::StatusCode::kUnavailable,
                                          paths_[18] + ": cannot open: No such file"));
  EXPECT_TRUE(removed);
  ExpectNothingLeft();
}

// A separate thread reads files of 32 MiB and more, in larger chunks.
TEST_F(ChangingInputsTest, ABigFileGrowsOrShrinksWhileItIsRead) {
  const std::string text = RandomLines(34 << 20, 2000, 1), path = inputs_ / "in";
  for (const IoMode io : {IoMode::kCached, IoMode::kDirect}) {
    for (const bool grows : {true, false}) {
      SCOPED_TRACE(testing::Message()
                   << (grows ? "grows" : "shrinks") << (io == IoMode::kCached ? ", cached" : ""));
      inputs_.Write("in", text);
      const auto inputs = ResolveInputs({path}).value();
      WatchingCalls calls;
      calls.read_number = 3;
      calls.on_read = [&] {
        if (grows) {
          std::ofstream(path, std::ios::app) << "more\n";
        } else {
          fs::resize_file(path, 30 << 20);
        }
      };
      const ScopedFileCalls scope(&calls);
      EXPECT_THAT(Run(inputs, io), FailsInOneLine(absl::StatusCode::kDataLoss,
                                                  path + ": changed while it was read"));
      ExpectNothingLeft();
    }
  }
}

TEST_F(ChangingInputsTest, ACompressedFileGrowsOrShrinksWhileItIsRead) {
  Context context;
  const std::string text = RandomLines(4 << 20, 300, 1);
  for (const Codec codec : {Codec::kGzip, Codec::kZstd}) {
    const std::string stored = Encode(text, codec, context).value();
    for (const bool grows : {true, false}) {
      SCOPED_TRACE(testing::Message() << CodecName(codec) << (grows ? " grows" : " shrinks"));
      const std::string path = inputs_.Write("in", stored);
      const auto inputs = ResolveInputs({path}).value();
      WatchingCalls calls;
      calls.read_number = 2;
      calls.on_read = [&] {
        if (grows) {  // Appends a stream, which would be read as a part of the file.
          std::ofstream(path, std::ios::app | std::ios::binary) << stored;
        } else {
          fs::resize_file(path, stored.size() / 2);
        }
      };
      const ScopedFileCalls scope(&calls);
      EXPECT_THAT(Run(inputs), FailsInOneLine(absl::StatusCode::kDataLoss, path + ": "));
      ExpectNothingLeft();
    }
  }
}

/// Limits the process to file descriptors below `limit`.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t limit) {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit few = {limit, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST_F(ChangingInputsTest, TwentyInputsAndManyOutputsWith64Descriptors) {
  WriteMany(20);
  const auto inputs = ResolveInputs(paths_).value();
  Context context(
      {.memory_limit_bytes = 16 << 20, .threads = 2, .temp_dirs = {first_.path(), second_.path()}});
  const auto splits = ParseSplits("a=1,b=1,c=2").value();
  FilesTarget target(
      {.pattern = out_ / "{split}-{shard:03d}", .shards = 100, .splits = {"a", "b", "c"}}, context);
  {
    const FewDescriptors few(64);
    CM_ASSERT_OK_AND_ASSIGN(const ShuffleReport report,
                            Shuffle(inputs, {.seed = "s", .splits = splits}, target, context));
    EXPECT_EQ(report.passes, 2);
  }
  ASSERT_EQ(out_.List().size(), 300);
  // Each split keeps the order of the whole.
  std::vector<std::string> found[3];
  for (const std::string& name : out_.List()) {
    for (std::string& record : RecordsOf(ReadFile(out_ / name))) {
      found[name[0] - 'a'].push_back(std::move(record));
    }
  }
  size_t at[3] = {0, 0, 0};
  for (const Placed& record : ReferenceOrder(texts_, "s")) {
    int hits = 0;
    for (int split = 0; split < 3 && hits == 0; ++split) {
      if (at[split] < found[split].size() && found[split][at[split]] == record.bytes) {
        ++at[split];
        ++hits;
      }
    }
    ASSERT_EQ(hits, 1);
  }
  for (int split = 0; split < 3; ++split) EXPECT_EQ(at[split], found[split].size());
}

// A job may have any number of part files.
using FewDescriptorsJobTest = ShuffleJobTest;
TEST_F(FewDescriptorsJobTest, MorePartsThanDescriptors) {
  JobSetup setup = {.options = {.seed = "s"},
                    .files = {.pattern = "{shard}", .shards = 90},
                    .scatter_tasks = 20,
                    .gather_tasks = 3,
                    .part_bytes = 20'000,
                    .buckets = 4};
  for (int i = 0; i < 20; ++i) {
    setup.arguments.push_back(
        inputs_.Write(std::to_string(i), RandomLines(1'000'000, 300, static_cast<uint64_t>(i))));
  }
  const Outputs expected = Expected(setup);
  Create(setup);
  {
    const FewDescriptors few(64);
    CrashingCalls no_syncs;
    const ScopedFileCalls scope(&no_syncs);
    Context context(Options());
    CM_ASSERT_OK(RunAll(context));
  }
  EXPECT_GT(temp_.List().size(), 64);
  EXPECT_EQ(Difference(expected, ReadAll(out_)), "");
}

}  // namespace
}  // namespace corpusmill
