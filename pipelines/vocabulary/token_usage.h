#ifndef CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_USAGE_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_USAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/inspect/audit.h"

namespace corpusmill {

struct TokenUsageOptions {
  DocumentOptions documents;
  /// Member of JSONL records by which the tokens are broken down.
  std::string source_member = "source";
  /// See GroupValue.
  std::string source_until;
  /// How many of the worst documents are named, and how long they have to be.
  size_t worst_documents = 10;
  uint64_t worst_min_bytes = 256;
};

/// What encoding made of some documents.
struct TokenUsageTotals {
  uint64_t documents = 0;  ///< Those with text.
  uint64_t text_bytes = 0;
  uint64_t tokens = 0;
  uint64_t single_byte_tokens = 0;
  uint64_t partial_tokens = 0;  ///< Of those, 0x80 and above: parts of characters.

  void Add(const TokenUsageTotals& other);
};

struct TokenUsageDocument {
  std::string where;  ///< RecordName
  uint64_t text_bytes = 0;
  uint64_t tokens = 0;
  std::string beginning;  ///< The first 60 bytes or so, Escaped.
};

struct TokenUsageReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  /// How often each id occurs.
  std::vector<uint64_t> counts;
  TokenUsageTotals all;
  /// Largest text first; a document without the member counts for its file. See
  /// DocumentGroups for the limits.
  std::vector<std::pair<std::string, TokenUsageTotals>> sources;
  /// Those with the most tokens per byte, worst first; of equals the earlier.
  std::vector<TokenUsageDocument> worst;
};

/// Encodes all documents and counts what each id is used for.
///
///   CM_ASSIGN_OR_RETURN(TokenUsageReport report, CountTokenUsage(inputs, {}, tokenizer, context));
///   report.counts[300];
absl::StatusOr<TokenUsageReport> CountTokenUsage(const std::vector<InputFile>& inputs,
                                                 const TokenUsageOptions& options,
                                                 const Tokenizer& tokenizer, Context& context);

/// How the use of a vocabulary's pieces is distributed.
struct TokenUsageSummary {
  struct Length {
    uint64_t pieces = 0;
    uint64_t unused = 0;
    std::vector<uint32_t> examples;  ///< Unused ones, lowest ids first.
  };

  uint64_t pieces = 0;
  uint64_t unused = 0;
  uint64_t used_once = 0;
  uint64_t used_below_10 = 0;   ///< Among them those used once.
  uint64_t used_below_100 = 0;  ///< Among them those used less than 10 times.
  /// How many of the most frequent pieces make up so many percent of the tokens.
  std::map<int, uint64_t> pieces_for_percent;
  std::map<uint64_t, Length> by_bytes;
  /// Used pieces, by count and then id.
  std::vector<uint32_t> rarest;
  /// By falling count and then id.
  std::vector<uint32_t> most_frequent;
};

/// `counts` are TokenUsageReport's; `examples` is how many ids each list may hold.
TokenUsageSummary SummarizeTokenUsage(const Vocabulary& vocabulary,
                                      const std::vector<uint64_t>& counts, size_t examples);

/// kInternal, naming the piece, when one that the audit says no text gives was counted.
absl::Status CheckNeverUsed(const std::vector<AuditFinding>& findings, const Vocabulary& vocabulary,
                            const std::vector<uint64_t>& counts);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_USAGE_H_
