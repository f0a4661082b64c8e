#ifndef CORPUSMILL_TOKENIZER_INSPECT_AUDIT_H_
#define CORPUSMILL_TOKENIZER_INSPECT_AUDIT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {

/// Why a piece is useless, in the order of the checks.
enum class AuditReason : uint8_t {
  /// Never produced: text is cut after newlines, and the piece has a newline before another byte.
  kNewlineInside,
  /// Never produced: runs of spaces collapse to one, and the piece has two in a row.
  kRunOfSpaces,
  /// Never produced: normalization changes its bytes in every context.
  kNotNormalized,
  /// Never produced: a split of its bytes into other pieces scores higher.
  kBetterSplit,
  /// As kBetterSplit, but the scores are equal or so close that rounding decides: not produced from
  /// its own bytes alone, but perhaps further on in a line.
  kRounding,
  /// Produced only from invalid UTF-8: no sequence of characters contains its bytes.
  kNotUtf8,
};

/// "newline-inside", "run-of-spaces", "not-normalized", "better-split", "rounding", "not-utf8".
std::string_view AuditReasonName(AuditReason reason);

/// True if no text produces the piece, UTF-8 or not.
inline bool IsNever(AuditReason reason) { return reason <= AuditReason::kBetterSplit; }

/// A useless or nearly useless piece.
struct AuditFinding {
  uint32_t id = 0;
  AuditReason reason = AuditReason::kBetterSplit;
  /// For kBetterSplit and kRounding: the best segmentation of the piece's bytes.
  std::vector<uint32_t> split;
  /// Score of the split minus score of the piece (natural logarithms); about 0 for kRounding.
  double margin = 0;
  /// For kRounding: the split wins for certain in lines of fewer bytes; 0 if never certain.
  uint64_t sure_line_bytes = 0;
  /// For kNotNormalized: the normalised bytes of the piece.
  std::string normalized;
};

/// kBetterSplit is guaranteed for lines of up to this many bytes.
inline constexpr uint64_t kAuditLineBytes = uint64_t{1} << 32;

/// Finds the pieces that encoding never produces, in order of ids.
///
///   CM_ASSIGN_OR_RETURN(std::vector<AuditFinding> findings, AuditPieces(tokenizer, context));
///   for (const AuditFinding& finding : findings) {
///     Print(AuditReasonName(finding.reason), AuditDetail(finding, tokenizer.vocabulary()));
///   }
///
/// Exact for BytePiece's rules: a piece without a finding is the single token of the text made of
/// its bytes. A piece with a reason for which IsNever is true is in no encoding.
/// - Every substring of a normalised text is normalised (all Unicode forms are closed under
/// substrings). So a normalised text never contains bytes that normalization changes.
/// - A piece of score p from s to e competes with the other paths from s to e. A split into k
/// pieces with the score p + margin wins in any context, except for rounding: |S| ≤ C·e for every
/// partial sum S of the search, where C is the largest
///   |score|, so the k + 1 additions are off by at most (k + 1)·2^-53·C·e. With
///   margin > (k + 2)·2^-53·C·kAuditLineBytes (one more for the margin itself) the reason is
///   kBetterSplit, else kRounding.
///
/// For vocabularies with SentencePiece's rules, ignores the charsmap and the dummy prefix. Checks
/// only entries of type kPiece.
absl::StatusOr<std::vector<AuditFinding>> AuditPieces(const Tokenizer& tokenizer, Context& context);

/// Explains the reason on one line: the split as "ab|c" and its margin, or "U+0065 U+0301 becomes
/// U+00E9".
std::string AuditDetail(const AuditFinding& finding, const Vocabulary& vocabulary);

/// Returns a TSV table with a header line: "id TAB base64 TAB reason TAB detail" for each finding.
std::string AuditTable(const std::vector<AuditFinding>& findings, const Vocabulary& vocabulary);

/// Joins pieces with "|". Escapes line breaks and invalid UTF-8; a "|" within a piece gets a
/// backslash.
std::string PiecesWithBars(const std::vector<uint32_t>& ids, const Vocabulary& vocabulary);

/// True if some valid UTF-8 text contains these bytes: a sequence of characters, the first without
/// its beginning or the last without its end.
bool IsPartOfUtf8(std::string_view bytes);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_INSPECT_AUDIT_H_
