#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/table.h"
#include "cli/commands/tokenizer_flags.h"
#include "cli/commands/training_flags.h"
#include "corpus/base/reporter.h"
#include "corpus/codecs/read_file.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/token_usage.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/train/corpus_sample.h"
#include "tokenizer/train/trainer.h"

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
            "corpusmill tokenizer train --vocab-size 4000,2000 --bytepiece-compat \\\n"
            "    -o m.model docs.jsonl                      # m.model.4000 and m.model.2000\n"
            "corpusmill tokenizer train --vocab-size 64000 -o m.model --memory 8G --temp-dir /fast "
            "\\\n"
            "    --eval held-out.jsonl web/ books.jsonl.zst@2.5   # books count 2.5 times",
        .details =
            "The model is a BytePiece file. It depends on the documents and the flags only,\n"
            "not on their order, the threads or the memory. The inputs are read twice, with\n"
            "--refine 10 to 20 times. What does not fit in memory is counted in temporary files:\n"
            "in --temp-dir, else TMPDIR, else beside the model.\n"
            "\n"
            "PATH@W counts what is in PATH W times; W has at most 6 digits behind the point. With\n"
            "fractions all counts of the model are multiples: with 2.5 and 1, of 5 and 2."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    documents_.flags.Define(app);
    models_
        .Define(app,
                "Largest size of the vocabulary, its 3 control symbols included; several with "
                "commas; at least 259")
        ->required();
    counting_.DefineNgrams(app);
    counting_.DefinePieces(app);
    AddNumber(app, "--min-count", &counting_.options.min_count, 1, "Drop pieces rarer than this");
    AddNumber(app, "--max-piece-length", &counting_.options.max_piece_length_bytes, 1,
              "Longest piece, in bytes");
    CLI::Option* const from_counts =
        app.add_option("--from-counts", from_counts_,
                       "Go on from counts that tokenizer count or merge-counts made: of n-grams, "
                       "with the INPUT they are of, or of pieces, without")
            ->type_name("FILE");
    CLI::Option* const sample =
        AddParsed<uint64_t>(app, "--sample-bytes", &sample_bytes_, ParseByteSize,
                            "Train on a uniform sample of the documents, of at most so many bytes "
                            "of text, such as 10G")
            ->type_name("SIZE");
    app.add_option("--seed", seed_, "With --sample-bytes: another seed is another sample")
        ->type_name("TEXT")
        ->default_str(seed_)
        ->needs(sample);
    CLI::Option* const job_dir =
        app.add_option("--job-dir", counting_.options.job_dir,
                       "Keep what is counted in this folder, so that after a crash --resume goes "
                       "on; the counts stay there")
            ->type_name("DIR")
            ->excludes(from_counts);
    app.add_flag("--resume", counting_.options.resume,
                 "Go on with the training in --job-dir, or begin it if there is none")
        ->needs(job_dir);
    AddParsed<uint64_t>(app, "--checkpoint", &counting_.options.checkpoint_bytes, ParseByteSize,
                        "With --job-dir: how much text may have to be read again")
        ->type_name("SIZE")
        ->default_str("2G")
        ->needs(job_dir);
    app.add_option("--required-chars", required_path_,
                   "Make every character of this text file a piece, however rare")
        ->type_name("FILE");
    app.add_flag("--refine", counting_.options.refine,
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
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.flags.OutputPaths();
    for (std::string& path : models_.Paths()) paths.push_back(std::move(path));
    return paths;
  }
  std::vector<std::string> InputArguments() const override {
    return documents_.flags.records.inputs;
  }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(models_.Check(session.overwrite));
    TrainOptions& options = counting_.options;
    counting_.UseReferenceDefaults();
    options.vocab_sizes = models_.sizes();
    if (models_.to_standard_output() && !evaluation_.empty()) {
      return UsageError("standard output is for the table of --eval; name a file with -o");
    }
    std::vector<InputFile> evaluation;
    if (!evaluation_.empty()) {
      CM_ASSIGN_OR_RETURN(evaluation, ResolveInputs(evaluation_));
      CM_RETURN_IF_ERROR(CheckReadableAgain(evaluation));
    }
    CM_ASSIGN_OR_RETURN(const TrainResult result, TrainModels(session));
    CM_RETURN_IF_ERROR(documents_.Close(session));
    std::vector<Model> models;
    for (const TrainedModel& trained : result.models) models.push_back(trained.model);
    CM_RETURN_IF_ERROR(models_.Write(models, session.overwrite));
    const auto sum = [](const std::vector<uint64_t>& counts) {
      return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    };
    if (result.statistics.model_bytes > 0) {
      session.summary.Add("ngrams", sum(result.statistics.ngrams_found));
      session.summary.Add("kept_ngrams", sum(result.statistics.ngrams_kept));
      session.summary.Add("ngram_min_count", result.statistics.ngram_min_count);
      session.summary.Add("ngram_model_bytes", result.statistics.model_bytes);
    }
    session.summary.Add("candidate_pieces", result.statistics.pieces_found);
    if (result.statistics.run_bytes > 0) {
      session.summary.Add("spills", result.statistics.ngram_runs + result.statistics.piece_runs);
      session.summary.Add("spilled_bytes", result.statistics.run_bytes);
    }
    for (const auto& [name, seconds] :
         {std::pair("count_seconds", result.statistics.count_seconds),
          std::pair("model_seconds", result.statistics.model_seconds),
          std::pair("segment_seconds", result.statistics.segment_seconds),
          std::pair("prune_seconds", result.statistics.prune_seconds),
          std::pair("refine_seconds", result.statistics.refine_seconds)}) {
      if (seconds > 0) session.summary.Add(name, seconds);
    }
    if (counting_.options.refine) {
      session.summary.Add("refining_passes", result.statistics.refining_passes);
    }
    session.summary.Add("vocab_size", uint64_t{result.models.front().model.vocab_size()});
    const TrainedModel& largest = result.models.front();
    if (result.statistics.pieces_kept + Model::kFirstPieceId < largest.vocab_size) {
      session.context.reporter().Log(
          LogLevel::kInfo,
          absl::StrFormat("the text has %s pieces for a vocabulary of %s; more text or a smaller "
                          "--min-count gives more",
                          WithCommas(result.statistics.pieces_kept),
                          WithCommas(largest.vocab_size)));
    }
    if (!evaluation.empty()) return Evaluate(result.models, evaluation, session);
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<TrainResult> TrainModels(Session& session) {
    TrainOptions& options = counting_.options;
    std::unique_ptr<CountsFile> counts;
    if (!from_counts_.empty()) {
      CM_ASSIGN_OR_RETURN(counts, CountsFile::Open(from_counts_, session.context));
      CM_RETURN_IF_ERROR(counting_.Use(*counts));
    }
    if (!required_path_.empty()) {
      CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(required_path_));
      absl::StatusOr<std::vector<std::string>> characters =
          CharactersOf(text, options.normalization);
      if (!characters.ok()) return Annotate(characters.status(), required_path_);
      options.required_pieces = *std::move(characters);
      session.summary.Add("required_characters", uint64_t{options.required_pieces.size()});
    }
    CM_RETURN_IF_ERROR(ValidateTrainOptions(options));
    if (counts != nullptr && counts->info().kind == CountsInfo::Kind::kPieces) {
      if (!InputArguments().empty() || sample_bytes_ > 0) {
        return UsageError(absl::StrFormat(
            "%s has counts of pieces, after which no document is read; leave INPUT out",
            from_counts_));
      }
      return TrainFromPieces(*counts, options, session.context);
    }
    CM_RETURN_IF_ERROR(documents_.Resolve(models_.Paths().front(), session, &options));
    CM_RETURN_IF_ERROR(documents_.CheckReadableAgain());
    OpenCorpus corpus = documents_.Corpus(session);
    if (sample_bytes_ > 0) {
      CM_ASSIGN_OR_RETURN(CorpusSample sample,
                          SampleCorpus(std::move(corpus), sample_bytes_, seed_, session.context));
      session.summary.Add("sampled_documents", sample.texts);
      session.summary.Add("sampled_bytes", sample.bytes);
      corpus = std::move(sample.corpus);
    }
    if (counts == nullptr) return Train(corpus, options, session.context);
    return TrainFromNgrams(corpus, *counts, options, session.context);
  }

  /// Prints the bytes per token of each model, by source.
  absl::Status Evaluate(const std::vector<TrainedModel>& models,
                        const std::vector<InputFile>& inputs, Session& session) const {
    std::vector<std::string> heading = {"source", "text bytes"};
    std::vector<TokenUsageReport> reports;
    for (const TrainedModel& trained : models) {
      CM_ASSIGN_OR_RETURN(
          const Tokenizer tokenizer,
          Tokenizer::Create(trained.model, {.normalization = counting_.options.normalization}));
      TokenUsageOptions options{.documents = documents_.flags.Options(session.overwrite),
                                .source_member = source_member_,
                                .source_until = source_until_,
                                .worst_documents = 0};
      // Bad records of the corpus are kept apart, these are not.
      if (options.documents.on_bad_record.action == BadRecordAction::kQuarantine) {
        options.documents.on_bad_record.action = BadRecordAction::kSkip;
      }
      CM_ASSIGN_OR_RETURN(TokenUsageReport report,
                          CountTokenUsage(inputs, options, tokenizer, session.context));
      heading.push_back(absl::StrFormat("size %d", trained.vocab_size));
      reports.push_back(std::move(report));
    }
    Table table(heading);
    const auto add = [&](const std::string& name, const auto& of) {
      std::vector<std::string> row = {name, WithCommas(of(reports[0]).text_bytes)};
      for (const TokenUsageReport& report : reports) {
        row.push_back(Decimal(Ratio(of(report).text_bytes, of(report).tokens)));
      }
      table.Add(std::move(row));
    };
    // The sources are the same, in the same order, for all models: largest first.
    const size_t sources = reports[0].sources.size(), shown = std::min(sources, kShownSources);
    for (size_t i = 0; i < shown; ++i) {
      add(reports[0].sources[i].first,
          [i](const TokenUsageReport& report) { return report.sources[i].second; });
    }
    if (shown < sources) {
      add(absl::StrFormat("(%d others)", sources - shown), [shown](const TokenUsageReport& report) {
        TokenUsageTotals rest;
        for (size_t i = shown; i < report.sources.size(); ++i) rest.Add(report.sources[i].second);
        return rest;
      });
    }
    add("all", [](const TokenUsageReport& report) { return report.all; });
    session.out << "bytes per token\n";
    table.Print(session.out);
    session.summary.Add("eval_bytes_per_token",
                        Ratio(reports[0].all.text_bytes, reports[0].all.tokens));
    return absl::OkStatus();
  }

  TrainingDocuments documents_;
  CountingFlags counting_;
  ModelFlags models_;
  std::string from_counts_, required_path_;
  uint64_t sample_bytes_ = 0;
  std::string seed_ = "0";
  std::vector<std::string> evaluation_;
  std::string source_member_ = "source";
  std::string source_until_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerTrainCommand() { return std::make_unique<TrainCommand>(); }

}  // namespace corpusmill
