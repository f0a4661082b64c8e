#include "shuffle/record_store.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "corpus/status.h"

namespace corpusmill {
namespace {

// A record lies in its block behind its length.
using Length = uint64_t;
constexpr size_t kFirstIndexEntries = 1 << 12;
constexpr std::string_view kWhat = "shuffling in memory";

}  // namespace

RecordStore::~RecordStore() { std::free(index_); }

absl::Status RecordStore::Add(std::string_view record, const Draw& draw) {
  if (size_ == capacity_) CM_RETURN_IF_ERROR(GrowIndex());
  const size_t need = sizeof(Length) + record.size();
  if (need > block_size_ - block_used_) CM_RETURN_IF_ERROR(Reserve(need));
  char* const at = blocks_.back().get() + block_used_;
  const Length length = record.size();
  std::memcpy(at, &length, sizeof(length));
  if (!record.empty()) std::memcpy(at + sizeof(length), record.data(), record.size());
  index_[size_++] = {draw, (blocks_.size() - 1) << kBlockBits | block_used_};
  block_used_ += need;
  return absl::OkStatus();
}

absl::Status RecordStore::Reserve(size_t bytes) {
  // A record larger than a block has one of its own.
  const size_t size = std::max(kBlockBytes, bytes);
  CM_RETURN_IF_ERROR(block_lease_.Resize(block_lease_.bytes() + size, kWhat));
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
  block_size_ = size;
  block_used_ = 0;
  return absl::OkStatus();
}

absl::Status RecordStore::GrowIndex() {
  static_assert(std::is_trivially_copyable_v<Entry> && sizeof(Entry) == 24);
  const size_t capacity = std::max(kFirstIndexEntries, capacity_ + capacity_ / 4);
  CM_RETURN_IF_ERROR(index_lease_.Resize(capacity * sizeof(Entry), kWhat));
  // realloc moves big blocks by remapping: old and new are never held at once.
  auto* const moved = static_cast<Entry*>(std::realloc(index_, capacity * sizeof(Entry)));
  if (moved == nullptr) return MemoryError("the system has no memory left");
  index_ = moved;
  capacity_ = capacity;
  return absl::OkStatus();
}

absl::Status RecordStore::Sort() {
  // One in-place pass puts entries into 256 parts by the first byte of the draw
  // (American flag sort; McIlroy, Bostic, McIlroy 1993), then parts are sorted
  // side by side.
  constexpr int kParts = 256;
  const auto part_of = [](const Entry& entry) {
    return static_cast<size_t>(entry.draw.high >> 56);
  };
  std::array<size_t, kParts + 1> begin{};
  for (size_t i = 0; i < size_; ++i) ++begin[part_of(index_[i]) + 1];
  for (int part = 0; part < kParts; ++part) begin[part + 1] += begin[part];
  std::array<size_t, kParts> next;
  std::copy_n(begin.begin(), kParts, next.begin());
  for (size_t part = 0; part < kParts; ++part) {
    while (next[part] < begin[part + 1]) {
      const size_t target = part_of(index_[next[part]]);
      if (target == part) {
        ++next[part];
      } else {
        std::swap(index_[next[part]], index_[next[target]++]);
      }
    }
  }
  return context_.ParallelFor(kParts, 1, [&](size_t part, size_t) {
    std::sort(index_ + begin[part], index_ + begin[part + 1]);
    return absl::OkStatus();
  });
}

std::string_view RecordStore::operator[](size_t i) const {
  const uint64_t where = index_[i].where;
  const char* const at = blocks_[where >> kBlockBits].get() + (where & (kBlockBytes - 1));
  Length length;
  std::memcpy(&length, at, sizeof(length));
  return {at + sizeof(length), static_cast<size_t>(length)};
}

}  // namespace corpusmill
