#include "cli/base/interruption.h"

#include <poll.h>
#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "corpus/io/unfinished.h"

namespace corpusmill {
namespace {

constexpr std::chrono::milliseconds kGrace(500);
constexpr std::chrono::milliseconds kPoll(10);
/// For standard error, which may be a full pipe.
constexpr int kWriteMilliseconds = 100;
constexpr int kExitInterrupted = 130;

enum class State { kRunning, kEnded, kAbandoned };

/// Never destroyed: the thread uses it until the program ends.
struct Watch {
  sem_t interrupted;
  std::atomic<State> state{State::kRunning};
  std::mutex mutex;
  std::function<std::string()> message;
};

Watch* g_watch = nullptr;

void Print(Watch& watch) {
  std::string line;
  {
    const std::lock_guard<std::mutex> lock(watch.mutex);
    if (watch.message) line = watch.message() + "\n";
  }
  pollfd out = {STDERR_FILENO, POLLOUT, 0};
  // The progress line stays above.
  if (isatty(STDERR_FILENO) != 0) line.insert(0, "\r\x1b[K");
  if (line.empty() || poll(&out, 1, kWriteMilliseconds) != 1) return;
  [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, line.data(), line.size());
}

void Run(Watch& watch) {
  while (sem_wait(&watch.interrupted) != 0 && errno == EINTR) {
  }
  const auto end = std::chrono::steady_clock::now() + kGrace;
  while (std::chrono::steady_clock::now() < end) {
    if (watch.state.load() == State::kEnded) return;
    std::this_thread::sleep_for(kPoll);
  }
  State expected = State::kRunning;
  if (!watch.state.compare_exchange_strong(expected, State::kAbandoned)) return;
  RemoveUnfinished();
  Print(watch);
  _exit(kExitInterrupted);
}

}  // namespace

void WatchForInterruption() {
  g_watch = new Watch;
  sem_init(&g_watch->interrupted, 0, 0);
  std::thread([] { Run(*g_watch); }).detach();
}

void NoteInterruption() {
  if (g_watch != nullptr) sem_post(&g_watch->interrupted);
}

void SetInterruptedMessage(std::function<std::string()> message) {
  if (g_watch == nullptr) return;
  const std::lock_guard<std::mutex> lock(g_watch->mutex);
  g_watch->message = std::move(message);
}

void EndWatch() {
  if (g_watch == nullptr) return;
  State expected = State::kRunning;
  if (g_watch->state.compare_exchange_strong(expected, State::kEnded)) return;
  while (expected == State::kAbandoned) std::this_thread::sleep_for(kPoll);
}

}  // namespace corpusmill
