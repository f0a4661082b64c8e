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

/// Checks that a table can grow by `bytes` and leave an eighth of the budget to others, such as the
/// readers of its input. kResourceExhausted if not; `what` names the table.
absl::Status CheckRoom(const MemoryBudget& budget, uint64_t bytes, std::string_view what);

/// Coordinates threads that fill tables until the memory is used up and then spill them together.
///
///   SpillBarrier barrier(256, [&](size_t table) { Sort(table); }, [&] { return WriteAll(); });
///   CM_RETURN_IF_ERROR(barrier.Add([&] { return AddToTable(…); }));   // on any thread
///
/// Thread-safe.
class SpillBarrier {
 public:
  /// When no thread is adding, the threads that wait for memory call `prepare` for each of [0,
  /// parts). Then one of them calls `spill`, which returns whether there was anything to spill.
  SpillBarrier(size_t parts, std::function<void(size_t part)> prepare,
               std::function<absl::StatusOr<bool>()> spill)
      : parts_(parts), prepare_(std::move(prepare)), spill_(std::move(spill)) {}

  /// Repeats add() while it returns kResourceExhausted, with a spill in between. Returns that
  /// status if there is nothing to spill.
  absl::Status Add(const std::function<absl::Status()>& add);

  /// Spills now. Returns false if there is nothing to spill. Must not be called within add().
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

  std::shared_mutex adding_;  // Shared by adding threads; exclusive for the spilling thread.
  std::mutex mutex_;
  std::condition_variable changed_;  // One of the members below changed.
  uint64_t spills_ = 0;
  bool active_ = false, preparing_ = false;
  size_t next_ = 0, prepared_ = 0;        // Numbers of parts.
  absl::StatusOr<bool> spilled_ = false;  // Result of the last spill.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_SPILL_BARRIER_H_
