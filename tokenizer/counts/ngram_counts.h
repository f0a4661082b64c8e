#ifndef CORPUSMILL_TOKENIZER_COUNTS_NGRAM_COUNTS_H_
#define CORPUSMILL_TOKENIZER_COUNTS_NGRAM_COUNTS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/counts/count_runs.h"
#include "tokenizer/counts/counts_stream.h"
#include "tokenizer/counts/spill_barrier.h"

namespace corpusmill {

/// Counts the byte n-grams of up to `order` bytes in a corpus.
///
///   CM_ASSIGN_OR_RETURN(auto counts, NgramCounts::Create(6, "/tmp", context));
///   NgramCounts::Writer writer(counts.get());         // one per thread
///   CM_RETURN_IF_ERROR(writer.Add("a chunk", /*weight=*/1));
///   CM_RETURN_IF_ERROR(writer.Flush());
///   CM_RETURN_IF_ERROR(counts->Finish());
///   CM_ASSIGN_OR_RETURN(auto ngrams, counts->Open('a'));
///
/// Only the longest n-gram at each position is stored: `order` bytes, fewer at the end of a chunk.
/// The count of a shorter n-gram is the sum over the n-grams that it is a prefix of, which a reader
/// in ascending order gets in passing.
///
/// A distinct n-gram takes 12 bytes in tables that are 53 to 80 % full. When the budget is used up,
/// the tables are written to a sorted run in `temp_dir`, at 3 to 4 bytes per n-gram, and emptied.
/// Counts are integer sums, so results do not depend on threads or on when tables are spilled.
class NgramCounts {
 public:
  static constexpr int kMaxOrder = 9;

  /// `context` must outlive the counts.
  static absl::StatusOr<std::unique_ptr<NgramCounts>> Create(int order, std::string temp_dir,
                                                             Context& context);

  int order() const { return order_; }

  /// Adds chunks through a small buffer, so that tables are locked rarely. Not thread-safe, but
  /// several writers may add to the same counts at once.
  class Writer {
   public:
    explicit Writer(NgramCounts* counts);

    /// Adds the n-grams of the chunk, each counted `weight` times.
    absl::Status Add(std::string_view chunk, uint64_t weight);

    /// Adds the buffered n-grams to the tables. Call it last; unflushed n-grams are lost.
    absl::Status Flush();

   private:
    static constexpr size_t kBufferSize = 1 << 16;
    NgramCounts* const counts_;
    uint64_t weight_ = 1;  // Of all buffered n-grams.
    std::vector<uint64_t> keys_, sorted_keys_;
    std::vector<uint8_t> lengths_, sorted_lengths_;
    std::vector<uint8_t> firsts_;
  };

  /// Adds to the count of one n-gram of 1 to `order` bytes. `count` excludes the counts of longer
  /// n-grams with this prefix. Thread-safe. For counts from elsewhere.
  absl::Status Add(std::string_view ngram, uint64_t count);

  /// Frees memory by writing the tables to a run. Returns false if they are empty.
  absl::StatusOr<bool> Spill() { return barrier_.Spill(); }

  /// Ends counting. Call after the last Flush. Uses the context's threads.
  absl::Status Finish();

  /// Opens the stored n-grams that begin with `first`. They are freed with the stream. Call once
  /// for each byte, on any thread. REQUIRES: Finish.
  absl::StatusOr<std::unique_ptr<CountStream>> Open(uint8_t first);

  /// Returns Open as a function.
  OpenSection sections() {
    return [this](uint8_t first) { return Open(first); };
  }

  /// Number of spilled runs, and their size on disk.
  uint64_t runs() const { return runs_->added(); }
  uint64_t run_bytes() const { return runs_->written_bytes(); }

 private:
  struct Slot {
    uint32_t rest_high, rest_low;
    uint32_t length : 4;  // 0 = the slot is empty.
    uint32_t count : 28;  // The lower bits; the upper bits are in carries.
    uint64_t rest() const { return static_cast<uint64_t>(rest_high) << 32 | rest_low; }
  };
  static_assert(sizeof(Slot) == 12);
  static constexpr int kSlotCountBits = 28;

  /// The n-grams of one first byte: a hash table with linear probing.
  struct Table {
    std::mutex mutex;
    std::vector<Slot> slots;
    size_t size = 0;
    /// The upper bits of counts of 2^kSlotCountBits or more.
    absl::flat_hash_map<std::pair<uint64_t, int>, uint64_t> carries;
    MemoryLease lease;
  };

  class TableStream;

  NgramCounts(int order, Context& context);
  static size_t Home(uint64_t rest, int length, size_t capacity);
  static Slot* Find(std::vector<Slot>& slots, uint64_t rest, int length);
  static void AddOne(Table& table, uint64_t rest, int length, uint64_t count);
  static void Sort(std::vector<Slot>& slots);
  static void Clear(Table& table);
  /// N-grams to add to a table: the bytes after the first (the second byte topmost, padded with
  /// zeros), the lengths, and the count of each.
  struct Batch {
    const uint64_t* rests;
    const uint8_t* lengths;
    size_t size;
    uint64_t count;
  };
  absl::Status AddAll(uint8_t first, Batch batch);
  /// Adds n-grams from the front of the batch while memory suffices.
  absl::Status AddSome(uint8_t first, Batch* batch);
  absl::Status Reserve(Table& table, size_t more);
  absl::StatusOr<bool> WriteRun();

  const int order_;
  Context& context_;
  std::unique_ptr<std::array<Table, 256>> tables_;
  std::unique_ptr<CountRuns> runs_;
  SpillBarrier barrier_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_NGRAM_COUNTS_H_
