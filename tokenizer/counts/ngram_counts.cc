#include "tokenizer/counts/ngram_counts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

/// The n-grams of a sorted table.
class NgramCounts::TableStream final : public CountStream {
 public:
  TableStream(uint8_t first, Table* table) : table_(*table) {
    bytes_[0] = static_cast<char>(first);
  }
  ~TableStream() override { Clear(table_); }

  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override {
    if (next_ == table_.slots.size()) return false;
    const Slot& slot = table_.slots[next_++];
    const int length = static_cast<int>(slot.length);
    const uint64_t rest = slot.rest();
    for (int i = 1; i < length; ++i) bytes_[i] = static_cast<char>(rest >> (64 - 8 * i));
    *count = slot.count;
    if (!table_.carries.empty()) {
      const auto carry = table_.carries.find({rest, length});
      if (carry != table_.carries.end()) *count += carry->second << kSlotCountBits;
    }
    *bytes = std::string_view(bytes_.data(), length);
    return true;
  }

 private:
  Table& table_;
  size_t next_ = 0;
  std::array<char, kMaxOrder> bytes_;
};

absl::StatusOr<std::unique_ptr<NgramCounts>> NgramCounts::Create(int order, std::string temp_dir,
                                                                 Context& context) {
  std::unique_ptr<NgramCounts> counts(new NgramCounts(order, context));
  CM_ASSIGN_OR_RETURN(counts->runs_, CountRuns::Create(std::move(temp_dir), context));
  return counts;
}

NgramCounts::NgramCounts(int order, Context& context)
    : order_(order),
      context_(context),
      tables_(std::make_unique<std::array<Table, 256>>()),
      barrier_(
          tables_->size(), [this](size_t first) { Sort((*tables_)[first].slots); },
          [this] { return WriteRun(); }) {}

NgramCounts::Writer::Writer(NgramCounts* counts) : counts_(counts) {
  keys_.reserve(kBufferSize);
  lengths_.reserve(kBufferSize);
  firsts_.reserve(kBufferSize);
}

absl::Status NgramCounts::Writer::Add(std::string_view chunk, uint64_t weight) {
  if (weight != weight_) {
    CM_RETURN_IF_ERROR(Flush());
    weight_ = weight;
  }
  // `window` holds the order - 1 bytes after position i, padded with zeros.
  const size_t rest_bytes = counts_->order_ - 1;
  const int shift = 64 - 8 * static_cast<int>(rest_bytes);
  uint64_t window = 0;
  const auto shift_in = [&](size_t i) {
    const uint64_t byte = i < chunk.size() ? static_cast<uint8_t>(chunk[i]) : 0;
    window = window << 8 | byte;
  };
  for (size_t i = 0; i < rest_bytes; ++i) shift_in(i);
  for (size_t i = 0; i < chunk.size(); ++i) {
    shift_in(i + rest_bytes);
    firsts_.push_back(static_cast<uint8_t>(chunk[i]));
    keys_.push_back(shift == 64 ? 0 : window << shift);
    lengths_.push_back(static_cast<uint8_t>(std::min(rest_bytes + 1, chunk.size() - i)));
    if (keys_.size() == kBufferSize) CM_RETURN_IF_ERROR(Flush());
  }
  return absl::OkStatus();
}

absl::Status NgramCounts::Writer::Flush() {
  std::array<size_t, 257> ends{};
  for (const uint8_t first : firsts_) ++ends[first + 1];
  for (size_t byte = 0; byte < 256; ++byte) ends[byte + 1] += ends[byte];
  const std::array<size_t, 257> begins = ends;
  sorted_keys_.resize(keys_.size());
  sorted_lengths_.resize(keys_.size());
  for (size_t i = 0; i < keys_.size(); ++i) {
    const size_t position = ends[firsts_[i]]++;
    sorted_keys_[position] = keys_[i];
    sorted_lengths_[position] = lengths_[i];
  }
  // Writers begin at different tables, to avoid waiting for each other.
  const size_t offset = reinterpret_cast<uintptr_t>(this) / 64 % 256;
  for (size_t k = 0; k < 256; ++k) {
    const size_t byte = (k + offset) % 256;
    const size_t begin = begins[byte], end = begins[byte + 1];
    if (begin == end) continue;
    CM_RETURN_IF_ERROR(
        counts_->AddAll(static_cast<uint8_t>(byte),
                        {&sorted_keys_[begin], &sorted_lengths_[begin], end - begin, weight_}));
  }
  keys_.clear();
  lengths_.clear();
  firsts_.clear();
  return absl::OkStatus();
}

/// First slot to probe for an n-gram in a table of `capacity` slots.
size_t NgramCounts::Home(uint64_t rest, int length, size_t capacity) {
  uint64_t hash = (rest + static_cast<uint64_t>(length)) * 0x9E3779B97F4A7C15;
  hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
  return static_cast<size_t>(static_cast<unsigned __int128>(hash) * capacity >> 64);
}

/// Finds the slot of an n-gram, or the empty slot for it.
NgramCounts::Slot* NgramCounts::Find(std::vector<Slot>& slots, uint64_t rest, int length) {
  for (size_t i = Home(rest, length, slots.size());; i = i + 1 == slots.size() ? 0 : i + 1) {
    Slot& slot = slots[i];
    if (slot.length == 0 || (slot.rest() == rest && slot.length == length)) return &slot;
  }
}

void NgramCounts::AddOne(Table& table, uint64_t rest, int length, uint64_t count) {
  Slot& slot = *Find(table.slots, rest, length);
  if (slot.length == 0) {
    slot = {static_cast<uint32_t>(rest >> 32), static_cast<uint32_t>(rest),
            static_cast<uint32_t>(length), 0};
    ++table.size;
  }
  count += slot.count;
  slot.count = count & ((1u << kSlotCountBits) - 1);
  if (const uint64_t carry = count >> kSlotCountBits; carry != 0) {
    table.carries[{rest, length}] += carry;
  }
}

absl::Status NgramCounts::Add(std::string_view ngram, uint64_t count) {
  uint64_t rest = 0;
  for (size_t i = 1; i < ngram.size(); ++i) {
    rest |= static_cast<uint64_t>(static_cast<uint8_t>(ngram[i])) << (64 - 8 * i);
  }
  const auto length = static_cast<uint8_t>(ngram.size());
  return AddAll(static_cast<uint8_t>(ngram[0]), {&rest, &length, 1, count});
}

absl::Status NgramCounts::AddAll(uint8_t first, Batch batch) {
  const absl::Status status = barrier_.Add([&] { return AddSome(first, &batch); });
  if (status.code() != absl::StatusCode::kResourceExhausted) return status;
  return MemoryError(absl::StrFormat("%s, or a smaller order", Message(status)));
}

absl::Status NgramCounts::AddSome(uint8_t first, Batch* batch) {
  constexpr size_t kAhead = 8;
  Table& table = (*tables_)[first];
  std::lock_guard<std::mutex> lock(table.mutex);
  while (batch->size > 0) {
    // Small steps, so that n-grams already in the table do not make it grow.
    const size_t size = std::min<size_t>(batch->size, 256);
    CM_RETURN_IF_ERROR(Reserve(table, size));
    for (size_t i = 0; i < size; ++i) {
      if (i + kAhead < size) {
        const size_t home =
            Home(batch->rests[i + kAhead], batch->lengths[i + kAhead], table.slots.size());
        __builtin_prefetch(&table.slots[home], 1);
      }
      AddOne(table, batch->rests[i], batch->lengths[i], batch->count);
    }
    batch->rests += size;
    batch->lengths += size;
    batch->size -= size;
  }
  return absl::OkStatus();
}

/// Makes room for `more` n-grams at a load of at most 80 %.
absl::Status NgramCounts::Reserve(Table& table, size_t more) {
  const size_t needed = (table.size + more) * 5 / 4 + 1;
  if (needed <= table.slots.size()) return absl::OkStatus();
  const size_t capacity = std::max(needed, table.slots.size() + table.slots.size() / 2);
  constexpr std::string_view kWhat = "the n-gram table";
  // Both tables exist while the n-grams move.
  CM_RETURN_IF_ERROR(CheckRoom(context_.memory(), capacity * sizeof(Slot), kWhat));
  CM_ASSIGN_OR_RETURN(MemoryLease lease, context_.memory().Take(capacity * sizeof(Slot), kWhat));
  std::vector<Slot> slots(capacity);
  for (const Slot& slot : table.slots) {
    if (slot.length != 0) *Find(slots, slot.rest(), static_cast<int>(slot.length)) = slot;
  }
  table.slots.swap(slots);
  table.lease = std::move(lease);
  return absl::OkStatus();
}

/// Sorts in place by bytes, most significant first (American flag sort; McIlroy, Bostic and McIlroy
/// 1993); small parts by comparison.
void NgramCounts::Sort(std::vector<Slot>& slots) {
  slots.erase(
      std::remove_if(slots.begin(), slots.end(), [](const Slot& slot) { return slot.length == 0; }),
      slots.end());
  const auto sort = [](auto& self, Slot* begin, size_t size, int shift) -> void {
    constexpr size_t kSmall = 64;
    if (size <= kSmall || shift < 0) {
      std::sort(begin, begin + size, [](const Slot& a, const Slot& b) {
        return a.rest() != b.rest() ? a.rest() < b.rest() : a.length < b.length;
      });
      return;
    }
    const auto byte = [shift](const Slot& slot) { return slot.rest() >> shift & 0xFF; };
    std::array<size_t, 257> begins{};
    for (size_t i = 0; i < size; ++i) ++begins[byte(begin[i]) + 1];
    for (size_t i = 0; i < 256; ++i) begins[i + 1] += begins[i];
    std::array<size_t, 257> next = begins;
    for (size_t part = 0; part < 256; ++part) {
      while (next[part] < begins[part + 1]) {
        Slot& slot = begin[next[part]];
        const size_t home = byte(slot);
        if (home == part) {
          ++next[part];
        } else {
          std::swap(slot, begin[next[home]++]);
        }
      }
    }
    for (size_t part = 0; part < 256; ++part) {
      self(self, begin + begins[part], begins[part + 1] - begins[part], shift - 8);
    }
  };
  sort(sort, slots.data(), slots.size(), 56);
}

void NgramCounts::Clear(Table& table) {
  std::vector<Slot>().swap(table.slots);
  table.carries.clear();
  table.size = 0;
  table.lease.Release();
}

/// Writes all tables, which are sorted, to a run and empties them. Returns false if they are empty.
absl::StatusOr<bool> NgramCounts::WriteRun() {
  const auto is_empty = [](const Table& table) { return table.size == 0; };
  if (std::all_of(tables_->begin(), tables_->end(), is_empty)) return false;
  CM_RETURN_IF_ERROR(runs_->AddRun([&](uint8_t first, CountWriter& writer) -> absl::Status {
    TableStream ngrams(first, &(*tables_)[first]);
    return writer.AddAll(ngrams);
  }));
  return true;
}

absl::Status NgramCounts::Finish() {
  CM_RETURN_IF_ERROR(context_.ParallelFor(256, 1, [&](size_t begin, size_t end) {
    for (size_t first = begin; first < end; ++first) Sort((*tables_)[first].slots);
    return absl::OkStatus();
  }));
  if (!runs_->empty()) CM_RETURN_IF_ERROR(WriteRun().status());
  return runs_->Finish();
}

absl::StatusOr<std::unique_ptr<CountStream>> NgramCounts::Open(uint8_t first) {
  if (!runs_->empty()) return runs_->Open(first);
  return std::make_unique<TableStream>(first, &(*tables_)[first]);
}

}  // namespace corpusmill
