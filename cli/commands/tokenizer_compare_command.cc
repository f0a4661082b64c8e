#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/table.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/records/inputs.h"
#include "nlohmann/json.hpp"
#include "pipelines/vocabulary/compare.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/inspect/vocabulary_statistics.h"

namespace corpusmill {
namespace {

double MegabytesPerSecond(uint64_t bytes, double seconds) {
  return seconds > 0 ? static_cast<double>(bytes) / 1e6 / seconds : 0;
}

class CompareCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer compare",
        .group = "Tokenizer",
        .summary = "compare two tokenizers on documents",
        .examples =
            "corpusmill tokenizer compare a.model b.model --on corpus/\n"
            "corpusmill tokenizer compare a.model b.model --on docs.jsonl --json | jq .sources",
        .details =
            "Encodes every document with both tokenizers and prints, for each: tokens, bytes\n"
            "per token and characters per token, in total, by source and by language; the\n"
            "encoding speed on one thread; the number of pieces that both have. Then it\n"
            "prints the share of lines and documents that they segment differently, with\n"
            "examples.\n"
            "\n"
            "A line includes the newlines at its end. The examples are the differing lines\n"
            "with the smallest hashes, so they depend on the texts only. Tokens are separated\n"
            "by bars; \\n is a line break, \\xE4 a byte that is not part of a character, \\| a\n"
            "bar. All figures but the speed are the same for any number of threads."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("A", path_a_, kAnyModelHelp)->type_name("")->required();
    app.add_option("B", path_b_, "Model file of the second tokenizer, also of any format")
        ->type_name("")
        ->required();
    documents_.DefineOn(app, "Documents to compare on")->required();
    DefineNormalize(app, &tokenizer_options_);
    DefineMatchSymbols(app, &options_.match_symbols);
    DefineSource(app, &options_.source_member, &options_.source_until);
    app.add_option("--lang-field", options_.language_member,
                   "JSONL member that holds the language of a document")
        ->type_name("NAME")
        ->default_str(options_.language_member);
    AddNumber(app, "--examples", &examples_, 0, "Number of differing lines to show");
    AddNumber(app, "--top", &top_, 0, "Number of sources and languages to print, largest first");
    app.add_flag("--json", json_, "Print a JSON object, with all sources and languages");
  }

  std::vector<std::string> OutputPaths() const override { return documents_.OutputPaths(); }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        documents_.records.Resolve(session.context));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory,
                        ChargeModels({path_a_, path_b_}, session.context));
    CM_ASSIGN_OR_RETURN(const Tokenizer a, Tokenizer::Open(path_a_, tokenizer_options_));
    CM_ASSIGN_OR_RETURN(const Tokenizer b, Tokenizer::Open(path_b_, tokenizer_options_));
    options_.documents = documents_.Options(session.overwrite);
    options_.examples = examples_;
    CM_ASSIGN_OR_RETURN(const CompareReport report,
                        Compare(inputs, options_, a, b, session.context));
    const VocabularyOverlap overlap = Overlap(a.vocabulary(), b.vocabulary());
    if (json_) {
      session.out << Json(a, b, overlap, report).dump(2) << "\n";
    } else {
      Print(a, b, overlap, report, session.out);
    }
    AddDocumentCounts(report.documents, report.inputs, &session.summary);
    session.summary.Add("tokens_a", report.all.tokens_a);
    session.summary.Add("tokens_b", report.all.tokens_b);
    return absl::OkStatus();
  }

 private:
  using Groups = std::vector<std::pair<std::string, CompareTotals>>;

  void Print(const Tokenizer& a, const Tokenizer& b, const VocabularyOverlap& overlap,
             const CompareReport& report, std::ostream& out) const {
    const CompareTotals& all = report.all;
    Table sides({"", "A", "B"});
    sides.Add({"model", path_a_, path_b_});
    sides.Add({"vocabulary", WithCommas(a.vocab_size()), WithCommas(b.vocab_size())});
    sides.Add({"pieces in both", WithCommas(overlap.both), WithCommas(overlap.both)});
    sides.Add({"pieces in one", WithCommas(overlap.only_a), WithCommas(overlap.only_b)});
    sides.Add({"tokens", WithCommas(all.tokens_a), WithCommas(all.tokens_b)});
    sides.Add({"bytes/token", Decimal(Ratio(all.text_bytes, all.tokens_a)),
               Decimal(Ratio(all.text_bytes, all.tokens_b))});
    sides.Add({"characters/token", Decimal(Ratio(all.characters, all.tokens_a)),
               Decimal(Ratio(all.characters, all.tokens_b))});
    sides.Add({"MB/s of a thread",
               Decimal(MegabytesPerSecond(all.text_bytes, report.encode_seconds_a), 1),
               Decimal(MegabytesPerSecond(all.text_bytes, report.encode_seconds_b), 1)});
    sides.Print(out);
    out << absl::StrFormat(
        "\nB has %s of A's tokens; %s of %s documents and %s of %s lines differ\n",
        Percent(all.tokens_b, all.tokens_a), Percent(all.different_documents, all.documents),
        WithCommas(all.documents), Percent(all.different_lines, all.lines), WithCommas(all.lines));
    PrintGroups(options_.source_member, report.sources, out);
    if (options_.language_member != options_.source_member) {
      PrintGroups(options_.language_member, report.languages, out);
    }
    if (report.examples.empty()) return;
    out << absl::StrFormat("\n%d of %s lines that differ, tokens between bars:\n",
                           report.examples.size(), WithCommas(all.different_lines));
    for (const CompareExample& example : report.examples) {
      out << example.where << "\n  A  " << example.a << "\n  B  " << example.b << "\n";
    }
  }

  void PrintGroups(const std::string& member, const Groups& groups, std::ostream& out) const {
    if (groups.size() < 2 || top_ == 0) return;
    Table table({Escaped(member), "documents", "text bytes", "tokens A", "tokens B",
                 "bytes/token A", "bytes/token B", "chars/token A", "chars/token B", "B/A",
                 "lines differ"});
    for (size_t i = 0; i < std::min<size_t>(groups.size(), top_); ++i) {
      const auto& [name, totals] = groups[i];
      table.Add({Escaped(name), WithCommas(totals.documents), WithCommas(totals.text_bytes),
                 WithCommas(totals.tokens_a), WithCommas(totals.tokens_b),
                 Decimal(Ratio(totals.text_bytes, totals.tokens_a)),
                 Decimal(Ratio(totals.text_bytes, totals.tokens_b)),
                 Decimal(Ratio(totals.characters, totals.tokens_a)),
                 Decimal(Ratio(totals.characters, totals.tokens_b)),
                 Percent(totals.tokens_b, totals.tokens_a),
                 Percent(totals.different_lines, totals.lines)});
    }
    out << "\n";
    table.Print(out);
    if (groups.size() > top_) {
      out << absl::StrFormat("… and %s more; --top prints them\n",
                             WithCommas(groups.size() - top_));
    }
  }

  nlohmann::ordered_json Json(const Tokenizer& a, const Tokenizer& b,
                              const VocabularyOverlap& overlap, const CompareReport& report) const {
    const auto side = [&](const std::string& path, const Tokenizer& tokenizer, uint64_t only,
                          double seconds) {
      return nlohmann::ordered_json{
          {"model", path},
          {"vocab_size", tokenizer.vocab_size()},
          {"pieces_only_here", only},
          {"encode_mb_per_second", MegabytesPerSecond(report.all.text_bytes, seconds)}};
    };
    nlohmann::ordered_json json = {{"a", side(path_a_, a, overlap.only_a, report.encode_seconds_a)},
                                   {"b", side(path_b_, b, overlap.only_b, report.encode_seconds_b)},
                                   {"pieces_in_both", overlap.both},
                                   {"all", TotalsJson(report.all)},
                                   {"sources", GroupsJson(report.sources)},
                                   {"languages", GroupsJson(report.languages)},
                                   {"examples", nlohmann::ordered_json::array()}};
    for (const CompareExample& example : report.examples) {
      json["examples"].push_back({{"where", example.where}, {"a", example.a}, {"b", example.b}});
    }
    return json;
  }

  static nlohmann::ordered_json TotalsJson(const CompareTotals& totals) {
    return {{"documents", totals.documents},
            {"text_bytes", totals.text_bytes},
            {"characters", totals.characters},
            {"tokens_a", totals.tokens_a},
            {"tokens_b", totals.tokens_b},
            {"bytes_per_token_a", Ratio(totals.text_bytes, totals.tokens_a)},
            {"bytes_per_token_b", Ratio(totals.text_bytes, totals.tokens_b)},
            {"characters_per_token_a", Ratio(totals.characters, totals.tokens_a)},
            {"characters_per_token_b", Ratio(totals.characters, totals.tokens_b)},
            {"different_documents", totals.different_documents},
            {"lines", totals.lines},
            {"different_lines", totals.different_lines}};
  }

  static nlohmann::ordered_json GroupsJson(const Groups& groups) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const auto& [name, totals] : groups) {
      nlohmann::ordered_json group = {{"name", Escaped(name)}};
      group.update(TotalsJson(totals));
      json.push_back(std::move(group));
    }
    return json;
  }

  std::string path_a_, path_b_;
  DocumentFlags documents_;
  TokenizerOptions tokenizer_options_;
  CompareOptions options_;
  uint64_t examples_ = 5;
  uint64_t top_ = 20;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerCompareCommand() {
  return std::make_unique<CompareCommand>();
}

}  // namespace corpusmill
