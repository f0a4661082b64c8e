#include "tokenizer/prune/piece_selection.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// Number of pieces, without required ones, by count.
class CountHistogram {
 public:
  explicit CountHistogram(MemoryBudget& budget) : lease_(budget.EmptyLease()) {}

  absl::Status Add(uint64_t count) {
    if (numbers_.size() == charged_) {
      // Two half-full hash tables during growth, and then a list.
      constexpr uint64_t kEntryBytes = 80;
      charged_ = std::max<size_t>(2 * charged_, 1024);
      CM_RETURN_IF_ERROR(lease_.Resize(charged_ * kEntryBytes, "the histogram of counts"));
    }
    ++numbers_[count];
    return absl::OkStatus();
  }

  using Entry = std::pair<uint64_t, uint64_t>;
  std::vector<Entry> Sorted() const {
    std::vector<Entry> sorted(numbers_.begin(), numbers_.end());
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    return sorted;
  }

 private:
  MemoryLease lease_;
  size_t charged_ = 0;
  absl::flat_hash_map<uint64_t, uint64_t> numbers_;
};

/// Returns the first value at which not all pieces fit into the rest, and sets *rest to how many of
/// them do.
template <typename Histogram>
uint64_t FindLast(const Histogram& from_best, uint64_t* rest) {
  for (const auto& [value, number] : from_best) {
    if (number >= *rest) return value;
    *rest -= number;
  }
  return 0;
}

}  // namespace

absl::StatusOr<PieceSelection> PieceSelection::Of(const PieceList& pieces, size_t size,
                                                  const RequiredPieces& required,
                                                  MemoryBudget& budget) {
  PieceSelection selection(required);
  uint64_t rest = size;
  {
    CountHistogram counts(budget);
    CM_RETURN_IF_ERROR(pieces.ForEach([&](const CountedPiece& piece) -> absl::Status {
      if (!required.Has(piece.bytes)) return counts.Add(piece.count);
      --rest;
      return absl::OkStatus();
    }));
    if (rest == 0) return selection;
    selection.count_ = FindLast(counts.Sorted(), &rest);
  }
  std::map<size_t, uint64_t, std::greater<>> lengths;
  CM_RETURN_IF_ERROR(pieces.ForEach([&](const CountedPiece& piece) {
    if (piece.count == selection.count_ && !required.Has(piece.bytes)) {
      ++lengths[piece.bytes.size()];
    }
    return absl::OkStatus();
  }));
  selection.length_ = FindLast(lengths, &rest);
  CM_RETURN_IF_ERROR(pieces.ForEach([&](const CountedPiece& piece) {
    if (rest > 0 && piece.count == selection.count_ && piece.bytes.size() == selection.length_ &&
        !required.Has(piece.bytes)) {
      selection.last_.assign(piece.bytes);
      --rest;
    }
    return absl::OkStatus();
  }));
  return selection;
}

}  // namespace corpusmill
