#include "tokenizer/train/refining.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "tokenizer/counts/piece_counts.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/prune/required_pieces.h"
#include "tokenizer/train/corpus_pass.h"

namespace corpusmill {
namespace {

/// Maximum rounds of growing. Growing ends earlier when the pieces suffice for the vocabulary and a
/// round saves less than 1 % of the tokens.
constexpr int kMaxGrowingRounds = 6;
/// A text has few symbols if it has at most kMostSymbols, and all strings of kFewLength of them fit
/// in the vocabulary.
constexpr uint64_t kMostSymbols = 32;
constexpr int kFewLength = 3;
/// Maximum rounds of exchanging pieces. It ends earlier when a round saves less than 1 in
/// kExchangeGain tokens.
constexpr int kMaxExchanges = 8;
constexpr uint64_t kExchangeGain = 1000;
/// A piece is rare below this multiple of the min-count of training. Too many rarer pieces are
/// noise, so they are chosen last.
constexpr uint64_t kMinCountFactor = 2;
/// Each step of shrinking keeps kKept of kOutOf pieces.
constexpr uint64_t kKept = 3, kOutOf = 4;
/// Memory per piece, at most: in lists of pieces, and in the tables for encoding.
constexpr uint64_t kPieceBytes = 128, kTokenizerBytes = 512;
/// Distinct strings that a thread counts before it adds them to the shared table.
constexpr size_t kLocalStrings = 50'000;

/// Sorts the pieces to keep first.
bool MoreFrequent(const Piece& a, const Piece& b) {
  if (a.count != b.count) return a.count > b.count;
  return std::tuple(a.bytes.size(), std::string_view(a.bytes)) <
         std::tuple(b.bytes.size(), std::string_view(b.bytes));
}

/// Keeps the `size` items that sort first, in no particular order.
template <typename Item, typename Less>
void KeepFirst(size_t size, std::vector<Item>* items, Less less) {
  if (items->size() <= size) return;
  std::nth_element(items->begin(), items->begin() + size, items->end(), less);
  items->erase(items->begin() + size, items->end());
}

/// Segments pieces into other pieces.
class PartFinder {
 public:
  /// `pieces` must outlive the finder.
  explicit PartFinder(const std::vector<Piece>& pieces) {
    uint64_t total = 0;
    for (const Piece& piece : pieces) total += piece.count;
    const double log_total = std::log(static_cast<double>(total));
    scores_.reserve(pieces.size());
    for (const Piece& piece : pieces) {
      scores_[piece.bytes] = std::log(static_cast<double>(piece.count)) - log_total;
    }
  }

  /// The number of parts of the most probable segmentation into other pieces; 1 for a single byte.
  /// Ties go to the segmentation with the longest last part.
  size_t CountParts(std::string_view bytes) const {
    const size_t size = bytes.size();
    if (size == 1) return 1;
    struct Best {
      double score = -std::numeric_limits<double>::infinity();
      size_t parts = 0;
    };
    std::array<Best, kMaxRefinedBytes + 1> best;
    best[0].score = 0;
    for (size_t end = 1; end <= size; ++end) {
      for (size_t begin = end == size ? 1 : 0; begin < end; ++begin) {
        const auto found = scores_.find(bytes.substr(begin, end - begin));
        if (found == scores_.end()) continue;
        const double score = best[begin].score + found->second;
        if (score > best[end].score) best[end] = {score, best[begin].parts + 1};
      }
    }
    return best[size].parts;
  }

 private:
  absl::flat_hash_map<std::string_view, double> scores_;
};

class Refiner {
 public:
  Refiner(const OpenCorpus& corpus, const TrainOptions& options, Context& context)
      : corpus_(corpus),
        options_(options),
        context_(context),
        lease_(context.memory().EmptyLease()) {
    std::sort(options_.vocab_sizes.begin(), options_.vocab_sizes.end(), std::greater<>());
  }

  absl::StatusOr<RefiningResult> Run(const Model& model) {
    for (const Piece& piece : model.pieces()) {
      if (piece.bytes.size() <= max_bytes_ || required_.Has(piece.bytes)) pieces_.push_back(piece);
    }
    CM_RETURN_IF_ERROR(GrowCandidates());
    const bool has_few_symbols = HasFewSymbols(model);
    for (const uint64_t vocab_size : options_.vocab_sizes) {
      phase_name_ = absl::StrFormat("shrinking to %d pieces", vocab_size);
      const uint64_t size = vocab_size - Model::kFirstPieceId;
      CM_RETURN_IF_ERROR(Shrink(size));
      if (has_few_symbols) CM_RETURN_IF_ERROR(TryFromSymbols(size));
      CM_ASSIGN_OR_RETURN(Model result, Model::FromPieces(pieces_));
      result_.models.push_back(std::move(result));
      larger_.clear();
      for (const Piece& piece : result_.models.back().pieces()) larger_.insert(piece.bytes);
    }
    return std::move(result_);
  }

 private:
  absl::Status GrowCandidates() {
    const uint64_t room = kRefiningCandidates * options_.vocab_sizes.front();
    for (int round = 1; round <= kMaxGrowingRounds; ++round) {
      phase_name_ = absl::StrFormat("growing, round %d", round);
      const uint64_t before = tokens_;
      CM_ASSIGN_OR_RETURN(const size_t found, Grow(room, room));
      if (found == 0) break;
      if (pieces_.size() < options_.vocab_sizes.front()) continue;
      if (round > 1 && tokens_ > before - before / 100) break;
    }
    return absl::OkStatus();
  }

  /// Charges the memory for the pieces, `more` further pieces, and the encoder.
  absl::Status Charge(uint64_t more) {
    const uint64_t bytes = pieces_.size() * (kPieceBytes + kTokenizerBytes) +
                           (dropped_.size() + spare_ + more) * kPieceBytes;
    const absl::Status status = lease_.Resize(bytes, "refining the pieces");
    if (status.ok()) return status;
    return MemoryError(absl::StrFormat(
        "%s, a smaller vocabulary or training without refining (--fast)", Message(status)));
  }

  enum class Unused { kDrop, kKeep };

  /// Encodes the corpus, sorts the pieces by id and sets their counts in the corpus. Drops unused
  /// pieces unless they are permanent, or gives them the count 1. Counts strings of neighbouring
  /// tokens in `pairs`, unless nullptr.
  absl::Status Encode(PieceCounts* pairs, Unused unused) {
    CM_RETURN_IF_ERROR(Charge(0));
    CM_ASSIGN_OR_RETURN(const Model model, Model::FromPieces(std::move(pieces_)));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer,
                        Tokenizer::Create(model, {.normalization = Normalization::kNone}));
    std::mutex mutex;
    std::vector<uint64_t> counts(model.vocab_size());
    phase_.reset();
    phase_.emplace(context_.reporter(), phase_name_, options_.pass_bytes);
    CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus_, context_));
    CM_RETURN_IF_ERROR(
        ReadCorpus(
            cursor, UINT64_MAX, options_, context_,
            [&](const ForEachChunk& each) -> absl::Status {
              CM_ASSIGN_OR_RETURN(const IdCounts local, EncodeBatch(model, tokenizer, each, pairs));
              const std::lock_guard<std::mutex> lock(mutex);
              for (const auto& [id, count] : local) counts[id] += count;
              return absl::OkStatus();
            },
            [&] { return pairs != nullptr ? pairs->Spill().status() : absl::OkStatus(); })
            .status());
    ++result_.passes;
    tokens_ = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    pieces_.clear();
    for (size_t i = 0; i < model.pieces().size(); ++i) {
      const std::string& bytes = model.pieces()[i].bytes;
      const uint64_t count = counts[i + Model::kFirstPieceId];
      if (count > 0 || unused == Unused::kKeep || required_.Has(bytes)) {
        pieces_.push_back({bytes, std::max<uint64_t>(count, 1)});
      }
    }
    return absl::OkStatus();
  }

  using IdCounts = absl::flat_hash_map<uint32_t, uint64_t>;

  absl::StatusOr<IdCounts> EncodeBatch(const Model& model, const Tokenizer& tokenizer,
                                       const ForEachChunk& each, PieceCounts* pairs) {
    IdCounts ids_of_batch;
    PieceCounts::LocalCounts strings;
    EncodeScratch scratch;
    std::vector<uint32_t> ids;
    CM_RETURN_IF_ERROR(each([&](std::string_view chunk, uint64_t weight) -> absl::Status {
      ids.clear();
      tokenizer.Encode(chunk, &ids, &scratch);
      for (const uint32_t id : ids) ids_of_batch[id] += weight;
      if (pairs == nullptr) return absl::OkStatus();
      CountNeighbours(model, chunk, weight, ids, &strings);
      if (strings.size() < kLocalStrings) return absl::OkStatus();
      CM_RETURN_IF_ERROR(pairs->Add(strings));
      strings.clear();
      return absl::OkStatus();
    }));
    if (pairs != nullptr) CM_RETURN_IF_ERROR(pairs->Add(strings));
    return ids_of_batch;
  }

  /// Counts the concatenations of two neighbouring tokens. First joins the bytes of a character
  /// that is not a piece, and counts that character too; bytes that are not UTF-8 stay single.
  void CountNeighbours(const Model& model, std::string_view chunk, uint64_t weight,
                       const std::vector<uint32_t>& ids, PieceCounts::LocalCounts* strings) const {
    size_t at = 0, before = 0;  // The neighbour begins at `before`; none if equal to `at`.
    for (size_t i = 0; i < ids.size();) {
      size_t length = model.pieces()[ids[i++] - Model::kFirstPieceId].bytes.size();
      bool joins = true;
      if (options_.ensure_unicode && length == 1 && static_cast<uint8_t>(chunk[at]) >= 0x80) {
        int32_t code;
        length = DecodeUtf8(chunk.substr(at), &code);
        i += length - 1;
        joins = code >= 0;
        if (joins && length <= max_bytes_) {
          (*strings)[chunk.substr(at, length)] += weight;
        }
      }
      const size_t end = at + length;
      if (joins && before < at && end - before <= max_bytes_) {
        (*strings)[chunk.substr(before, end - before)] += weight;
      }
      before = joins ? at : end;
      at = end;
    }
  }

  /// Adds the `most` most frequent strings of neighbours to the pieces, of which at most `room`
  /// stay, and returns their number. Adds rare ones only as far as the largest vocabulary needs
  /// them.
  absl::StatusOr<size_t> Grow(uint64_t room, uint64_t most) {
    CM_ASSIGN_OR_RETURN(const auto pairs, PieceCounts::Create(options_.temp_dir, context_));
    CM_RETURN_IF_ERROR(Encode(pairs.get(), Unused::kDrop));
    CM_RETURN_IF_ERROR(pairs->Finish());
    result_.runs += pairs->runs();
    result_.run_bytes += pairs->run_bytes();
    const uint64_t wanted = std::min(room, options_.vocab_sizes.front());
    DropRarest(wanted, room);
    CM_RETURN_IF_ERROR(Charge(2 * most));
    absl::flat_hash_set<std::string_view> known;
    for (const Piece& piece : pieces_) known.insert(piece.bytes);
    std::vector<Piece> found;
    {
      CM_ASSIGN_OR_RETURN(const std::unique_ptr<CountStream> stream, pairs->Open());
      std::string_view bytes;
      for (uint64_t count;;) {
        CM_ASSIGN_OR_RETURN(const bool more, stream->Next(&bytes, &count));
        if (!more) break;
        if (count < options_.min_count * options_.unit || known.contains(bytes)) continue;
        if (!IsAllowed(bytes)) continue;
        found.push_back({std::string(bytes), count});
        if (found.size() >= 2 * most) KeepFirst(most, &found, MoreFrequent);
      }
    }
    KeepFirst(most, &found, MoreFrequent);
    const auto frequent = std::count_if(found.begin(), found.end(),
                                        [this](const Piece& piece) { return !IsRare(piece); });
    const uint64_t missing = wanted - std::min<uint64_t>(wanted, pieces_.size());
    KeepFirst(std::max<uint64_t>(frequent, missing), &found, MoreFrequent);
    std::move(found.begin(), found.end(), std::back_inserter(pieces_));
    return found.size();
  }

  /// Smaller vocabularies only have pieces of the next larger one.
  bool IsAllowed(std::string_view bytes) const {
    return result_.models.empty() || larger_.contains(bytes);
  }

  bool IsRare(const Piece& piece) const { return piece.count < rare_below_; }

  /// Drops the rarest pieces: rare pieces while more than `wanted` are left, others while more than
  /// `room` are left.
  void DropRarest(uint64_t wanted, uint64_t room) {
    const auto is_kept = [this](const Piece& piece) {
      return required_.Has(piece.bytes) || !IsRare(piece);
    };
    const uint64_t kept = std::count_if(pieces_.begin(), pieces_.end(), is_kept);
    KeepFirst(std::clamp(kept, wanted, room), &pieces_, [this](const Piece& a, const Piece& b) {
      const bool stays = required_.Has(a.bytes);
      return stays == required_.Has(b.bytes) ? MoreFrequent(a, b) : stays;
    });
  }

  /// Drops pieces until `size` are left. The best dropped ones replace pieces that became unused.
  absl::Status Shrink(uint64_t size) {
    dropped_.clear();
    while (true) {
      CM_RETURN_IF_ERROR(Encode(nullptr, Unused::kDrop));
      if (pieces_.size() <= size) break;
      CM_RETURN_IF_ERROR(Drop(std::max<uint64_t>(size, pieces_.size() / kOutOf * kKept)));
    }
    const size_t missing = std::min<size_t>(size - pieces_.size(), dropped_.size());
    if (missing == 0) return absl::OkStatus();
    std::move(dropped_.begin(), dropped_.begin() + missing, std::back_inserter(pieces_));
    dropped_.clear();
    return Encode(nullptr, Unused::kKeep);
  }

  /// True if the text has few symbols for the largest vocabulary. Counts the symbols that make up
  /// 99 % of the text.
  bool HasFewSymbols(const Model& model) const {
    std::array<uint64_t, 256> counts{};
    for (const Piece& piece : model.pieces()) {
      for (const char byte : piece.bytes) counts[static_cast<uint8_t>(byte)] += piece.count;
    }
    std::sort(counts.begin(), counts.end(), std::greater<>());
    const uint64_t total = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    uint64_t symbols = 0;
    for (uint64_t sum = 0; symbols < counts.size() && sum < total - total / 100;) {
      sum += counts[symbols++];
    }
    return symbols <= kMostSymbols && std::pow(static_cast<double>(symbols), kFewLength) <=
                                          static_cast<double>(options_.vocab_sizes.front());
  }

  /// Grows a second vocabulary from single bytes, without candidates to spare, and keeps the one
  /// that makes fewer tokens. If the strings of a length just fit in the vocabulary, they are
  /// better than any choice of strings of different lengths, and shrinking never finds them: it
  /// drops short strings while longer ones are in use.
  absl::Status TryFromSymbols(uint64_t size) {
    const uint64_t tokens = tokens_;
    std::vector<Piece> first = std::exchange(pieces_, {});
    spare_ = first.size();
    for (const std::string& bytes : required_.all()) pieces_.push_back({bytes, 1});
    for (int round = 1; round <= kMaxGrowingRounds && pieces_.size() < size; ++round) {
      CM_ASSIGN_OR_RETURN(const size_t found, Grow(size, size));
      if (found == 0) break;
    }
    CM_RETURN_IF_ERROR(Shrink(size));
    KeepBetter(std::move(first), tokens);
    return Exchange(size);
  }

  /// Tries frequent strings of neighbours in the places of other pieces, as long as that saves
  /// tokens.
  absl::Status Exchange(uint64_t size) {
    for (int round = 1; round <= kMaxExchanges; ++round) {
      const uint64_t before = tokens_;
      std::vector<Piece> pieces = pieces_;
      spare_ = pieces.size();
      CM_ASSIGN_OR_RETURN(const size_t found, Grow(size, size / 2));
      if (found > 0) CM_RETURN_IF_ERROR(Shrink(size));
      KeepBetter(std::move(pieces), before);
      if (found == 0 || tokens_ > before - before / kExchangeGain) break;
    }
    spare_ = 0;
    return absl::OkStatus();
  }

  /// Restores `pieces`, which made `tokens`, unless the present ones make fewer and are as many.
  void KeepBetter(std::vector<Piece> pieces, uint64_t tokens) {
    if (tokens_ < tokens && pieces_.size() >= pieces.size()) return;
    pieces_ = std::move(pieces);
    tokens_ = tokens;
  }

  struct Worth {
    double saved;
    const Piece* piece;
  };

  /// How many tokens each piece saves.
  absl::StatusOr<std::vector<Worth>> Worths() const {
    std::vector<Worth> worth(pieces_.size());
    const PartFinder finder(pieces_);
    constexpr size_t kGrain = 1024;
    CM_RETURN_IF_ERROR(context_.ParallelFor(pieces_.size(), kGrain, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        const Piece& piece = pieces_[i];
        const auto more = static_cast<double>(finder.CountParts(piece.bytes) - 1);
        worth[i] = {IsRare(piece) ? 0 : static_cast<double>(piece.count - rare_below_) * more,
                    &piece};
      }
      return absl::OkStatus();
    }));
    return worth;
  }

  /// Keeps the permanent pieces and those that save the most tokens. Lists the others before those
  /// dropped earlier, best first.
  absl::Status Drop(size_t size) {
    CM_ASSIGN_OR_RETURN(std::vector<Worth> worth, Worths());
    const auto is_better = [this](const Worth& a, const Worth& b) {
      const bool stays = required_.Has(a.piece->bytes);
      if (stays != required_.Has(b.piece->bytes)) return stays;
      if (a.saved != b.saved) return a.saved > b.saved;
      return MoreFrequent(*a.piece, *b.piece);
    };
    const auto end = worth.begin() + size;
    std::nth_element(worth.begin(), end, worth.end(), is_better);
    std::sort(end, worth.end(), is_better);
    std::vector<Piece> kept, dropped;
    kept.reserve(size);
    for (auto one = worth.begin(); one < end; ++one) kept.push_back(*one->piece);
    for (auto one = end; one < worth.end(); ++one) dropped.push_back(*one->piece);
    std::move(dropped_.begin(), dropped_.end(), std::back_inserter(dropped));
    if (dropped.size() > size) dropped.resize(size);  // More are never missing.
    pieces_ = std::move(kept);
    dropped_ = std::move(dropped);
    return absl::OkStatus();
  }

  const OpenCorpus& corpus_;
  TrainOptions options_;
  Context& context_;
  const RequiredPieces required_{options_.required_pieces};
  const uint64_t rare_below_ = kMinCountFactor * options_.min_count * options_.unit;
  const uint64_t max_bytes_ = std::min(options_.max_piece_length_bytes, kMaxRefinedBytes);
  MemoryLease lease_;
  std::vector<Piece> pieces_;
  std::vector<Piece> dropped_;                    ///< By this shrinking, best first.
  size_t spare_ = 0;                              ///< Pieces of a vocabulary set aside.
  absl::flat_hash_set<std::string_view> larger_;  ///< The pieces of the next larger vocabulary.
  uint64_t tokens_ = 0;                           ///< Tokens of the corpus when last encoded.
  RefiningResult result_;
  std::string phase_name_;
  std::optional<Phase> phase_;  ///< Begins anew with each pass over the corpus.
};

}  // namespace

absl::StatusOr<RefiningResult> Refine(const Model& model, const OpenCorpus& corpus,
                                      const TrainOptions& options, Context& context) {
  if (options.ensure_unicode && !model.IsUnicode()) {
    return UsageError("a model whose pieces cut characters cannot be refined with ensure_unicode");
  }
  return Refiner(corpus, options, context).Run(model);
}

}  // namespace corpusmill
