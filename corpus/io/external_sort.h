#ifndef CORPUSMILL_CORPUS_IO_EXTERNAL_SORT_H_
#define CORPUSMILL_CORPUS_IO_EXTERNAL_SORT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/io/spool.h"

namespace corpusmill {

/// Sorts any number of values in bounded memory: sorted runs in an unnamed temporary file, merged.
///
///   ExternalSorter<Entry> sorter(context.TempDirFor(path), context.memory(), 1 << 20);
///   CM_RETURN_IF_ERROR(sorter.Add(entry));                    // many
///   CM_RETURN_IF_ERROR(sorter.Finish());
///   while (true) {
///     CM_ASSIGN_OR_RETURN(std::optional<Entry> entry, sorter.Next());
///     if (!entry) break;
///   }
///
/// T is trivially copyable with operator<; equal values keep no order. Takes `memory_bytes` from
/// the budget at the first Add, and two spool buffers. Not thread-safe.
template <typename T>
class ExternalSorter {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  ExternalSorter(std::string temp_dir, MemoryBudget& budget, uint64_t memory_bytes)
      : temp_dir_(std::move(temp_dir)),
        budget_(budget),
        capacity_(std::max<uint64_t>(memory_bytes, 4 * kMergeBytes) / sizeof(T)) {}

  absl::Status Add(const T& value) {
    if (values_.capacity() == 0) {
      CM_ASSIGN_OR_RETURN(lease_, budget_.Take(capacity_ * sizeof(T), "sorting"));
      values_.reserve(capacity_);
    }
    if (values_.size() == capacity_) CM_RETURN_IF_ERROR(WriteRun());
    values_.push_back(value);
    ++size_;
    return absl::OkStatus();
  }

  /// Call it once, after the last Add.
  absl::Status Finish() {
    if (runs_.empty()) {
      std::sort(values_.begin(), values_.end());
      return absl::OkStatus();
    }
    if (!values_.empty()) CM_RETURN_IF_ERROR(WriteRun());
    std::vector<T>().swap(values_);
    const size_t fan_in = std::max<size_t>(2, capacity_ * sizeof(T) / kMergeBytes);
    while (runs_.size() > fan_in) CM_RETURN_IF_ERROR(MergeLevel(fan_in));
    return OpenHeads(0, runs_.size());
  }

  /// The next value in ascending order; nullopt at the end.
  absl::StatusOr<std::optional<T>> Next() {
    if (runs_.empty()) {
      if (next_ == values_.size()) return std::optional<T>();
      return std::optional<T>(values_[next_++]);
    }
    return NextMerged();
  }

  uint64_t size() const { return size_; }

 private:
  static constexpr size_t kMergeBytes = 64 << 10;

  struct Run {
    uint64_t begin = 0;  // Bytes in the spool.
    uint64_t end = 0;
  };
  /// A run that is being merged: part of its values in memory.
  struct Head {
    uint64_t at = 0;  // Where the next part is read.
    uint64_t end = 0;
    std::vector<T> part;
    size_t next = 0;
  };

  absl::Status AppendTo(Spool& spool, const T* values, size_t count) {
    return spool.Append({reinterpret_cast<const char*>(values), count * sizeof(T)});
  }

  absl::Status WriteRun() {
    if (spool_ == nullptr) CM_RETURN_IF_ERROR(NewSpool(&spool_));
    std::sort(values_.begin(), values_.end());
    const uint64_t begin = spool_->size_bytes();
    CM_RETURN_IF_ERROR(AppendTo(*spool_, values_.data(), values_.size()));
    runs_.push_back({begin, spool_->size_bytes()});
    values_.clear();
    return absl::OkStatus();
  }

  absl::Status NewSpool(std::unique_ptr<Spool>* spool) {
    CM_ASSIGN_OR_RETURN(Spool made, Spool::Create(temp_dir_, budget_));
    *spool = std::make_unique<Spool>(std::move(made));
    return absl::OkStatus();
  }

  /// Merges every `fan_in` runs to one.
  absl::Status MergeLevel(size_t fan_in) {
    std::unique_ptr<Spool> merged;
    CM_RETURN_IF_ERROR(NewSpool(&merged));
    std::vector<Run> merged_runs;
    for (size_t first = 0; first < runs_.size(); first += fan_in) {
      CM_RETURN_IF_ERROR(OpenHeads(first, std::min(runs_.size(), first + fan_in)));
      const uint64_t begin = merged->size_bytes();
      while (true) {
        CM_ASSIGN_OR_RETURN(const std::optional<T> value, NextMerged());
        if (!value) break;
        CM_RETURN_IF_ERROR(AppendTo(*merged, &*value, 1));
      }
      merged_runs.push_back({begin, merged->size_bytes()});
    }
    spool_ = std::move(merged);
    runs_ = std::move(merged_runs);
    return absl::OkStatus();
  }

  absl::Status OpenHeads(size_t first, size_t last) {
    heads_.clear();
    heap_.clear();
    for (size_t i = first; i < last; ++i) {
      heads_.push_back({.at = runs_[i].begin, .end = runs_[i].end, .part = {}});
    }
    for (size_t i = 0; i < heads_.size(); ++i) {
      CM_RETURN_IF_ERROR(Fill(heads_[i]));
      if (!heads_[i].part.empty()) heap_.push_back(i);
    }
    std::make_heap(heap_.begin(), heap_.end(), Later{heads_});
    return absl::OkStatus();
  }

  absl::Status Fill(Head& head) {
    const size_t most = std::max<size_t>(1, kMergeBytes / sizeof(T));
    head.part.resize(std::min<uint64_t>(most, (head.end - head.at) / sizeof(T)));
    head.next = 0;
    char* out = reinterpret_cast<char*>(head.part.data());
    const uint64_t end = head.at + head.part.size() * sizeof(T);
    while (head.at < end) {
      CM_ASSIGN_OR_RETURN(const size_t got, spool_->ReadAt(head.at, out, end - head.at));
      head.at += got;
      out += got;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<T>> NextMerged() {
    if (heap_.empty()) return std::optional<T>();
    std::pop_heap(heap_.begin(), heap_.end(), Later{heads_});
    Head& head = heads_[heap_.back()];
    const T value = head.part[head.next++];
    if (head.next == head.part.size()) CM_RETURN_IF_ERROR(Fill(head));
    if (head.part.empty()) {
      heap_.pop_back();
    } else {
      std::push_heap(heap_.begin(), heap_.end(), Later{heads_});
    }
    return std::optional<T>(value);
  }

  /// Orders the heap by the next value, smallest at the front.
  struct Later {
    const std::vector<Head>& heads;
    bool operator()(size_t a, size_t b) const {
      return heads[b].part[heads[b].next] < heads[a].part[heads[a].next];
    }
  };

  const std::string temp_dir_;
  MemoryBudget& budget_;
  const size_t capacity_;
  MemoryLease lease_;
  std::vector<T> values_;  // Not yet in a run; without runs, the result.
  size_t next_ = 0;
  uint64_t size_ = 0;
  std::unique_ptr<Spool> spool_;
  std::vector<Run> runs_;
  std::vector<Head> heads_;
  std::vector<size_t> heap_;  // Of heads_ with values left.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_EXTERNAL_SORT_H_
