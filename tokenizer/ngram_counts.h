#ifndef CORPUSMILL_TOKENIZER_NGRAM_COUNTS_H_
#define CORPUSMILL_TOKENIZER_NGRAM_COUNTS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "corpus/context.h"

namespace corpusmill {

/// Counts of the byte n-grams of up to `order` bytes in a corpus.
///
///   NgramCounts counts(6, context.memory());
///   NgramCounts::Writer writer(&counts);         // one per thread
///   CM_RETURN_IF_ERROR(writer.Add("a chunk"));
///   CM_RETURN_IF_ERROR(writer.Flush());
///
/// Only the longest n-gram at each position is stored: `order` bytes, fewer at
/// the end of a chunk. The counts of shorter ones are sums over those they
/// begin, which come out by themselves when the n-grams are read in order.
///
/// A distinct n-gram takes 12 bytes in tables that are 53 to 80 % full, all
/// charged to the budget. Sums of integers: the result does not depend on which
/// thread adds what when.
class NgramCounts {
 public:
  static constexpr int kMaxOrder = 9;

  NgramCounts(int order, MemoryBudget& budget);

  int order() const { return order_; }

  /// Adds chunks through a small buffer, so that tables are locked rarely. For
  /// one thread; several writers may add to the same counts at once.
  class Writer {
   public:
    explicit Writer(NgramCounts* counts);

    /// Adds the n-grams that begin at each position of the chunk and end in it.
    absl::Status Add(std::string_view chunk);

    /// Hands over what is buffered. Call it last; what is not flushed is lost.
    absl::Status Flush();

   private:
    static constexpr size_t kBufferSize = 1 << 16;
    NgramCounts* const counts_;
    std::vector<uint64_t> keys_, sorted_keys_;
    std::vector<uint8_t> lengths_, sorted_lengths_;
    std::vector<uint8_t> firsts_;
  };

  /// Adds to the count of one n-gram, of 1 to `order` bytes: what it is more than
  /// the longer ones that it begins. Thread-safe; for counts made elsewhere.
  absl::Status Add(std::string_view ngram, uint64_t count);

  /// Orders all tables, on the threads of the context, after the last Flush.
  absl::Status Sort(Context& context);

  /// Calls visit(rest, length, count) for the stored n-grams that begin with
  /// `first` in ascending order, then frees them. `rest` holds the bytes after
  /// the first, the second topmost, zeros after the last. REQUIRES: Sort.
  absl::Status Drain(
      uint8_t first,
      const std::function<absl::Status(uint64_t rest, int length, uint64_t count)>& visit);

 private:
  struct Slot {
    uint32_t rest_high, rest_low;
    uint32_t length : 4;  // 0 = the slot is empty.
    uint32_t count : 28;  // The lower bits; the others are in carries.
    uint64_t rest() const { return static_cast<uint64_t>(rest_high) << 32 | rest_low; }
  };
  static_assert(sizeof(Slot) == 12);
  static constexpr int kSlotCountBits = 28;

  /// The n-grams of one first byte: a hash table with linear probing.
  struct Table {
    std::mutex mutex;
    std::vector<Slot> slots;
    size_t size = 0;
    /// The counts' bits from 2^kSlotCountBits on, where any is set.
    absl::flat_hash_map<std::pair<uint64_t, int>, uint64_t> carries;
    MemoryLease lease;
  };

  static size_t Home(uint64_t rest, int length, size_t capacity);
  static Slot* Find(std::vector<Slot>& slots, uint64_t rest, int length);
  static void AddOne(Table& table, uint64_t rest, int length, uint64_t count);
  absl::Status AddAll(uint8_t first, const uint64_t* rests, const uint8_t* lengths, size_t count);
  absl::Status Reserve(Table& table, size_t more);

  const int order_;
  MemoryBudget& budget_;
  std::unique_ptr<std::array<Table, 256>> tables_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_NGRAM_COUNTS_H_
