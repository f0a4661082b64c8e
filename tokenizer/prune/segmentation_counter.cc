#include "tokenizer/prune/segmentation_counter.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

#include "corpus/base/status.h"
#include "tokenizer/counts/count_codes.h"

namespace corpusmill {
namespace {

/// Assigns codes to counts, and computes the scores of pieces by code.
class ScoreMaker {
 public:
  explicit ScoreMaker(MemoryBudget& budget) : lease_(budget.EmptyLease()), most_by_pair_(1 << 16) {}

  absl::StatusOr<uint32_t> CodeOf(const CountedPiece& piece) {
    total_ += piece.count;
    const auto first = static_cast<uint8_t>(piece.bytes[0]);
    const bool is_byte = piece.bytes.size() == 1;
    const auto second = is_byte ? 0 : static_cast<uint8_t>(piece.bytes[1]);
    double& most = is_byte ? bytes_[first] : most_by_pair_[first << 8 | second];
    most = std::max(most, static_cast<double>(piece.count));
    const uint32_t code = writer_.CodeOf(piece.count);
    if (code >= charged_) CM_RETURN_IF_ERROR(ChargeFor(code));
    return code;
  }

  /// Computes the scores and moves their memory lease to *lease. Call after the last CodeOf.
  PieceScores Finish(MemoryLease* lease) {
    codes_.Finish();
    PieceScores scores;
    scores.by_code.assign(codes_.logs(), codes_.logs() + codes_.size());
    const double log_total = std::log(static_cast<double>(total_));
    for (double& score : scores.by_code) score -= log_total;
    scores.by_code[0] = -std::numeric_limits<double>::infinity();
    scores.most_by_pair = std::move(most_by_pair_);
    for (size_t byte = 0; byte < 256; ++byte) {
      const double alone = std::log(bytes_[byte]);
      for (size_t pair = byte << 8; pair < (byte + 1) << 8; ++pair) {
        double& most = scores.most_by_pair[pair];
        most = (most > bytes_[byte] ? std::log(most) : alone) - log_total;
      }
    }
    // If rounding makes a score positive, the bounds say nothing about sums.
    if (*std::max_element(scores.by_code.begin(), scores.by_code.end()) > 0) {
      std::fill(scores.most_by_pair.begin(), scores.most_by_pair.end(),
                std::numeric_limits<double>::infinity());
    }
    *lease = std::move(lease_);
    return scores;
  }

 private:
  absl::Status ChargeFor(uint32_t code) {
    // For hash tables that double, logarithms, and scores.
    constexpr uint32_t kStep = 4096;
    constexpr uint64_t kCodeBytes = 160;
    charged_ = std::max(code + kStep, CountCodes::kDirect);
    return lease_.Resize((CountCodes::kDirect * 2 + most_by_pair_.size()) * sizeof(double) +
                             (charged_ - CountCodes::kDirect) * kCodeBytes,
                         "the different counts of pieces");
  }

  MemoryLease lease_;
  CountCodes codes_;
  CountCodes::Writer writer_{&codes_};
  std::array<double, 256> bytes_{};   // Counts of single bytes.
  std::vector<double> most_by_pair_;  // Largest counts of longer pieces.
  uint64_t total_ = 0;
  uint32_t charged_ = 0;
};

}  // namespace

/// Segments texts on one thread.
class SegmentationCounter::Worker {
 public:
  explicit Worker(SegmentationCounter* counter) : counter_(*counter) {}

  void Count(const CountedPiece& text) {
    segmentation_.clear();
    viterbi_.Segment(*counter_.trie_, counter_.scores_, text.bytes, &segmentation_);
    for (const uint32_t piece : segmentation_) {
      std::atomic_ref<uint64_t>(counter_.counts_[piece])
          .fetch_add(text.count, std::memory_order_relaxed);
    }
  }

 private:
  SegmentationCounter& counter_;
  Viterbi viterbi_;
  std::vector<uint32_t> segmentation_;
};

absl::StatusOr<SegmentationCounter> SegmentationCounter::Create(const PieceList& pieces,
                                                                Context& context) {
  SegmentationCounter counter(context);
  CM_RETURN_IF_ERROR(counter.Load(pieces));
  return counter;
}

absl::Status SegmentationCounter::Load(const PieceList& pieces) {
  trie_.reset();
  scores_ = {};
  scores_lease_.Release();
  std::vector<uint64_t>().swap(counts_);
  counts_lease_.Release();
  MemoryBudget& budget = context_.memory();
  ScoreMaker scores(budget);
  CM_ASSIGN_OR_RETURN(
      trie_, PieceTrie::Build(
                 pieces, [&](const CountedPiece& piece) { return scores.CodeOf(piece); }, budget));
  scores_ = scores.Finish(&scores_lease_);
  counts_lease_ = budget.EmptyLease();
  CM_RETURN_IF_ERROR(
      counts_lease_.Resize(trie_->pieces() * sizeof(uint64_t), "the counts of pieces"));
  counts_.resize(trie_->pieces());
  return absl::OkStatus();
}

absl::Status SegmentationCounter::Update(const RequiredPieces* required, PieceList* pieces) {
  ScoreMaker scores(context_.memory());
  PieceList changed(context_.memory());
  CM_RETURN_IF_ERROR(pieces->Drain([&](const CountedPiece& piece) -> absl::Status {
    const PieceTrie::Node node = trie_->Find(piece.bytes);
    uint64_t& counted = counts_[trie_->Index(node)];
    uint64_t count = counted + (required == nullptr ? piece.count : 0);
    counted = 0;
    if (count == 0 && required->Has(piece.bytes)) count = 1;
    uint32_t code = 0;
    if (count > 0) {
      CM_RETURN_IF_ERROR(changed.Add({piece.bytes, count}));
      CM_ASSIGN_OR_RETURN(code, scores.CodeOf({piece.bytes, count}));
    }
    trie_->SetCode(node, code);
    return absl::OkStatus();
  }));
  CM_RETURN_IF_ERROR(changed.Finish());
  *pieces = std::move(changed);
  scores_ = scores.Finish(&scores_lease_);
  // Dropped pieces keep their nodes, which cost time; rebuild the trie if most are gone.
  return 2 * pieces->size() < trie_->pieces() ? Load(*pieces) : absl::OkStatus();
}

absl::Status SegmentationCounter::Count(const std::vector<CountedPiece>& texts) {
  constexpr size_t kGrain = 512;
  return context_.ParallelFor(texts.size(), kGrain, [&](size_t begin, size_t end) {
    Worker worker(this);
    for (size_t i = begin; i < end; ++i) worker.Count(texts[i]);
    return absl::OkStatus();
  });
}

absl::Status SegmentationCounter::Count(const PieceList& texts) {
  return context_.ParallelFor(texts.blocks(), 1, [&](size_t begin, size_t end) -> absl::Status {
    Worker worker(this);
    for (size_t i = begin; i < end; ++i) {
      CM_RETURN_IF_ERROR(texts.ForEachOfBlock(i, [&](const CountedPiece& text) {
        worker.Count(text);
        return absl::OkStatus();
      }));
    }
    return absl::OkStatus();
  });
}

}  // namespace corpusmill
