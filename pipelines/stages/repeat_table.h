#ifndef CORPUSMILL_PIPELINES_STAGES_REPEAT_TABLE_H_
#define CORPUSMILL_PIPELINES_STAGES_REPEAT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace corpusmill {

/// A hash of bytes. It differs from process to process, so that nobody can write a text whose words
/// collide: use it to find equal keys, never for a result.
uint64_t RepeatHash(std::string_view bytes);
/// The same for two numbers.
uint64_t RepeatHash(uint64_t a, uint64_t b);

/// Finds equal keys in one document. Keys are compared, not only their hashes. Memory is bounded by
/// the number of keys and kept for the next document. Not thread-safe.
///
///   RepeatTable table;
///   table.Start(lines.size());
///   for (uint32_t i = 0; i < lines.size(); ++i) {
///     const uint32_t first = table.FindOrAdd(RepeatHash(lines[i]), i,
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
  uint32_t FindOrAdd(uint64_t hash, uint32_t number, const Equal& equal) {
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

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  uint64_t epoch_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_REPEAT_TABLE_H_
