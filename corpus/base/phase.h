#ifndef CORPUSMILL_CORPUS_BASE_PHASE_H_
#define CORPUSMILL_CORPUS_BASE_PHASE_H_

#include <cstdint>
#include <string_view>

#include "corpus/base/reporter.h"

namespace corpusmill {

/// A phase of a reporter that ends with its scope.
class Phase {
 public:
  Phase(Reporter& reporter, std::string_view name, uint64_t total_bytes) : reporter_(reporter) {
    reporter_.StartPhase(name, total_bytes);
  }
  ~Phase() { reporter_.EndPhase(); }
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

 private:
  Reporter& reporter_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_PHASE_H_
