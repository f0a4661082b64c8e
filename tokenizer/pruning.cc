#include "tokenizer/pruning.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"
#include "tokenizer/piece_trie.h"
#include "tokenizer/viterbi.h"

namespace corpusmill {
namespace {

using Pieces = std::vector<CountedPiece>;

bool ByBytes(const CountedPiece& a, const CountedPiece& b) { return a.bytes < b.bytes; }

/// What sorts first is kept: bytes, then frequent, then long pieces.
bool ByWorth(const CountedPiece& a, const CountedPiece& b) {
  const auto key = [](const CountedPiece& piece) {
    return std::tuple(piece.bytes.size() > 1, ~piece.count, ~piece.bytes.size(), piece.bytes);
  };
  return key(a) < key(b);
}

void AddMissingBytes(Pieces* pieces) {
  static constexpr std::array<char, 256> kBytes = [] {
    std::array<char, 256> bytes{};
    for (int i = 0; i < 256; ++i) bytes[i] = static_cast<char>(i);
    return bytes;
  }();
  std::array<bool, 256> present{};
  for (const CountedPiece& piece : *pieces) {
    if (piece.bytes.size() == 1) present[static_cast<uint8_t>(piece.bytes[0])] = true;
  }
  for (int i = 0; i < 256; ++i) {
    if (!present[i]) pieces->push_back({std::string_view(&kBytes[i], 1), 1});
  }
}

/// The memory that building a trie of `pieces`, sorted, will take at most.
uint64_t TrieBytes(const Pieces& pieces) {
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

/// Dropping a piece adds its count to several others, so that sums of counts grow, but
/// never above the bytes that all pieces stand for, which stay the same.
absl::Status CheckCounts(const Pieces& pieces) {
  unsigned __int128 bytes = 0;
  for (const CountedPiece& piece : pieces) {
    bytes += static_cast<unsigned __int128>(piece.count) * piece.bytes.size();
  }
  if (bytes >> 63 == 0) return absl::OkStatus();
  return DataError("the counts stand for 2^63 bytes of text or more; try smaller counts");
}

/// Without copying the bytes.
Pieces ViewOf(const std::vector<Piece>& pieces) {
  Pieces views;
  views.reserve(pieces.size());
  for (const Piece& piece : pieces) views.push_back({piece.bytes, piece.count});
  return views;
}

class Pruner {
 public:
  Pruner(const PruningOptions& options, Context& context) : options_(options), context_(context) {}

  absl::StatusOr<PruningResult> Prune(Pieces pieces) {
    AddMissingBytes(&pieces);
    CM_RETURN_IF_ERROR(CheckCounts(pieces));
    const auto dropped = std::partition(pieces.begin(), pieces.end(), [&](const auto& piece) {
      return piece.bytes.size() == 1 || (piece.bytes.size() <= options_.max_piece_length_bytes &&
                                         piece.count >= options_.min_count);
    });
    CM_RETURN_IF_ERROR(Drop(dropped - pieces.begin(), &pieces));
    CM_RETURN_IF_ERROR(SegmentUntilStable(&pieces));
    return Fit(std::move(pieces));
  }

  /// The last step: cuts the pieces, taken as they are, to each size.
  absl::StatusOr<PruningResult> Fit(Pieces pieces) {
    result_.pieces_kept = pieces.size();
    for (const uint64_t vocab_size : options_.vocab_sizes) {
      const uint64_t size = vocab_size - Model::kFirstPieceId;
      if (pieces.size() > size) {
        std::sort(pieces.begin(), pieces.end(), ByWorth);
        CM_RETURN_IF_ERROR(Drop(size, &pieces));
        CM_RETURN_IF_ERROR(SegmentUntilStable(&pieces));
      }
      std::vector<Piece> copies;
      copies.reserve(pieces.size());
      for (const CountedPiece& piece : pieces) {
        copies.push_back({std::string(piece.bytes), piece.count});
      }
      CM_ASSIGN_OR_RETURN(Model model, Model::FromPieces(std::move(copies)));
      result_.models.push_back(std::move(model));
    }
    return std::move(result_);
  }

 private:
  /// Drops all but the first `keep` pieces, their counts going to their parts.
  /// Leaves the rest in the order of bytes.
  absl::Status Drop(size_t keep, Pieces* pieces) {
    Pieces dropped(pieces->begin() + keep, pieces->end());
    pieces->resize(keep);
    std::sort(pieces->begin(), pieces->end(), ByBytes);
    CM_ASSIGN_OR_RETURN(const std::vector<uint64_t> counts, CountParts(*pieces, dropped));
    for (size_t i = 0; i < keep; ++i) (*pieces)[i].count += counts[i];
    return absl::OkStatus();
  }

  /// Replaces all counts by those that segmenting every piece gives, and drops
  /// pieces left without, until all are left with some.
  absl::Status SegmentUntilStable(Pieces* pieces) {
    size_t before;
    do {
      before = pieces->size();
      CM_ASSIGN_OR_RETURN(const std::vector<uint64_t> counts, CountParts(*pieces, *pieces));
      for (size_t i = 0; i < before; ++i) (*pieces)[i].count = counts[i];
      pieces->erase(std::remove_if(pieces->begin(), pieces->end(),
                                   [](const CountedPiece& piece) { return piece.count == 0; }),
                    pieces->end());
      ++result_.rounds;
    } while (pieces->size() != before);
    return absl::OkStatus();
  }

  /// Segments `texts` with the Unigram model of `pieces`, sorted by bytes:
  /// for each piece the sum of the counts of the texts it is a part of.
  absl::StatusOr<std::vector<uint64_t>> CountParts(const Pieces& pieces, const Pieces& texts) {
    CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                        context_.memory().Take(TrieBytes(pieces) + pieces.size() * sizeof(uint64_t),
                                               "the trie of pieces"));
    uint64_t total = 0;
    for (const CountedPiece& piece : pieces) total += piece.count;
    const double log_total = std::log(static_cast<double>(total));
    std::vector<ScoredPiece> scored;
    scored.reserve(pieces.size());
    for (const CountedPiece& piece : pieces) {
      scored.push_back({piece.bytes, std::log(static_cast<double>(piece.count)) - log_total,
                        static_cast<uint32_t>(scored.size())});
    }
    CM_ASSIGN_OR_RETURN(const PieceTrie trie, PieceTrie::Build(std::move(scored)));
    std::vector<uint64_t> counts(pieces.size());
    constexpr size_t kGrain = 4096;
    CM_RETURN_IF_ERROR(context_.ParallelFor(texts.size(), kGrain, [&](size_t begin, size_t end) {
      Viterbi viterbi;
      std::vector<uint32_t> parts;
      for (size_t i = begin; i < end; ++i) {
        parts.clear();
        viterbi.Segment(trie, texts[i].bytes, &parts);
        for (const uint32_t part : parts) {
          std::atomic_ref<uint64_t>(counts[part])
              .fetch_add(texts[i].count, std::memory_order_relaxed);
        }
      }
      return absl::OkStatus();
    }));
    return counts;
  }

  const PruningOptions& options_;
  Context& context_;
  PruningResult result_;
};

}  // namespace

absl::Status ValidateVocabSizes(const std::vector<uint64_t>& vocab_sizes) {
  constexpr uint64_t kMin = PruningOptions::kMinVocabSize, kMax = PruningOptions::kMaxVocabSize;
  for (const uint64_t size : vocab_sizes) {
    if (size >= kMin && size <= kMax) continue;
    return UsageError(absl::StrFormat(
        "vocabulary size is %d; it must be %d to %d: 256 bytes and %d symbols are always there",
        size, kMin, kMax, Model::kFirstPieceId));
  }
  return absl::OkStatus();
}

absl::StatusOr<PruningResult> PrunePieces(std::vector<CountedPiece> pieces,
                                          const PruningOptions& options, Context& context) {
  return Pruner(options, context).Prune(std::move(pieces));
}

absl::StatusOr<PruningResult> PruneModel(const Model& model, std::vector<uint64_t> vocab_sizes,
                                         Context& context) {
  Pieces pieces = ViewOf(model.pieces());
  CM_RETURN_IF_ERROR(CheckCounts(pieces));
  const PruningOptions options = {.vocab_sizes = std::move(vocab_sizes)};
  return Pruner(options, context).Fit(std::move(pieces));
}

absl::StatusOr<PruningResult> PruneWords(const std::vector<Piece>& words,
                                         std::vector<uint64_t> vocab_sizes, Context& context) {
  if (vocab_sizes.empty()) vocab_sizes = {PruningOptions::kMaxVocabSize};
  return PrunePieces(ViewOf(words),
                     {.vocab_sizes = std::move(vocab_sizes),
                      .max_piece_length_bytes = Model::kMaxPieceBytes,
                      .min_count = 1},
                     context);
}

}  // namespace corpusmill
