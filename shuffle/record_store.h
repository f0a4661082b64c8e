#ifndef CORPUSMILL_SHUFFLE_RECORD_STORE_H_
#define CORPUSMILL_SHUFFLE_RECORD_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/context.h"
#include "corpus/memory.h"
#include "corpus/random.h"

namespace corpusmill {

/// Records held in memory with their draws, to be read in the order of the draws.
///
///   RecordStore store(context);
///   CM_RETURN_IF_ERROR(store.Add("a record", draw));
///   CM_RETURN_IF_ERROR(store.Sort());
///   for (size_t i = 0; i < store.size(); ++i) Use(store[i]);
///
/// Everything is taken from the context's budget, which must outlive the store.
/// Not thread-safe; Sort uses the context's threads.
class RecordStore {
 public:
  explicit RecordStore(Context& context)
      : context_(context),
        block_lease_(context.memory().EmptyLease()),
        index_lease_(context.memory().EmptyLease()) {}
  ~RecordStore();
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  /// Copies a record in. kResourceExhausted when the budget has no room for it.
  absl::Status Add(std::string_view record, const Draw& draw);

  /// Orders the records by draw, records of equal draws as they were added.
  absl::Status Sort();

  size_t size() const { return size_; }

  /// The i-th record: as added before Sort, in the order of draws after it.
  std::string_view operator[](size_t i) const;

 private:
  // `where` is the block number and the position in it: it grows as records are
  // added, so that it breaks ties.
  struct Entry {
    Draw draw;
    uint64_t where;
    auto operator<=>(const Entry&) const = default;
  };
  static constexpr int kBlockBits = 20;
  static constexpr size_t kBlockBytes = size_t{1} << kBlockBits;

  absl::Status Reserve(size_t bytes);
  absl::Status GrowIndex();

  Context& context_;
  MemoryLease block_lease_;
  MemoryLease index_lease_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_used_ = 0;
  size_t block_size_ = 0;
  Entry* index_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_RECORD_STORE_H_
