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
  /// Member of JSONL records that groups the tokens.
  std::string source_member = "source";
  /// See GroupValue.
  std::string source_until;
  /// Finds the vocabulary's control and user-defined symbols in text. If false, and text contains
  /// the names of symbols, logs a warning.
  bool match_symbols = false;
  /// Most documents in TokenUsageReport::worst, and their minimum size.
  size_t worst_documents = 10;
  uint64_t worst_min_bytes = 256;
};

/// Totals of encoding some documents.
struct TokenUsageTotals {
  uint64_t documents = 0;  ///< Documents with text.
  uint64_t text_bytes = 0;
  uint64_t tokens = 0;
  uint64_t single_byte_tokens = 0;
  uint64_t partial_tokens = 0;  ///< Single bytes from 0x80 on: parts of characters.

  void Add(const TokenUsageTotals& other);
};

struct TokenUsageDocument {
  std::string where;  ///< RecordName
  uint64_t text_bytes = 0;
  uint64_t tokens = 0;
  std::string beginning;  ///< About the first 60 bytes, Escaped.
};

struct TokenUsageReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  /// Number of uses of each id.
  std::vector<uint64_t> counts;
  TokenUsageTotals all;
  /// Totals by source, largest text first. A document without the member counts under its file.
  /// See DocumentGroups for the limits.
  std::vector<std::pair<std::string, TokenUsageTotals>> sources;
  /// The documents with the most tokens per byte, worst first; ties in input order.
  std::vector<TokenUsageDocument> worst;
};

/// Encodes all documents and counts the uses of each id.
///
///   CM_ASSIGN_OR_RETURN(TokenUsageReport report, CountTokenUsage(inputs, {}, tokenizer, context));
///   report.counts[300];
absl::StatusOr<TokenUsageReport> CountTokenUsage(const std::vector<InputFile>& inputs,
                                                 const TokenUsageOptions& options,
                                                 const Tokenizer& tokenizer, Context& context);

/// The distribution of uses over a vocabulary's pieces.
struct TokenUsageSummary {
  struct Length {
    uint64_t pieces = 0;
    uint64_t unused = 0;
    std::vector<uint32_t> examples;  ///< Unused pieces, lowest ids first.
  };

  uint64_t pieces = 0;
  uint64_t unused = 0;
  uint64_t used_once = 0;
  uint64_t used_below_10 = 0;   ///< Includes used_once.
  uint64_t used_below_100 = 0;  ///< Includes used_below_10.
  /// Percent of the tokens → number of most frequent pieces that make up this percentage.
  std::map<int, uint64_t> pieces_for_percent;
  std::map<uint64_t, Length> by_bytes;
  /// Used pieces by rising count, then by id.
  std::vector<uint32_t> rarest;
  /// Used pieces by falling count, then by id.
  std::vector<uint32_t> most_frequent;
};

/// `counts` are TokenUsageReport::counts; `examples` is the most ids of each list.
TokenUsageSummary SummarizeTokenUsage(const Vocabulary& vocabulary,
                                      const std::vector<uint64_t>& counts, size_t examples);

/// kInternal, naming the piece, if a piece was used that the audit proved unusable.
absl::Status CheckNeverUsed(const std::vector<AuditFinding>& findings, const Vocabulary& vocabulary,
                            const std::vector<uint64_t>& counts);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_TOKEN_USAGE_H_
