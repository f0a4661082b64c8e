#include "tokenizer/train/train_options.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "tokenizer/counts/ngram_counts.h"
#include "tokenizer/model/model.h"
#include "tokenizer/prune/pruning.h"

namespace corpusmill {
namespace {

/// Still a valid count when multiplied by any unit.
constexpr uint64_t kMaxMinCount = 1'000'000'000'000;

}  // namespace

absl::Status ValidateCountOptions(const TrainOptions& options) {
  if (options.order < 1 || options.order > NgramCounts::kMaxOrder) {
    return UsageError(
        absl::StrFormat("order is %d; it must be 1 to %d", options.order, NgramCounts::kMaxOrder));
  }
  if (options.min_count < 1 || options.min_count > kMaxMinCount) {
    return UsageError(
        absl::StrFormat("min-count is %d; it must be 1 to %d", options.min_count, kMaxMinCount));
  }
  if (options.ngram_min_count > kMaxMinCount) {
    return UsageError(absl::StrFormat("ngram-min-count is %d; it must be at most %d",
                                      options.ngram_min_count, kMaxMinCount));
  }
  return absl::OkStatus();
}

absl::Status ValidateTrainOptions(const TrainOptions& options) {
  CM_RETURN_IF_ERROR(ValidateCountOptions(options));
  if (options.vocab_sizes.empty()) return UsageError("no vocabulary size is given");
  CM_RETURN_IF_ERROR(ValidateVocabSizes(options.vocab_sizes));
  if (options.max_piece_length_bytes < 1 ||
      options.max_piece_length_bytes > Model::kMaxPieceBytes) {
    return UsageError(absl::StrFormat("max-piece-length is %d; it must be 1 to %d bytes",
                                      options.max_piece_length_bytes, Model::kMaxPieceBytes));
  }
  for (const std::string& piece : options.required_pieces) {
    if (piece.size() > 1 && piece.size() <= kMaxRefinedBytes) continue;
    return UsageError(absl::StrFormat("a required piece has %d bytes; it must have 2 to %d",
                                      piece.size(), kMaxRefinedBytes));
  }
  const uint64_t least = PruningOptions::kMinVocabSize + options.required_pieces.size();
  for (const uint64_t size : options.vocab_sizes) {
    if (size >= least) continue;
    return UsageError(absl::StrFormat(
        "vocabulary size is %d; 256 bytes, %d symbols and %d required characters need %d", size,
        Model::kFirstPieceId, options.required_pieces.size(), least));
  }
  if (options.bytepiece_compat && !options.required_pieces.empty()) {
    return UsageError("required characters and bytepiece-compat exclude each other; leave one out");
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
