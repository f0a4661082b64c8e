#include "tokenizer/pruning.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"

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

/// Pieces, sorted, as a stream.
class PieceStream final : public CountStream {
 public:
  explicit PieceStream(const Pieces& pieces) : pieces_(pieces) {}
  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override {
    if (next_ == pieces_.size()) return false;
    *bytes = pieces_[next_].bytes;
    *count = pieces_[next_++].count;
    return true;
  }

 private:
  const Pieces& pieces_;
  size_t next_ = 0;
};

/// Strings that stay where they are.
class StringStore {
 public:
  explicit StringStore(MemoryBudget& budget) : lease_(budget.EmptyLease()) {}

  /// Copies a string and appends it.
  absl::Status Add(const CountedPiece& piece, Pieces* to) {
    const std::string_view bytes = piece.bytes;
    const size_t capacity = to->capacity(), larger = 2 * capacity + 1024;
    if (to->size() == capacity) {
      // While the list moves both are there.
      CM_RETURN_IF_ERROR(Resize(block_bytes_ + (capacity + larger) * sizeof(CountedPiece)));
      to->reserve(larger);
      CM_RETURN_IF_ERROR(Resize(block_bytes_ + larger * sizeof(CountedPiece)));
    }
    if (bytes.size() > free_bytes_) {
      free_bytes_ = std::max<size_t>(bytes.size(), 64 << 10);
      block_bytes_ += free_bytes_;
      CM_RETURN_IF_ERROR(Resize(lease_.bytes() + free_bytes_));
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(free_bytes_));
      free_ = blocks_.back().get();
    }
    std::memcpy(free_, bytes.data(), bytes.size());
    to->push_back({std::string_view(free_, bytes.size()), piece.count});
    free_ += bytes.size();
    free_bytes_ -= bytes.size();
    return absl::OkStatus();
  }

 private:
  absl::Status Resize(uint64_t bytes) {
    const absl::Status status = lease_.Resize(bytes, "the list of pieces");
    if (status.ok()) return status;
    return MemoryError(absl::StrFormat("%s or a larger min-count", Message(status)));
  }

  MemoryLease lease_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  uint64_t block_bytes_ = 0;
  char* free_ = nullptr;
  size_t free_bytes_ = 0;
};

class Pruner {
 public:
  Pruner(const PruningOptions& options, Context& context) : options_(options), context_(context) {}

  absl::StatusOr<PruningResult> Prune(const OpenCounts& open) {
    StringStore kept(context_.memory());
    Pieces pieces;
    CM_RETURN_IF_ERROR(ForEach(open, [&](const CountedPiece& piece) -> absl::Status {
      ++result_.pieces_found;
      if (!IsKept(piece)) return absl::OkStatus();
      return kept.Add(piece, &pieces);
    }));
    AddMissingBytes(&pieces);
    CM_RETURN_IF_ERROR(CheckCounts(pieces));
    std::sort(pieces.begin(), pieces.end(), ByBytes);
    CM_RETURN_IF_ERROR(DropRest(open, &pieces));
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
  bool IsKept(const CountedPiece& piece) const {
    return piece.bytes.size() == 1 || (piece.bytes.size() <= options_.max_piece_length_bytes &&
                                       piece.count >= options_.min_count);
  }

  static absl::Status ForEach(const OpenCounts& open,
                              const std::function<absl::Status(const CountedPiece&)>& use) {
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<CountStream> stream, open());
    while (true) {
      CountedPiece piece;
      CM_ASSIGN_OR_RETURN(const bool more, stream->Next(&piece.bytes, &piece.count));
      if (!more) return absl::OkStatus();
      CM_RETURN_IF_ERROR(use(piece));
    }
  }

  /// Adds the counts of all that is not kept to its parts among the pieces, some of it at a
  /// time.
  absl::Status DropRest(const OpenCounts& open, Pieces* pieces) {
    CM_ASSIGN_OR_RETURN(const PartCounter counter, PartCounter::Create(*pieces, context_));
    constexpr uint64_t kBatchBytes = 4 << 20;
    CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                        context_.memory().Take(kBatchBytes, "a batch of strings"));
    std::vector<uint64_t> counts(pieces->size());
    std::string bytes;
    std::vector<std::pair<size_t, uint64_t>> ends;  // And counts.
    const auto flush = [&]() -> absl::Status {
      Pieces texts;
      size_t begin = 0;
      for (const auto& [end, count] : ends) {
        texts.push_back({std::string_view(bytes).substr(begin, end - begin), count});
        begin = end;
      }
      CM_RETURN_IF_ERROR(counter.Count(texts, &counts));
      bytes.clear();
      ends.clear();
      return absl::OkStatus();
    };
    CM_RETURN_IF_ERROR(ForEach(open, [&](const CountedPiece& piece) -> absl::Status {
      if (IsKept(piece)) return absl::OkStatus();
      bytes += piece.bytes;
      ends.emplace_back(bytes.size(), piece.count);
      // Of a batch: strings that double, ends that double, and texts that double.
      if (2 * bytes.size() + 64 * ends.size() < kBatchBytes / 2) return absl::OkStatus();
      return flush();
    }));
    CM_RETURN_IF_ERROR(flush());
    for (size_t i = 0; i < pieces->size(); ++i) (*pieces)[i].count += counts[i];
    return absl::OkStatus();
  }

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

  /// For each of `pieces`, sorted by bytes: the sum of the counts of the texts it is a part
  /// of.
  absl::StatusOr<std::vector<uint64_t>> CountParts(const Pieces& pieces, const Pieces& texts) {
    CM_ASSIGN_OR_RETURN(const PartCounter counter, PartCounter::Create(pieces, context_));
    std::vector<uint64_t> counts(pieces.size());
    CM_RETURN_IF_ERROR(counter.Count(texts, &counts));
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
  std::sort(pieces.begin(), pieces.end(), ByBytes);
  return PruneCounts([&] { return std::make_unique<PieceStream>(pieces); }, options, context);
}

absl::StatusOr<PruningResult> PruneCounts(const OpenCounts& open, const PruningOptions& options,
                                          Context& context) {
  return Pruner(options, context).Prune(open);
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
