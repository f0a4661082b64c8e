#include "tokenizer/ngram_counts.h"

#include <algorithm>
#include <utility>

#include "corpus/status.h"

namespace corpusmill {

NgramCounts::NgramCounts(int order, MemoryBudget& budget)
    : order_(order), budget_(budget), tables_(std::make_unique<std::array<Table, 256>>()) {}

NgramCounts::Writer::Writer(NgramCounts* counts) : counts_(counts) {
  keys_.reserve(kBufferSize);
  lengths_.reserve(kBufferSize);
  firsts_.reserve(kBufferSize);
}

absl::Status NgramCounts::Writer::Add(std::string_view chunk) {
  // `window` holds the order - 1 bytes after position i, zeros behind the end.
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
  // Writers begin at different tables, so as not to wait for each other in turn.
  const size_t offset = reinterpret_cast<uintptr_t>(this) / 64 % 256;
  for (size_t k = 0; k < 256; ++k) {
    const size_t byte = (k + offset) % 256;
    const size_t begin = begins[byte], end = begins[byte + 1];
    if (begin == end) continue;
    CM_RETURN_IF_ERROR(counts_->AddAll(static_cast<uint8_t>(byte), &sorted_keys_[begin],
                                       &sorted_lengths_[begin], end - begin));
  }
  keys_.clear();
  lengths_.clear();
  firsts_.clear();
  return absl::OkStatus();
}

/// Where the search for an n-gram begins in a table of `capacity` slots.
size_t NgramCounts::Home(uint64_t rest, int length, size_t capacity) {
  uint64_t hash = (rest + static_cast<uint64_t>(length)) * 0x9E3779B97F4A7C15;
  hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
  return static_cast<size_t>(static_cast<unsigned __int128>(hash) * capacity >> 64);
}

/// The slot of an n-gram, or the empty one where it belongs.
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
  Table& table = (*tables_)[static_cast<uint8_t>(ngram[0])];
  std::lock_guard<std::mutex> lock(table.mutex);
  CM_RETURN_IF_ERROR(Reserve(table, 1));
  AddOne(table, rest, static_cast<int>(ngram.size()), count);
  return absl::OkStatus();
}

absl::Status NgramCounts::AddAll(uint8_t first, const uint64_t* rests, const uint8_t* lengths,
                                 size_t count) {
  constexpr size_t kAhead = 8;
  Table& table = (*tables_)[first];
  std::lock_guard<std::mutex> lock(table.mutex);
  for (size_t begin = 0; begin < count;) {
    // Small steps, so that n-grams that are in the table already do not grow it.
    const size_t end = std::min(count, begin + 256);
    CM_RETURN_IF_ERROR(Reserve(table, end - begin));
    for (size_t i = begin; i < end; ++i) {
      if (i + kAhead < end) {
        const size_t home = Home(rests[i + kAhead], lengths[i + kAhead], table.slots.size());
        __builtin_prefetch(&table.slots[home], 1);
      }
      AddOne(table, rests[i], lengths[i], 1);
    }
    begin = end;
  }
  return absl::OkStatus();
}

/// Makes room for `more` n-grams at a load of at most 80 %.
absl::Status NgramCounts::Reserve(Table& table, size_t more) {
  const size_t needed = (table.size + more) * 5 / 4 + 1;
  if (needed <= table.slots.size()) return absl::OkStatus();
  const size_t capacity = std::max(needed, table.slots.size() + table.slots.size() / 2);
  constexpr std::string_view kWhat = "the n-gram table";
  constexpr std::string_view kAdvice = ", or a smaller order";
  // While the n-grams move both tables are there.
  absl::StatusOr<MemoryLease> lease = budget_.Take(capacity * sizeof(Slot), kWhat);
  if (!lease.ok()) {
    return MemoryError(absl::StrFormat("%s%s", Message(lease.status()), kAdvice));
  }
  std::vector<Slot> slots(capacity);
  for (const Slot& slot : table.slots) {
    if (slot.length != 0) *Find(slots, slot.rest(), static_cast<int>(slot.length)) = slot;
  }
  table.slots.swap(slots);
  table.lease = *std::move(lease);
  return absl::OkStatus();
}

absl::Status NgramCounts::Sort(Context& context) {
  return context.ParallelFor(256, 1, [&](size_t begin, size_t end) {
    for (size_t byte = begin; byte < end; ++byte) {
      std::vector<Slot>& slots = (*tables_)[byte].slots;
      slots.erase(std::remove_if(slots.begin(), slots.end(),
                                 [](const Slot& slot) { return slot.length == 0; }),
                  slots.end());
      std::sort(slots.begin(), slots.end(), [](const Slot& a, const Slot& b) {
        return a.rest() != b.rest() ? a.rest() < b.rest() : a.length < b.length;
      });
    }
    return absl::OkStatus();
  });
}

absl::Status NgramCounts::Drain(
    uint8_t first,
    const std::function<absl::Status(uint64_t rest, int length, uint64_t count)>& visit) {
  Table& table = (*tables_)[first];
  for (const Slot& slot : table.slots) {
    const int length = static_cast<int>(slot.length);
    uint64_t count = slot.count;
    if (!table.carries.empty()) {
      const auto carry = table.carries.find({slot.rest(), length});
      if (carry != table.carries.end()) count += carry->second << kSlotCountBits;
    }
    CM_RETURN_IF_ERROR(visit(slot.rest(), length, count));
  }
  std::vector<Slot>().swap(table.slots);
  table.carries.clear();
  table.size = 0;
  table.lease.Release();
  return absl::OkStatus();
}

}  // namespace corpusmill
