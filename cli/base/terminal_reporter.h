#ifndef CORPUSMILL_CLI_BASE_TERMINAL_REPORTER_H_
#define CORPUSMILL_CLI_BASE_TERMINAL_REPORTER_H_

#include <atomic>
#include <chrono>
#include <mutex>
#include <ostream>
#include <string>

#include "corpus/base/reporter.h"

namespace corpusmill {

struct TerminalReporterOptions {
  std::string prefix;          ///< "corpusmill shuffle": in front of every line.
  bool show_progress = false;  ///< One line that is rewritten, at most 6 times a second.
  bool quiet = false;          ///< Drops what is below a warning.
};

/// Writes log lines and progress to a stream, which must outlive it.
class TerminalReporter final : public Reporter {
 public:
  TerminalReporter(std::ostream& out, TerminalReporterOptions options);
  ~TerminalReporter() override;

  void Log(LogLevel level, std::string_view message) override;
  void StartPhase(std::string_view name, uint64_t total_bytes) override;
  void Advance(uint64_t bytes) override;
  void EndPhase() override;

 private:
  using Clock = std::chrono::steady_clock;
  void Draw(Clock::time_point now);
  void Clear();

  std::ostream& out_;
  const TerminalReporterOptions options_;
  std::mutex mutex_;
  std::string phase_;
  uint64_t total_bytes_ = 0;
  std::atomic<uint64_t> done_bytes_{0};
  Clock::time_point phase_start_;
  std::atomic<int64_t> next_draw_{0};  // In ticks of the clock.
  bool drawn_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_TERMINAL_REPORTER_H_
