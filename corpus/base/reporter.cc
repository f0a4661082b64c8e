#include "corpus/base/reporter.h"

namespace corpusmill {

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
