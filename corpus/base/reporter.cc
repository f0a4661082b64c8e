#include "corpus/base/reporter.h"

namespace corpusmill {

void Reporter::LogOnce(LogLevel level, std::string_view key, std::string_view message) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!logged_.emplace(key).second) return;
  }
  Log(level, message);
}

Reporter* SilentReporter() {
  class Silent final : public Reporter {
    void Log(LogLevel, std::string_view) override {}
    void StartPhase(std::string_view, uint64_t) override {}
    void Advance(uint64_t) override {}
    void EndPhase() override {}
  };
  static Silent silent;
  return &silent;
}

}  // namespace corpusmill
