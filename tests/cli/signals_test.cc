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

#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

/// Polls until something is so; false after a minute.
bool Await(const std::function<bool()>& is_so) {
  for (int i = 0; i < 60'000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

/// corpusmill in a folder, with standard error to a file.
class Program {
 public:
  Program(const std::string& folder, const std::string& err, std::vector<std::string> arguments)
      : err_(err) {
    const std::string program = fs::absolute("cli/corpusmill").string();
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    const int null = open("/dev/null", O_RDWR);
    const int to = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (chdir(folder.c_str()) != 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(to, 2) < 0) {
      _exit(126);
    }
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  ~Program() {
    if (ended_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void Signal(int signal) const { kill(pid_, signal); }

  /// Stops it where it is; false if it has ended.
  bool Stop() {
    if (ended_) return false;
    kill(pid_, SIGSTOP);
    waitpid(pid_, &status_, WUNTRACED);
    ended_ = !WIFSTOPPED(status_);
    return !ended_;
  }

  /// Whether a signal that was sent has reached it.
  bool HasTaken(int signal) const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("ShdPnd:")) continue;
      return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) == 0;
    }
    return true;  // It has ended.
  }

  bool IsRunning() {
    if (!ended_) ended_ = waitpid(pid_, &status_, WNOHANG) == pid_;
    return !ended_;
  }

  /// Its exit code, -1 if it was killed; it has a minute to end.
  int ExitCode() {
    if (!Await([this] { return !IsRunning(); })) return -2;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }
  std::string Errors() const { return ReadFile(err_); }

 private:
  const std::string err_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

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

INSTANTIATE_TEST_SUITE_P(Signals, SignalsTest, testing::Values(SIGINT, SIGTERM),
                         [](const auto& info) {
                           return std::string(info.param == SIGINT ? "SIGINT" : "SIGTERM");
                         });

}  // namespace
}  // namespace corpusmill
