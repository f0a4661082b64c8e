#include "tokenizer/train/corpus_pass.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

constexpr size_t kBatchBytes = 1 << 20;
constexpr size_t kBatchTexts = 1 << 16;
// What counting in a batch takes besides: the buffers of NgramCounts::Writer, or the words of
// PieceCounts::LocalCounts.
constexpr uint64_t kWorkBytes = 3 << 20;
// What a batch takes of the budget: see ReadBatch.
constexpr uint64_t kBatchCost = 4 * kBatchBytes + 32 * kBatchTexts + kWorkBytes;

/// Texts, one behind the other, and where each ends.
struct Batch {
  std::string texts;
  struct Text {
    size_t end;
    uint64_t weight;
  };
  std::vector<Text> ends;
  CorpusTotals totals;
  MemoryLease lease;
};

/// Reads about kBatchBytes or kBatchTexts of texts, nullptr at the end of the corpus. Up to
/// kBatchCost is taken from the budget already.
absl::StatusOr<std::unique_ptr<Batch>> ReadBatch(CorpusCursor& cursor, MemoryBudget& budget,
                                                 const std::function<absl::Status()>& make_room) {
  auto batch = std::make_unique<Batch>();
  batch->lease = budget.EmptyLease();
  while (batch->texts.size() < kBatchBytes && batch->ends.size() < kBatchTexts) {
    TrainText text;
    CM_ASSIGN_OR_RETURN(const bool more, cursor.Next(&text));
    if (!more) break;
    // The texts and their normal forms, either string with room to grow.
    const uint64_t cost =
        kWorkBytes + 4 * (batch->texts.size() + text.bytes.size()) + 32 * batch->ends.size();
    if (cost > kBatchCost + batch->lease.bytes()) {
      constexpr std::string_view kWhat = "a long text";
      if (!batch->lease.Resize(cost - kBatchCost, kWhat).ok()) {
        CM_RETURN_IF_ERROR(make_room());
        CM_RETURN_IF_ERROR(batch->lease.Resize(cost - kBatchCost, kWhat));
      }
    }
    batch->texts.append(text.bytes);
    batch->ends.push_back({batch->texts.size(), text.weight});
  }
  if (batch->ends.empty()) return nullptr;
  return batch;
}

/// Totals of the texts as given, which are not normalised yet.
void AddTotals(uint64_t unit, Batch* batch) {
  CorpusTotals& totals = batch->totals;
  totals.texts = batch->ends.size();
  totals.input_bytes = batch->texts.size();
  totals.unit = unit;
  size_t begin = 0;
  for (const auto& [end, weight] : batch->ends) {
    totals.weighted_bytes += weight * (end - begin);
    totals.hash.Add(std::string_view(batch->texts).substr(begin, end - begin));
    begin = end;
  }
}

/// Replaces the texts by their normal forms.
absl::Status NormalizeAll(Normalization form, Batch* batch) {
  if (form == Normalization::kNone) return absl::OkStatus();
  std::string all, one;
  all.reserve(batch->texts.size() + batch->texts.size() / 8);
  size_t begin = 0;
  for (auto& [end, weight] : batch->ends) {
    const std::string_view text = std::string_view(batch->texts).substr(begin, end - begin);
    begin = end;
    CM_RETURN_IF_ERROR(Normalize(text, form, InvalidUtf8::kKeep, &one));
    all += one;
    end = all.size();
  }
  batch->texts.swap(all);
  return absl::OkStatus();
}

absl::Status VisitChunks(bool isolate_digits, const ChunkVisitor& visit, Batch* batch) {
  size_t begin = 0;
  for (const auto& [end, weight] : batch->ends) {
    const std::string_view text = std::string_view(batch->texts).substr(begin, end - begin);
    begin = end;
    TrainingChunker chunker(text, isolate_digits);
    for (std::string_view chunk; chunker.Next(&chunk);) {
      ++batch->totals.chunks;
      CM_RETURN_IF_ERROR(visit(chunk, weight));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CorpusCursor> CorpusCursor::Open(const OpenCorpus& corpus) {
  CM_ASSIGN_OR_RETURN(NextText next, corpus());
  return CorpusCursor(std::move(next));
}

absl::StatusOr<bool> CorpusCursor::Next(TrainText* text) {
  if (ended_) return false;
  CM_ASSIGN_OR_RETURN(const bool more, next_(text));
  if (more) read_bytes_ += text->bytes.size();
  ended_ = !more;
  return more;
}

absl::Status CorpusCursor::Skip(const CorpusTotals& done, Context& context) {
  MultisetHash hash;
  uint64_t weighted_bytes = 0;
  for (uint64_t i = 0; i < done.texts; ++i) {
    if (i % 256 == 0) CM_RETURN_IF_ERROR(context.CheckCancelled());
    TrainText text;
    CM_ASSIGN_OR_RETURN(const bool more, Next(&text));
    if (!more) break;
    hash.Add(text.bytes);
    weighted_bytes += text.weight * text.bytes.size();
    context.reporter().Advance(text.bytes.size());
  }
  if (hash != done.hash) {
    return DataError(absl::StrFormat(
        "the corpus does not begin with the %d texts that were counted before", done.texts));
  }
  if (weighted_bytes != done.weighted_bytes) {
    return DataError("the texts that were counted before had other weights");
  }
  return absl::OkStatus();
}

absl::StatusOr<CorpusTotals> ReadCorpus(
    CorpusCursor& cursor, uint64_t most_bytes, const TrainOptions& options, Context& context,
    const std::function<absl::Status(const ForEachChunk& each)>& work,
    const std::function<absl::Status()>& make_room) {
  CorpusTotals totals;
  const uint64_t begin = cursor.read_bytes();
  // At most a third of what is left waits in batches; the tables need the rest.
  const size_t max_in_flight =
      std::clamp<uint64_t>(context.memory().available_bytes() / 3 / kBatchCost, 1,
                           2 * static_cast<uint64_t>(context.threads()));
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context.memory().Take(max_in_flight * kBatchCost, "reading the corpus"));
  CM_RETURN_IF_ERROR(context.OrderedPipeline<Batch>(
      max_in_flight,
      [&]() -> absl::StatusOr<std::unique_ptr<Batch>> {
        if (cursor.read_bytes() - begin >= most_bytes) return nullptr;
        return ReadBatch(cursor, context.memory(), make_room);
      },
      [&](Batch& batch) -> absl::Status {
        AddTotals(options.unit, &batch);
        CM_RETURN_IF_ERROR(NormalizeAll(options.normalization, &batch));
        batch.totals.normalized_bytes = batch.texts.size();
        return work([&](const ChunkVisitor& visit) {
          return VisitChunks(options.isolate_digits, visit, &batch);
        });
      },
      [&](Batch& batch) {
        totals.Add(batch.totals);
        context.reporter().Advance(batch.totals.input_bytes);
        return absl::OkStatus();
      }));
  return totals;
}

}  // namespace corpusmill
