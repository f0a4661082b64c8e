#include "corpus/base/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

MemoryLease& MemoryLease::operator=(MemoryLease&& other) noexcept {
  if (this != &other) {
    Release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

absl::Status MemoryLease::Resize(uint64_t bytes, std::string_view what) {
  if (budget_ == nullptr) return absl::FailedPreconditionError("resize of an empty lease");
  if (bytes > bytes_) {
    CM_RETURN_IF_ERROR(budget_->Add(bytes - bytes_, what));
  } else {
    budget_->Subtract(bytes_ - bytes);
  }
  bytes_ = bytes;
  return absl::OkStatus();
}

void MemoryLease::Release() {
  if (budget_ != nullptr) budget_->Subtract(bytes_);
  budget_ = nullptr;
  bytes_ = 0;
}

absl::StatusOr<MemoryLease> MemoryBudget::Take(uint64_t bytes, std::string_view what) {
  MemoryLease lease = EmptyLease();
  CM_RETURN_IF_ERROR(lease.Resize(bytes, what));
  return lease;
}

MemoryLease MemoryBudget::EmptyLease() {
  MemoryLease lease;
  lease.budget_ = this;
  return lease;
}

MemoryReservation& MemoryReservation::operator=(MemoryReservation&& other) noexcept {
  if (this != &other) {
    Release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void MemoryReservation::Release() {
  if (budget_ != nullptr) {
    const std::lock_guard<std::mutex> lock(budget_->mutex_);
    budget_->reserved_bytes_ -= bytes_;
    budget_->Hold(budget_->used_bytes(), budget_->reserved_bytes_, "").IgnoreError();  // Less.
  }
  budget_ = nullptr;
  bytes_ = 0;
}

absl::StatusOr<MemoryReservation> MemoryBudget::Reserve(uint64_t bytes, std::string_view what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  CM_RETURN_IF_ERROR(Hold(used_bytes(), reserved_bytes_ + bytes, what));
  reserved_bytes_ += bytes;
  MemoryReservation reservation;
  reservation.budget_ = this;
  reservation.bytes_ = bytes;
  return reservation;
}

absl::Status MemoryBudget::Hold(uint64_t used, uint64_t reserved, std::string_view what) {
  const uint64_t held = std::max({used, reserved, free_bytes_}) - free_bytes_;
  if (held > held_bytes_) {
    const uint64_t available = parent_->available_bytes();
    if (!parent_->Add(held - held_bytes_, what).ok()) {
      return MemoryError(absl::StrFormat(
          "%s needs %s, and %s of the %s memory budget are left; try %s", what,
          FormatByteSize(std::max(used, reserved)), FormatByteSize(available + held_bytes_),
          FormatByteSize(limit_bytes_), MemoryFlagFor(std::max(used, reserved))));
    }
  } else {
    parent_->Subtract(held_bytes_ - held);
  }
  held_bytes_ = held;
  return absl::OkStatus();
}

uint64_t MemoryBudget::available_bytes() const {
  if (parent_ == nullptr) {
    const uint64_t used = used_bytes();
    return used < limit_bytes_ ? limit_bytes_ - used : 0;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  return free_bytes_ + held_bytes_ - used_bytes() + parent_->available_bytes();
}

void MemoryBudget::NotePeak(uint64_t used) {
  uint64_t peak = peak_bytes_.load(std::memory_order_relaxed);
  while (peak < used && !peak_bytes_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
  }
}

absl::Status MemoryBudget::Add(uint64_t bytes, std::string_view what) {
  if (parent_ != nullptr) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t used = used_bytes() + bytes;
    CM_RETURN_IF_ERROR(Hold(used, reserved_bytes_, what));
    used_bytes_.store(used, std::memory_order_relaxed);
    NotePeak(used);
    return absl::OkStatus();
  }
  uint64_t used = used_bytes_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_bytes_ || used > limit_bytes_ - bytes) {
      return MemoryError(absl::StrFormat(
          "%s needs %s, and %s of the %s memory budget are in use; try a larger --memory", what,
          FormatByteSize(bytes), FormatByteSize(used), FormatByteSize(limit_bytes_)));
    }
  } while (!used_bytes_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  NotePeak(used + bytes);
  return absl::OkStatus();
}

void MemoryBudget::Subtract(uint64_t bytes) {
  if (parent_ != nullptr) {
    const std::lock_guard<std::mutex> lock(mutex_);
    used_bytes_.store(used_bytes() - bytes, std::memory_order_relaxed);
    Hold(used_bytes(), reserved_bytes_, "").IgnoreError();  // Less than before.
    return;
  }
  used_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

std::string MemoryFlagFor(uint64_t bytes) {
  constexpr uint64_t kMiB = 1 << 20;
  const uint64_t mebibytes = bytes / kMiB + 1 + MemoryBudget::kMinimumBytes / kMiB;
  return absl::StrFormat("--memory %dM", mebibytes);
}

absl::StatusOr<uint64_t> ParseByteSize(std::string_view text) {
  const auto bad = [text] {
    return UsageError(absl::StrFormat("'%s' is not a size; try 512M or 2G", text));
  };
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return bad();
  std::string_view suffix(rest, static_cast<size_t>(end - rest));
  int shift = 0;
  if (!suffix.empty()) {
    switch (suffix[0] | 0x20) {
      case 'k':
        shift = 10;
        break;
      case 'm':
        shift = 20;
        break;
      case 'g':
        shift = 30;
        break;
      case 't':
        shift = 40;
        break;
      case 'b':
        break;
      default:
        return bad();
    }
    if (shift != 0) suffix.remove_prefix(1);
    if (suffix != "" && suffix != "B" && suffix != "b" && !(shift != 0 && suffix == "iB"))
      return bad();
  }
  const double bytes = std::ldexp(number, shift);
  if (bytes >= 0x1p63) return bad();
  return static_cast<uint64_t>(bytes);
}

absl::StatusOr<uint64_t> ParseByteSizeOrPercent(std::string_view text, uint64_t whole_bytes) {
  if (text.empty() || text.back() != '%') return ParseByteSize(text);
  double percent = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [rest, error] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
  if (error != std::errc() || rest != end || !(percent > 0 && percent <= 100)) {
    return UsageError(absl::StrFormat("'%s' is not a percentage above 0%% and up to 100%%", text));
  }
  return static_cast<uint64_t>(static_cast<double>(whole_bytes) * percent / 100);
}

std::string FormatByteSize(uint64_t bytes) {
  if (bytes < 1024) return absl::StrFormat("%d B", bytes);
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  int unit = 0;
  while (value >= 1023.95 && unit < 5) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

namespace {

/// The number in a cgroup limit file; "max", a missing file or garbage mean no limit.
uint64_t LimitIn(const std::string& path) {
  std::ifstream file(path);
  uint64_t value = 0;
  if (!(file >> value)) return std::numeric_limits<uint64_t>::max();
  return value;
}

/// The lowest limit from `root` down to the cgroup `path` below it.
uint64_t LowestLimit(const std::string& root, std::string path, const std::string& file) {
  uint64_t lowest = LimitIn(root + "/" + file);
  while (path.size() > 1) {
    lowest = std::min(lowest, LimitIn(root + path + "/" + file));
    path.resize(path.rfind('/'));
  }
  return lowest;
}

}  // namespace

uint64_t UsableMemoryBytes() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGE_SIZE);
  uint64_t usable = pages > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes)
                              : uint64_t{1} << 30;
  // /proc/self/cgroup lines: `0::/path` (v2) or `4:memory:/path` (v1).
  std::ifstream cgroups("/proc/self/cgroup");
  for (std::string line; std::getline(cgroups, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      usable = std::min(usable, LowestLimit("/sys/fs/cgroup", path, "memory.max"));
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      usable =
          std::min(usable, LowestLimit("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
    }
  }
  return usable;
}

uint64_t PeakRssBytes() {
  // getrusage would include the memory of the process before exec.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    constexpr std::string_view kPeak = "VmHWM:";
    if (line.starts_with(kPeak))
      return std::strtoull(line.c_str() + kPeak.size(), nullptr, 10) * 1024;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace corpusmill
