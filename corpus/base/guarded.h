#ifndef CORPUSMILL_CORPUS_BASE_GUARDED_H_
#define CORPUSMILL_CORPUS_BASE_GUARDED_H_

#include <exception>
#include <new>

#include "absl/status/status.h"
#include "corpus/base/status.h"

namespace corpusmill {

/// Runs `call` and turns an exception into a status: none may cross TBB, a thread or our APIs.
template <typename Call>
absl::Status Guarded(const Call& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return MemoryError("the system has no memory left; try a smaller --memory or fewer threads");
  } catch (const std::exception& e) {
    return absl::InternalError(e.what());
  } catch (...) {
    return absl::InternalError("an unknown exception");
  }
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_GUARDED_H_
