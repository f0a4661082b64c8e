#include "corpus/codecs/counting_source.h"

#include <algorithm>
#include <cstring>

#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<size_t> CountingSource::Read(char* buffer, size_t size) {
  size_t n;
  if (offset_ < head_.size()) {
    n = std::min(size, head_.size() - static_cast<size_t>(offset_));
    std::memcpy(buffer, head_.data() + offset_, n);
  } else {
    CM_ASSIGN_OR_RETURN(n, raw_->Read(buffer, size));
  }
  offset_ += n;
  return n;
}

}  // namespace corpusmill
