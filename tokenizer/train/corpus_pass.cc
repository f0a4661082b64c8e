#include "tokenizer/train/corpus_pass.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "corpus/text/unicode.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

/// Memory for a batch: the text and its normal form, both with room to grow, and the buffers of
/// NgramCounts::Writer or the words of PieceCounts::LocalCounts.
BatchOptions TrainingBatches(std::function<uint64_t(const Document&)> weight) {
  return {.keep_empty = true,
          .cut_at_lines = false,
          .batch_bytes = 1 << 20,
          .max_parts = 1 << 14,
          .memory_per_text_byte = 4,
          .memory_per_batch = 5 << 20,
          .purpose = "reading the corpus",
          .reserve_memory = true,
          .label = std::move(weight)};
}

/// Adds up the texts of a batch as given, before they are normalised.
CorpusTotals TotalsOf(const DocumentBatch& batch, uint64_t unit) {
  CorpusTotals totals{.texts = batch.size(), .input_bytes = batch.text_bytes(), .unit = unit};
  for (size_t i = 0; i < batch.size(); ++i) {
    totals.weighted_bytes += batch.part(i).label * batch.text(i).size();
    totals.hash.Add(batch.text(i));
  }
  return totals;
}

/// The normal forms of the texts of a batch, concatenated.
struct NormalizedTexts {
  std::string bytes;
  std::vector<size_t> ends;
};

absl::Status NormalizeAll(const DocumentBatch& batch, Normalization form, NormalizedTexts* all) {
  all->bytes.reserve(batch.text_bytes() + batch.text_bytes() / 8);
  std::string one;
  for (size_t i = 0; i < batch.size(); ++i) {
    CM_RETURN_IF_ERROR(Normalize(batch.text(i), form, InvalidUtf8::kKeep, &one));
    all->bytes += one;
    all->ends.push_back(all->bytes.size());
  }
  return absl::OkStatus();
}

/// Visits the chunks of a batch of texts, which stay valid as long as `batch` and `normalized`.
absl::Status VisitChunks(const DocumentBatch& batch, const NormalizedTexts& normalized,
                         const TrainOptions& options, const ChunkVisitor& visit,
                         CorpusTotals* totals) {
  size_t begin = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    std::string_view text = batch.text(i);
    if (options.normalization != Normalization::kNone) {
      text = std::string_view(normalized.bytes).substr(begin, normalized.ends[i] - begin);
      begin = normalized.ends[i];
    }
    totals->normalized_bytes += text.size();
    TrainingChunker chunker(text, options.isolate_digits);
    for (std::string_view chunk; chunker.Next(&chunk);) {
      ++totals->chunks;
      CM_RETURN_IF_ERROR(visit(chunk, batch.part(i).label));
    }
  }
  return absl::OkStatus();
}

}  // namespace

/// The texts of a corpus as documents.
class CorpusCursor::Source final : public DocumentSource {
 public:
  explicit Source(NextText next) : next_(std::move(next)) {}

  absl::StatusOr<bool> Next(Document* document) override {
    CM_ASSIGN_OR_RETURN(const bool more, next_(&text_));
    if (!more) return false;
    *document = {.text = text_.bytes, .record = texts_++};
    return true;
  }
  std::string Where() const override { return absl::StrFormat("text %d of the corpus", texts_); }

  uint64_t weight() const { return text_.weight; }

 private:
  const NextText next_;
  TrainText text_;
  uint64_t texts_ = 0;
};

absl::StatusOr<CorpusCursor> CorpusCursor::Open(const OpenCorpus& corpus, Context& context) {
  CM_ASSIGN_OR_RETURN(NextText next, corpus());
  return CorpusCursor(std::make_unique<Source>(std::move(next)), context);
}

CorpusCursor::CorpusCursor(std::unique_ptr<Source> source, Context& context)
    : context_(context), source_(std::move(source)) {
  const auto weight = [source = source_.get()](const Document&) { return source->weight(); };
  batches_ = std::make_unique<DocumentBatches>(*source_, TrainingBatches(weight), context);
}

CorpusCursor::CorpusCursor(CorpusCursor&&) noexcept = default;
CorpusCursor::~CorpusCursor() = default;

absl::Status CorpusCursor::Skip(const CorpusTotals& done) {
  MultisetHash hash;
  uint64_t weighted_bytes = 0;
  for (uint64_t i = 0; i < done.texts; ++i) {
    if (i % 256 == 0) CM_RETURN_IF_ERROR(context_.CheckCancelled());
    Document document;
    CM_ASSIGN_OR_RETURN(const bool more, source_->Next(&document));
    if (!more) break;
    hash.Add(document.text);
    weighted_bytes += source_->weight() * document.text.size();
  }
  if (hash != done.hash) {
    return DataError(
        absl::StrFormat("the corpus does not begin with the %d texts already counted", done.texts));
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
  DocumentBatches& batches = cursor.batches();
  CM_RETURN_IF_ERROR(batches.BeginRun(most_bytes, make_room));
  const auto count = [&](const DocumentBatch& batch, CorpusTotals& counted) -> absl::Status {
    counted = TotalsOf(batch, options.unit);
    NormalizedTexts normalized;
    if (options.normalization != Normalization::kNone) {
      CM_RETURN_IF_ERROR(NormalizeAll(batch, options.normalization, &normalized));
    }
    return work([&](const ChunkVisitor& visit) {
      return VisitChunks(batch, normalized, options, visit, &counted);
    });
  };
  const auto add = [&](const DocumentBatch&, CorpusTotals& counted) {
    totals.Add(counted);
    return absl::OkStatus();
  };
  const absl::Status status = RunBatches<CorpusTotals>(
      batches, context, [] { return CorpusTotals(); }, count, add);
  batches.EndRun();
  CM_RETURN_IF_ERROR(status);
  return totals;
}

}  // namespace corpusmill
