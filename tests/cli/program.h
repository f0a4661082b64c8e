#ifndef CORPUSMILL_TESTS_CLI_PROGRAM_H_
#define CORPUSMILL_TESTS_CLI_PROGRAM_H_

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {

/// Polls until something is so; false after a minute.
inline bool Await(const std::function<bool()>& is_so) {
  for (int i = 0; i < 60'000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

/// corpusmill in a folder, with standard error to a file; standard input and output are
/// /dev/null, or files that are open already.
class Program {
 public:
  Program(const std::string& folder, const std::string& err, std::vector<std::string> arguments,
          int in = -1, int out = -1)
      : err_(err) {
    const std::string program = std::filesystem::absolute("cli/corpusmill").string();
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    const int null = open("/dev/null", O_RDWR);
    const int to = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0) in = null;
    if (out < 0) out = null;
    if (chdir(folder.c_str()) != 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(to, 2) < 0) {
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
  bool HasTaken(int signal) const { return !IsInMask("ShdPnd:", signal); }
  /// Whether it has come so far that it handles a signal.
  bool Handles(int signal) const { return IsInMask("SigCgt:", signal); }

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
  /// False if it has ended.
  bool IsInMask(std::string_view name, int signal) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with(name)) continue;
      return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1) != 0;
    }
    return false;
  }

  const std::string err_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_CLI_PROGRAM_H_
