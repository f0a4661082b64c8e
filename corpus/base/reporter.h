#ifndef CORPUSMILL_CORPUS_BASE_REPORTER_H_
#define CORPUSMILL_CORPUS_BASE_REPORTER_H_

#include <cstdint>
#include <string_view>

namespace corpusmill {

enum class LogLevel { kInfo, kWarning };

/// Where a long operation tells how it goes. The library prints nothing by
/// itself: the command line gives it a reporter that writes to stderr, a test or
/// an embedding program gives its own, and the default is silence.
///
/// Implementations must allow Log and Advance from any thread; the phases are
/// started and ended by one thread.
class Reporter {
 public:
  virtual ~Reporter() = default;

  /// One line for a person, without a newline.
  virtual void Log(LogLevel level, std::string_view message) = 0;

  /// A phase begins: `name` is a present participle ("shuffling"), total_bytes
  /// what Advance will add up to, 0 if unknown. Ends any phase before it.
  virtual void StartPhase(std::string_view name, uint64_t total_bytes) = 0;

  /// `bytes` more are done. Cheap enough to call once per record batch.
  virtual void Advance(uint64_t bytes) = 0;

  virtual void EndPhase() = 0;
};

/// A reporter that drops everything. Lives forever.
Reporter* SilentReporter();

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_REPORTER_H_
