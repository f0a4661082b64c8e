#ifndef CORPUSMILL_TOKENIZER_COUNTS_SPILL_BARRIER_H_
#define CORPUSMILL_TOKENIZER_COUNTS_SPILL_BARRIER_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/memory.h"

namespace corpusmill {

/// kResourceExhausted where a table that grows by so many bytes would leave less than an eighth of
/// the budget to others, such as those who read what it is filled with.
absl::Status CheckRoom(const MemoryBudget& budget, uint64_t bytes, std::string_view what);

/// Threads fill tables until the memory is used up, and then empty them together.
///
///   SpillBarrier barrier(256, [&](size_t table) { Sort(table); }, [&] { return WriteAll(); });
///   CM_RETURN_IF_ERROR(barrier.Add([&] { return AddToTable(…); }));   // on any thread
///
/// Thread-safe.
class SpillBarrier {
 public:
  /// `prepare` is called for each of [0, parts) when nobody adds, by the threads that wait
  /// for memory; then `spill` by one of them, which says whether there was anything to spill.
  SpillBarrier(size_t parts, std::function<void(size_t part)> prepare,
               std::function<absl::StatusOr<bool>()> spill)
      : parts_(parts), prepare_(std::move(prepare)), spill_(std::move(spill)) {}

  /// Calls add() again and again while it returns kResourceExhausted, with a spill in
  /// between. Returns that status when there was nothing to spill.
  absl::Status Add(const std::function<absl::Status()>& add);

  /// Spills what there is now. For a thread that is not within add(); false when there was
  /// nothing.
  absl::StatusOr<bool> Spill();

 private:
  absl::StatusOr<bool> SpillAfter(uint64_t spills);
  uint64_t spills() {
    std::lock_guard<std::mutex> lock(mutex_);
    return spills_;
  }
  void PrepareSome();

  const size_t parts_;
  const std::function<void(size_t part)> prepare_;
  const std::function<absl::StatusOr<bool>()> spill_;

  std::shared_mutex adding_;  // Held by those who add, and alone by the one who spills.
  std::mutex mutex_;
  std::condition_variable changed_;  // Any of the members below.
  uint64_t spills_ = 0;
  bool active_ = false, preparing_ = false;
  size_t next_ = 0, prepared_ = 0;        // Parts.
  absl::StatusOr<bool> spilled_ = false;  // Of the last spill.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_SPILL_BARRIER_H_
