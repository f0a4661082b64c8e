#include "tokenizer/piece_counts.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/hash/hash.h"
#include "corpus/status.h"

namespace corpusmill {
namespace {

constexpr std::string_view kWhat = "the piece table";
constexpr size_t kBlockBytes = 16 << 10;
/// Of a flat_hash_map: its slot and a control byte.
constexpr size_t kSlotBytes = sizeof(std::pair<std::string_view, uint64_t>) + 1;

absl::Status WithAdvice(const absl::Status& status) {
  if (status.ok()) return status;
  return MemoryError(absl::StrFormat("%s, or less text", Message(status)));
}

}  // namespace

PieceCounts::PieceCounts(MemoryBudget& budget)
    : budget_(budget), shards_(std::make_unique<std::array<Shard, kShards>>()) {}

absl::Status PieceCounts::Add(const LocalCounts& counts) {
  for (const auto& [bytes, count] : counts) {
    // The maps use the same hash: its top bits are the independent ones.
    const size_t hash = absl::Hash<std::string_view>()(bytes);
    Shard& shard = (*shards_)[hash >> (8 * sizeof(hash) - 6)];
    std::lock_guard<std::mutex> lock(shard.mutex);
    CM_RETURN_IF_ERROR(AddOne(shard, bytes, count));
  }
  return absl::OkStatus();
}

absl::Status PieceCounts::AddOne(Shard& shard, std::string_view bytes, uint64_t count) {
  static_assert(kShards == 1 << 6);
  const auto found = shard.counts.find(bytes);
  if (found != shard.counts.end()) {
    found->second += count;
    return absl::OkStatus();
  }
  CM_RETURN_IF_ERROR(ReserveOne(shard, bytes.size()));
  std::memcpy(shard.free, bytes.data(), bytes.size());
  shard.counts.emplace(std::string_view(shard.free, bytes.size()), count);
  shard.free += bytes.size();
  shard.free_bytes -= bytes.size();
  return absl::OkStatus();
}

/// Makes room for one more string of `bytes` bytes.
absl::Status PieceCounts::ReserveOne(Shard& shard, size_t bytes) {
  if (shard.blocks.empty()) {
    CM_ASSIGN_OR_RETURN(shard.lease, budget_.Take(0, kWhat));
  }
  if (shard.free == nullptr || bytes > shard.free_bytes) {
    const size_t size = std::max(bytes, kBlockBytes);
    CM_RETURN_IF_ERROR(WithAdvice(shard.lease.Resize(shard.lease.bytes() + size, kWhat)));
    shard.blocks.push_back(std::make_unique<char[]>(size));
    shard.free = shard.blocks.back().get();
    shard.free_bytes = size;
    shard.block_bytes += size;
  }
  const size_t capacity = shard.counts.capacity();
  if (shard.counts.size() >= capacity - capacity / 8) {
    // Doubles now; while the strings move both tables are there.
    const uint64_t before = shard.lease.bytes();
    CM_RETURN_IF_ERROR(
        WithAdvice(shard.lease.Resize(before + (2 * capacity + 1) * kSlotBytes, kWhat)));
    shard.counts.reserve(shard.counts.size() + 1);
    CM_RETURN_IF_ERROR(
        shard.lease.Resize(shard.block_bytes + shard.counts.capacity() * kSlotBytes, kWhat));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CountedPiece>> PieceCounts::Sorted() {
  size_t size = 0;
  for (const Shard& shard : *shards_) size += shard.counts.size();
  absl::StatusOr<MemoryLease> lease =
      budget_.Take(size * sizeof(CountedPiece), "the list of pieces");
  if (!lease.ok()) return WithAdvice(lease.status());
  sorted_lease_ = *std::move(lease);
  std::vector<CountedPiece> pieces;
  pieces.reserve(size);
  for (const Shard& shard : *shards_) {
    for (const auto& [bytes, count] : shard.counts) pieces.push_back({bytes, count});
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const CountedPiece& a, const CountedPiece& b) { return a.bytes < b.bytes; });
  return pieces;
}

}  // namespace corpusmill
