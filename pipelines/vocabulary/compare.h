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
  /// Members of JSONL records that group the totals.
  std::string source_member = "source";
  std::string language_member = "lang";
  /// Cuts the source: see GroupValue.
  std::string source_until;
  /// Finds each vocabulary's control and user-defined symbols in text. If false, and text contains
  /// their names, logs a warning.
  bool match_symbols = false;
  /// Most examples of lines with different tokens.
  size_t examples = 5;
};

/// Totals of some documents under two tokenizers, A and B.
struct CompareTotals {
  uint64_t documents = 0;  ///< Documents with text.
  uint64_t text_bytes = 0;
  uint64_t characters = 0;  ///< Bytes outside 0x80 to 0xBF: the code points of UTF-8.
  uint64_t tokens_a = 0;
  uint64_t tokens_b = 0;
  uint64_t different_documents = 0;  ///< Documents with any different token boundary.
  uint64_t lines = 0;                ///< A line includes all newlines that follow it.
  uint64_t different_lines = 0;

  void Add(const CompareTotals& other);
};

/// A line with different tokens: the tokens around the first difference.
struct CompareExample {
  std::string where;  ///< RecordName of its document.
  std::string a;      ///< PiecesWithBars, with "…" where more precedes or follows.
  std::string b;
};

struct CompareReport {
  DocumentCounts documents;
  std::vector<InputReport> inputs;
  CompareTotals all;
  /// Totals by group, largest text first. A document without the member counts under its file in
  /// `sources` and under "(none)" in `languages`. See DocumentGroups for the limits.
  std::vector<std::pair<std::string, CompareTotals>> sources;
  std::vector<std::pair<std::string, CompareTotals>> languages;
  /// The different lines with the smallest XXH3 hashes of their text, in hash order: a sample that
  /// depends on the texts only.
  std::vector<CompareExample> examples;
  /// Encoding time in seconds, summed over the threads.
  double encode_seconds_a = 0;
  double encode_seconds_b = 0;
};

/// Encodes all documents with both tokenizers and compares the tokens.
///
///   CM_ASSIGN_OR_RETURN(CompareReport report, Compare(inputs, {}, a, b, context));
///   report.all.text_bytes / report.all.tokens_a   // bytes per token
///
/// Of a text that the two normalise differently, the boundaries in the original text are compared.
/// All results but the times depend on the documents only.
absl::StatusOr<CompareReport> Compare(const std::vector<InputFile>& inputs,
                                      const CompareOptions& options, const Tokenizer& a,
                                      const Tokenizer& b, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_COMPARE_H_
