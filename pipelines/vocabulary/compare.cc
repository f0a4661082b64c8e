#include "pipelines/vocabulary/compare.h"

#include <time.h>

#include <algorithm>
#include <map>
#include <span>
#include <string_view>

#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "pipelines/vocabulary/document_groups.h"
#include "pipelines/vocabulary/token_differences.h"
#include "tokenizer/encode/symbol_names.h"
#include "tokenizer/encode/token_batch.h"

namespace corpusmill {
namespace {

/// The encoding memory of one tokenizer and the ids of the second.
constexpr uint64_t kMemoryPerTextByte = BatchOptions::kEncodingMemory + 8;
/// The spans in a text that the two normalize differently, while their array grows.
constexpr uint64_t kSpanMemory = 48;
constexpr std::string_view kNoLanguage = "(none)";

double ThreadSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

uint64_t CountCharacters(std::string_view text) {
  return static_cast<uint64_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
  }));
}

/// The examples with the smallest hashes of their text.
class Examples {
 public:
  explicit Examples(size_t most) : most_(most) {}

  bool Wants(uint64_t hash) const {
    return most_ > 0 && !by_hash_.contains(hash) &&
           (by_hash_.size() < most_ || hash < by_hash_.rbegin()->first);
  }
  /// REQUIRES: Wants(hash).
  void Add(uint64_t hash, CompareExample example) {
    by_hash_.emplace(hash, std::move(example));
    if (by_hash_.size() > most_) by_hash_.erase(std::prev(by_hash_.end()));
  }
  void Merge(Examples other) {
    for (auto& [hash, example] : other.by_hash_) {
      if (Wants(hash)) Add(hash, std::move(example));
    }
  }
  std::vector<CompareExample> Take() {
    std::vector<CompareExample> examples;
    for (auto& [hash, example] : by_hash_) examples.push_back(std::move(example));
    return examples;
  }

 private:
  size_t most_;
  std::map<uint64_t, CompareExample> by_hash_;
};

/// The comparison of one batch.
struct BatchComparison {
  std::vector<CompareTotals> totals = {};  // For each part; documents are counted later.
  Examples examples;
  double seconds_a = 0;
  double seconds_b = 0;
  SymbolNames names_a, names_b;
};

class Comparer {
 public:
  Comparer(const std::vector<InputFile>& inputs, const CompareOptions& options, const Tokenizer& a,
           const Tokenizer& b)
      : inputs_(inputs), options_(options), a_(a), b_(b), examples_(options.examples) {}

  uint64_t Label(const Document& document) {
    // The members come in the requested order: source, language.
    const bool has_members = !document.members.empty();
    const std::string_view source =
        has_members ? GroupValue(document.members[0], options_.source_until) : std::string_view();
    const std::string_view language = has_members ? document.members[1] : std::string_view();
    const uint64_t label =
        sources_.Find(source.empty() ? std::string_view(inputs_[document.input].path) : source);
    return label << 32 | languages_.Find(language.empty() ? kNoLanguage : language);
  }

  absl::Status CompareBatch(const DocumentBatch& batch, BatchComparison& result) const {
    TokenBatch tokens_a, tokens_b;
    result.seconds_a = EncodeTimed(a_, batch, &tokens_a);
    result.seconds_b = EncodeTimed(b_, batch, &tokens_b);
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!options_.match_symbols) {
        result.names_a.Count(a_, batch.text(i));
        result.names_b.Count(b_, batch.text(i));
      }
      CM_RETURN_IF_ERROR(
          ComparePart(batch.part(i), batch.text(i), tokens_a.ids(i), tokens_b.ids(i), &result));
    }
    return absl::OkStatus();
  }

  absl::Status Add(const DocumentBatch& batch, BatchComparison& result) {
    for (size_t i = 0; i < batch.size(); ++i) {
      const DocumentPart& part = batch.part(i);
      CompareTotals& totals = result.totals[i];
      if (part.first) {
        totals.documents = 1;
        document_differs_ = false;
      }
      if (totals.different_lines > 0 && !std::exchange(document_differs_, true)) {
        totals.different_documents = 1;
      }
      report_.all.Add(totals);
      by_source_[part.label >> 32].Add(totals);
      by_language_[part.label & 0xFFFFFFFF].Add(totals);
    }
    report_.encode_seconds_a += result.seconds_a;
    report_.encode_seconds_b += result.seconds_b;
    names_a_.Add(result.names_a);
    names_b_.Add(result.names_b);
    examples_.Merge(std::move(result.examples));
    return absl::OkStatus();
  }

  CompareReport Finish(Reporter& reporter) {
    const std::string warning_a = names_a_.Warning(a_.vocabulary());
    const std::string warning_b = names_b_.Warning(b_.vocabulary());
    if (warning_a == warning_b) {
      names_a_.Warn(a_.vocabulary(), reporter);
    } else {
      if (!warning_a.empty()) reporter.Log(LogLevel::kWarning, "A: " + warning_a);
      if (!warning_b.empty()) reporter.Log(LogLevel::kWarning, "B: " + warning_b);
    }
    report_.sources = Named(by_source_, sources_);
    report_.languages = Named(by_language_, languages_);
    report_.examples = examples_.Take();
    return std::move(report_);
  }

 private:
  using Groups = std::map<uint64_t, CompareTotals>;

  /// Encodes the batch and returns the processor time in seconds.
  double EncodeTimed(const Tokenizer& tokenizer, const DocumentBatch& batch,
                     TokenBatch* tokens) const {
    const double start = ThreadSeconds();
    tokens->Encode(tokenizer, batch, options_.match_symbols);
    return ThreadSeconds() - start;
  }

  absl::Status ComparePart(const DocumentPart& part, std::string_view text,
                           std::span<const uint32_t> ids_a, std::span<const uint32_t> ids_b,
                           BatchComparison* result) const {
    CompareTotals totals{.text_bytes = text.size(),
                         .characters = CountCharacters(text),
                         .tokens_a = ids_a.size(),
                         .tokens_b = ids_b.size()};
    CM_ASSIGN_OR_RETURN(const std::string text_a, a_.DecodeBytes(ids_a, ControlSymbols::kKeep));
    CM_ASSIGN_OR_RETURN(const std::string text_b, b_.DecodeBytes(ids_b, ControlSymbols::kKeep));
    const auto keep = [&](const DifferentLine& line) {
      const uint64_t hash = HashBytes(line.text).low;
      if (!result->examples.Wants(hash)) return;
      CompareExample example{.where =
                                 RecordName(inputs_[part.input].path, part.format, part.record)};
      ShowDifference(line, a_.vocabulary(), b_.vocabulary(), &example.a, &example.b);
      result->examples.Add(hash, std::move(example));
    };
    LineCounts lines;
    if (text_a == text_b) {
      lines = CompareLines(text_a, a_.vocabulary(), ids_a, b_.vocabulary(), ids_b, keep);
    } else {
      const std::vector<uint32_t> lengths_a = LengthsInText(a_, text);
      const std::vector<uint32_t> lengths_b = LengthsInText(b_, text);
      lines = CompareLines(text, a_.vocabulary(), {ids_a, lengths_a}, b_.vocabulary(),
                           {ids_b, lengths_b}, keep);
    }
    totals.lines = lines.lines;
    totals.different_lines = lines.different;
    result->totals.push_back(totals);
    return absl::OkStatus();
  }

  /// The bytes of the original text that each token stands for.
  std::vector<uint32_t> LengthsInText(const Tokenizer& tokenizer, std::string_view text) const {
    EncodeScratch scratch;
    std::vector<uint32_t> ids;
    std::vector<TokenSpan> spans;
    if (options_.match_symbols) {
      tokenizer.EncodeSymbolsWithOffsets(text, &ids, &spans, &scratch);
    } else {
      tokenizer.EncodeWithOffsets(text, &ids, &spans, &scratch);
    }
    std::vector<uint32_t> lengths;
    lengths.reserve(spans.size());
    for (const TokenSpan& span : spans) {
      lengths.push_back(static_cast<uint32_t>(span.end - span.begin));
    }
    return lengths;
  }

  /// The groups with their names, largest text first, then by name.
  static std::vector<std::pair<std::string, CompareTotals>> Named(const Groups& groups,
                                                                  const DocumentGroups& names) {
    std::vector<std::pair<std::string, CompareTotals>> named;
    for (const auto& [group, totals] : groups) named.emplace_back(names.names()[group], totals);
    SortByText(&named);
    return named;
  }

  const std::vector<InputFile>& inputs_;
  const CompareOptions& options_;
  const Tokenizer& a_;
  const Tokenizer& b_;
  DocumentGroups sources_, languages_;
  Groups by_source_, by_language_;
  Examples examples_;
  SymbolNames names_a_, names_b_;
  bool document_differs_ = false;
  CompareReport report_;
};

}  // namespace

void CompareTotals::Add(const CompareTotals& other) {
  documents += other.documents;
  text_bytes += other.text_bytes;
  characters += other.characters;
  tokens_a += other.tokens_a;
  tokens_b += other.tokens_b;
  different_documents += other.different_documents;
  lines += other.lines;
  different_lines += other.different_lines;
}

absl::StatusOr<CompareReport> Compare(const std::vector<InputFile>& inputs,
                                      const CompareOptions& options, const Tokenizer& a,
                                      const Tokenizer& b, Context& context) {
  Comparer comparer(inputs, options, a, b);
  DocumentRunOptions run = {
      .phase = "comparing",
      .documents = options.documents,
      .batches = {
          .cut_at_lines =
              a.CutsAtLines(options.match_symbols) && b.CutsAtLines(options.match_symbols),
          .memory_per_text_byte = kMemoryPerTextByte + (a.rules() == b.rules() ? 0 : kSpanMemory),
          .label = [&](const Document& document) { return comparer.Label(document); }}};
  run.documents.members = {options.source_member, options.language_member};
  CM_ASSIGN_OR_RETURN(DocumentReport read,
                      RunDocuments<BatchComparison>(
                          inputs, run, context,
                          [&](const DocumentBatch& batch, BatchComparison& result) {
                            return comparer.CompareBatch(batch, result);
                          },
                          [&](const DocumentBatch& batch, BatchComparison& result) {
                            return comparer.Add(batch, result);
                          },
                          [&] { return BatchComparison{.examples = Examples(options.examples)}; }));
  CompareReport report = comparer.Finish(context.reporter());
  report.documents = read.documents;
  report.inputs = std::move(read.inputs);
  return report;
}

}  // namespace corpusmill
