#include "corpus/engine/document_batch.h"

namespace corpusmill {

std::string_view DocumentBatch::Value(size_t i, size_t value) const {
  const size_t values_end = i + 1 < parts_.size() ? parts_[i + 1].values : value_ends_.size();
  const size_t at = parts_[i].values + value;
  if (at >= values_end) return {};
  return Slice(values_, at == 0 ? 0 : value_ends_[at - 1], value_ends_[at]);
}

void DocumentBatch::AddValue(std::string_view value) {
  values_.append(value);
  value_ends_.push_back(values_.size());
}

}  // namespace corpusmill
