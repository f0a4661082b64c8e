#include "corpus/containers/peek_source.h"

#include <algorithm>
#include <cstring>

#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<std::string_view> PeekSource::Peek(size_t size) {
  constexpr size_t kStepBytes = 4096;
  while (head_.size() - begin_ < size && !ended_) {
    const size_t have = head_.size();
    head_.resize(have + std::max(kStepBytes, size - (have - begin_)));
    const absl::StatusOr<size_t> n = raw_->Read(head_.data() + have, head_.size() - have);
    head_.resize(have + (n.ok() ? *n : 0));
    CM_RETURN_IF_ERROR(n.status());
    ended_ = *n == 0;
  }
  return std::string_view(head_).substr(begin_);
}

absl::StatusOr<size_t> PeekSource::Read(char* buffer, size_t size) {
  if (begin_ < head_.size()) {
    const size_t n = std::min(size, head_.size() - begin_);
    std::memcpy(buffer, head_.data() + begin_, n);
    begin_ += n;
    return n;
  }
  if (ended_) return 0;
  if (!head_.empty()) {
    head_ = std::string();
    begin_ = 0;
  }
  CM_ASSIGN_OR_RETURN(const size_t n, raw_->Read(buffer, size));
  ended_ = n == 0;
  return n;
}

}  // namespace corpusmill
