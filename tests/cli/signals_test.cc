// A signal at a known place of the work: the shuffle ends with one line and exit code 130,
// and nothing of it is left. The places are made sure of, not waited for.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/program.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

/// A second, and some time for a busy machine.
constexpr std::chrono::milliseconds kSoon(1500);

constexpr char kInterrupted[] = "corpusmill shuffle: interrupted\n";

/// A named pipe; open at this end without waiting for the other.
class Pipe {
 public:
  explicit Pipe(const std::string& path) {
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    // Both ways, so that neither open nor the first read of the other end sees no partner.
    fd_ = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    EXPECT_GE(fd_, 0);
  }
  ~Pipe() { close(fd_); }

  /// Writes all of it to a program, unless that ends: at the return all but what the pipe
  /// holds, 64 KiB, was read.
  bool Fill(std::string_view bytes, Program& program) const {
    return Await([&] {
             if (!program.IsRunning()) return true;
             const ssize_t n = write(fd_, bytes.data(), bytes.size());
             if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
             return bytes.empty();
           }) &&
           bytes.empty();
  }
  /// What was written to it by now, at most a few bytes.
  bool HasBytes() const {
    char byte;
    return read(fd_, &byte, 1) == 1;
  }
  void Drain() const {
    char buffer[1 << 16];
    while (read(fd_, buffer, sizeof(buffer)) > 0) {
    }
  }

 private:
  int fd_ = -1;
};

class SignalsTest : public testing::TestWithParam<int> {
 protected:
  /// Numbers, one a line.
  static std::string Numbers(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(i) + "\n";
    return text;
  }

  Program Start(std::vector<std::string> arguments) const {
    std::vector<std::string> all = {"shuffle", "--seed", "1", "--temp-dir", temp_.path()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Program(folder_.path(), err_ / "err", all);
  }

  /// Text with little structure.
  static std::string Words(size_t bytes) {
    TestRandom random(3);
    std::string text;
    while (text.size() < bytes) text += std::to_string(random.Below(1 << 20)) + " ";
    return text;
  }

  void ExpectSoonInterrupted(Program& program) const {
    const auto start = std::chrono::steady_clock::now();
    program.Signal(GetParam());
    ExpectInterrupted(program);
    EXPECT_LT(std::chrono::steady_clock::now() - start, kSoon);
  }

  void ExpectInterrupted(Program& program) const {
    EXPECT_EQ(program.ExitCode(), 130);
    EXPECT_EQ(program.Errors(), kInterrupted);
    EXPECT_THAT(temp_.List(), IsEmpty());
  }

  const TestFolder folder_, temp_, err_;
};

TEST_P(SignalsTest, WhileItReadsWithAFileToWrite) {
  // In memory, and when temporary files are in use.
  for (const int numbers : {100'000, 2'000'000}) {
    const TestFolder pipes;
    const Pipe pipe(pipes / "in");
    Program program = Start({"--memory", "16M", pipes / "in", "-o", "out"});
    ASSERT_TRUE(pipe.Fill(Numbers(numbers), program));
    program.Signal(GetParam());
    ExpectInterrupted(program);
    EXPECT_THAT(folder_.List(), IsEmpty());
  }
}

TEST_P(SignalsTest, WhileItReadsWithShardsToWrite) {
  const TestFolder pipes;
  const Pipe pipe(pipes / "in");
  Program program =
      Start({"--memory", "16M", pipes / "in", "-o", "out-{shard}.zst", "--shards", "3"});
  ASSERT_TRUE(pipe.Fill(Numbers(2'000'000), program));
  program.Signal(GetParam());
  ExpectInterrupted(program);
  EXPECT_THAT(folder_.List(), IsEmpty());
}

TEST_P(SignalsTest, WhileThePipeItWritesToIsFull) {
  folder_.Write("in", Numbers(100'000));
  const TestFolder pipes;
  const Pipe pipe(pipes / "out");
  Program program = Start({"in", "-o", pipes / "out"});
  ASSERT_TRUE(Await([&] { return pipe.HasBytes(); }));
  program.Signal(GetParam());
  ExpectInterrupted(program);
}

TEST_P(SignalsTest, WhileNobodyReadsThePipeToWriteTo) {
  folder_.Write("in", Numbers(10));
  const TestFolder pipes;
  ASSERT_EQ(mkfifo((pipes / "out").c_str(), 0600), 0);
  Program program = Start({"in", "-o", pipes / "out"});
  ASSERT_TRUE(Await([&] { return program.Handles(GetParam()); }));
  // Long enough to come to the pipe; if it is not, the test cannot fail.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  program.Signal(GetParam());
  ExpectInterrupted(program);
}

// Stopped with a part of the output written, and less than half of it.
TEST_P(SignalsTest, WhileItWritesAFile) {
  const std::string text = Numbers(4'000'000);
  folder_.Write("in", text);
  for (const char* memory : {"16M", "512M"}) {
    bool interrupted = false;
    // Once is enough unless the machine is so busy that the file was half written before
    // we saw it.
    for (int attempt = 0; attempt < 50 && !interrupted; ++attempt) {
      fs::remove(folder_ / "out");
      Program program = Start({"--memory", memory, "in", "-o", "out"});
      const auto part_bytes = [&]() -> uint64_t {
        std::error_code error;
        const uint64_t size = fs::file_size(folder_ / "out.part", error);
        return error ? 0 : size;
      };
      ASSERT_TRUE(Await([&] { return part_bytes() > 0 || !program.IsRunning(); }));
      if (!program.Stop()) continue;
      if (part_bytes() == 0 || part_bytes() > text.size() / 2) continue;
      ASSERT_THAT(folder_.List(), ElementsAre("in", "out.part"));
      program.Signal(GetParam());
      program.Signal(SIGCONT);
      ExpectInterrupted(program);
      EXPECT_THAT(folder_.List(), ElementsAre("in"));
      interrupted = true;
    }
    EXPECT_TRUE(interrupted) << "it was never seen while it wrote";
  }
}

// The second of three shards is a pipe: once something came out of it, the first shard is
// whole, and the third not begun.
TEST_P(SignalsTest, WhileItWritesShards) {
  folder_.Write("in", Numbers(2'000'000));
  for (const char* memory : {"16M", "512M"}) {
    const Pipe pipe(folder_ / "out-1");
    Program program = Start({"--memory", memory, "in", "-o", "out-{shard}", "--shards", "3"});
    ASSERT_TRUE(Await([&] { return pipe.HasBytes() || !program.IsRunning(); }));
    ASSERT_TRUE(program.IsRunning()) << program.Errors();
    EXPECT_THAT(folder_.List(), ElementsAre("in", "out-0", "out-1"));
    program.Signal(GetParam());
    ASSERT_TRUE(Await([&] { return program.HasTaken(GetParam()); }));
    ASSERT_TRUE(Await([&] {
      pipe.Drain();
      return !program.IsRunning();
    }));
    ExpectInterrupted(program);
    ASSERT_THAT(folder_.List(), ElementsAre("in", "out-1"));
    fs::remove(folder_ / "out-1");
  }
}

// Publishing takes a few system calls a shard, and all shards are in one bucket.
TEST_P(SignalsTest, WhileItPublishesManyShards) {
  folder_.Write("in", Numbers(40'000));
  Program program = Start({"in", "-o", "out-{shard}", "--shards", "40000"});
  ASSERT_TRUE(Await([&] { return fs::exists(folder_ / "out-300") || !program.IsRunning(); }));
  ASSERT_TRUE(program.IsRunning()) << program.Errors();
  ExpectSoonInterrupted(program);
  EXPECT_THAT(folder_.List(), ElementsAre("in"));
}

// One record, in code that takes it as a whole.
TEST_P(SignalsTest, WhileItReadsOneLine) {
  folder_.Write("line", Words(20 << 20));
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"tokenizer", "count", "ngrams", "-o", "out", "line"},
           {"tokenizer", "train", "--vocab-size", "300", "-o", "out", "line"}}) {
    Program program(folder_.path(), err_ / "err", command);
    ASSERT_TRUE(Await([&] { return program.Handles(GetParam()) || !program.IsRunning(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ASSERT_TRUE(program.IsRunning()) << program.Errors();
    const auto start = std::chrono::steady_clock::now();
    program.Signal(GetParam());
    EXPECT_EQ(program.ExitCode(), 130);
    EXPECT_LT(std::chrono::steady_clock::now() - start, kSoon);
    EXPECT_THAT(program.Errors(), testing::EndsWith(": interrupted\n"));
    EXPECT_THAT(folder_.List(), ElementsAre("line"));
  }
}

TEST_P(SignalsTest, AJobSaysHowToContinue) {
  folder_.Write("in", Numbers(4'000'000));
  Program program = Start({"--job-dir", "job", "in", "-o", "out"});
  ASSERT_TRUE(Await([&] { return fs::exists(folder_ / "job/plan.json") || !program.IsRunning(); }));
  program.Signal(GetParam());
  EXPECT_EQ(program.ExitCode(), 130);
  EXPECT_EQ(program.Errors(),
            "corpusmill shuffle: interrupted; to continue: corpusmill job run --job-dir job\n");
}

INSTANTIATE_TEST_SUITE_P(Signals, SignalsTest, testing::Values(SIGINT, SIGTERM),
                         [](const auto& info) {
                           return std::string(info.param == SIGINT ? "SIGINT" : "SIGTERM");
                         });

}  // namespace
}  // namespace corpusmill
