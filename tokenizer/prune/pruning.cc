#include "tokenizer/prune/pruning.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "tokenizer/prune/piece_list.h"
#include "tokenizer/prune/piece_selection.h"
#include "tokenizer/prune/required_pieces.h"
#include "tokenizer/prune/segmentation_counter.h"

namespace corpusmill {
namespace {

using Pieces = std::vector<CountedPiece>;

/// Maximum times that pieces without counts are replaced. Each time few of the pieces before have
/// none.
constexpr size_t kMaxFillRounds = 100;

/// Converts pieces without copying the bytes.
Pieces ViewOf(const std::vector<Piece>& pieces) {
  Pieces views;
  views.reserve(pieces.size());
  for (const Piece& piece : pieces) views.push_back({piece.bytes, piece.count});
  return views;
}

void SortByBytes(Pieces* pieces) {
  std::sort(pieces->begin(), pieces->end(),
            [](const CountedPiece& a, const CountedPiece& b) { return a.bytes < b.bytes; });
}

/// A stream of sorted pieces.
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

/// Makes a list from pieces in ascending order, and adds missing required pieces.
class ListMaker {
 public:
  ListMaker(const RequiredPieces& required, MemoryBudget& budget)
      : required_(required.all()), list_(budget) {}

  absl::Status Add(const CountedPiece& piece) {
    for (; next_ < required_.size() && required_[next_] < piece.bytes; ++next_) {
      CM_RETURN_IF_ERROR(AddOne({required_[next_], 1}));
    }
    if (next_ < required_.size() && required_[next_] == piece.bytes) ++next_;
    return AddOne(piece);
  }

  absl::StatusOr<PieceList> Finish() {
    for (; next_ < required_.size(); ++next_) {
      CM_RETURN_IF_ERROR(AddOne({required_[next_], 1}));
    }
    CM_RETURN_IF_ERROR(list_.Finish());
    return std::move(list_);
  }

 private:
  /// Dropping a piece adds its count to several others, so sums of counts grow. They never exceed
  /// the sum of length × count, which stays the same.
  absl::Status AddOne(const CountedPiece& piece) {
    bytes_ += static_cast<unsigned __int128>(piece.count) * piece.bytes.size();
    if (bytes_ >> 63 == 0) return list_.Add(piece);
    return DataError("the counts stand for 2^63 bytes of text or more; try smaller counts");
  }

  const std::vector<std::string>& required_;
  size_t next_ = 0;
  PieceList list_;
  unsigned __int128 bytes_ = 0;
};

/// A histogram of numbers: exact below 512, else with 8 bits after the leading one.
class Histogram {
 public:
  void Add(uint64_t number) { ++sizes_[BucketOf(number)]; }

  /// Returns the smallest bucket bound that at most `most` numbers reach, lowered until at least
  /// `least` numbers reach it.
  uint64_t BoundOf(uint64_t most, uint64_t least) const {
    uint64_t above = 0;
    size_t bucket = sizes_.size();
    while (bucket > 0 && (above + sizes_[bucket - 1] <= most || above < least)) {
      above += sizes_[--bucket];
    }
    return bucket == sizes_.size() ? UINT64_MAX : LowerBoundOf(bucket);
  }

 private:
  static constexpr int kBits = 8;
  static constexpr size_t kHalf = size_t{1} << kBits;

  static size_t BucketOf(uint64_t number) {
    if (number < 2 * kHalf) return number;
    const int shift = std::bit_width(number) - 1 - kBits;
    return kHalf * shift + (number >> shift);
  }
  static uint64_t LowerBoundOf(size_t bucket) {
    if (bucket < 2 * kHalf) return bucket;
    const size_t shift = bucket / kHalf - 1;
    return (bucket - kHalf * shift) << shift;
  }

  std::vector<uint64_t> sizes_ = std::vector<uint64_t>(kHalf * (65 - kBits));
};

class Pruner {
 public:
  Pruner(const PruningOptions& options, Context& context)
      : options_(options), required_(options.required_pieces), context_(context) {}

  absl::StatusOr<PruningResult> Prune(const OpenCounts& open) {
    if (options_.candidates_per_piece > 0) CM_RETURN_IF_ERROR(LimitCandidates(open));
    ListMaker maker(required_, context_.memory());
    CM_RETURN_IF_ERROR(ForEach(open, [&](const CountedPiece& piece) -> absl::Status {
      ++result_.pieces_found;
      return IsKept(piece) ? maker.Add(piece) : absl::OkStatus();
    }));
    CM_ASSIGN_OR_RETURN(PieceList pieces, maker.Finish());
    {
      CM_ASSIGN_OR_RETURN(SegmentationCounter counter,
                          SegmentationCounter::Create(pieces, context_));
      CM_RETURN_IF_ERROR(CountRest(open, &counter));
      CM_RETURN_IF_ERROR(SegmentUntilStable(&counter, &pieces));
    }
    return Fit(std::move(pieces));
  }

  /// The last step: cuts the pieces to each size.
  absl::StatusOr<PruningResult> Fit(PieceList pieces) {
    result_.pieces_kept = pieces.size();
    for (const uint64_t vocab_size : options_.vocab_sizes) {
      const uint64_t size = vocab_size - Model::kFirstPieceId;
      if (pieces.size() > size) {
        CM_ASSIGN_OR_RETURN(pieces, Cut(size, std::move(pieces)));
      }
      CM_ASSIGN_OR_RETURN(std::vector<Piece> copies, CopyOf(pieces));
      CM_ASSIGN_OR_RETURN(Model model, Model::FromPieces(std::move(copies)));
      result_.models.push_back(std::move(model));
    }
    return std::move(result_);
  }

 private:
  bool IsKept(const CountedPiece& piece) const {
    return required_.Has(piece.bytes) ||
           (piece.bytes.size() <= options_.max_piece_length_bytes && piece.count >= min_count_);
  }

  /// Raises min_count until there are few enough candidates.
  absl::Status LimitCandidates(const OpenCounts& open) {
    Histogram counts;
    CM_RETURN_IF_ERROR(ForEach(open, [&](const CountedPiece& piece) {
      if (IsKept(piece) && !required_.Has(piece.bytes)) counts.Add(piece.count);
      return absl::OkStatus();
    }));
    const uint64_t size = options_.vocab_sizes.front();
    min_count_ = std::max(min_count_, counts.BoundOf(options_.candidates_per_piece * size, size));
    return absl::OkStatus();
  }

  static absl::Status ForEach(const OpenCounts& open, PieceList::Use use) {
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<CountStream> stream, open());
    while (true) {
      CountedPiece piece;
      CM_ASSIGN_OR_RETURN(const bool more, stream->Next(&piece.bytes, &piece.count));
      if (!more) return absl::OkStatus();
      CM_RETURN_IF_ERROR(use(piece));
    }
  }

  /// Counts the segmentations of all strings that are not kept, in batches.
  absl::Status CountRest(const OpenCounts& open, SegmentationCounter* counter) {
    const uint64_t batch_bytes =
        std::clamp<uint64_t>(context_.memory().available_bytes() / 4, 128 << 10, 4 << 20);
    CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                        context_.memory().Take(batch_bytes, "a batch of strings"));
    std::string bytes;
    std::vector<std::pair<size_t, uint64_t>> ends;  // End offset and count of each string.
    const auto flush = [&]() -> absl::Status {
      Pieces texts;
      size_t begin = 0;
      for (const auto& [end, count] : ends) {
        texts.push_back({std::string_view(bytes).substr(begin, end - begin), count});
        begin = end;
      }
      CM_RETURN_IF_ERROR(counter->Count(texts));
      bytes.clear();
      ends.clear();
      return absl::OkStatus();
    };
    CM_RETURN_IF_ERROR(ForEach(open, [&](const CountedPiece& piece) -> absl::Status {
      if (IsKept(piece)) return absl::OkStatus();
      bytes += piece.bytes;
      ends.emplace_back(bytes.size(), piece.count);
      // Strings, ends and texts of a batch are in vectors that double.
      if (2 * bytes.size() + 64 * ends.size() < batch_bytes / 2) return absl::OkStatus();
      return flush();
    }));
    return flush();
  }

  /// Returns the best `size` pieces of a longer list, with the counts of the others. Pieces that
  /// lose all of their counts are dropped; with `fill` the next best ones take their places.
  absl::StatusOr<PieceList> Cut(size_t size, PieceList pieces) {
    std::vector<PieceList> unused;  // One list for each round.
    while (true) {
      std::optional<PieceSelection> best;  // All if there are not more.
      if (pieces.size() > size) {
        CM_ASSIGN_OR_RETURN(best, PieceSelection::Of(pieces, size, required_, context_.memory()));
      }
      const auto is_best = [&](const CountedPiece& piece) { return !best || best->Has(piece); };
      CM_ASSIGN_OR_RETURN(auto halves, Divide(&pieces, is_best));
      auto& [kept, rest] = halves;
      CM_ASSIGN_OR_RETURN(SegmentationCounter counter, SegmentationCounter::Create(kept, context_));
      CM_RETURN_IF_ERROR(counter.Count(rest));
      for (const PieceList& list : unused) CM_RETURN_IF_ERROR(counter.Count(list));
      CM_RETURN_IF_ERROR(SegmentUntilStable(&counter, &kept));
      if (!options_.fill || kept.size() == size || rest.size() == 0 ||
          unused.size() == kMaxFillRounds) {
        return std::move(kept);
      }
      CM_RETURN_IF_ERROR(SetAside(is_best, kept, &pieces, &unused));
    }
  }

  using Halves = std::pair<PieceList, PieceList>;
  using Test = absl::FunctionRef<bool(const CountedPiece&)>;

  /// Copies the pieces to two lists: those for which `test` is true, and the others. Frees `pieces`
  /// unless they are needed to fill the vocabulary.
  absl::StatusOr<Halves> Divide(PieceList* pieces, Test test) const {
    Halves halves{context_.memory(), context_.memory()};
    const auto add = [&](const CountedPiece& piece) {
      return (test(piece) ? halves.first : halves.second).Add(piece);
    };
    CM_RETURN_IF_ERROR(options_.fill ? pieces->ForEach(add) : pieces->Drain(add));
    CM_RETURN_IF_ERROR(halves.first.Finish());
    CM_RETURN_IF_ERROR(halves.second.Finish());
    return halves;
  }

  /// Moves the pieces that were tried, but not kept, from `pieces` to a list of
  /// `unused`.
  absl::Status SetAside(Test was_tried, const PieceList& kept, PieceList* pieces,
                        std::vector<PieceList>* unused) const {
    CM_ASSIGN_OR_RETURN(const std::vector<Piece> copies, CopyOf(kept));
    auto next = copies.begin();
    CM_ASSIGN_OR_RETURN(Halves halves, Divide(pieces, [&](const CountedPiece& piece) {
                          const bool was_kept = next != copies.end() && next->bytes == piece.bytes;
                          if (was_kept) ++next;
                          return was_kept || !was_tried(piece);
                        }));
    *pieces = std::move(halves.first);
    unused->push_back(std::move(halves.second));
    return absl::OkStatus();
  }

  static absl::StatusOr<std::vector<Piece>> CopyOf(const PieceList& pieces) {
    std::vector<Piece> copies;
    copies.reserve(pieces.size());
    CM_RETURN_IF_ERROR(pieces.ForEach([&](const CountedPiece& piece) {
      copies.push_back({std::string(piece.bytes), piece.count});
      return absl::OkStatus();
    }));
    return copies;
  }

  /// Adds the counted segmentations to the counts. Then segments every piece, replaces the counts
  /// by the result and drops pieces without counts, until all have counts.
  absl::Status SegmentUntilStable(SegmentationCounter* counter, PieceList* pieces) {
    CM_RETURN_IF_ERROR(counter->AddCounts(pieces));
    size_t before;
    do {
      before = pieces->size();
      CM_RETURN_IF_ERROR(counter->Count(*pieces));
      CM_RETURN_IF_ERROR(counter->ReplaceCounts(required_, pieces));
      ++result_.rounds;
    } while (pieces->size() != before);
    return absl::OkStatus();
  }

  const PruningOptions& options_;
  const RequiredPieces required_;
  Context& context_;
  uint64_t min_count_ = options_.min_count;
  PruningResult result_;
};

/// Adds the advice to raise min-count to memory errors.
absl::StatusOr<PruningResult> NamingMinCount(absl::StatusOr<PruningResult> result) {
  const std::string message = result.ok() ? "" : Message(result.status());
  if (!message.ends_with("--memory")) return result;
  return MemoryError(absl::StrFormat("%s or a larger min-count", message));
}

}  // namespace

absl::Status ValidateVocabSizes(const std::vector<uint64_t>& vocab_sizes) {
  constexpr uint64_t kMin = PruningOptions::kMinVocabSize, kMax = PruningOptions::kMaxVocabSize;
  for (const uint64_t size : vocab_sizes) {
    if (size >= kMin && size <= kMax) continue;
    return UsageError(absl::StrFormat(
        "vocabulary size is %d; it must be %d to %d, including 256 bytes and %d special tokens",
        size, kMin, kMax, Model::kFirstPieceId));
  }
  return absl::OkStatus();
}

absl::StatusOr<PruningResult> PrunePieces(std::vector<CountedPiece> pieces,
                                          const PruningOptions& options, Context& context) {
  SortByBytes(&pieces);
  return PruneCounts([&] { return std::make_unique<PieceStream>(pieces); }, options, context);
}

absl::StatusOr<PruningResult> PruneCounts(const OpenCounts& open, const PruningOptions& options,
                                          Context& context) {
  return NamingMinCount(Pruner(options, context).Prune(open));
}

absl::StatusOr<PruningResult> PruneModel(const Model& model, std::vector<uint64_t> vocab_sizes,
                                         Context& context, bool fill) {
  Pieces pieces = ViewOf(model.pieces());
  SortByBytes(&pieces);
  const RequiredPieces bytes;
  ListMaker maker(bytes, context.memory());
  for (const CountedPiece& piece : pieces) CM_RETURN_IF_ERROR(maker.Add(piece));
  CM_ASSIGN_OR_RETURN(PieceList list, maker.Finish());
  const PruningOptions options = {.vocab_sizes = std::move(vocab_sizes), .fill = fill};
  return Pruner(options, context).Fit(std::move(list));
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
