#include "pipelines/token_files/pair_format.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

// Fewer ids are not charged to the budget.
constexpr uint64_t kUnchargedIds = 16 << 10;

template <typename Number>
void AppendNarrow(std::span<const uint32_t> ids, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + ids.size() * sizeof(Number));
  char* to = out->data() + begin;
  for (const uint32_t id : ids) {
    const Number number = static_cast<Number>(id);
    std::memcpy(to, &number, sizeof(number));
    to += sizeof(number);
  }
}

}  // namespace

PairIdWriter::PairIdWriter(ElementType type, std::unique_ptr<FilePair> files)
    : IdWriter({.memory_per_text_byte = kEncodingMemory + kIdMemory}),
      type_(type),
      files_(std::move(files)) {}

absl::Status PairIdWriter::Write(const RenderedIds& rendered) {
  CM_RETURN_IF_ERROR(files_->data().Write(rendered.bytes));
  for (const RenderedIds::Part& part : rendered.parts) {
    ids_ += part.ids;
    if (!part.last) continue;
    CM_RETURN_IF_ERROR(EndDocument(begin_, ids_));
    begin_ = ids_;
    ++documents_;
  }
  return absl::OkStatus();
}

absl::Status PairIdWriter::FlushIndex() {
  CM_RETURN_IF_ERROR(files_->index().Write(index_buffer_));
  index_buffer_.clear();
  return absl::OkStatus();
}

void PairIdWriter::Append(const EncodedPart& part, RenderedIds* rendered) const {
  if (type_ == ElementType::kU16) {
    AppendNarrow<uint16_t>(part.ids, &rendered->bytes);
  } else {
    AppendNarrow<uint32_t>(part.ids, &rendered->bytes);
  }
}

absl::Status IdRoom::Reserve(uint64_t ids, std::vector<uint32_t>* out) {
  if (ids <= out->capacity()) return absl::OkStatus();
  const uint64_t capacity = std::max<uint64_t>(ids, 2 * out->capacity());
  if (capacity > kUnchargedIds) {
    if (capacity > UINT32_MAX * uint64_t{1024}) return MemoryError("a document of 2^42 ids");
    // Growing copies the old ids.
    const uint64_t bytes = (capacity + out->size()) * sizeof(uint32_t);
    if (bytes > lease_.bytes()) {
      CM_RETURN_IF_ERROR(lease_.Resize(bytes, "the ids of a document"));
    }
  }
  out->reserve(capacity);
  return absl::OkStatus();
}

}  // namespace corpusmill
