#ifndef CORPUSMILL_TOKENIZER_PRUNING_H_
#define CORPUSMILL_TOKENIZER_PRUNING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/context.h"
#include "tokenizer/model.h"
#include "tokenizer/counts_stream.h"

namespace corpusmill {

struct PruningOptions {
  /// Largest sizes wanted, the implicit symbols included, in descending order,
  /// each at least 259.
  std::vector<uint64_t> vocab_sizes;
  uint64_t max_piece_length_bytes = 36;
  /// Pieces of two or more bytes counted less often are dropped.
  uint64_t min_count = 2;
};

/// A byte string and how often it was counted.
struct CountedPiece {
  std::string_view bytes;
  uint64_t count;
};

struct PruningResult {
  /// One for each of vocab_sizes, in their order.
  std::vector<Model> models;
  /// Strings that there were, of which PruneCounts makes pieces.
  uint64_t pieces_found = 0;
  /// Pieces that were left before any vocabulary size was applied.
  uint64_t pieces_kept = 0;
  /// Times that all pieces were segmented anew.
  uint64_t rounds = 0;
};

/// Makes vocabularies of counted byte strings. What is too rare, too long or too
/// much is segmented with the Unigram model of what stays, its count going to
/// the parts; then every piece is, until none loses all of its count.
///
///   CM_ASSIGN_OR_RETURN(PruningResult result,
///                       PrunePieces(counts, {.vocab_sizes = {32000}}, context));
///
/// A byte that is missing among `pieces` is added with count 1. Pieces must be
/// distinct, not empty, and counted at least once; order does not matter.
absl::StatusOr<PruningResult> PrunePieces(std::vector<CountedPiece> pieces,
                                          const PruningOptions& options, Context& context);

/// Opens counted strings in ascending order, the same at each call.
using OpenCounts = std::function<absl::StatusOr<std::unique_ptr<CountStream>>()>;

/// The same of more strings than fit in memory: only those that are frequent and short
/// enough are held, at some 170 bytes each. Opens them twice.
absl::StatusOr<PruningResult> PruneCounts(const OpenCounts& open, const PruningOptions& options,
                                          Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNING_H_
