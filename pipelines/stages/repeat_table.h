#ifndef CORPUSMILL_PIPELINES_STAGES_REPEAT_TABLE_H_
#define CORPUSMILL_PIPELINES_STAGES_REPEAT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace corpusmill {

/// Hashes for tables. They differ from process to process, so that nobody can write a text whose
/// words collide: use them to find equal keys, never for a result. Immutable and thread-safe.
class RepeatHasher {
 public:
  RepeatHasher();

  uint64_t operator()(uint64_t key) const { return Mix(key ^ first_, second_); }
  uint64_t operator()(uint64_t a, uint64_t b) const { return Mix(a ^ first_, b ^ second_); }
  uint64_t operator()(std::string_view bytes) const;

 private:
  static uint64_t Mix(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  uint64_t first_, second_;
};

/// Finds equal keys in one document. Keys are compared, not only their hashes. Memory is bounded by
/// the number of keys and kept for the next document. Not thread-safe.
///
///   RepeatTable table;
///   table.Start(lines.size());
///   for (uint32_t i = 0; i < lines.size(); ++i) {
///     const uint32_t first = table.FindOrAdd(lines[i], i,
///                                            [&](uint32_t j) { return lines[j] == lines[i]; });
///     if (first != i) { /* lines[i] repeats lines[first] */ }
///   }
class RepeatTable {
 public:
  /// Forgets all keys and makes room for `keys`.
  void Start(size_t keys);

  /// The number that was added with an equal key; if there is none, adds `number` and returns it.
  /// `equal(other)` says whether the key of `other` equals the key of `number`.
  template <typename Equal>
  uint32_t FindOrAdd(std::string_view key, uint32_t number, const Equal& equal) {
    const uint64_t hash = hasher_(key);
    const uint64_t mark = epoch_ << 32 | hash >> 32;
    for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.mark >> 32 != epoch_) {
        slot = {mark, number};
        return number;
      }
      if (slot.mark == mark && equal(slot.number)) return slot.number;
    }
  }

 private:
  struct Slot {
    uint64_t mark = 0;  // Epoch and upper half of the hash; another epoch: empty.
    uint32_t number = 0;
  };

  const RepeatHasher hasher_;
  std::vector<Slot> slots_;
  size_t mask_ = 0;
  uint64_t epoch_ = 0;
};

/// The same for keys of 64 bits. Not thread-safe.
class RepeatedNumberTable {
 public:
  void Start(size_t keys);

  uint32_t FindOrAdd(uint64_t key, uint32_t number) {
    for (size_t i = hasher_(key) & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.epoch != epoch_) {
        slot = {key, epoch_, number};
        return number;
      }
      if (slot.key == key) return slot.number;
    }
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t epoch = 0;  // Another epoch: empty.
    uint32_t number = 0;
  };

  const RepeatHasher hasher_;
  std::vector<Slot> slots_;
  size_t mask_ = 0;
  uint32_t epoch_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_REPEAT_TABLE_H_
