#include "tokenizer/part_counter.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"
#include "tokenizer/viterbi.h"

namespace corpusmill {
namespace {

/// The memory that building a trie of `pieces`, sorted, will take at most.
uint64_t TrieBytes(const std::vector<CountedPiece>& pieces) {
  uint64_t nodes = 512;
  std::string_view previous;
  for (const CountedPiece& piece : pieces) {
    const auto same =
        std::mismatch(previous.begin(), previous.end(), piece.bytes.begin(), piece.bytes.end());
    nodes += piece.bytes.end() - same.second;
    previous = piece.bytes;
  }
  // 24 bytes for the node and 8 for the list of free ones, in vectors that
  // double, and two entries in the queue.
  return 112 * nodes + pieces.size() * sizeof(ScoredPiece);
}

}  // namespace

absl::StatusOr<PartCounter> PartCounter::Create(const std::vector<CountedPiece>& pieces,
                                                Context& context) {
  absl::StatusOr<MemoryLease> lease = context.memory().Take(
      TrieBytes(pieces) + pieces.size() * sizeof(uint64_t), "the trie of pieces");
  if (!lease.ok()) {
    return MemoryError(absl::StrFormat("%s or a larger min-count", Message(lease.status())));
  }
  uint64_t total = 0;
  for (const CountedPiece& piece : pieces) total += piece.count;
  const double log_total = std::log(static_cast<double>(total));
  std::vector<ScoredPiece> scored;
  scored.reserve(pieces.size());
  for (const CountedPiece& piece : pieces) {
    scored.push_back({piece.bytes, std::log(static_cast<double>(piece.count)) - log_total,
                      static_cast<uint32_t>(scored.size())});
  }
  CM_ASSIGN_OR_RETURN(PieceTrie trie, PieceTrie::Build(std::move(scored)));
  return PartCounter(std::move(trie), *std::move(lease), context);
}

absl::Status PartCounter::Count(const std::vector<CountedPiece>& texts,
                                std::vector<uint64_t>* counts) const {
  constexpr size_t kGrain = 4096;
  return context_.ParallelFor(texts.size(), kGrain, [&](size_t begin, size_t end) {
    Viterbi viterbi;
    std::vector<uint32_t> parts;
    for (size_t i = begin; i < end; ++i) {
      parts.clear();
      viterbi.Segment(trie_, texts[i].bytes, &parts);
      for (const uint32_t part : parts) {
        std::atomic_ref<uint64_t>((*counts)[part])
            .fetch_add(texts[i].count, std::memory_order_relaxed);
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace corpusmill
