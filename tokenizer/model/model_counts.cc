#include "tokenizer/model/model_counts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// The approximate sum of a merged model's counts. It is far below the limits of a model, even
/// after pruning adds the count of one piece to several others.
constexpr uint64_t kMergedTotal = uint64_t{1} << 58;
constexpr size_t kMaxModels = size_t{1} << 20;

/// Returns count·share/total, rounded to the nearest integer.
uint64_t ShareOf(uint64_t count, uint64_t share, uint64_t total) {
  const auto product = static_cast<unsigned __int128>(count) * share;
  return static_cast<uint64_t>((product + total / 2) / total);
}

}  // namespace

absl::StatusOr<Model> WithCounts(const Model& model, std::span<const uint64_t> counts,
                                 UncountedPieces unused) {
  std::vector<Piece> pieces;
  pieces.reserve(model.pieces().size());
  for (size_t i = 0; i < model.pieces().size(); ++i) {
    const std::string& bytes = model.pieces()[i].bytes;
    const uint64_t count = counts[i + Model::kFirstPieceId];
    if (count == 0 && unused == UncountedPieces::kDrop && bytes.size() > 1) continue;
    pieces.push_back({bytes, std::max<uint64_t>(count, 1)});
  }
  return Model::FromPieces(std::move(pieces));
}

absl::StatusOr<Model> MergeModels(std::span<const Model> models) {
  if (models.empty() || models.size() > kMaxModels) {
    return UsageError("give between 1 and 2^20 models to merge");
  }
  const uint64_t share = kMergedTotal / models.size();
  std::vector<Piece> all;
  for (const Model& model : models) {
    for (const Piece& piece : model.pieces()) {
      all.push_back({piece.bytes, ShareOf(piece.count, share, model.total_count())});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Piece& a, const Piece& b) { return a.bytes < b.bytes; });
  std::vector<Piece> pieces;
  for (Piece& piece : all) {
    if (!pieces.empty() && pieces.back().bytes == piece.bytes) {
      pieces.back().count += piece.count;
    } else {
      pieces.push_back(std::move(piece));
    }
  }
  for (Piece& piece : pieces) piece.count = std::max<uint64_t>(piece.count, 1);
  return Model::FromPieces(std::move(pieces));
}

}  // namespace corpusmill
