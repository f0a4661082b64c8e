#include "pipelines/stages/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

extern char** environ;

namespace corpusmill {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMilliseconds = 100;  // How late a cancellation is seen.
constexpr size_t kReadBytes = 64 << 10;
constexpr double kSecondsToEnd = 1;

/// Keeps SIGPIPE from this thread while it writes to a pipe without a reader.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    if (!was_pending_) {
      while (sigtimedwait(&sigpipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t sigpipe_, before_;
  bool was_pending_ = false;
};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

ChildProcess::Descriptor& ChildProcess::Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void ChildProcess::Descriptor::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

/// Both ends close on exec, and are none of the standard streams.
absl::StatusOr<ChildProcess::Pipe> ChildProcess::MakePipe(std::string_view name) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return IoError(absl::StrFormat("command %s", name), "cannot make a pipe", errno);
  }
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  for (Descriptor* const end : {&pipe.read, &pipe.write}) {
    if (end->get() > STDERR_FILENO) continue;
    const int moved = fcntl(end->get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0) {
      return IoError(absl::StrFormat("command %s", name), "cannot make a pipe", errno);
    }
    *end = Descriptor(moved);
  }
  return pipe;
}

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& arguments, std::string_view name) {
  std::unique_ptr<ChildProcess> child(new ChildProcess(name));
  CM_ASSIGN_OR_RETURN(Pipe input, MakePipe(name));
  CM_ASSIGN_OR_RETURN(Pipe output, MakePipe(name));
  fcntl(input.write.get(), F_SETFL, O_NONBLOCK);
  fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  CM_RETURN_IF_ERROR(child->Spawn(arguments, input.read.get(), output.write.get()));
  child->input_ = std::move(input.write);
  child->output_ = std::move(output.read);
  return child;
}

absl::Status ChildProcess::Spawn(const std::vector<std::string>& arguments, int input, int output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, standard;
  sigemptyset(&none);
  sigemptyset(&standard);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&standard, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &standard);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  // glibc returns the error of exec.
  const int error = posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return absl::OkStatus();
  pid_ = -1;
  return IoError(absl::StrFormat("command %s", name_),
                 absl::StrFormat("cannot start %s", arguments[0]), error);
}

ChildProcess::~ChildProcess() {
  input_.Close();
  if (pid_ >= 0 && (failed_ || !WaitFor(kSecondsToEnd))) Kill();
}

bool ChildProcess::WaitFor(double seconds) {
  const Clock::time_point start = Clock::now();
  char ignored[4096];
  while (pid_ >= 0) {
    while (read(output_.get(), ignored, sizeof(ignored)) > 0) {
    }
    const pid_t ended = waitpid(pid_, &wait_status_, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno != EINTR)) pid_ = -1;
    if (pid_ < 0) return true;
    if (SecondsSince(start) > seconds) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void ChildProcess::Kill() {
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  while (waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::string ChildProcess::Ending() {
  input_.Close();
  if (!WaitFor(kSecondsToEnd)) {
    Kill();
    return "closed its output and did not end";
  }
  if (WIFSIGNALED(wait_status_)) {
    const int signal = WTERMSIG(wait_status_);
    return absl::StrFormat("was killed by signal %d (%s)", signal, strsignal(signal));
  }
  return absl::StrFormat("ended with status %d", WEXITSTATUS(wait_status_));
}

/// One exchange: what is written, what is read, and how long nothing has happened.
class ChildProcess::Conversation {
 public:
  Conversation(ChildProcess& child, std::string_view lines, std::span<const ChildRequest> requests,
               double timeout_seconds, const Context& context, std::string* answers)
      : child_(child),
        to_write_(lines),
        requests_(requests),
        timeout_seconds_(timeout_seconds),
        context_(context),
        answers_(*answers) {
    answers_.clear();
  }

  absl::Status Run() {
    while (answered_ < requests_.size()) {
      CM_RETURN_IF_ERROR(context_.CheckCancelled());
      const double left = timeout_seconds_ - SecondsSince(last_answer_);
      if (left <= 0) {
        return IoError(Where(), absl::StrFormat("no answer for %g seconds; try a larger "
                                                "timeout-seconds",
                                                timeout_seconds_));
      }
      pollfd ends[2] = {{child_.output_.get(), POLLIN, 0},
                        {to_write_.empty() ? -1 : child_.input_.get(), POLLOUT, 0}};
      const int wait = std::min(kPollMilliseconds, static_cast<int>(left * 1000) + 1);
      if (poll(ends, 2, wait) < 0 && errno != EINTR) return IoError(Where(), "cannot wait", errno);
      if (ends[1].revents != 0) CM_RETURN_IF_ERROR(Write());
      if (ends[0].revents != 0) CM_RETURN_IF_ERROR(Read());
    }
    // What it says now is an answer to nothing.
    if (!to_write_.empty() || line_bytes_ > 0) return TooMany();
    char more;
    return read(child_.output_.get(), &more, 1) > 0 ? TooMany() : absl::OkStatus();
  }

 private:
  std::string Where() const {
    return absl::StrFormat("command %s: document %s", child_.name_,
                           requests_[std::min(answered_, requests_.size() - 1)].name);
  }
  absl::Status TooMany() const {
    return DataError(
        absl::StrFormat("command %s: document %s: the command gives more lines than it gets",
                        child_.name_, requests_.back().name));
  }

  absl::Status Write() {
    const WithoutSigpipe without;
    const ssize_t written = write(child_.input_.get(), to_write_.data(), to_write_.size());
    if (written >= 0) {
      to_write_.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      child_.input_.Close();  // Its output tells why.
      unread_ = to_write_.size();
      to_write_ = {};
    } else if (errno != EAGAIN && errno != EINTR) {
      return IoError(Where(), "cannot write", errno);
    }
    return absl::OkStatus();
  }

  absl::Status Read() {
    const size_t before = answers_.size();
    answers_.resize(before + kReadBytes);
    const ssize_t got = read(child_.output_.get(), answers_.data() + before, kReadBytes);
    const int error = errno;
    answers_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return Ended();
    if (got < 0) {
      return error == EAGAIN || error == EINTR ? absl::OkStatus()
                                               : IoError(Where(), "cannot read", error);
    }
    return CountLines(before);
  }

  /// Counts the lines of the answers from `begin` on.
  absl::Status CountLines(size_t begin) {
    while (begin < answers_.size()) {
      if (answered_ == requests_.size()) return TooMany();
      const size_t end = answers_.find('\n', begin);
      line_bytes_ += std::min(end, answers_.size()) - begin;
      if (line_bytes_ > requests_[answered_].most_answer_bytes) {
        return DataError(absl::StrFormat("%s: the answer has more than %d bytes", Where(),
                                         requests_[answered_].most_answer_bytes));
      }
      if (end == std::string::npos) return absl::OkStatus();
      ++answered_;
      line_bytes_ = 0;
      last_answer_ = Clock::now();
      begin = end + 1;
    }
    return absl::OkStatus();
  }

  absl::Status Ended() {
    const std::string where = Where();
    const std::string ending = child_.Ending();
    if (line_bytes_ > 0) {
      return DataError(absl::StrFormat("%s: the command gave half a line and %s", where, ending));
    }
    return IoError(where, absl::StrFormat("the command %s before it answered%s", ending,
                                          unread_ > 0 ? ", with input that it did not read" : ""));
  }

  ChildProcess& child_;
  std::string_view to_write_;
  const std::span<const ChildRequest> requests_;
  const double timeout_seconds_;
  const Context& context_;
  std::string& answers_;
  size_t answered_ = 0;      // Lines with their line break.
  uint64_t line_bytes_ = 0;  // Of the line that has not ended.
  size_t unread_ = 0;
  Clock::time_point last_answer_ = Clock::now();
};

absl::Status ChildProcess::Exchange(std::string_view lines, std::span<const ChildRequest> requests,
                                    double timeout_seconds, const Context& context,
                                    std::string* answers) {
  if (requests.empty()) return absl::OkStatus();
  char late;  // After the answers of the exchange before.
  if (std::exchange(has_answered_, true) && read(output_.get(), &late, 1) > 0) {
    failed_ = true;
    return DataError(
        absl::StrFormat("command %s: document %s: the command gives more lines than it gets", name_,
                        requests[0].name));
  }
  const absl::Status status =
      Conversation(*this, lines, requests, timeout_seconds, context, answers).Run();
  failed_ = !status.ok();
  return status;
}

}  // namespace corpusmill
