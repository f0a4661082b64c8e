#ifndef CORPUSMILL_PIPELINES_VOCABULARY_COMPARE_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_COMPARE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {

struct CompareOptions {
  DocumentOptions documents;
  /// Members of JSONL records by which the totals are broken down.
  std::string source_member = "source";
  std::string language_member = "lang";
  /// See GroupValue; of the source.
  std::string source_until;
  /// How many lines with different tokens are shown.
  size_t examples = 5;
};

/// What two tokenizers, A and B, make of some documents.
struct CompareTotals {
  uint64_t documents = 0;  ///< Those with text.
  uint64_t text_bytes = 0;
  uint64_t characters = 0;  ///< Bytes but for 0x80 to 0xBF: of UTF-8, the code points.
  uint64_t tokens_a = 0;
  uint64_t tokens_b = 0;
  uint64_t different_documents = 0;  ///< With token boundaries that differ anywhere.
  uint64_t lines = 0;                ///< With all newlines that follow.
  uint64_t different_lines = 0;

  void Add(const CompareTotals& other);
};

/// A line that the two cut differently: its tokens around the first difference.
struct CompareExample {
  std::string where;  ///< RecordName of its document.
  std::string a;      ///< PiecesWithBars, with "…" where more precedes or follows.
  std::string b;
};

struct CompareReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  CompareTotals all;
  /// By group, largest text first; a document without the member counts for its file
  /// under sources and for "(none)" under languages. See DocumentGroups for the limits.
  std::vector<std::pair<std::string, CompareTotals>> sources;
  std::vector<std::pair<std::string, CompareTotals>> languages;
  /// Those of all different lines of which the text has the smallest XXH3 hash, in order
  /// of the hash: a sample that depends on the texts only.
  std::vector<CompareExample> examples;
  /// Time that encoding took, added over the threads.
  double encode_seconds_a = 0;
  double encode_seconds_b = 0;
};

/// Encodes all documents with both tokenizers and compares.
///
///   CM_ASSIGN_OR_RETURN(CompareReport report, Compare(inputs, {}, a, b, context));
///   report.all.text_bytes / report.all.tokens_a   // bytes per token
///
/// Text that the two normalise differently is different from its beginning to its end,
/// and no example. Everything but the times depends on the documents only.
absl::StatusOr<CompareReport> Compare(const std::vector<InputFile>& inputs,
                                      const CompareOptions& options, const Tokenizer& a,
                                      const Tokenizer& b, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_COMPARE_H_
