#include "tokenizer/counts/spill_barrier.h"

#include "absl/strings/str_format.h"
#include "corpus/base/guarded.h"
#include "corpus/base/status.h"

namespace corpusmill {

absl::Status CheckRoom(const MemoryBudget& budget, uint64_t bytes, std::string_view what) {
  if (budget.available_bytes() >= bytes + budget.limit_bytes() / 8) return absl::OkStatus();
  return MemoryError(absl::StrFormat(
      "%s needs %s, and %s of the %s memory budget are in use; try a larger --memory", what,
      FormatByteSize(bytes), FormatByteSize(budget.used_bytes()),
      FormatByteSize(budget.limit_bytes())));
}

absl::StatusOr<bool> SpillBarrier::Spill() { return SpillAfter(spills()); }

absl::Status SpillBarrier::Add(const std::function<absl::Status()>& add) {
  while (true) {
    uint64_t before;
    absl::Status status;
    {
      std::shared_lock<std::shared_mutex> lock(adding_);
      before = spills();
      status = add();
    }
    if (status.code() != absl::StatusCode::kResourceExhausted) return status;
    CM_ASSIGN_OR_RETURN(const bool spilled, SpillAfter(before));
    if (!spilled) return status;
  }
}

/// Spills, unless another thread has since `spills` was read. The first thread waits until no
/// thread adds; the others help to prepare. Returns false if there was nothing to spill.
absl::StatusOr<bool> SpillBarrier::SpillAfter(uint64_t spills) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (active_) {
    changed_.wait(lock, [&] { return preparing_ || !active_; });
    if (preparing_) {
      lock.unlock();
      PrepareSome();
      lock.lock();
    }
    changed_.wait(lock, [&] { return !active_; });
    return spilled_;
  }
  if (spills != spills_) return true;
  active_ = true;
  lock.unlock();
  absl::StatusOr<bool> spilled;
  {
    std::unique_lock<std::shared_mutex> alone(adding_);
    lock.lock();
    next_ = prepared_ = 0;
    preparing_ = true;
    changed_.notify_all();
    lock.unlock();
    PrepareSome();
    lock.lock();
    changed_.wait(lock, [&] { return prepared_ == parts_; });
    preparing_ = false;
    lock.unlock();
    // Whatever happens, the other threads must not be left waiting.
    const absl::Status status = Guarded([&]() -> absl::Status {
      spilled = spill_();
      return absl::OkStatus();
    });
    if (!status.ok()) spilled = status;
  }
  lock.lock();
  ++spills_;
  spilled_ = spilled;
  active_ = false;
  changed_.notify_all();
  return spilled;
}

/// Prepares parts until all have been started.
void SpillBarrier::PrepareSome() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (next_ < parts_) {
    const size_t part = next_++;
    lock.unlock();
    prepare_(part);
    lock.lock();
    ++prepared_;
  }
  changed_.notify_all();
}

}  // namespace corpusmill
