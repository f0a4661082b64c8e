#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/summary.h"
#include "cli/base/table.h"
#include "cli/commands/counts_info.h"
#include "cli/commands/model_memory.h"
#include "nlohmann/json.hpp"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/inspect/vocabulary_statistics.h"

namespace corpusmill {
namespace {

class InfoCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer info",
        .group = "Tokenizer",
        .summary = "describe a model or a counts file",
        .examples =
            "corpusmill tokenizer info m.model\n"
            "corpusmill tokenizer info --json m.model | jq .pieces_by_script\n"
            "corpusmill tokenizer info all.ngrams      # a counts file",
        .details =
            "The script of a piece is that of its letters; digits, punctuation, spaces and\n"
            "combining marks that several scripts share are ignored. A piece crosses a space\n"
            "if it has other characters on both sides of one."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("FILE", path_, "Model file or counts file")->type_name("")->required();
    app.add_flag("--json", json_, "Print a JSON object");
  }

  absl::Status Run(Session& session) override {
    if (CountsFile::IsOne(path_)) {
      CM_ASSIGN_OR_RETURN(const auto counts, CountsFile::Open(path_, session.context));
      PrintCountsInfo(*counts, json_, session.out);
      return absl::OkStatus();
    }
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory, ChargeModels({path_}, session.context));
    CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Open(path_));
    const VocabularyStatistics statistics = Describe(tokenizer.vocabulary());
    if (json_) {
      session.out << Json(tokenizer, statistics).dump(2) << "\n";
    } else {
      Print(tokenizer, statistics, session.out);
    }
    return absl::OkStatus();
  }

 private:
  static std::string Rules(const TextRules& rules) {
    std::string text(NormalizationName(rules.normalization));
    if (!rules.charsmap.empty()) text += ", a map of characters";
    if (rules.replace_invalid_utf8) text += ", bytes that are not UTF-8 become U+FFFD";
    if (rules.collapse_spaces) text += ", runs of spaces become one";
    if (rules.add_dummy_prefix) text += ", a space is put before the text";
    text += rules.cut_at_newlines ? "; cut after newlines" : "; not cut";
    return text;
  }

  /// "<pad> 0, <bos> 1": names and ids of a type, the first few.
  static std::string Symbols(const Vocabulary& vocabulary, Vocabulary::Type type) {
    constexpr size_t kMost = 10;
    std::string names;
    size_t count = 0;
    for (uint32_t id = 0; id < vocabulary.size(); ++id) {
      if (vocabulary[id].type != type) continue;
      if (++count > kMost) continue;
      names +=
          absl::StrFormat("%s%s %d", count == 1 ? "" : ", ", Escaped(vocabulary[id].bytes), id);
    }
    if (count > kMost) names += absl::StrFormat(" and %d more", count - kMost);
    return names;
  }

  static uint32_t FirstPiece(const Vocabulary& vocabulary) {
    uint32_t id = 0;
    while (id < vocabulary.size() && vocabulary[id].type != Vocabulary::Type::kPiece) ++id;
    return id;
  }

  void Print(const Tokenizer& tokenizer, const VocabularyStatistics& statistics,
             std::ostream& out) const {
    const Vocabulary& vocabulary = tokenizer.vocabulary();
    const auto line = [&out](std::string_view name, const std::string& value) {
      out << absl::StrFormat("%-18s %s\n", name, value);
    };
    const auto number = [&line](std::string_view name, uint64_t value) {
      line(name, WithCommas(value));
    };
    line("model", path_);
    line("vocabulary",
         absl::StrFormat("%s ids: %s, pieces from %d", WithCommas(vocabulary.size()),
                         Symbols(vocabulary, Vocabulary::Type::kControl), FirstPiece(vocabulary)));
    number("pieces", statistics.pieces);
    if (statistics.user_symbols > 0) {
      line("user symbols", Symbols(vocabulary, Vocabulary::Type::kUserDefined));
    }
    if (statistics.unknown_symbols > 0) {
      line("unknown", Symbols(vocabulary, Vocabulary::Type::kUnknown));
    }
    if (statistics.byte_symbols > 0) number("byte symbols", statistics.byte_symbols);
    if (statistics.unused > 0) number("unused ids", statistics.unused);
    if (vocabulary.has_counts()) {
      number("counts in all", statistics.total_count);
      line("counts",
           WithCommas(statistics.least_count) + " to " + WithCommas(statistics.largest_count));
    }
    line("scores",
         absl::StrFormat("%.3f to %.3f", statistics.least_score, statistics.largest_score));
    line("longest piece",
         WithCommas(statistics.by_bytes.empty() ? 0 : statistics.by_bytes.rbegin()->first) +
             " bytes");
    line("text", Rules(tokenizer.rules()));
    line("ensure unicode", statistics.long_not_utf8 == 0
                               ? "yes: every longer piece is valid UTF-8"
                               : absl::StrFormat("no: %s longer pieces are not UTF-8",
                                                 WithCommas(statistics.long_not_utf8)));
    line("isolated digits", statistics.digit_and_more == 0
                                ? "yes"
                                : absl::StrFormat("no: %s pieces hold a digit and more",
                                                  WithCommas(statistics.digit_and_more)));
    line("spaces",
         absl::StrFormat(
             "%s pieces begin with one, %s end with one, %s cross one, %s are only spaces",
             WithCommas(statistics.begin_with_space), WithCommas(statistics.end_with_space),
             WithCommas(statistics.cross_space), WithCommas(statistics.only_spaces)));
    line("newlines", absl::StrFormat("%s pieces hold one, %s go on after it",
                                     WithCommas(statistics.with_newline),
                                     WithCommas(statistics.newline_inside)));
    Histogram("script", ByCount(statistics.by_script), out);
    Histogram("bytes", ByLength(statistics.by_bytes), out);
    Histogram("characters", ByLength(statistics.by_characters), out);
  }

  static void Histogram(const std::string& by,
                        const std::vector<std::pair<std::string, uint64_t>>& counts,
                        std::ostream& out) {
    uint64_t all = 0;
    for (const auto& [key, count] : counts) all += count;
    Table table({by, "pieces", ""});
    for (const auto& [key, count] : counts) {
      table.Add({key, WithCommas(count), Percent(count, all)});
    }
    out << "\n";
    table.Print(out);
  }

  static std::vector<std::pair<std::string, uint64_t>> ByLength(
      const std::map<uint64_t, uint64_t>& counts) {
    std::vector<std::pair<std::string, uint64_t>> rows;
    for (const auto& [length, count] : counts) rows.emplace_back(std::to_string(length), count);
    return rows;
  }

  /// Most pieces first.
  static std::vector<std::pair<std::string, uint64_t>> ByCount(
      const std::map<std::string, uint64_t>& counts) {
    std::vector<std::pair<std::string, uint64_t>> rows(counts.begin(), counts.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return rows;
  }

  nlohmann::ordered_json Json(const Tokenizer& tokenizer,
                              const VocabularyStatistics& statistics) const {
    const Vocabulary& vocabulary = tokenizer.vocabulary();
    const auto histogram = [](const std::map<uint64_t, uint64_t>& counts) {
      nlohmann::ordered_json json = nlohmann::ordered_json::object();
      for (const auto& [key, count] : counts) json[std::to_string(key)] = count;
      return json;
    };
    nlohmann::ordered_json json = {
        {"model", path_},
        {"vocab_size", vocabulary.size()},
        {"pieces", statistics.pieces},
        {"control_symbols", statistics.control_symbols},
        {"user_symbols", statistics.user_symbols},
        {"unknown_symbols", statistics.unknown_symbols},
        {"byte_symbols", statistics.byte_symbols},
        {"unused_ids", statistics.unused},
    };
    if (vocabulary.has_counts()) {
      json["total_count"] = statistics.total_count;
      json["least_count"] = statistics.least_count;
      json["largest_count"] = statistics.largest_count;
    }
    json["least_score"] = statistics.least_score;
    json["largest_score"] = statistics.largest_score;
    json["normalization"] = NormalizationName(tokenizer.rules().normalization);
    json["cut_at_newlines"] = tokenizer.rules().cut_at_newlines;
    json["ensure_unicode"] = statistics.long_not_utf8 == 0;
    json["isolated_digits"] = statistics.digit_and_more == 0;
    json["pieces_not_utf8"] = statistics.long_not_utf8;
    json["pieces_with_digit_and_more"] = statistics.digit_and_more;
    json["pieces_begin_with_space"] = statistics.begin_with_space;
    json["pieces_end_with_space"] = statistics.end_with_space;
    json["pieces_cross_space"] = statistics.cross_space;
    json["pieces_only_spaces"] = statistics.only_spaces;
    json["pieces_with_newline"] = statistics.with_newline;
    json["pieces_newline_inside"] = statistics.newline_inside;
    json["pieces_by_script"] = statistics.by_script;
    json["pieces_by_bytes"] = histogram(statistics.by_bytes);
    json["pieces_by_characters"] = histogram(statistics.by_characters);
    return json;
  }

  std::string path_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace corpusmill
