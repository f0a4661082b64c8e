#ifndef CORPUSMILL_TOKENIZER_PART_COUNTER_H_
#define CORPUSMILL_TOKENIZER_PART_COUNTER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/context.h"
#include "tokenizer/piece_trie.h"

namespace corpusmill {

/// A byte string and how often it was counted.
struct CountedPiece {
  std::string_view bytes;
  uint64_t count;
};

/// Segments texts with the Unigram model of counted pieces, p = count / sum of counts, and
/// counts the parts.
///
///   CM_ASSIGN_OR_RETURN(const PartCounter counter, PartCounter::Create(pieces, context));
///   std::vector<uint64_t> counts(pieces.size());
///   CM_RETURN_IF_ERROR(counter.Count(texts, &counts));
///
/// Immutable, hence thread-safe; Count uses the threads of the context.
class PartCounter {
 public:
  /// `pieces` are sorted by bytes, and all single bytes are among them; they are not kept.
  /// kResourceExhausted when the budget is too small.
  static absl::StatusOr<PartCounter> Create(const std::vector<CountedPiece>& pieces,
                                            Context& context);

  /// Adds to the count of each piece those of the texts it is a part of, each time it is.
  absl::Status Count(const std::vector<CountedPiece>& texts, std::vector<uint64_t>* counts) const;

 private:
  PartCounter(PieceTrie trie, MemoryLease lease, Context& context)
      : trie_(std::move(trie)), lease_(std::move(lease)), context_(context) {}

  PieceTrie trie_;
  MemoryLease lease_;
  Context& context_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PART_COUNTER_H_
