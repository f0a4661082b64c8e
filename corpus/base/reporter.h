#ifndef CORPUSMILL_CORPUS_BASE_REPORTER_H_
#define CORPUSMILL_CORPUS_BASE_REPORTER_H_

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace corpusmill {

enum class LogLevel { kInfo, kWarning };

/// Receives the progress of a long operation. The library prints nothing itself: the command line
/// passes a reporter that writes to stderr, tests and embedding programs pass their own, and the
/// default is silent.
///
/// Implementations must accept Log and Advance from any thread. One thread starts and ends the
/// phases.
class Reporter {
 public:
  virtual ~Reporter() = default;

  /// One line for a person, without a newline.
  virtual void Log(LogLevel level, std::string_view message) = 0;

  /// Logs the message unless one with this key was logged before. Safe to call from any thread.
  void LogOnce(LogLevel level, std::string_view key, std::string_view message);

  /// Starts a phase and ends the one before. `name` is a present participle ("shuffling"),
  /// total_bytes the expected sum of Advance, 0 if unknown.
  virtual void StartPhase(std::string_view name, uint64_t total_bytes) = 0;

  /// Reports `bytes` more as done. Cheap enough to call once per record batch.
  virtual void Advance(uint64_t bytes) = 0;

  virtual void EndPhase() = 0;

 private:
  std::mutex mutex_;
  std::set<std::string, std::less<>> logged_;  // The keys of LogOnce.
};

/// A reporter that ignores everything. Lives forever.
Reporter* SilentReporter();

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_REPORTER_H_
