#ifndef CORPUSMILL_CORPUS_BASE_MEMORY_H_
#define CORPUSMILL_CORPUS_BASE_MEMORY_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace corpusmill {

class MemoryBudget;
class MemoryReservation;

/// A part of a MemoryBudget, given back on destruction. Movable, not copyable.
/// Must not outlive its budget. Not safe for use by several threads at once.
class MemoryLease {
 public:
  MemoryLease() = default;
  MemoryLease(MemoryLease&& other) noexcept { *this = std::move(other); }
  MemoryLease& operator=(MemoryLease&& other) noexcept;
  ~MemoryLease() { Release(); }

  uint64_t bytes() const { return bytes_; }

  /// Resizes the lease to `bytes`, taking from the budget or giving back. kResourceExhausted, with
  /// the lease unchanged, if the budget has too little left.
  absl::Status Resize(uint64_t bytes, std::string_view what);

  void Release();

 private:
  friend class MemoryBudget;
  MemoryBudget* budget_ = nullptr;
  uint64_t bytes_ = 0;
};

/// Memory held for later leases of a budget; see MemoryBudget::Reserve. Movable, not copyable.
class MemoryReservation {
 public:
  MemoryReservation() = default;
  MemoryReservation(MemoryReservation&& other) noexcept { *this = std::move(other); }
  MemoryReservation& operator=(MemoryReservation&& other) noexcept;
  ~MemoryReservation() { Release(); }

  uint64_t bytes() const { return bytes_; }
  void Release();

 private:
  friend class MemoryBudget;
  MemoryBudget* budget_ = nullptr;
  uint64_t bytes_ = 0;
};

/// The budget behind `--memory`. Charge every buffer whose size grows with the input here first:
/// peak RSS then stays below limit_bytes plus 64 MB for the binary, thread stacks and small fixed
/// buffers.
///
///   MemoryBudget budget(64 << 20);
///   CM_ASSIGN_OR_RETURN(MemoryLease lease, budget.Take(8 << 20, "read buffer"));
///   std::vector<char> buffer(lease.bytes());
///
/// Thread-safe.
class MemoryBudget {
 public:
  static constexpr uint64_t kMinimumBytes = 16u << 20;

  explicit MemoryBudget(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// A budget within `parent`, for uses that come late and must still find their memory. Its first
  /// `free_bytes` belong to the constant part of the limit: the parent is not charged for them. The
  /// rest is taken from the parent, ahead of use by Reserve. `parent` must outlive it.
  MemoryBudget(MemoryBudget& parent, uint64_t free_bytes)
      : limit_bytes_(parent.limit_bytes()), parent_(&parent), free_bytes_(free_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// kResourceExhausted, with advice in the message, if fewer than `bytes` are left.
  absl::StatusOr<MemoryLease> Take(uint64_t bytes, std::string_view what);

  /// An empty lease, for Resize.
  MemoryLease EmptyLease();

  /// Takes from the parent what leases of this budget over `bytes` in all will need, and holds it
  /// for them until the result is released. Of several reservations the sum is held.
  /// kResourceExhausted if the parent has too little left. REQUIRES: the budget has a parent.
  absl::StatusOr<MemoryReservation> Reserve(uint64_t bytes, std::string_view what);

  uint64_t limit_bytes() const { return limit_bytes_; }
  uint64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return peak_bytes_.load(std::memory_order_relaxed); }
  uint64_t available_bytes() const;

 private:
  friend class MemoryLease;
  friend class MemoryReservation;
  absl::Status Add(uint64_t bytes, std::string_view what);
  void Subtract(uint64_t bytes);
  void NotePeak(uint64_t used);
  /// Takes from the parent, or gives back, so that it is charged for `used` and `reserved` bytes.
  absl::Status Hold(uint64_t used, uint64_t reserved, std::string_view what);

  const uint64_t limit_bytes_;
  std::atomic<uint64_t> used_bytes_{0};
  std::atomic<uint64_t> peak_bytes_{0};

  // Of a budget within another.
  MemoryBudget* const parent_ = nullptr;
  const uint64_t free_bytes_ = 0;
  mutable std::mutex mutex_;  // Guards the following, and changes of used_bytes_.
  uint64_t reserved_bytes_ = 0;
  uint64_t held_bytes_ = 0;  // Charged to the parent.
};

/// The advice of a message: a --memory that leaves the minimum beside `bytes`, as "--memory 145M".
std::string MemoryFlagFor(uint64_t bytes);

/// "64M", "2G", "1.5GiB", "4096" → bytes. K, M, G and T are powers of 1024; a following `iB` or `B`
/// changes nothing. kInvalidArgument otherwise.
absl::StatusOr<uint64_t> ParseByteSize(std::string_view text);

/// As ParseByteSize; also takes a percentage of `whole_bytes`, such as "40%".
absl::StatusOr<uint64_t> ParseByteSizeOrPercent(std::string_view text, uint64_t whole_bytes);

/// 1536 → "1.5 KiB"; exact below 1024: "1023 B".
std::string FormatByteSize(uint64_t bytes);

/// Memory that this process may use: physical memory, or the limit of its cgroup (v1 or v2, any
/// ancestor) if that is lower.
uint64_t UsableMemoryBytes();

/// The largest resident set of this process so far.
uint64_t PeakRssBytes();

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_MEMORY_H_
