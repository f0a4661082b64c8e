#include "pipelines/vocabulary/token_usage.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "corpus/text/unicode.h"
#include "pipelines/vocabulary/document_groups.h"
#include "tokenizer/encode/symbol_names.h"
#include "tokenizer/encode/token_batch.h"

namespace corpusmill {
namespace {

constexpr size_t kBeginningBytes = 60;

/// Whether `a` has more tokens per byte; exact.
bool IsWorse(const TokenUsageDocument& a, const TokenUsageDocument& b) {
  return static_cast<unsigned __int128>(a.tokens) * b.text_bytes >
         static_cast<unsigned __int128>(b.tokens) * a.text_bytes;
}

/// The first bytes of the text, cut at a character's end.
std::string Beginning(std::string_view text) {
  size_t size = 0;
  while (size < std::min(text.size(), kBeginningBytes)) {
    int32_t code;
    size += DecodeUtf8(text.substr(size), &code);
  }
  return Escaped(text.substr(0, size));
}

struct EncodedBatch {
  TokenBatch tokens;
  SymbolNames names;
};

/// Adds up batches in document order.
class TokenUsageCounter {
 public:
  TokenUsageCounter(const std::vector<InputFile>& inputs, const TokenUsageOptions& options,
                    const Tokenizer& tokenizer)
      : inputs_(inputs), options_(options), vocabulary_(tokenizer.vocabulary()) {
    report_.counts.resize(vocabulary_.size());
  }

  uint64_t Label(const Document& document) {
    const std::string_view source = document.members.empty()
                                        ? std::string_view()
                                        : GroupValue(document.members[0], options_.source_until);
    return sources_.Find(source.empty() ? std::string_view(inputs_[document.input].path) : source);
  }

  void Add(const DocumentBatch& batch, const TokenBatch& tokens) {
    for (size_t i = 0; i < batch.size(); ++i) {
      const DocumentPart& part = batch.part(i);
      TokenUsageTotals totals{.documents = part.first ? 1u : 0u,
                              .text_bytes = batch.text(i).size(),
                              .tokens = tokens.ids(i).size()};
      for (const uint32_t id : tokens.ids(i)) {
        ++report_.counts[id];
        const std::string& bytes = vocabulary_[id].bytes;
        if (bytes.size() != 1) continue;
        ++totals.single_byte_tokens;
        if (static_cast<uint8_t>(bytes[0]) >= 0x80) ++totals.partial_tokens;
      }
      report_.all.Add(totals);
      if (by_source_.size() <= part.label) by_source_.resize(part.label + 1);
      by_source_[part.label].Add(totals);
      AddToDocument(part, batch.text(i), totals);
    }
  }

  TokenUsageReport Finish() {
    for (size_t i = 0; i < by_source_.size(); ++i) {
      if (by_source_[i].documents == 0) continue;
      report_.sources.emplace_back(sources_.names()[i], by_source_[i]);
    }
    SortByText(&report_.sources);
    return std::move(report_);
  }

 private:
  void AddToDocument(const DocumentPart& part, std::string_view text,
                     const TokenUsageTotals& totals) {
    if (part.first) document_ = {.beginning = Beginning(text)};
    document_.text_bytes += totals.text_bytes;
    document_.tokens += totals.tokens;
    if (!part.last || document_.text_bytes < options_.worst_min_bytes) return;
    std::vector<TokenUsageDocument>& worst = report_.worst;
    const auto place = std::upper_bound(worst.begin(), worst.end(), document_, IsWorse);
    if (static_cast<size_t>(place - worst.begin()) >= options_.worst_documents) return;
    document_.where = RecordName(inputs_[part.input].path, part.format, part.record);
    worst.insert(place, std::move(document_));
    if (worst.size() > options_.worst_documents) worst.pop_back();
  }

  const std::vector<InputFile>& inputs_;
  const TokenUsageOptions& options_;
  const Vocabulary& vocabulary_;
  DocumentGroups sources_;
  std::vector<TokenUsageTotals> by_source_;
  TokenUsageDocument document_;  // The document whose last part has not come yet.
  TokenUsageReport report_;
};

}  // namespace

void TokenUsageTotals::Add(const TokenUsageTotals& other) {
  documents += other.documents;
  text_bytes += other.text_bytes;
  tokens += other.tokens;
  single_byte_tokens += other.single_byte_tokens;
  partial_tokens += other.partial_tokens;
}

absl::StatusOr<TokenUsageReport> CountTokenUsage(const std::vector<InputFile>& inputs,
                                                 const TokenUsageOptions& options,
                                                 const Tokenizer& tokenizer, Context& context) {
  TokenUsageCounter counter(inputs, options, tokenizer);
  DocumentRunOptions run = {
      .phase = "encoding",
      .documents = options.documents,
      .batches = {.cut_at_lines = tokenizer.CutsAtLines(options.match_symbols),
                  .label = [&](const Document& document) { return counter.Label(document); }}};
  run.documents.members = {options.source_member};
  SymbolNames names;
  CM_ASSIGN_OR_RETURN(DocumentReport read,
                      RunDocuments<EncodedBatch>(
                          inputs, run, context,
                          [&](const DocumentBatch& batch, EncodedBatch& result) {
                            result.tokens.Encode(tokenizer, batch, options.match_symbols);
                            for (size_t i = 0; i < batch.size() && !options.match_symbols; ++i) {
                              result.names.Count(tokenizer, batch.text(i));
                            }
                            return absl::OkStatus();
                          },
                          [&](const DocumentBatch& batch, EncodedBatch& result) {
                            counter.Add(batch, result.tokens);
                            names.Add(result.names);
                            return absl::OkStatus();
                          }));
  names.Warn(tokenizer.vocabulary(), context.reporter());
  TokenUsageReport report = counter.Finish();
  report.documents = read.documents;
  report.inputs = std::move(read.inputs);
  return report;
}

TokenUsageSummary SummarizeTokenUsage(const Vocabulary& vocabulary,
                                      const std::vector<uint64_t>& counts, size_t examples) {
  TokenUsageSummary summary;
  std::vector<uint32_t> used;
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    if (vocabulary[id].type != Vocabulary::Type::kPiece) continue;
    ++summary.pieces;
    TokenUsageSummary::Length& length = summary.by_bytes[vocabulary[id].bytes.size()];
    ++length.pieces;
    if (counts[id] > 0) {
      used.push_back(id);
      summary.used_once += counts[id] == 1;
      summary.used_below_10 += counts[id] < 10;
      summary.used_below_100 += counts[id] < 100;
      continue;
    }
    ++summary.unused;
    ++length.unused;
    if (length.examples.size() < examples) length.examples.push_back(id);
  }
  // A stable sort keeps ids of equal count in order.
  std::stable_sort(used.begin(), used.end(),
                   [&](uint32_t a, uint32_t b) { return counts[a] < counts[b]; });
  summary.rarest.assign(used.begin(), used.begin() + std::min(examples, used.size()));
  std::stable_sort(used.begin(), used.end(),
                   [&](uint32_t a, uint32_t b) { return counts[a] > counts[b]; });
  summary.most_frequent.assign(used.begin(), used.begin() + std::min(examples, used.size()));
  uint64_t tokens = 0;
  for (const uint32_t id : used) tokens += counts[id];
  uint64_t sum = 0;
  size_t pieces = 0;
  for (const int percent : {50, 90, 99}) {
    while (pieces < used.size() && sum * static_cast<unsigned __int128>(100) <
                                       tokens * static_cast<unsigned __int128>(percent)) {
      sum += counts[used[pieces++]];
    }
    summary.pieces_for_percent[percent] = pieces;
  }
  return summary;
}

absl::Status CheckNeverUsed(const std::vector<AuditFinding>& findings, const Vocabulary& vocabulary,
                            const std::vector<uint64_t>& counts) {
  for (const AuditFinding& finding : findings) {
    if (!IsNever(finding.reason) || counts[finding.id] == 0) continue;
    const std::string message = absl::StrFormat(
        "the piece \"%s\" (id %d) was used, though the audit says it cannot be (%s, %s); please "
        "report this",
        Escaped(vocabulary[finding.id].bytes), finding.id, AuditReasonName(finding.reason),
        AuditDetail(finding, vocabulary));
    return absl::InternalError(message);
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
