#include "pipelines/stages/string_set.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"

namespace corpusmill {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kFirstSlots = 64;
constexpr size_t kFirstBytes = 4096;

std::string_view Stripped(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
}

}  // namespace

absl::Status StringSet::AddLines(const std::string& path,
                                 const std::function<void(std::string*)>& clean, Context& context) {
  if (size_ == 0) lease_ = context.memory().EmptyLease();
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, OpenFile(path));
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source,
                      OpenDecoder(std::move(file), context));
  constexpr size_t kBufferBytes = 1 << 16;
  std::vector<char> buffer(kBufferBytes);
  std::string line, cleaned;
  const auto add_line = [&]() -> absl::Status {
    const std::string_view stripped = Stripped(line);
    if (stripped.empty() || stripped.front() == '#') return absl::OkStatus();
    cleaned.assign(stripped);
    clean(&cleaned);
    return cleaned.empty() ? absl::OkStatus() : Annotate(Add(cleaned), path);
  };
  while (true) {
    CM_ASSIGN_OR_RETURN(const size_t count, source->Read(buffer.data(), buffer.size()));
    if (count == 0) break;
    std::string_view rest(buffer.data(), count);
    for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      line.append(rest.substr(0, end));
      CM_RETURN_IF_ERROR(add_line());
      line.clear();
      rest.remove_prefix(end + 1);
    }
    constexpr size_t kMaxLineBytes = 1 << 20;
    if (line.size() + rest.size() > kMaxLineBytes) {
      return DataError(
          absl::StrFormat("%s: a line is longer than 1 MiB; try one entry a line", path));
    }
    line.append(rest);
  }
  return add_line();
}

bool StringSet::Contains(std::string_view string) const {
  return size_ > 0 && slots_[Slot(string)] != 0;
}

absl::Status StringSet::Add(std::string_view string) {
  // At most three of four slots are in use.
  if (4 * (size_ + 1) > 3 * slots_.size()) CM_RETURN_IF_ERROR(GrowSlots());
  const size_t bytes = bytes_.size() + kLengthBytes + string.size();
  if (bytes > bytes_.capacity()) CM_RETURN_IF_ERROR(GrowBytes(bytes));
  const size_t slot = Slot(string);
  if (slots_[slot] != 0) return absl::OkStatus();
  if (bytes >= UINT32_MAX) {
    return DataError("the list is larger than 4 GiB");
  }
  slots_[slot] = static_cast<uint32_t>(bytes_.size()) + 1;
  const uint32_t length = static_cast<uint32_t>(string.size());
  bytes_.append(reinterpret_cast<const char*>(&length), kLengthBytes).append(string);
  ++size_;
  const auto at = std::lower_bound(lengths_.begin(), lengths_.end(), length);
  if (at == lengths_.end() || *at != length) lengths_.insert(at, length);
  return absl::OkStatus();
}

// The old and the new array exist together for a moment, and are charged so.
absl::Status StringSet::GrowSlots() {
  const size_t count = std::max(kFirstSlots, 2 * slots_.size());
  CM_RETURN_IF_ERROR(Charge((slots_.size() + count) * sizeof(uint32_t) + bytes_.capacity()));
  std::vector<uint32_t> old(count);
  old.swap(slots_);
  for (const uint32_t offset : old) {
    if (offset != 0) slots_[Slot(At(offset - 1))] = offset;
  }
  return Charge(slots_.size() * sizeof(uint32_t) + bytes_.capacity());
}

absl::Status StringSet::GrowBytes(size_t least) {
  const size_t capacity = std::max({kFirstBytes, least, bytes_.capacity() * 3 / 2});
  CM_RETURN_IF_ERROR(Charge(slots_.size() * sizeof(uint32_t) + bytes_.capacity() + capacity));
  bytes_.reserve(capacity);
  return Charge(slots_.size() * sizeof(uint32_t) + bytes_.capacity());
}

absl::Status StringSet::Charge(uint64_t bytes) { return lease_.Resize(bytes, "a list of strings"); }

std::string_view StringSet::At(uint32_t offset) const {
  uint32_t length = 0;
  std::memcpy(&length, bytes_.data() + offset, kLengthBytes);
  return std::string_view(bytes_).substr(offset + kLengthBytes, length);
}

size_t StringSet::Slot(std::string_view string) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = HashBytes(string).low & mask;
  while (slots_[slot] != 0 && At(slots_[slot] - 1) != string) slot = (slot + 1) & mask;
  return slot;
}

}  // namespace corpusmill
