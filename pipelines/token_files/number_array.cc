#include "pipelines/token_files/number_array.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kBlockBytes = 64 << 10;

template <typename Number>
int64_t Get(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof(number));
  return static_cast<int64_t>(number);
}

}  // namespace

absl::Status NumberArray::Refuse(uint64_t index, std::string_view what) const {
  return DataError(absl::StrFormat("%s: number %d of the array, at byte %d, %s", file_->name(),
                                   index, begin_byte_ + index * width_, what));
}

absl::Status NumberArray::Load(uint64_t index) {
  if (index >= block_first_ && index - block_first_ < block_count_) return absl::OkStatus();
  const uint64_t count = std::min<uint64_t>(count_ - index, kBlockBytes / width_);
  block_count_ = 0;
  block_.resize(count * width_);
  CM_RETURN_IF_ERROR(file_->Read(begin_byte_ + index * width_, block_.size(), block_.data()));
  block_first_ = index;
  block_count_ = count;
  return absl::OkStatus();
}

int64_t NumberArray::Loaded(uint64_t index) const {
  const char* const bytes = block_.data() + (index - block_first_) * width_;
  switch (type_) {
    case ElementType::kU8:
      return Get<uint8_t>(bytes);
    case ElementType::kI8:
      return Get<int8_t>(bytes);
    case ElementType::kU16:
      return Get<uint16_t>(bytes);
    case ElementType::kI16:
      return Get<int16_t>(bytes);
    case ElementType::kU32:
      return Get<uint32_t>(bytes);
    case ElementType::kI32:
      return Get<int32_t>(bytes);
    default:  // kI64, or kU64: At refuses its upper half.
      return Get<int64_t>(bytes);
  }
}

absl::StatusOr<int64_t> NumberArray::At(uint64_t index) {
  CM_RETURN_IF_ERROR(Load(index));
  const int64_t number = Loaded(index);
  if (number < 0 && !ElementInfo(type_).is_signed) return Refuse(index, "is above 2^63");
  return number;
}

absl::Status NumberArray::AppendIds(uint64_t first, uint64_t count, std::vector<uint32_t>* ids) {
  for (const uint64_t end = first + count; first < end;) {
    CM_RETURN_IF_ERROR(Load(first));
    const uint64_t loaded_end = std::min(end, block_first_ + block_count_);
    for (; first < loaded_end; ++first) {
      const int64_t number = Loaded(first);
      if (number < 0 || number > int64_t{UINT32_MAX}) return Refuse(first, "is not an id");
      ids->push_back(static_cast<uint32_t>(number));
    }
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
