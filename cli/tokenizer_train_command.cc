#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "cli/command.h"
#include "cli/flags.h"
#include "cli/table.h"
#include "cli/tokenizer_flags.h"
#include "corpus/inputs.h"
#include "pipelines/usage.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/trainer.h"

namespace corpusmill {
namespace {

/// More than these, the largest, are taken together in the table of --eval.
constexpr size_t kShownSources = 40;

class TrainCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer train",
        .group = "Tokenizer",
        .summary = "train a byte-level Unigram vocabulary",
        .examples =
            "corpusmill tokenizer train --vocab-size 32000 -o zh.model docs.jsonl.zst\n"
            "corpusmill tokenizer train --vocab-size 4000,2000 --order 6 --min-count 4 \\\n"
            "    --bytepiece-compat -o m.model docs.jsonl   # m.model.4000 and m.model.2000\n"
            "corpusmill tokenizer train --vocab-size 64000 -o m.model --memory 8G --temp-dir /fast "
            "\\\n"
            "    --eval held-out.jsonl web/ books.jsonl.zst@2.5   # books count 2.5 times",
        .details =
            "The model is a BytePiece file. It depends on the documents and the flags only,\n"
            "not on their order, the threads or the memory. The inputs are read twice, with\n"
            "--refine some 20 times. What does not fit in memory is counted in temporary files:\n"
            "in --temp-dir, else TMPDIR, else beside the model.\n"
            "\n"
            "PATH@W counts what is in PATH W times; W has at most 6 digits behind the point. With\n"
            "fractions all counts of the model are multiples: with 2.5 and 1, of 5 and 2."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    documents_.Define(app);
    models_
        .Define(app,
                "Largest size of the vocabulary, its 3 control symbols included; several with "
                "commas; at least 259")
        ->required();
    app.add_option("--order", options_.order, "Longest n-gram counted, in bytes; 1 to 9")
        ->type_name("N")
        ->capture_default_str();
    AddNumber(app, "--min-count", &options_.min_count, 1,
              "Drop n-grams and pieces rarer than this");
    AddNumber(app, "--max-piece-length", &options_.max_piece_length_bytes, 1,
              "Longest piece, in bytes");
    app.add_flag("--isolate-digits", options_.isolate_digits,
                 "Make every digit a piece of its own");
    app.add_flag("--ensure-unicode,!--no-ensure-unicode", options_.ensure_unicode,
                 "Start no piece inside a character [on]");
    app.add_flag("--bytepiece-compat", options_.bytepiece_compat,
                 "Repeat BytePiece 0.6.3 bit for bit, its treatment of rare characters included");
    app.add_flag("--refine", options_.refine,
                 "Find pieces that make fewer tokens, by encoding the inputs again and again");
    app.add_option("--eval", evaluation_,
                   "Documents that the models are tried on at the end, bytes per token by source; "
                   "a file, folder or pattern, may be repeated")
        ->type_name("PATH")
        ->allow_extra_args(false);
    app.add_option("--source-field", source_member_,
                   "Member of JSONL records that names the source of --eval; a document without it "
                   "counts for its file")
        ->type_name("NAME")
        ->default_str(source_member_);
    app.add_option("--source-until", source_until_,
                   "Only what stands before this text in it counts, such as : or /")
        ->type_name("TEXT");
    AddParsed<Normalization>(app, "--normalize", &options_.normalization, ParseNormalization,
                             "Normalization of the text before counting: none, nfc or nfkc")
        ->type_name("FORM")
        ->default_str("nfc");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.OutputPaths();
    for (std::string& path : models_.Paths()) paths.push_back(std::move(path));
    return paths;
  }
  std::vector<std::string> InputArguments() const override { return documents_.records.inputs; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(models_.Check(session.overwrite));
    options_.vocab_sizes = models_.sizes();
    CM_RETURN_IF_ERROR(ValidateTrainOptions(options_));
    if (models_.to_standard_output() && !evaluation_.empty()) {
      return UsageError("standard output is for the table of --eval; name a file with -o");
    }
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        ResolveInputs(documents_.records.inputs, {.allow_weights = true}));
    CM_RETURN_IF_ERROR(CheckReadableAgain(inputs));
    std::vector<InputFile> evaluation;
    if (!evaluation_.empty()) {
      CM_ASSIGN_OR_RETURN(evaluation, ResolveInputs(evaluation_));
      CM_RETURN_IF_ERROR(CheckReadableAgain(evaluation));
    }
    std::vector<Weight> weights;
    for (const InputFile& input : inputs) weights.push_back(input.weight);
    CM_ASSIGN_OR_RETURN(const WholeWeights whole, ToWholeWeights(weights));
    options_.unit = whole.unit;
    options_.temp_dir = session.context.TempDirFor(models_.Paths().front());
    std::shared_ptr<DocumentReader> reader;  // Of the pass under way.
    const DocumentOptions document_options = documents_.Options(session.overwrite);
    bool first_pass = true;
    const OpenCorpus open = [&]() -> absl::StatusOr<NextText> {
      DocumentOptions pass_options = document_options;
      if (!std::exchange(first_pass, false) &&
          pass_options.on_bad_record.action == BadRecordAction::kQuarantine) {
        pass_options.on_bad_record.action = BadRecordAction::kSkip;
      }
      if (reader != nullptr) CM_RETURN_IF_ERROR(reader->Close());
      reader = std::make_shared<DocumentReader>(inputs, pass_options, session.context);
      return NextText([&](TrainText* text) -> absl::StatusOr<bool> {
        Document document;
        CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&document));
        if (more) *text = {document.text, whole.weights[document.input]};
        return more;
      });
    };
    CM_ASSIGN_OR_RETURN(const TrainResult result, Train(open, options_, session.context));
    if (reader != nullptr) CM_RETURN_IF_ERROR(reader->Close());
    std::vector<Model> models;
    for (const TrainedModel& trained : result.models) models.push_back(trained.model);
    CM_RETURN_IF_ERROR(models_.Write(models, session.overwrite));
    AddDocumentCounts(reader->counts(), reader->inputs(), &session.summary);
    const auto sum = [](const std::vector<uint64_t>& counts) {
      return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    };
    session.summary.Add("ngrams", sum(result.statistics.ngrams_found));
    session.summary.Add("kept_ngrams", sum(result.statistics.ngrams_kept));
    session.summary.Add("ngram_model_bytes", result.statistics.model_bytes);
    session.summary.Add("candidate_pieces", result.statistics.pieces_found);
    if (result.statistics.run_bytes > 0) {
      session.summary.Add("spills", result.statistics.ngram_runs + result.statistics.piece_runs);
      session.summary.Add("spilled_bytes", result.statistics.run_bytes);
    }
    session.summary.Add("count_seconds", result.statistics.count_seconds);
    session.summary.Add("model_seconds", result.statistics.model_seconds);
    session.summary.Add("segment_seconds", result.statistics.segment_seconds);
    session.summary.Add("prune_seconds", result.statistics.prune_seconds);
    if (options_.refine) {
      session.summary.Add("refining_passes", result.statistics.refining_passes);
      session.summary.Add("refine_seconds", result.statistics.refine_seconds);
    }
    session.summary.Add("vocab_size", uint64_t{result.models.front().model.vocab_size()});
    if (!evaluation.empty()) return Evaluate(result.models, evaluation, session);
    return absl::OkStatus();
  }

 private:
  /// Prints the bytes per token of each model, by source.
  absl::Status Evaluate(const std::vector<TrainedModel>& models,
                        const std::vector<InputFile>& inputs, Session& session) const {
    std::vector<std::string> heading = {"source", "text bytes"};
    std::vector<UsageReport> reports;
    for (const TrainedModel& trained : models) {
      CM_ASSIGN_OR_RETURN(
          const Tokenizer tokenizer,
          Tokenizer::Create(trained.model, {.normalization = options_.normalization}));
      UsageOptions options{.documents = documents_.Options(session.overwrite),
                           .source_member = source_member_,
                           .source_until = source_until_,
                           .worst_documents = 0};
      // Bad records of the corpus are kept apart, these are not.
      if (options.documents.on_bad_record.action == BadRecordAction::kQuarantine) {
        options.documents.on_bad_record.action = BadRecordAction::kSkip;
      }
      CM_ASSIGN_OR_RETURN(UsageReport report,
                          CountUsage(inputs, options, tokenizer, session.context));
      heading.push_back(absl::StrFormat("size %d", trained.vocab_size));
      reports.push_back(std::move(report));
    }
    Table table(heading);
    const auto add = [&](const std::string& name, const auto& of) {
      std::vector<std::string> row = {name, WithCommas(of(reports[0]).text_bytes)};
      for (const UsageReport& report : reports) {
        row.push_back(Decimal(Ratio(of(report).text_bytes, of(report).tokens)));
      }
      table.Add(std::move(row));
    };
    // The sources are the same, in the same order, for all models: largest first.
    const size_t sources = reports[0].sources.size(), shown = std::min(sources, kShownSources);
    for (size_t i = 0; i < shown; ++i) {
      add(reports[0].sources[i].first,
          [i](const UsageReport& report) { return report.sources[i].second; });
    }
    if (shown < sources) {
      add(absl::StrFormat("(%d others)", sources - shown), [shown](const UsageReport& report) {
        UsageTotals rest;
        for (size_t i = shown; i < report.sources.size(); ++i) rest.Add(report.sources[i].second);
        return rest;
      });
    }
    add("all", [](const UsageReport& report) { return report.all; });
    session.out << "bytes per token\n";
    table.Print(session.out);
    session.summary.Add("eval_bytes_per_token",
                        Ratio(reports[0].all.text_bytes, reports[0].all.tokens));
    return absl::OkStatus();
  }

  DocumentFlags documents_;
  ModelFlags models_;
  std::vector<std::string> evaluation_;
  std::string source_member_ = "source";
  std::string source_until_;
  TrainOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerTrainCommand() { return std::make_unique<TrainCommand>(); }

}  // namespace corpusmill
