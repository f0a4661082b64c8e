#include "tokenizer/trainer.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"
#include "tokenizer/corpus_pass.h"
#include "tokenizer/ngram_counts.h"
#include "tokenizer/ngram_model.h"
#include "tokenizer/piece_counts.h"
#include "tokenizer/pruning.h"
#include "tokenizer/refining.h"

namespace corpusmill {
namespace {

/// Adds the time until its end to `seconds`.
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

/// Times any unit it is still a count.
constexpr uint64_t kMaxVocabSize = PruningOptions::kMaxVocabSize;
constexpr uint64_t kMaxMinCount = 1'000'000'000'000;

absl::StatusOr<NgramModel> CountNgrams(const OpenCorpus& corpus, const TrainOptions& options,
                                       Context& context, PassTotals* totals,
                                       TrainStatistics* statistics) {
  CM_ASSIGN_OR_RETURN(const auto counts,
                      NgramCounts::Create(options.order, options.temp_dir, context));
  context.reporter().StartPhase("counting n-grams", 0);
  const auto count = [&](const ForEachChunk& each) -> absl::Status {
    NgramCounts::Writer writer(counts.get());
    CM_RETURN_IF_ERROR(
        each([&](std::string_view chunk, uint64_t weight) { return writer.Add(chunk, weight); }));
    return writer.Flush();
  };
  {
    const Timer timer(&statistics->count_seconds);
    CM_ASSIGN_OR_RETURN(*totals, ReadCorpus(corpus, options, context, count,
                                            [&] { return counts->Spill().status(); }));
  }
  if (totals->normalized_bytes == 0) return DataError("the corpus has no text to train on");
  const NgramModelOptions model_options = {
      .min_count = options.min_count * options.unit,
      .keep_inside_characters = options.ensure_unicode && !options.bytepiece_compat};
  const Timer timer(&statistics->model_seconds);
  CM_ASSIGN_OR_RETURN(NgramModel model, NgramModel::Build(*counts, model_options, context));
  statistics->model_bytes = model.memory_bytes();
  statistics->ngrams_found = model.found();
  statistics->ngrams_kept = model.kept();
  statistics->ngram_runs = counts->runs();
  statistics->run_bytes += counts->run_bytes();
  return model;
}

absl::Status CountPieces(const OpenCorpus& corpus, const TrainOptions& options,
                         const NgramModel& model, const PassTotals& totals, Context& context,
                         PieceCounts* counts) {
  const NgramSegmenter::Options segmenter_options = {
      .ensure_unicode = options.ensure_unicode, .restart_after_invalid = !options.bytepiece_compat};
  context.reporter().StartPhase("segmenting", totals.input_bytes);
  const auto count = [&](const ForEachChunk& each) -> absl::Status {
    NgramSegmenter segmenter(&model, segmenter_options);
    std::vector<std::string_view> words;
    PieceCounts::LocalCounts local;
    CM_RETURN_IF_ERROR(each([&](std::string_view chunk, uint64_t weight) {
      words.clear();
      segmenter.Segment(chunk, &words);
      for (const std::string_view word : words) local[word] += weight;
      return absl::OkStatus();
    }));
    return counts->Add(local);
  };
  CM_ASSIGN_OR_RETURN(const PassTotals again, ReadCorpus(corpus, options, context, count,
                                                         [&] { return counts->Spill().status(); }));
  if (again.texts != totals.texts || again.normalized_bytes != totals.normalized_bytes) {
    return DataError(absl::StrFormat(
        "the corpus changed while it was read: %d texts of %d bytes, then %d texts of %d bytes",
        totals.texts, totals.input_bytes, again.texts, again.input_bytes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateTrainOptions(const TrainOptions& options) {
  if (options.order < 1 || options.order > NgramCounts::kMaxOrder) {
    return UsageError(
        absl::StrFormat("order is %d; it must be 1 to %d", options.order, NgramCounts::kMaxOrder));
  }
  if (options.vocab_sizes.empty()) return UsageError("no vocabulary size is given");
  if (options.refine && options.bytepiece_compat) {
    return UsageError("BytePiece refines nothing; leave out one of refine and bytepiece-compat");
  }
  CM_RETURN_IF_ERROR(ValidateVocabSizes(options.vocab_sizes));
  if (options.max_piece_length_bytes < 1 ||
      options.max_piece_length_bytes > Model::kMaxPieceBytes) {
    return UsageError(absl::StrFormat("max-piece-length is %d; it must be 1 to %d bytes",
                                      options.max_piece_length_bytes, Model::kMaxPieceBytes));
  }
  if (options.min_count < 1 || options.min_count > kMaxMinCount) {
    return UsageError(
        absl::StrFormat("min-count is %d; it must be 1 to %d", options.min_count, kMaxMinCount));
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainResult> Train(const OpenCorpus& corpus, const TrainOptions& options,
                                  Context& context) {
  CM_RETURN_IF_ERROR(ValidateTrainOptions(options));
  PruningOptions pruning_options = {.vocab_sizes = options.vocab_sizes,
                                    .max_piece_length_bytes = options.max_piece_length_bytes,
                                    .min_count = options.min_count * options.unit};
  std::vector<uint64_t>& sizes = pruning_options.vocab_sizes;
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  const std::vector<uint64_t> wanted = sizes;
  if (options.refine) sizes = {std::min(kRefiningCandidates * sizes[0], kMaxVocabSize)};

  TrainResult result;
  TrainStatistics& statistics = result.statistics;
  PassTotals totals;
  std::unique_ptr<PieceCounts> counts;
  {
    CM_ASSIGN_OR_RETURN(const NgramModel model,
                        CountNgrams(corpus, options, context, &totals, &statistics));
    CM_ASSIGN_OR_RETURN(counts, PieceCounts::Create(options.temp_dir, context));
    const Timer timer(&statistics.segment_seconds);
    CM_RETURN_IF_ERROR(CountPieces(corpus, options, model, totals, context, counts.get()));
  }
  CM_RETURN_IF_ERROR(counts->Finish());
  statistics.piece_runs = counts->runs();
  statistics.run_bytes += counts->run_bytes();
  statistics.texts = totals.texts;
  statistics.input_bytes = totals.input_bytes;
  statistics.normalized_bytes = totals.normalized_bytes;
  statistics.chunks = totals.chunks;
  context.reporter().StartPhase("pruning", 0);
  const auto prune = [&] {
    const Timer timer(&statistics.prune_seconds);
    return PruneCounts([&] { return counts->Open(); }, pruning_options, context);
  };
  CM_ASSIGN_OR_RETURN(PruningResult pruned, prune());
  context.reporter().EndPhase();
  statistics.pieces_found = pruned.pieces_found;
  statistics.pieces_kept = pruned.pieces_kept;
  statistics.pruning_rounds = pruned.rounds;
  if (options.refine) {
    const Timer timer(&statistics.refine_seconds);
    counts.reset();
    CM_ASSIGN_OR_RETURN(RefiningResult refined, Refine(pruned.models[0], corpus, options, context));
    statistics.refining_passes = refined.passes;
    pruned.models = std::move(refined.models);
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    result.models.push_back({wanted[i], std::move(pruned.models[i])});
  }
  return result;
}

}  // namespace corpusmill
