#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/table.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/io/file.h"
#include "corpus/records/inputs.h"
#include "nlohmann/json.hpp"
#include "pipelines/vocabulary/token_usage.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/inspect/audit.h"
#include "tokenizer/inspect/vocabulary_statistics.h"

namespace corpusmill {
namespace {

constexpr AuditReason kReasons[] = {AuditReason::kNewlineInside, AuditReason::kRunOfSpaces,
                                    AuditReason::kNotNormalized, AuditReason::kBetterSplit,
                                    AuditReason::kRounding,      AuditReason::kNotUtf8};

class AuditCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer audit",
        .group = "Tokenizer",
        .summary = "find the useless pieces of a model",
        .examples =
            "corpusmill tokenizer audit m.model --list useless.tsv\n"
            "corpusmill tokenizer audit m.model --on corpus/      # and their use in documents\n"
            "corpusmill tokenizer audit m.model --json | jq .findings",
        .details =
            "Lists the pieces that no text can produce, each with the first reason that\n"
            "applies:\n"
            "  newline-inside  the piece continues after a newline, but text is split there\n"
            "  run-of-spaces   the model collapses runs of spaces (SentencePiece)\n"
            "  not-normalized  normalization changes the bytes of the piece in every context\n"
            "  better-split    other pieces make up its bytes with a higher score, by more than\n"
            "                  rounding errors can add up to in lines of up to 4 GiB\n"
            "and the pieces that hardly any text can produce:\n"
            "  rounding        like better-split, but the scores are equal or within rounding\n"
            "                  error; the bytes of the piece alone are not encoded as the piece\n"
            "  not-utf8        only text that is not valid UTF-8 contains its bytes\n"
            "Every other piece is the single token of its own bytes.\n"
            "\n"
            "With --on it also reports how documents use the pieces: unused and rare pieces,\n"
            "single bytes by source, and the documents with the most tokens per byte.\n"
            "\n"
            "--list writes one line per listed piece, separated by tabs: id, base64 of the\n"
            "piece, reason, detail."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", path_, kAnyModelHelp)->type_name("")->required();
    documents_.DefineOn(app, "Documents to count the pieces on");
    DefineNormalize(app, &tokenizer_options_);
    DefineMatchSymbols(app, &options_.match_symbols);
    DefineSource(app, &options_.source_member, &options_.source_until);
    AddNumber(app, "--examples", &examples_, 0, "Number of pieces to show per reason");
    AddNumber(app, "--worst", &worst_, 0,
              "Number of documents with the most tokens per byte to show");
    AddNumber(app, "--worst-min-bytes", &options_.worst_min_bytes, 1,
              "Minimum length of a document for --worst, in bytes");
    AddNumber(app, "--top", &top_, 0, "Number of sources to print, largest first");
    app.add_option("--list", list_path_, "Write all listed pieces to a file")->type_name("FILE");
    app.add_flag("--json", json_, "Print a JSON object");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.OutputPaths();
    if (!list_path_.empty()) paths.push_back(list_path_);
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    const OutputOptions output{.overwrite = session.overwrite};
    if (!list_path_.empty()) CM_RETURN_IF_ERROR(CheckOutputPath(list_path_, output));
    std::vector<InputFile> inputs;
    const bool has_documents = !documents_.records.inputs.empty();
    if (has_documents) {
      CM_ASSIGN_OR_RETURN(inputs, documents_.records.Resolve(session.context));
    }
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory, ChargeModels({path_}, session.context));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Open(path_, tokenizer_options_));
    CM_ASSIGN_OR_RETURN(findings_, AuditPieces(tokenizer, session.context));
    if (has_documents) {
      options_.documents = documents_.Options(session.overwrite);
      options_.worst_documents = worst_;
      CM_ASSIGN_OR_RETURN(usage_, CountTokenUsage(inputs, options_, tokenizer, session.context));
      CM_RETURN_IF_ERROR(CheckNeverUsed(findings_, tokenizer.vocabulary(), usage_.counts));
      summary_ = SummarizeTokenUsage(tokenizer.vocabulary(), usage_.counts, examples_);
      AddDocumentCounts(usage_.documents, usage_.inputs, &session.summary);
      session.summary.Add("tokens", usage_.all.tokens);
    }
    if (!list_path_.empty()) {
      CM_RETURN_IF_ERROR(
          WriteStringToFile(list_path_, AuditTable(findings_, tokenizer.vocabulary()), output));
    }
    if (json_) {
      nlohmann::ordered_json json = AuditJson(tokenizer.vocabulary());
      if (has_documents) json["usage"] = UsageJson(tokenizer.vocabulary());
      session.out << json.dump(2) << "\n";
    } else {
      PrintAudit(tokenizer.vocabulary(), session.out);
      if (has_documents) PrintUsage(tokenizer.vocabulary(), session.out);
    }
    return absl::OkStatus();
  }

 private:
  /// The findings of a reason, in order of ids.
  std::vector<const AuditFinding*> Of(AuditReason reason) const {
    std::vector<const AuditFinding*> found;
    for (const AuditFinding& finding : findings_) {
      if (finding.reason == reason) found.push_back(&finding);
    }
    return found;
  }

  uint64_t Never() const {
    return static_cast<uint64_t>(
        std::count_if(findings_.begin(), findings_.end(),
                      [](const AuditFinding& finding) { return IsNever(finding.reason); }));
  }

  /// Between bars, which show spaces at its ends.
  static std::string Quoted(uint32_t id, const Vocabulary& vocabulary) {
    return "|" + PiecesWithBars({id}, vocabulary) + "|";
  }

  void PrintAudit(const Vocabulary& vocabulary, std::ostream& out) const {
    const VocabularyStatistics statistics = Describe(vocabulary);
    out << "model  " << path_ << "\n";
    Table table({"pieces", WithCommas(statistics.pieces), ""});
    const auto add = [&](const std::string& name, uint64_t count) {
      table.Add({name, WithCommas(count), Percent(count, statistics.pieces)});
    };
    add("never given by any text", Never());
    for (const AuditReason reason : kReasons) {
      if (IsNever(reason)) add("  " + std::string(AuditReasonName(reason)), Of(reason).size());
    }
    add("hardly ever: rounding", Of(AuditReason::kRounding).size());
    add("hardly ever: not-utf8", Of(AuditReason::kNotUtf8).size());
    add("longer pieces that are not UTF-8", statistics.long_not_utf8);
    table.Print(out);
    for (const AuditReason reason : kReasons) {
      const std::vector<const AuditFinding*> found = Of(reason);
      if (found.empty() || examples_ == 0) continue;
      out << "\n" << AuditReasonName(reason) << ", for example:\n";
      for (size_t i = 0; i < std::min<size_t>(found.size(), examples_); ++i) {
        const std::string detail = AuditDetail(*found[i], vocabulary);
        out << absl::StrFormat("  %d  %s%s%s\n", found[i]->id, Quoted(found[i]->id, vocabulary),
                               detail.empty() ? "" : "  ", detail);
      }
    }
  }

  void PrintUsage(const Vocabulary& vocabulary, std::ostream& out) const {
    const TokenUsageTotals& all = usage_.all;
    out << "\n";
    Table table({"on the documents", WithCommas(all.documents), ""});
    table.Add({"text bytes", WithCommas(all.text_bytes), ""});
    table.Add({"tokens", WithCommas(all.tokens), ""});
    table.Add({"bytes/token", Decimal(Ratio(all.text_bytes, all.tokens)), ""});
    const auto add = [&](const std::string& name, uint64_t count) {
      table.Add({name, WithCommas(count), Percent(count, summary_.pieces)});
    };
    table.Add({"single bytes", WithCommas(all.single_byte_tokens),
               Percent(all.single_byte_tokens, all.tokens)});
    table.Add({"parts of characters", WithCommas(all.partial_tokens),
               Percent(all.partial_tokens, all.tokens)});
    add("unused pieces", summary_.unused);
    add("  that some text could give", summary_.unused - Never());
    add("used once", summary_.used_once);
    add("used 1 to 9 times", summary_.used_below_10);
    add("used 1 to 99 times", summary_.used_below_100);
    for (const auto& [percent, pieces] : summary_.pieces_for_percent) {
      add(absl::StrFormat("pieces that make up %d %%", percent), pieces);
    }
    table.Print(out);
    PrintPieces("most frequent", summary_.most_frequent, vocabulary, out);
    PrintPieces("rarest of the used", summary_.rarest, vocabulary, out);
    PrintUnused(vocabulary, out);
    PrintSources(out);
    PrintWorst(out);
  }

  void PrintPieces(std::string_view title, const std::vector<uint32_t>& ids,
                   const Vocabulary& vocabulary, std::ostream& out) const {
    if (ids.empty()) return;
    Table table({std::string(title), "count", ""}, /*last_is_text=*/true);
    for (const uint32_t id : ids) {
      table.Add({absl::StrFormat("%d", id), WithCommas(usage_.counts[id]), Quoted(id, vocabulary)});
    }
    out << "\n";
    table.Print(out);
  }

  void PrintUnused(const Vocabulary& vocabulary, std::ostream& out) const {
    if (summary_.unused == 0) return;
    Table table({"bytes", "pieces", "unused", "", "for example"}, /*last_is_text=*/true);
    for (const auto& [bytes, length] : summary_.by_bytes) {
      if (length.unused == 0) continue;
      std::string examples;
      for (const uint32_t id : length.examples) {
        examples += (examples.empty() ? "" : " ") + Quoted(id, vocabulary);
      }
      table.Add({std::to_string(bytes), WithCommas(length.pieces), WithCommas(length.unused),
                 Percent(length.unused, length.pieces), std::move(examples)});
    }
    out << "\n";
    table.Print(out);
  }

  void PrintSources(std::ostream& out) const {
    if (usage_.sources.size() < 2 || top_ == 0) return;
    Table table({Escaped(options_.source_member), "documents", "text bytes", "tokens",
                 "bytes/token", "single bytes", "parts of characters"});
    const std::vector<std::pair<std::string, TokenUsageTotals>>& sources = usage_.sources;
    for (size_t i = 0; i < std::min<size_t>(sources.size(), top_); ++i) {
      const auto& [name, totals] = sources[i];
      table.Add({Escaped(name), WithCommas(totals.documents), WithCommas(totals.text_bytes),
                 WithCommas(totals.tokens), Decimal(Ratio(totals.text_bytes, totals.tokens)),
                 Percent(totals.single_byte_tokens, totals.tokens),
                 Percent(totals.partial_tokens, totals.tokens)});
    }
    out << "\n";
    table.Print(out);
    if (sources.size() > top_) {
      out << absl::StrFormat("… and %s more; --top prints them\n",
                             WithCommas(sources.size() - top_));
    }
  }

  void PrintWorst(std::ostream& out) const {
    if (usage_.worst.empty()) return;
    out << absl::StrFormat("\nmost tokens per byte, of documents of %s bytes or more:\n",
                           WithCommas(options_.worst_min_bytes));
    for (const TokenUsageDocument& document : usage_.worst) {
      out << absl::StrFormat("  %s  %s tokens of %s bytes, %s  %s\n", document.where,
                             WithCommas(document.tokens), WithCommas(document.text_bytes),
                             Decimal(Ratio(document.tokens, document.text_bytes)),
                             document.beginning);
    }
  }

  nlohmann::ordered_json AuditJson(const Vocabulary& vocabulary) const {
    const VocabularyStatistics statistics = Describe(vocabulary);
    nlohmann::ordered_json json = {{"model", path_},
                                   {"pieces", statistics.pieces},
                                   {"never", Never()},
                                   {"pieces_not_utf8", statistics.long_not_utf8},
                                   {"findings", nlohmann::ordered_json::object()}};
    for (const AuditReason reason : kReasons) {
      const std::vector<const AuditFinding*> found = Of(reason);
      nlohmann::ordered_json examples = nlohmann::ordered_json::array();
      for (size_t i = 0; i < std::min<size_t>(found.size(), examples_); ++i) {
        examples.push_back({{"id", found[i]->id},
                            {"piece", Escaped(vocabulary[found[i]->id].bytes)},
                            {"detail", AuditDetail(*found[i], vocabulary)}});
      }
      json["findings"][std::string(AuditReasonName(reason))] = {
          {"pieces", found.size()}, {"never", IsNever(reason)}, {"examples", std::move(examples)}};
    }
    return json;
  }

  nlohmann::ordered_json PiecesJson(const std::vector<uint32_t>& ids,
                                    const Vocabulary& vocabulary) const {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const uint32_t id : ids) {
      json.push_back(
          {{"id", id}, {"piece", Escaped(vocabulary[id].bytes)}, {"count", usage_.counts[id]}});
    }
    return json;
  }

  static nlohmann::ordered_json TotalsJson(const TokenUsageTotals& totals) {
    return {{"documents", totals.documents},
            {"text_bytes", totals.text_bytes},
            {"tokens", totals.tokens},
            {"bytes_per_token", Ratio(totals.text_bytes, totals.tokens)},
            {"single_byte_tokens", totals.single_byte_tokens},
            {"partial_tokens", totals.partial_tokens}};
  }

  nlohmann::ordered_json UsageJson(const Vocabulary& vocabulary) const {
    nlohmann::ordered_json json = TotalsJson(usage_.all);
    json["unused"] = summary_.unused;
    json["unused_though_possible"] = summary_.unused - Never();
    json["used_once"] = summary_.used_once;
    json["used_1_to_9_times"] = summary_.used_below_10;
    json["used_1_to_99_times"] = summary_.used_below_100;
    for (const auto& [percent, pieces] : summary_.pieces_for_percent) {
      json["pieces_for_percent"][std::to_string(percent)] = pieces;
    }
    json["most_frequent"] = PiecesJson(summary_.most_frequent, vocabulary);
    json["rarest"] = PiecesJson(summary_.rarest, vocabulary);
    json["by_bytes"] = nlohmann::ordered_json::array();
    for (const auto& [bytes, length] : summary_.by_bytes) {
      json["by_bytes"].push_back({{"bytes", bytes},
                                  {"pieces", length.pieces},
                                  {"unused", length.unused},
                                  {"examples", PiecesJson(length.examples, vocabulary)}});
    }
    json["sources"] = nlohmann::ordered_json::array();
    for (const auto& [name, totals] : usage_.sources) {
      nlohmann::ordered_json source = {{"name", Escaped(name)}};
      source.update(TotalsJson(totals));
      json["sources"].push_back(std::move(source));
    }
    json["worst_documents"] = nlohmann::ordered_json::array();
    for (const TokenUsageDocument& document : usage_.worst) {
      json["worst_documents"].push_back({{"where", document.where},
                                         {"text_bytes", document.text_bytes},
                                         {"tokens", document.tokens},
                                         {"beginning", document.beginning}});
    }
    return json;
  }

  std::string path_;
  DocumentFlags documents_;
  TokenizerOptions tokenizer_options_;
  TokenUsageOptions options_;
  std::string list_path_;
  uint64_t examples_ = 5;
  uint64_t worst_ = 10;
  uint64_t top_ = 20;
  bool json_ = false;

  std::vector<AuditFinding> findings_;
  TokenUsageReport usage_;
  TokenUsageSummary summary_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerAuditCommand() { return std::make_unique<AuditCommand>(); }

}  // namespace corpusmill
