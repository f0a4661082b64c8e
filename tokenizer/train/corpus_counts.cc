#include "tokenizer/train/corpus_counts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <vector>

#include "corpus/base/status.h"
#include "tokenizer/ngrams/ngram_segmenter.h"
#include "tokenizer/ngrams/word_splitter.h"

namespace corpusmill {
namespace {

/// Adds the text read by work(each) to the counts and finishes them.
template <typename Counts>
absl::Status Fill(CorpusCursor& cursor, uint64_t most_bytes, const TrainOptions& options,
                  Context& context, const std::function<absl::Status(const ForEachChunk&)>& work,
                  Counts* counts, CorpusTotals* totals) {
  CM_ASSIGN_OR_RETURN(const CorpusTotals read,
                      ReadCorpus(cursor, most_bytes, options, context, work,
                                 [&] { return counts->Spill().status(); }));
  totals->Add(read);
  return counts->Finish();
}

}  // namespace

absl::StatusOr<std::unique_ptr<NgramCounts>> CountNgrams(CorpusCursor& cursor, uint64_t most_bytes,
                                                         const TrainOptions& options,
                                                         Context& context, CorpusTotals* totals) {
  CM_ASSIGN_OR_RETURN(auto counts, NgramCounts::Create(options.order, options.temp_dir, context));
  const auto count = [&](const ForEachChunk& each) -> absl::Status {
    NgramCounts::Writer writer(counts.get());
    CM_RETURN_IF_ERROR(
        each([&](std::string_view chunk, uint64_t weight) { return writer.Add(chunk, weight); }));
    return writer.Flush();
  };
  CM_RETURN_IF_ERROR(Fill(cursor, most_bytes, options, context, count, counts.get(), totals));
  return counts;
}

uint64_t NgramMinCount(const TrainOptions& options, const CorpusTotals& totals) {
  if (options.ngram_min_count > 0) return options.ngram_min_count;
  if (options.bytepiece_compat) return options.min_count;
  // Counts of rare n-grams are noise. bench/NOTES.md has the measurements behind this rule.
  const uint64_t size = totals.weighted_bytes / totals.unit / 10'000;
  auto root = static_cast<uint64_t>(std::cbrt(static_cast<double>(size)));
  while (root * root * root > size) --root;
  while ((root + 1) * (root + 1) * (root + 1) <= size) ++root;
  return std::max<uint64_t>(root, 2);
}

absl::StatusOr<NgramModel> MakeNgramModel(const OpenSection& ngrams, const CorpusTotals& totals,
                                          bool roomy, const TrainOptions& options,
                                          Context& context) {
  return NgramModel::Build(
      options.order, ngrams,
      {.min_count = NgramMinCount(options, totals) * totals.unit,
       .keep_inside_characters = options.ensure_unicode && !options.bytepiece_compat,
       .roomy = roomy},
      context);
}

absl::StatusOr<std::unique_ptr<PieceCounts>> CountPieces(CorpusCursor& cursor, uint64_t most_bytes,
                                                         const NgramModel& model,
                                                         const TrainOptions& options,
                                                         Context& context, CorpusTotals* totals) {
  CM_ASSIGN_OR_RETURN(auto counts, PieceCounts::Create(options.temp_dir, context));
  const NgramSegmenter::Options segmenter_options = {
      .ensure_unicode = options.ensure_unicode, .restart_after_invalid = !options.bytepiece_compat};
  const auto count = [&](const ForEachChunk& each) -> absl::Status {
    NgramSegmenter segmenter(&model, segmenter_options);
    WordSplitter splitter(&model, options.ensure_unicode);
    std::vector<std::string_view> words, parts;
    PieceCounts::LocalCounts local;
    CM_RETURN_IF_ERROR(each([&](std::string_view chunk, uint64_t weight) {
      words.clear();
      segmenter.Segment(chunk, &words);
      if (!options.bytepiece_compat) {
        parts.clear();
        for (const std::string_view word : words) splitter.Split(word, &parts);
        words.swap(parts);
      }
      for (const std::string_view word : words) local[word] += weight;
      return absl::OkStatus();
    }));
    return counts->Add(local);
  };
  CM_RETURN_IF_ERROR(Fill(cursor, most_bytes, options, context, count, counts.get(), totals));
  return counts;
}

CountsInfo NgramInfo(const TrainOptions& options) {
  return {.kind = CountsInfo::Kind::kNgrams,
          .order = options.order,
          .isolate_digits = options.isolate_digits,
          .normalization = options.normalization,
          .totals = {.unit = options.unit}};
}

CountsInfo PieceInfo(const CountsFile& ngrams, const TrainOptions& options) {
  CountsInfo info = NgramInfo(options);
  info.kind = CountsInfo::Kind::kPieces;
  info.ensure_unicode = options.ensure_unicode;
  info.bytepiece_compat = options.bytepiece_compat;
  info.ngram_totals = ngrams.info().totals;
  info.ngram_min_count = NgramMinCount(options, info.ngram_totals);
  info.ngrams = ngrams.id();
  return info;
}

absl::StatusOr<CorpusTotals> CountNgramsInto(const std::string& path, CorpusCursor& cursor,
                                             uint64_t most_bytes, const TrainOptions& options,
                                             bool overwrite, Context& context) {
  CountsInfo info = NgramInfo(options);
  CM_ASSIGN_OR_RETURN(const auto counts,
                      CountNgrams(cursor, most_bytes, options, context, &info.totals));
  SectionsInOrder all(counts->sections());
  CM_RETURN_IF_ERROR(CountsFile::Write(path, info, all, overwrite, context));
  return info.totals;
}

absl::StatusOr<CorpusTotals> CountPiecesInto(const std::string& path, CorpusCursor& cursor,
                                             uint64_t most_bytes, const CountsFile& ngrams,
                                             const NgramModel& model, const TrainOptions& options,
                                             bool overwrite, Context& context) {
  CountsInfo info = PieceInfo(ngrams, options);
  CM_ASSIGN_OR_RETURN(const auto counts,
                      CountPieces(cursor, most_bytes, model, options, context, &info.totals));
  CM_ASSIGN_OR_RETURN(const auto all, counts->Open());
  CM_RETURN_IF_ERROR(CountsFile::Write(path, info, *all, overwrite, context));
  return info.totals;
}

}  // namespace corpusmill
