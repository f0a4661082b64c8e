#include "tokenizer/inspect/audit.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "tokenizer/model/base64.h"

namespace corpusmill {
namespace {

constexpr double kRoundingUnit = 0x1p-53;
/// Penalty of an unknown character below the rarest piece, as in SentencePiece.
constexpr double kUnknownPenalty = 10;

bool HasNewlineInside(std::string_view bytes) {
  const size_t newline = bytes.find('\n');
  return newline != std::string_view::npos &&
         bytes.find_first_not_of('\n', newline) != std::string_view::npos;
}

/// Formats characters as "U+0065 U+0301", to distinguish texts that look the same.
std::string CodePoints(std::string_view bytes) {
  std::string names;
  while (!bytes.empty()) {
    int32_t code;
    const std::string_view character = bytes.substr(0, DecodeUtf8(bytes, &code));
    bytes.remove_prefix(character.size());
    if (!names.empty()) names += ' ';
    names += code < 0 ? Escaped(character) : absl::StrFormat("U+%04X", code);
  }
  return names;
}

/// Audits single pieces. Thread-safe.
class Auditor {
 public:
  /// `bare` has the same ids and scores, but does not normalise text.
  Auditor(const Tokenizer& tokenizer, const Tokenizer& bare)
      : vocabulary_(tokenizer.vocabulary()), rules_(tokenizer.rules()), bare_(bare) {
    bool has_unknown = false;
    for (const Vocabulary::Entry& entry : vocabulary_.entries()) {
      if (entry.type == Vocabulary::Type::kUnknown) has_unknown = true;
      if (entry.type != Vocabulary::Type::kPiece) continue;
      largest_score_ = std::max(largest_score_, std::abs(entry.score));
    }
    if (has_unknown) largest_score_ += kUnknownPenalty;
  }

  absl::StatusOr<std::optional<AuditFinding>> Audit(uint32_t id, EncodeScratch* scratch) const {
    const std::string& bytes = vocabulary_[id].bytes;
    AuditFinding finding{.id = id};
    if (rules_.cut_at_newlines && HasNewlineInside(bytes)) {
      finding.reason = AuditReason::kNewlineInside;
      return finding;
    }
    if (rules_.collapse_spaces && bytes.find("  ") != std::string::npos) {
      finding.reason = AuditReason::kRunOfSpaces;
      return finding;
    }
    CM_RETURN_IF_ERROR(
        Normalize(bytes, rules_.normalization, InvalidUtf8::kKeep, &finding.normalized));
    if (finding.normalized != bytes) {
      finding.reason = AuditReason::kNotNormalized;
      return finding;
    }
    finding.normalized.clear();
    bare_.Encode(bytes, &finding.split, scratch);
    if (finding.split != std::vector<uint32_t>{id} && Measure(&finding)) return finding;
    finding.split.clear();
    if (!IsPartOfUtf8(bytes)) {
      finding.reason = AuditReason::kNotUtf8;
      return finding;
    }
    return std::nullopt;
  }

 private:
  /// Compares the split with the piece. Returns false if it contains anything but pieces.
  bool Measure(AuditFinding* finding) const {
    double sum = 0;
    for (const uint32_t id : finding->split) {
      if (vocabulary_[id].type != Vocabulary::Type::kPiece) return false;
      sum += vocabulary_[id].score;
    }
    finding->margin = sum - vocabulary_[finding->id].score;
    const double error_per_byte =
        static_cast<double>(finding->split.size() + 2) * kRoundingUnit * largest_score_;
    const double sure_bytes = std::max(0.0, finding->margin) / error_per_byte;
    if (sure_bytes > static_cast<double>(kAuditLineBytes)) {
      finding->reason = AuditReason::kBetterSplit;
    } else {
      finding->reason = AuditReason::kRounding;
      finding->sure_line_bytes = static_cast<uint64_t>(sure_bytes);
    }
    return true;
  }

  const Vocabulary& vocabulary_;
  const TextRules& rules_;
  const Tokenizer& bare_;
  double largest_score_ = 0;
};

}  // namespace

std::string_view AuditReasonName(AuditReason reason) {
  switch (reason) {
    case AuditReason::kNewlineInside:
      return "newline-inside";
    case AuditReason::kRunOfSpaces:
      return "run-of-spaces";
    case AuditReason::kNotNormalized:
      return "not-normalized";
    case AuditReason::kBetterSplit:
      return "better-split";
    case AuditReason::kRounding:
      return "rounding";
    case AuditReason::kNotUtf8:
      return "not-utf8";
  }
  return "";
}

absl::StatusOr<std::vector<AuditFinding>> AuditPieces(const Tokenizer& tokenizer,
                                                      Context& context) {
  constexpr size_t kGrain = 1024;
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  CM_ASSIGN_OR_RETURN(
      Vocabulary bare_vocabulary,
      Vocabulary::FromEntries(vocabulary.entries(), vocabulary.roles(),
                              {.normalization = Normalization::kNone, .cut_at_newlines = false}));
  CM_ASSIGN_OR_RETURN(const Tokenizer bare, Tokenizer::Create(std::move(bare_vocabulary)));
  const Auditor auditor(tokenizer, bare);
  std::vector<AuditFinding> findings;
  std::mutex mutex;
  CM_RETURN_IF_ERROR(context.ParallelFor(vocabulary.size(), kGrain, [&](size_t begin, size_t end) {
    std::vector<AuditFinding> part;
    EncodeScratch scratch;
    for (size_t id = begin; id < end; ++id) {
      if (vocabulary[id].type != Vocabulary::Type::kPiece) continue;
      absl::StatusOr<std::optional<AuditFinding>> finding =
          auditor.Audit(static_cast<uint32_t>(id), &scratch);
      if (!finding.ok()) return finding.status();
      if (finding->has_value()) part.push_back(**std::move(finding));
    }
    const std::lock_guard lock(mutex);
    findings.insert(findings.end(), std::make_move_iterator(part.begin()),
                    std::make_move_iterator(part.end()));
    return absl::OkStatus();
  }));
  std::sort(findings.begin(), findings.end(),
            [](const AuditFinding& a, const AuditFinding& b) { return a.id < b.id; });
  return findings;
}

std::string AuditDetail(const AuditFinding& finding, const Vocabulary& vocabulary) {
  switch (finding.reason) {
    case AuditReason::kNotNormalized:
      return CodePoints(vocabulary[finding.id].bytes) + " becomes " +
             CodePoints(finding.normalized);
    case AuditReason::kBetterSplit:
      return absl::StrFormat("%s, higher by %.3g", PiecesWithBars(finding.split, vocabulary),
                             finding.margin);
    case AuditReason::kRounding:
      return absl::StrFormat("%s, %s", PiecesWithBars(finding.split, vocabulary),
                             finding.sure_line_bytes == 0
                                 ? "a tie"
                                 : absl::StrFormat("higher by %.3g, surely in lines below %d bytes",
                                                   finding.margin, finding.sure_line_bytes));
    default:
      return "";
  }
}

std::string AuditTable(const std::vector<AuditFinding>& findings, const Vocabulary& vocabulary) {
  std::string table = "id\tbase64\treason\tdetail\n";
  for (const AuditFinding& finding : findings) {
    table += absl::StrFormat("%d\t", finding.id);
    AppendBase64(vocabulary[finding.id].bytes, &table);
    table += absl::StrFormat("\t%s\t%s\n", AuditReasonName(finding.reason),
                             AuditDetail(finding, vocabulary));
  }
  return table;
}

std::string PiecesWithBars(const std::vector<uint32_t>& ids, const Vocabulary& vocabulary) {
  std::string line;
  for (const uint32_t id : ids) {
    if (!line.empty()) line += '|';
    line += Escaped(vocabulary[id].bytes, "|");
  }
  return line;
}

bool IsPartOfUtf8(std::string_view bytes) {
  // Any three bytes 0x80 to 0xBF can end a character with the lead byte 0xF1.
  const auto is_trail = [](char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; };
  size_t trails = 0;
  while (trails < bytes.size() && is_trail(bytes[trails])) ++trails;
  if (trails > 3) return false;
  bytes.remove_prefix(trails);
  bytes.remove_prefix(ValidUtf8Prefix(bytes));
  if (bytes.empty()) return true;
  if (bytes.size() > 3) return false;
  // A truncated character: a second byte (0x80 for most lead bytes, 0x90 for 0xF0, 0xA0 for 0xE0)
  // and any further trail bytes complete it.
  for (const char second : {'\x80', '\x90', '\xA0'}) {
    std::string character(bytes);
    while (character.size() < 4) {
      character += character.size() == 1 ? second : '\x80';
      int32_t code;
      if (DecodeUtf8(character, &code) == character.size() && code >= 0) return true;
    }
  }
  return false;
}

}  // namespace corpusmill
