#include "tokenizer/counts/count_codes.h"

#include <cmath>

namespace corpusmill {

uint32_t CountCodes::Writer::CodeOf(uint64_t count) {
  if (count < kDirect) return static_cast<uint32_t>(count);
  const auto known = known_.find(count);
  if (known != known_.end()) return known->second;
  uint32_t code;
  {
    std::lock_guard<std::mutex> lock(codes_.mutex_);
    const auto next = static_cast<uint32_t>(kDirect + codes_.codes_.size());
    code = codes_.codes_.emplace(count, next).first->second;
  }
  known_.emplace(count, code);
  return code;
}

void CountCodes::Finish() {
  logs_.resize(kDirect + codes_.size());
  for (uint64_t count = 1; count < kDirect; ++count) {
    logs_[count] = std::log(static_cast<double>(count));
  }
  for (const auto& [count, code] : codes_) logs_[code] = std::log(static_cast<double>(count));
}

size_t CountCodes::MemoryBytes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return (kDirect + codes_.size()) * sizeof(double) + codes_.capacity() * 17;
}

}  // namespace corpusmill
