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

/// Why a piece is of no use, in the order in which reasons are looked for.
enum class AuditReason : uint8_t {
  /// Never: text is cut after a run of newlines, and more follows one in the piece.
  kNewlineInside,
  /// Never: runs of spaces become one, and the piece holds two.
  kRunOfSpaces,
  /// Never: normalization changes its bytes wherever they stand.
  kNotNormalized,
  /// Never: other pieces make up the same bytes with a higher score.
  kBetterSplit,
  /// As kBetterSplit, but the scores are equal or so close that rounding decides: not for
  /// its own bytes alone, but perhaps further on in a line.
  kRounding,
  /// Only in text that is not UTF-8: no character and no row of them holds its bytes.
  kNotUtf8,
};

/// "newline-inside", "run-of-spaces", "not-normalized", "better-split", "rounding", "not-utf8".
std::string_view AuditReasonName(AuditReason reason);

/// Whether no text at all gives the piece, be it UTF-8 or not.
inline bool IsNever(AuditReason reason) { return reason <= AuditReason::kBetterSplit; }

/// A piece that is of no use, or hardly any.
struct AuditFinding {
  uint32_t id = 0;
  AuditReason reason = AuditReason::kBetterSplit;
  /// Of kBetterSplit and kRounding: the best segmentation of the piece's bytes.
  std::vector<uint32_t> split;
  /// How much higher (in natural logarithms) the split scores; about 0 under kRounding.
  double margin = 0;
  /// Of kRounding: in lines of fewer bytes the split surely wins; 0 where nothing is sure.
  uint64_t sure_line_bytes = 0;
  /// Of kNotNormalized: what becomes of the piece's bytes alone.
  std::string normalized;
};

/// kBetterSplit is a promise for lines of up to this many bytes.
inline constexpr uint64_t kAuditLineBytes = uint64_t{1} << 32;

/// Finds the pieces that encoding never gives, by id.
///
///   CM_ASSIGN_OR_RETURN(std::vector<AuditFinding> findings, AuditPieces(tokenizer, context));
///   for (const AuditFinding& finding : findings) {
///     Print(AuditReasonName(finding.reason), AuditDetail(finding, tokenizer.vocabulary()));
///   }
///
/// Exact for BytePiece's rules: a piece without a finding is the one token of the text
/// that its bytes are, and one with a reason of which IsNever is true is in no encoding.
/// - A normalised text is normalised in each of its parts (all Unicode forms are closed
///   under substrings), so bytes that normalization changes alone stand in none.
/// - From s to e a piece of score p competes with the other paths from s to e. A split of
///   its bytes into k pieces whose scores add up to p + margin wins in any context, but for
///   rounding: |S| ≤ C·e for every partial sum S of the search, where C is the largest
///   |score|, so that the k + 1 additions are off by at most (k + 1)·2^-53·C·e. With
///   margin > (k + 2)·2^-53·C·kAuditLineBytes (one more for the margin's own) it is
///   kBetterSplit, else kRounding.
///
/// Vocabularies that ask for SentencePiece's rules are audited without their charsmap
/// and the space put before the text. Only entries of type kPiece are looked at.
absl::StatusOr<std::vector<AuditFinding>> AuditPieces(const Tokenizer& tokenizer, Context& context);

/// What makes the reason plain, on one line: the split as "ab|c" and its margin, or
/// "U+0065 U+0301 becomes U+00E9".
std::string AuditDetail(const AuditFinding& finding, const Vocabulary& vocabulary);

/// A table for programs: a line "id TAB base64 TAB reason TAB detail" for each finding,
/// after one with these names.
std::string AuditTable(const std::vector<AuditFinding>& findings, const Vocabulary& vocabulary);

/// The pieces with "|" between them, escaped: no line breaks, no bytes that are not UTF-8. A
/// "|" that belongs to a piece is preceded by a backslash.
std::string PiecesWithBars(const std::vector<uint32_t>& ids, const Vocabulary& vocabulary);

/// Whether some text in UTF-8 holds these bytes, at any place: a row of characters of
/// which the first may lack its beginning and the last its end.
bool IsPartOfUtf8(std::string_view bytes);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_INSPECT_AUDIT_H_
