#ifndef CORPUSMILL_CORPUS_CONTAINERS_PRODUCED_SOURCE_H_
#define CORPUSMILL_CORPUS_CONTAINERS_PRODUCED_SOURCE_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/base/status.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// The base of sources that produce text piece by piece.
class ProducedSource : public ByteSource {
 public:
  absl::StatusOr<size_t> Read(char* buffer, size_t size) final {
    while (begin_ == produced_.size()) {
      produced_.clear();
      begin_ = 0;
      CM_ASSIGN_OR_RETURN(const bool more, Produce(&produced_));
      if (!more && produced_.empty()) return 0;
    }
    const size_t n = std::min(size, produced_.size() - begin_);
    std::memcpy(buffer, produced_.data() + begin_, n);
    begin_ += n;
    return n;
  }

 protected:
  /// Appends at most about 256 KiB to `*out`. Returns false at the end, now and on later calls.
  virtual absl::StatusOr<bool> Produce(std::string* out) = 0;

 private:
  std::string produced_;
  size_t begin_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_PRODUCED_SOURCE_H_
