#ifndef CORPUSMILL_CLI_BASE_TERMINAL_REPORTER_H_
#define CORPUSMILL_CLI_BASE_TERMINAL_REPORTER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "corpus/base/reporter.h"

namespace corpusmill {

struct TerminalReporterOptions {
  std::string prefix;          ///< "corpusmill shuffle": in front of every line.
  bool show_progress = false;  ///< One line that is rewritten, at most 6 times a second.
  bool quiet = false;          ///< Drops what is below a warning.
  /// Columns of the terminal, asked before each line of progress.
  std::function<int()> columns = [] { return 80; };
};

/// What the progress line says of a phase.
struct PhaseProgress {
  std::string_view name;  ///< "reading"
  uint64_t done_bytes = 0;
  uint64_t total_bytes = 0;  ///< 0: unknown.
  double seconds = 0;        ///< Since the phase began.
};

/// One line of at most `columns` characters; what fits least is left out:
/// "corpusmill shuffle: reading 229 of 1,650 MiB, 13 %, 45 MiB/s, 32s left, 96 MiB memory".
std::string ProgressLine(std::string_view prefix, const PhaseProgress& phase, uint64_t memory_bytes,
                         size_t columns);

/// Writes log lines and progress to a stream, which must outlive it. A thread draws the progress,
/// so that a phase is seen even while it counts nothing.
class TerminalReporter final : public Reporter {
 public:
  TerminalReporter(std::ostream& out, TerminalReporterOptions options);
  ~TerminalReporter() override;

  /// Further lines of `message` are written without the prefix.
  void Log(LogLevel level, std::string_view message) override;
  void StartPhase(std::string_view name, uint64_t total_bytes) override;
  void Advance(uint64_t bytes) override { done_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void EndPhase() override;

 private:
  using Clock = std::chrono::steady_clock;
  void DrawUntilStopped();
  void Draw();
  void Clear();

  std::ostream& out_;
  const TerminalReporterOptions options_;
  std::mutex mutex_;
  // Before the first phase, as while a model is loaded, and between phases there is a name, too.
  std::string_view idle_name_ = "preparing";
  std::string phase_{idle_name_};
  uint64_t total_bytes_ = 0;
  std::atomic<uint64_t> done_bytes_{0};
  Clock::time_point phase_start_ = Clock::now();
  bool drawn_ = false;
  bool stopped_ = false;
  std::condition_variable stop_;
  std::thread drawing_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_TERMINAL_REPORTER_H_
