#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <ostream>
#include <utility>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/given_arguments.h"
#include "cli/base/table.h"
#include "cli/commands/job_flags.h"
#include "cli/commands/repeated_command.h"
#include "cli/commands/tokenizer_flags.h"
#include "cli/commands/training_flags.h"
#include "corpus/base/reporter.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file_system.h"
#include "corpus/jobs/job_plan.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/token_usage.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/train/corpus_sample.h"
#include "tokenizer/train/trainer.h"
#include "tokenizer/train/training_job.h"

namespace corpusmill {
namespace {

/// Sources in the table of --eval; the smaller ones share a row.
constexpr size_t kShownSources = 40;

class TrainCommand final : public Command {
 public:
  explicit TrainCommand(std::string last_task) {
    counting_.options.job.last_task = std::move(last_task);
  }

  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer train",
        .group = "Tokenizer",
        .summary = "train a byte-level Unigram vocabulary",
        .examples =
            "corpusmill tokenizer train --vocab-size 32000 -o zh.model docs.jsonl.zst\n"
            "corpusmill tokenizer train --vocab-size 32000 --add-control '<|user|>' \\\n"
            "    --add-control '<|assistant|>' --pad-to-multiple 64 -o chat.cmtok docs.jsonl.zst\n"
            "corpusmill tokenizer train --vocab-size 4000,2000 --bytepiece-compat \\\n"
            "    -o m.model docs.jsonl                      # m.model.4000 and m.model.2000\n"
            "corpusmill tokenizer train --vocab-size 64000 -o m.model --memory 8G --temp-dir /fast "
            "\\\n"
            "    --eval held-out.jsonl web/ books.jsonl.zst@2.5   # books have weight 2.5",
        .details =
            "Writes a BytePiece model, or a compiled or Hugging Face one by the output's name.\n"
            "It depends on the documents and the flags only, not on the order of the\n"
            "documents, threads or memory. The inputs are read 10 to 20 times, with --fast\n"
            "twice. Counts that do not fit in memory go to temporary files.\n"
            "\n"
            "--vocab-size is the number of ids, with all special symbols. There are fewer, with\n"
            "a warning, if the text has not enough pieces, and with --bytepiece-compat. Smaller\n"
            "vocabularies are subsets of larger ones. pad, bos, eos and unk have the ids given,\n"
            "or the smallest that are free. Unused ids, controls and user-defined symbols\n"
            "follow the pieces.\n"
            "\n"
            "INPUT@W gives the documents of INPUT the weight W, with at most 6 digits after\n"
            "the decimal point. Fractional weights are scaled to integers, and the counts in\n"
            "the model with them: 2.5 and 1 count as 5 and 2."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app_ = &app;
    documents_.flags.Define(app);
    vocab_size_ = models_.Define(app,
                                 "Number of ids, with the special symbols; several sizes separated "
                                 "by commas; at least 259 (required)");
    // Run checks that both are given: the plan of a job has them.
    output_ = app.get_option("--output")->required(false);
    output_->description(output_->get_description() + " (required)");
    counting_.DefineNgrams(app);
    counting_.DefinePieces(app);
    AddNumber(app, "--min-count", &counting_.options.min_count, 1,
              "Drop pieces that occur less often");
    AddNumber(app, "--max-piece-length", &counting_.options.max_piece_length_bytes, 1,
              "Maximum length of a piece, in bytes");
    CLI::Option* const from_counts =
        app.add_option("--from-counts", from_counts_,
                       "Train from a counts file of `tokenizer count` or `tokenizer merge-counts`: "
                       "from n-gram counts together with the INPUT that was counted, from piece "
                       "counts without INPUT")
            ->type_name("FILE");
    CLI::Option* const sample =
        AddParsed<uint64_t>(
            app, "--sample-bytes", &sample_bytes_, ParseByteSize,
            "Train on a uniform sample of the documents with at most this much text, such as 10G")
            ->type_name("SIZE");
    app.add_option("--seed", seed_, "Seed of --sample-bytes")
        ->type_name("TEXT")
        ->default_str(seed_)
        ->needs(sample);
    CLI::Option* const job_dir =
        app.add_option("--job-dir", counting_.options.job.folder,
                       "Save counts in this folder, so that --resume can continue after a crash; "
                       "they are kept after training")
            ->type_name("DIR")
            ->excludes(from_counts);
    app.add_flag(
           "--resume", counting_.options.job.resume,
           "Continue the training in --job-dir, or start one if there is none; without INPUT, "
           "with the inputs and flags that the job began with")
        ->needs(job_dir);
    AddParsed<uint64_t>(
        app, "--checkpoint", &counting_.options.job.checkpoint_bytes, ParseByteSize,
        "With --job-dir: save progress after this much text, the most that --resume reads again")
        ->type_name("SIZE")
        ->default_str("2G")
        ->needs(job_dir);
    app.add_option("--required-chars", required_path_,
                   "Make every character of this text file a piece, even if it is rare")
        ->type_name("FILE");
    app.add_flag("--fast", counting_.options.fast,
                 "Read the inputs only twice: takes a fourth of the time, and makes 1 to 20 % more "
                 "tokens, or many more for text of few different symbols. Always with "
                 "--bytepiece-compat and with --from-counts of pieces");
    models_.DefineSymbols(app);
    app.add_option("--eval", evaluation_,
                   "Held-out documents: after training, print the bytes per token of each model on "
                   "them, by source; a file, folder or glob pattern; may be repeated")
        ->type_name("PATH")
        ->allow_extra_args(false);
    DefineSource(app, &source_member_, &source_until_, "an --eval document");
  }

  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.flags.OutputPaths();
    if (output_->count() == 0) return paths;
    for (std::string& path : models_.Paths()) paths.push_back(std::move(path));
    return paths;
  }
  std::vector<std::string> InputArguments() const override {
    return documents_.flags.records.inputs;
  }

  std::string JobFolder() const override { return counting_.options.job.folder; }
  absl::Status Run(Session& session) override {
    TrainOptions& options = counting_.options;
    CM_ASSIGN_OR_RETURN(const std::optional<TrainingJob> old, ResumedJob(session));
    if (old && InputArguments().empty() && !old->options().arguments.empty()) {
      return RunRepeated(MakeTrainCommand(options.job.last_task), options.job.folder,
                         WithArguments(old->options().arguments, Arguments()), session);
    }
    for (const CLI::Option* option : {output_, vocab_size_}) {
      if (option->count() > 0) continue;
      return UsageError(absl::StrFormat("%s is required; try 'corpusmill tokenizer train --help'",
                                        option->get_name()));
    }
    CM_ASSIGN_OR_RETURN(const bool overwrite, MayOverwrite(old, session));
    CM_RETURN_IF_ERROR(models_.Check(overwrite || old));
    counting_.UseReferenceDefaults();
    options.vocab_sizes = models_.model_sizes();
    if (models_.to_standard_output() && !evaluation_.empty()) {
      return UsageError("--eval prints its table to standard output; name a model file with -o");
    }
    std::vector<InputFile> evaluation;
    if (!evaluation_.empty()) {
      CM_ASSIGN_OR_RETURN(evaluation, ResolveInputs(evaluation_));
      CM_RETURN_IF_ERROR(CheckReadableAgain(evaluation));
    }
    CM_ASSIGN_OR_RETURN(const TrainResult result, TrainModels(session));
    CM_RETURN_IF_ERROR(documents_.Close(session));
    if (result.models.empty()) {
      if (!is_finished_ && !options.job.last_task.empty()) {
        session.context.reporter().Log(
            LogLevel::kInfo,
            absl::StrFormat("%s: task %s is done", options.job.folder, options.job.last_task));
      }
      return absl::OkStatus();
    }
    std::vector<Model> models;
    for (const TrainedModel& trained : result.models) models.push_back(trained.model);
    CM_RETURN_IF_ERROR(
        models_.Write(models, overwrite, session.context.reporter(), /*resumed=*/old.has_value()));
    Summarize(result, session);
    // BytePiece's vocabularies are usually smaller than requested.
    if (!options.bytepiece_compat) {
      models_.WarnOfMissingPieces(models, session.context.reporter());
    }
    if (!evaluation.empty()) CM_RETURN_IF_ERROR(Evaluate(result.models, evaluation, session));
    if (options.job.folder.empty()) return absl::OkStatus();
    CM_ASSIGN_OR_RETURN(const TrainingJob job,
                        TrainingJob::Open(options.job.folder, session.context));
    return job.Finish();
  }

 private:
  /// The job in --job-dir, with --resume.
  absl::StatusOr<std::optional<TrainingJob>> ResumedJob(Session& session) const {
    const TrainingJobOptions& job = counting_.options.job;
    if (!job.resume) return std::nullopt;
    CM_ASSIGN_OR_RETURN(const std::optional<JobPlan> plan, Job::FindPlan(job.folder));
    if (!plan || plan->kind != TrainingJob::kKind) return std::nullopt;
    CM_ASSIGN_OR_RETURN(TrainingJob old, TrainingJob::Open(job.folder, session.context));
    return std::optional<TrainingJob>(std::move(old));
  }

  /// Whether the model files may be replaced: all that exist are those of the resumed job.
  absl::StatusOr<bool> MayOverwrite(const std::optional<TrainingJob>& old, Session& session) const {
    if (session.overwrite || !old) return session.overwrite;
    for (const std::string& path : models_.Paths()) {
      if (!FileExists(path)) continue;
      CM_ASSIGN_OR_RETURN(const bool is_ours, old->HasWritten(AbsolutePath(path)));
      if (!is_ours) return false;
    }
    return true;
  }

  /// The arguments of this job that repeat it.
  std::vector<std::string> Arguments() const {
    return GivenArguments(*app_, {"--job-dir", "--resume"});
  }

  /// Fills in what the plan of the job says.
  void DescribeJob(TrainingJobOptions* job) const {
    documents_.DescribeTo(job);
    if (sample_bytes_ > 0) {
      job->corpus.emplace_back("sample_bytes", absl::StrFormat("%d", sample_bytes_));
      job->corpus.emplace_back("seed", seed_);
    }
    job->arguments = Arguments();
    if (models_.to_standard_output()) return;
    for (const std::string& path : models_.Paths()) job->outputs.push_back(AbsolutePath(path));
  }

  /// Whether a resumed job has nothing left to do.
  absl::StatusOr<bool> IsFinished(Session& session) const {
    const TrainOptions& options = counting_.options;
    if (!options.job.resume) return false;
    CM_ASSIGN_OR_RETURN(const bool finished,
                        TrainingJob::IsFinished(options, session.overwrite, session.context));
    if (finished) {
      session.context.reporter().Log(LogLevel::kInfo, JobWasDone(options.job.folder));
    }
    return finished;
  }

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
            "%s holds piece counts, so no documents are read; leave out INPUT and --sample-bytes",
            from_counts_));
      }
      return TrainFromPieces(*counts, options, session.context);
    }
    CM_RETURN_IF_ERROR(documents_.Resolve(models_.Paths().front(), session, &options));
    CM_RETURN_IF_ERROR(documents_.CheckReadableAgain());
    if (!options.job.folder.empty()) {
      DescribeJob(&options.job);
      CM_ASSIGN_OR_RETURN(is_finished_, IsFinished(session));
      if (is_finished_) return TrainResult();
    }
    OpenCorpus corpus = documents_.Corpus(session);
    if (sample_bytes_ > 0) {
      CM_ASSIGN_OR_RETURN(CorpusSample sample, SampleCorpus(std::move(corpus), sample_bytes_, seed_,
                                                            session.context, options.pass_bytes));
      session.summary.Add("sampled_documents", sample.texts);
      session.summary.Add("sampled_bytes", sample.bytes);
      corpus = std::move(sample.corpus);
    }
    if (counts == nullptr) return Train(corpus, options, session.context);
    return TrainFromNgrams(corpus, *counts, options, session.context);
  }

  /// Adds the figures of the training to the summary.
  void Summarize(const TrainResult& result, Session& session) const {
    Summary& summary = session.summary;
    const TrainStatistics& statistics = result.statistics;
    const auto sum = [](const std::vector<uint64_t>& counts) {
      return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    };
    if (statistics.model_bytes > 0) {
      summary.Add("ngrams", sum(statistics.ngrams_found));
      summary.Add("kept_ngrams", sum(statistics.ngrams_kept));
      summary.Add("ngram_min_count", statistics.ngram_min_count);
      summary.Add("ngram_model_bytes", statistics.model_bytes);
    }
    summary.Add("candidate_pieces", statistics.pieces_found);
    if (statistics.run_bytes > 0) {
      summary.Add("spills", statistics.ngram_runs + statistics.piece_runs);
      summary.Add("spilled_bytes", statistics.run_bytes);
    }
    for (const auto& [name, seconds] : {std::pair("count_seconds", statistics.count_seconds),
                                        std::pair("model_seconds", statistics.model_seconds),
                                        std::pair("segment_seconds", statistics.segment_seconds),
                                        std::pair("prune_seconds", statistics.prune_seconds),
                                        std::pair("refine_seconds", statistics.refine_seconds)}) {
      if (seconds > 0) summary.Add(name, seconds);
    }
    if (statistics.refining_passes > 0) {
      summary.Add("refining_passes", statistics.refining_passes);
    }
    summary.Add("vocab_size", models_.IdsOf(result.models.front().model));
  }

  /// Prints the bytes per token of each model, by source.
  absl::Status Evaluate(const std::vector<TrainedModel>& models,
                        const std::vector<InputFile>& inputs, Session& session) const {
    std::vector<std::string> heading = {"source", "text bytes"};
    std::vector<TokenUsageReport> reports;
    for (size_t i = 0; i < models.size(); ++i) {
      const TrainedModel& trained = models[i];
      CM_ASSIGN_OR_RETURN(
          const Tokenizer tokenizer,
          Tokenizer::Create(trained.model, {.normalization = counting_.options.normalization}));
      TokenUsageOptions options{.documents = documents_.flags.Options(session.overwrite),
                                .source_member = source_member_,
                                .source_until = source_until_,
                                .worst_documents = 0};
      // Only bad records of the training documents go to the quarantine file.
      if (options.documents.on_bad_record.action == BadRecordAction::kQuarantine) {
        options.documents.on_bad_record.action = BadRecordAction::kSkip;
      }
      CM_ASSIGN_OR_RETURN(TokenUsageReport report,
                          CountTokenUsage(inputs, options, tokenizer, session.context));
      heading.push_back(absl::StrFormat("size %d", models_.sizes()[i]));
      reports.push_back(std::move(report));
    }
    PrintEvaluation(heading, reports, session.out);
    session.summary.Add("eval_bytes_per_token",
                        Ratio(reports[0].all.text_bytes, reports[0].all.tokens));
    return absl::OkStatus();
  }

  /// A row for each source, a column for each model.
  static void PrintEvaluation(const std::vector<std::string>& heading,
                              const std::vector<TokenUsageReport>& reports, std::ostream& out) {
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
    out << "bytes per token\n";
    table.Print(out);
  }

  const CLI::App* app_ = nullptr;
  CLI::Option* output_ = nullptr;
  CLI::Option* vocab_size_ = nullptr;
  bool is_finished_ = false;  // The job was done before.
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

std::unique_ptr<Command> MakeTrainCommand(std::string last_task) {
  return std::make_unique<TrainCommand>(std::move(last_task));
}

std::unique_ptr<Command> MakeTokenizerTrainCommand() { return MakeTrainCommand(""); }

}  // namespace corpusmill
