#include "tokenizer/counts/piece_counts.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr std::string_view kWhat = "the piece table";
constexpr size_t kBlockBytes = 16 << 10;

}  // namespace

uint64_t PieceCounts::Entry::count() const {
  uint64_t count;
  std::memcpy(&count, at_, sizeof(count));
  return count;
}

std::string_view PieceCounts::Entry::bytes() const {
  uint32_t length;
  std::memcpy(&length, at_ + sizeof(uint64_t), sizeof(length));
  return {at_ + kHeaderBytes, length};
}

void PieceCounts::Entry::set_count(uint64_t count) { std::memcpy(at_, &count, sizeof(count)); }

void PieceCounts::Entry::Fill(std::string_view bytes, uint64_t count) {
  set_count(count);
  const auto length = static_cast<uint32_t>(bytes.size());
  std::memcpy(at_ + sizeof(count), &length, sizeof(length));
  std::memcpy(at_ + kHeaderBytes, bytes.data(), bytes.size());
}

/// The strings of a sorted shard.
class PieceCounts::ShardStream final : public CountStream {
 public:
  explicit ShardStream(const Shard* shard) : shard_(*shard) {}

  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override {
    if (next_ == shard_.slots.size()) return false;
    const Entry entry = EntryOf(shard_.slots[next_++]);
    *bytes = entry.bytes();
    *count = entry.count();
    return true;
  }

 private:
  const Shard& shard_;
  size_t next_ = 0;
};

PieceCounts::PieceCounts(Context& context)
    : context_(context),
      shards_(std::make_unique<std::array<Shard, kShards>>()),
      barrier_(
          kShards, [this](size_t i) { Sort((*shards_)[i]); }, [this] { return WriteRun(); }) {
  for (Shard& shard : *shards_) shard.lease = context.memory().EmptyLease();
}

absl::StatusOr<std::unique_ptr<PieceCounts>> PieceCounts::Create(std::string temp_dir,
                                                                 Context& context) {
  std::unique_ptr<PieceCounts> counts(new PieceCounts(context));
  CM_ASSIGN_OR_RETURN(counts->runs_, CountRuns::Create(std::move(temp_dir), context));
  return counts;
}

absl::Status PieceCounts::Add(const LocalCounts& counts) {
  auto next = counts.begin();
  const absl::Status status = barrier_.Add([&]() -> absl::Status {
    for (; next != counts.end(); ++next) CM_RETURN_IF_ERROR(AddOne(next->first, next->second));
    return absl::OkStatus();
  });
  if (status.code() != absl::StatusCode::kResourceExhausted) return status;
  // The n-gram model holds most of the memory.
  return MemoryError(absl::StrFormat("%s, or a larger min-count", Message(status)));
}

absl::Status PieceCounts::AddOne(std::string_view bytes, uint64_t count) {
  const Hash128 hash = HashBytes(bytes);
  const Slot tag = hash.high >> 48 << 48;
  Shard& shard = (*shards_)[hash.high % kShards];
  std::lock_guard<std::mutex> lock(shard.mutex);
  if ((shard.size + 1) * 5 / 4 >= shard.slots.size()) CM_RETURN_IF_ERROR(Grow(shard));
  size_t i =
      static_cast<size_t>(static_cast<unsigned __int128>(hash.low) * shard.slots.size() >> 64);
  for (; shard.slots[i] != 0; i = i + 1 == shard.slots.size() ? 0 : i + 1) {
    if ((shard.slots[i] ^ tag) >> 48 != 0) continue;
    Entry entry = EntryOf(shard.slots[i]);
    if (entry.bytes() != bytes) continue;
    entry.set_count(entry.count() + count);
    return absl::OkStatus();
  }
  const size_t size = Entry::kHeaderBytes + bytes.size();
  CM_RETURN_IF_ERROR(ReserveBytes(shard, size));
  Entry(shard.free).Fill(bytes, count);
  shard.slots[i] = tag | reinterpret_cast<uintptr_t>(shard.free);
  shard.free += size;
  shard.free_bytes -= size;
  ++shard.size;
  return absl::OkStatus();
}

/// Grows the table by half.
absl::Status PieceCounts::Grow(Shard& shard) {
  const size_t before = shard.slots.size(), after = std::max<size_t>(64, before + before / 2);
  // Both tables exist while the slots move.
  CM_RETURN_IF_ERROR(CheckRoom(context_.memory(), after * sizeof(Slot), kWhat));
  CM_RETURN_IF_ERROR(
      shard.lease.Resize(shard.block_bytes + (before + after) * sizeof(Slot), kWhat));
  std::vector<Slot> slots(after);
  for (const Slot slot : shard.slots) {
    if (slot == 0) continue;
    const uint64_t hash = HashBytes(EntryOf(slot).bytes()).low;
    size_t i = static_cast<size_t>(static_cast<unsigned __int128>(hash) * after >> 64);
    while (slots[i] != 0) i = i + 1 == after ? 0 : i + 1;
    slots[i] = slot;
  }
  shard.slots.swap(slots);
  return shard.lease.Resize(shard.block_bytes + after * sizeof(Slot), kWhat);
}

absl::Status PieceCounts::ReserveBytes(Shard& shard, size_t bytes) {
  if (bytes <= shard.free_bytes) return absl::OkStatus();
  const size_t size = std::max(bytes, kBlockBytes);
  CM_RETURN_IF_ERROR(CheckRoom(context_.memory(), size, kWhat));
  CM_RETURN_IF_ERROR(shard.lease.Resize(shard.lease.bytes() + size, kWhat));
  shard.blocks.push_back(std::make_unique_for_overwrite<char[]>(size));
  shard.free = shard.blocks.back().get();
  shard.free_bytes = size;
  shard.block_bytes += size;
  return absl::OkStatus();
}

void PieceCounts::Sort(Shard& shard) {
  std::vector<Slot>& slots = shard.slots;
  slots.erase(std::remove(slots.begin(), slots.end(), 0), slots.end());
  std::sort(slots.begin(), slots.end(),
            [](Slot a, Slot b) { return EntryOf(a).bytes() < EntryOf(b).bytes(); });
}

std::unique_ptr<CountStream> PieceCounts::OpenShards() const {
  std::vector<std::unique_ptr<CountStream>> streams;
  for (const Shard& shard : *shards_) streams.push_back(std::make_unique<ShardStream>(&shard));
  return std::make_unique<CountMerger>(std::move(streams));
}

/// Writes all shards, which are sorted, to a run and empties them. Returns false if they are empty.
absl::StatusOr<bool> PieceCounts::WriteRun() {
  const auto is_empty = [](const Shard& shard) { return shard.size == 0; };
  if (std::all_of(shards_->begin(), shards_->end(), is_empty)) return false;
  const std::unique_ptr<CountStream> all = OpenShards();
  std::string_view bytes;
  uint64_t count;
  CM_ASSIGN_OR_RETURN(bool more, all->Next(&bytes, &count));
  CM_RETURN_IF_ERROR(runs_->AddRun([&](uint8_t first, CountWriter& writer) -> absl::Status {
    while (more && static_cast<uint8_t>(bytes[0]) == first) {
      CM_RETURN_IF_ERROR(writer.Add(bytes, count));
      CM_ASSIGN_OR_RETURN(more, all->Next(&bytes, &count));
    }
    return absl::OkStatus();
  }));
  for (Shard& shard : *shards_) {
    std::vector<Slot>().swap(shard.slots);
    shard.blocks.clear();
    shard.size = shard.free_bytes = 0;
    shard.free = nullptr;
    shard.block_bytes = 0;
    CM_RETURN_IF_ERROR(shard.lease.Resize(0, kWhat));
  }
  return true;
}

absl::Status PieceCounts::Finish() {
  CM_RETURN_IF_ERROR(context_.ParallelFor(kShards, 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) Sort((*shards_)[i]);
    return absl::OkStatus();
  }));
  if (!runs_->empty()) CM_RETURN_IF_ERROR(WriteRun().status());
  return runs_->Finish();
}

absl::StatusOr<std::unique_ptr<CountStream>> PieceCounts::Open() const {
  if (runs_->empty()) return OpenShards();
  return std::make_unique<SectionsInOrder>([this](uint8_t first) { return runs_->Open(first); });
}

}  // namespace corpusmill
