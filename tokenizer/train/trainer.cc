#include "tokenizer/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "tokenizer/prune/pruning.h"
#include "tokenizer/train/corpus_counts.h"
#include "tokenizer/train/refining.h"
#include "tokenizer/train/training_job.h"

namespace corpusmill {
namespace {

/// Pruning starts from at most this many candidates per requested piece. All candidates give worse
/// vocabularies, and take memory that grows with the text.
constexpr uint64_t kCandidatesPerPiece = 6;

/// Advice for counts that do not match.
constexpr std::string_view kCountAll = "; count all parts, each once, in both passes";

/// Adds the time of its scope to `seconds`.
class Timer {
 public:
  explicit Timer(double* seconds) : seconds_(*seconds) {}
  ~Timer() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  double& seconds_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// The steps of training, with statistics of each.
class Trainer {
 public:
  Trainer(const TrainOptions& options, Context& context) : options_(options), context_(context) {}

  /// Trains without a job: counts are in memory and temporary files.
  absl::StatusOr<TrainResult> Train(const OpenCorpus& corpus) {
    std::unique_ptr<NgramCounts> counts;
    {
      const Timer timer(&statistics_.count_seconds);
      const Phase phase(context_.reporter(), "counting n-grams", options_.pass_bytes);
      CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus, context_));
      CM_ASSIGN_OR_RETURN(
          counts, CountNgrams(cursor, kWholeCorpus, options_, context_, &statistics_.totals));
    }
    statistics_.ngram_runs = counts->runs();
    statistics_.run_bytes += counts->run_bytes();
    CM_RETURN_IF_ERROR(CheckText());
    // Counts in memory are freed on the way and take more than a roomy model.
    const bool roomy = counts->runs() == 0;
    CM_RETURN_IF_ERROR(MakeModel(counts->sections(), roomy));
    counts = nullptr;
    return Finish(corpus, "the corpus changed while it was read", "");
  }

  /// Trains with a job, which keeps the counts in its folder.
  absl::StatusOr<TrainResult> TrainJob(const OpenCorpus& corpus) {
    CM_ASSIGN_OR_RETURN(const TrainingJob job, TrainingJob::Create(options_, context_));
    {
      const Timer timer(&statistics_.count_seconds);
      const Phase phase(context_.reporter(), "counting n-grams", options_.pass_bytes);
      CM_RETURN_IF_ERROR(job.Count(
          "ngrams", corpus, NgramInfo(options_), [&](CorpusCursor& cursor, const auto& path) {
            return CountNgramsInto(path, cursor, options_.job.checkpoint_bytes, options_,
                                   /*overwrite=*/false, context_)
                .status();
          }));
    }
    CM_ASSIGN_OR_RETURN(const auto ngrams, CountsFile::Open(job.PathOf("ngrams"), context_));
    statistics_.totals = ngrams->info().totals;
    CM_RETURN_IF_ERROR(CheckText());
    if (options_.job.last_task == "ngrams") return ResultOf({});
    {
      const Timer timer(&statistics_.segment_seconds);
      std::optional<Phase> phase(std::in_place, context_.reporter(), "segmenting",
                                 options_.pass_bytes);
      const auto count_part = [&](CorpusCursor& cursor, const std::string& path) -> absl::Status {
        if (model_ == nullptr) {  // Made only if text is left to segment.
          phase.reset();
          CM_RETURN_IF_ERROR(MakeModel(*ngrams));
          phase.emplace(context_.reporter(), "segmenting", options_.pass_bytes);
        }
        return CountPiecesInto(path, cursor, options_.job.checkpoint_bytes, *ngrams, *model_,
                               options_,
                               /*overwrite=*/false, context_)
            .status();
      };
      CM_RETURN_IF_ERROR(job.Count("pieces", corpus, PieceInfo(*ngrams, options_), count_part));
    }
    statistics_.segment_seconds -= statistics_.model_seconds;
    model_ = nullptr;
    if (options_.job.last_task == "pieces") return ResultOf({});
    CM_ASSIGN_OR_RETURN(const auto pieces, CountsFile::Open(job.PathOf("pieces"), context_));
    CM_ASSIGN_OR_RETURN(std::vector<Model> candidates, PruneFile(*pieces));
    return Refined(std::move(candidates), corpus);
  }

  absl::StatusOr<TrainResult> TrainFromNgrams(const OpenCorpus& corpus, const CountsFile& ngrams) {
    statistics_.totals = ngrams.info().totals;
    CM_RETURN_IF_ERROR(CheckText());
    if (ngrams.info().totals.unit != options_.unit) {
      return DataError(absl::StrFormat("%s: the documents had other weights", ngrams.path()));
    }
    CM_RETURN_IF_ERROR(MakeModel(ngrams));
    return Finish(corpus, ngrams.path() + ": not the n-grams of this corpus", kCountAll);
  }

  absl::StatusOr<TrainResult> TrainFromPieces(const CountsFile& pieces) {
    refines_ = false;  // There is no corpus to encode.
    CM_ASSIGN_OR_RETURN(std::vector<Model> models, PruneFile(pieces));
    return ResultOf(std::move(models));
  }

  absl::Status MakeModel(const CountsFile& ngrams) {
    statistics_.totals = ngrams.info().totals;
    return MakeModel([&](uint8_t first) { return ngrams.OpenSection(first); }, /*roomy=*/false);
  }
  const NgramModel& model() const { return *model_; }

 private:
  absl::Status CheckText() const {
    if (statistics_.totals.normalized_bytes > 0) return absl::OkStatus();
    return DataError("the corpus has no text to train on");
  }

  /// kDataLoss unless the texts read last are the texts of the n-grams. The message begins with
  /// `what` and ends with `advice`.
  absl::Status CheckSame(const CorpusTotals& ngrams, std::string_view what,
                         std::string_view advice) const {
    const CorpusTotals& now = statistics_.totals;
    if (now == ngrams) return absl::OkStatus();
    if (now.hash == ngrams.hash) {
      return DataError(absl::StrFormat(
          "%s: n-grams and pieces were counted with different document weights", what));
    }
    return DataError(absl::StrFormat(
        "%s: n-grams were counted in %d texts of %d bytes, pieces in %d of %d%s", what,
        ngrams.texts, ngrams.input_bytes, now.texts, now.input_bytes, advice));
  }

  absl::Status MakeModel(const OpenSection& ngrams, bool roomy) {
    const Timer timer(&statistics_.model_seconds);
    const Phase phase(context_.reporter(), "making the n-gram model", 0);
    CM_ASSIGN_OR_RETURN(NgramModel model,
                        MakeNgramModel(ngrams, statistics_.totals, roomy, options_, context_));
    model_ = std::make_unique<NgramModel>(std::move(model));
    statistics_.model_bytes = model_->memory_bytes();
    statistics_.ngram_min_count = NgramMinCount(options_, statistics_.totals);
    statistics_.ngrams_found = model_->found();
    statistics_.ngrams_kept = model_->kept();
    return absl::OkStatus();
  }

  /// The steps after the n-gram model. `what` and `advice` form the message if the corpus has other
  /// texts than the n-grams.
  absl::StatusOr<TrainResult> Finish(const OpenCorpus& corpus, std::string_view what,
                                     std::string_view advice) {
    std::unique_ptr<PieceCounts> counts;
    {
      const Timer timer(&statistics_.segment_seconds);
      const Phase phase(context_.reporter(), "segmenting", options_.pass_bytes);
      CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus, context_));
      const CorpusTotals ngrams = std::exchange(statistics_.totals, {});
      CM_ASSIGN_OR_RETURN(counts, CountPieces(cursor, kWholeCorpus, *model_, options_, context_,
                                              &statistics_.totals));
      CM_RETURN_IF_ERROR(CheckSame(ngrams, what, advice));
    }
    model_ = nullptr;
    statistics_.piece_runs = counts->runs();
    statistics_.run_bytes += counts->run_bytes();
    CM_ASSIGN_OR_RETURN(std::vector<Model> candidates, Prune([&] { return counts->Open(); }));
    counts = nullptr;
    return Refined(std::move(candidates), corpus);
  }

  absl::StatusOr<std::vector<Model>> PruneFile(const CountsFile& pieces) {
    statistics_.totals = pieces.info().totals;
    CM_RETURN_IF_ERROR(CheckText());
    CM_RETURN_IF_ERROR(CheckSame(pieces.info().ngram_totals, pieces.path(), kCountAll));
    return Prune([&] { return pieces.OpenAll(); });
  }

  /// Returns a model for each size, or the model that refining starts from.
  absl::StatusOr<std::vector<Model>> Prune(const OpenCounts& counts) {
    PruningOptions options = {
        .vocab_sizes = Sizes(),
        .max_piece_length_bytes = options_.max_piece_length_bytes,
        .min_count = options_.min_count * options_.unit,
        .candidates_per_piece = options_.bytepiece_compat ? 0 : kCandidatesPerPiece,
        .required_pieces = options_.required_pieces,
        .fill = !refines_ && !options_.bytepiece_compat};
    if (refines_) {
      options.vocab_sizes = {
          std::min(kRefiningCandidates * options.vocab_sizes[0], PruningOptions::kMaxVocabSize)};
    }
    const Phase phase(context_.reporter(), "pruning", 0);
    const Timer timer(&statistics_.prune_seconds);
    CM_ASSIGN_OR_RETURN(PruningResult pruned, PruneCounts(counts, options, context_));
    statistics_.pieces_found = pruned.pieces_found;
    statistics_.pieces_kept = pruned.pieces_kept;
    statistics_.pruning_rounds = pruned.rounds;
    return std::move(pruned.models);
  }

  /// Refines the pruned models unless that is left out.
  absl::StatusOr<TrainResult> Refined(std::vector<Model> models, const OpenCorpus& corpus) {
    if (refines_) {
      const Timer timer(&statistics_.refine_seconds);
      CM_ASSIGN_OR_RETURN(RefiningResult refined, Refine(models[0], corpus, options_, context_));
      statistics_.refining_passes = refined.passes;
      statistics_.piece_runs += refined.runs;
      statistics_.run_bytes += refined.run_bytes;
      models = std::move(refined.models);
    }
    return ResultOf(std::move(models));
  }

  TrainResult ResultOf(std::vector<Model> models) {
    TrainResult result;
    const std::vector<uint64_t> sizes = Sizes();
    for (size_t i = 0; i < models.size(); ++i) {
      result.models.push_back({sizes[i], std::move(models[i])});
    }
    result.statistics = std::move(statistics_);
    return result;
  }

  /// Largest first.
  std::vector<uint64_t> Sizes() const {
    std::vector<uint64_t> sizes = options_.vocab_sizes;
    std::sort(sizes.begin(), sizes.end(), std::greater<>());
    return sizes;
  }

  const TrainOptions& options_;
  Context& context_;
  bool refines_ = !options_.fast && !options_.bytepiece_compat;
  TrainStatistics statistics_;
  std::unique_ptr<NgramModel> model_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> CharactersOf(std::string_view text,
                                                      Normalization normalization) {
  std::string normal;
  CM_RETURN_IF_ERROR(Normalize(text, normalization, InvalidUtf8::kFail, &normal));
  std::set<std::string> characters;
  for (std::string_view rest = normal; !rest.empty();) {
    int32_t code;
    const size_t size = DecodeUtf8(rest, &code);
    if (size > 1) characters.emplace(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return std::vector<std::string>(characters.begin(), characters.end());
}

void UseCounting(const CountsInfo& info, TrainOptions* options) {
  options->order = info.order;
  options->isolate_digits = info.isolate_digits;
  options->normalization = info.normalization;
  if (info.kind != CountsInfo::Kind::kPieces) return;
  options->ensure_unicode = info.ensure_unicode;
  options->bytepiece_compat = info.bytepiece_compat;
  options->ngram_min_count = info.ngram_min_count;
  options->unit = info.totals.unit;
}

absl::StatusOr<CorpusTotals> CountNgramsToFile(const OpenCorpus& corpus,
                                               const TrainOptions& options, const std::string& path,
                                               bool overwrite, Context& context) {
  CM_RETURN_IF_ERROR(ValidateCountOptions(options));
  CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus, context));
  const Phase phase(context.reporter(), "counting n-grams", options.pass_bytes);
  CM_ASSIGN_OR_RETURN(const CorpusTotals totals,
                      CountNgramsInto(path, cursor, kWholeCorpus, options, overwrite, context));
  return totals;
}

absl::StatusOr<CorpusTotals> CountPiecesToFile(const OpenCorpus& corpus, const CountsFile& ngrams,
                                               const TrainOptions& options, const std::string& path,
                                               bool overwrite, Context& context) {
  CM_RETURN_IF_ERROR(ValidateCountOptions(options));
  Trainer trainer(options, context);
  CM_RETURN_IF_ERROR(trainer.MakeModel(ngrams));
  CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus, context));
  const Phase phase(context.reporter(), "segmenting", options.pass_bytes);
  CM_ASSIGN_OR_RETURN(const CorpusTotals totals,
                      CountPiecesInto(path, cursor, kWholeCorpus, ngrams, trainer.model(), options,
                                      overwrite, context));
  return totals;
}

absl::StatusOr<TrainResult> Train(const OpenCorpus& corpus, const TrainOptions& options,
                                  Context& context) {
  CM_RETURN_IF_ERROR(ValidateTrainOptions(options));
  Trainer trainer(options, context);
  return options.job.folder.empty() ? trainer.Train(corpus) : trainer.TrainJob(corpus);
}

absl::StatusOr<TrainResult> TrainFromNgrams(const OpenCorpus& corpus, const CountsFile& ngrams,
                                            const TrainOptions& options, Context& context) {
  CM_RETURN_IF_ERROR(ValidateTrainOptions(options));
  return Trainer(options, context).TrainFromNgrams(corpus, ngrams);
}

absl::StatusOr<TrainResult> TrainFromPieces(const CountsFile& pieces, const TrainOptions& options,
                                            Context& context) {
  CM_RETURN_IF_ERROR(ValidateTrainOptions(options));
  return Trainer(options, context).TrainFromPieces(pieces);
}

}  // namespace corpusmill
