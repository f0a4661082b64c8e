#include "pipelines/encode/encode.h"

#include <memory>
#include <string_view>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "pipelines/engine/document_batches.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

/// What drawing takes for each byte of text beyond a search for the best: the sums or scores
/// of all positions, also while they move to a larger place.
uint64_t SamplingMemory(const std::optional<SampleOptions>& sample) {
  if (!sample.has_value()) return 0;
  return sample->method == SampleMethod::kExact ? 24 : 16;
}

/// A batch, and what becomes of it.
struct Item {
  std::unique_ptr<DocumentBatch> batch;
  RenderedIds rendered;
};

/// Encodes batches. Thread-safe.
class BatchEncoder {
 public:
  BatchEncoder(const Tokenizer& tokenizer, const EncodeOptions& options, const IdWriter& writer,
               std::shared_ptr<const SampleTables> tables)
      : tokenizer_(tokenizer),
        writer_(writer),
        match_symbols_(options.match_symbols),
        tables_(std::move(tables)),
        key_(options.sample.has_value() ? options.sample->seed : ""),
        bos_(options.add_bos ? tokenizer.vocabulary().roles().bos : std::nullopt),
        eos_(options.add_eos ? tokenizer.vocabulary().roles().eos : std::nullopt) {}

  void Encode(Item& item) const {
    const DocumentBatch& batch = *item.batch;
    thread_local EncodeScratch scratch;
    std::vector<uint32_t> ids;
    std::vector<TokenSpan> spans;
    size_t begin = 0, names_begin = 0;
    for (const DocumentPiece& piece : batch.pieces) {
      const auto text = std::string_view(batch.text).substr(begin, piece.text_end - begin);
      const auto names = std::string_view(batch.names);
      ids.clear();
      spans.clear();
      EncodePiece(text, piece, &ids, &spans, &scratch);
      writer_.Render({.first = piece.first,
                      .last = piece.last,
                      .id = names.substr(names_begin, piece.id_end - names_begin),
                      .source = names.substr(piece.id_end, piece.source_end - piece.id_end),
                      .ids = ids,
                      .spans = spans},
                     &item.rendered);
      begin = piece.text_end;
      names_begin = piece.source_end;
    }
  }

 private:
  void EncodePiece(std::string_view text, const DocumentPiece& piece, std::vector<uint32_t>* ids,
                   std::vector<TokenSpan>* spans, EncodeScratch* scratch) const {
    const bool with_spans = writer_.needs().spans;
    const auto add_symbol = [&](uint32_t id, uint64_t at) {
      ids->push_back(id);
      if (with_spans) spans->push_back({at, at});
    };
    if (piece.first && bos_.has_value()) add_symbol(*bos_, 0);
    if (with_spans) {
      const size_t first = spans->size();
      tokenizer_.EncodeWithOffsets(text, ids, spans, scratch);
      for (size_t i = first; i < spans->size(); ++i) {
        (*spans)[i].begin += piece.document_begin;
        (*spans)[i].end += piece.document_begin;
      }
    } else {
      EncodeText(text, piece, ids, scratch);
    }
    if (piece.last && eos_.has_value()) add_symbol(*eos_, piece.document_begin + text.size());
  }

  void EncodeText(std::string_view text, const DocumentPiece& piece, std::vector<uint32_t>* ids,
                  EncodeScratch* scratch) const {
    if (tables_ != nullptr) return SampleText(text, piece, ids, scratch);
    const auto encode = [&](std::string_view part) { tokenizer_.Encode(part, ids, scratch); };
    if (!match_symbols_) return encode(text);
    tokenizer_.ForEachSymbol(text, encode, [&](uint32_t id) { ids->push_back(id); });
  }

  /// Draws depend on where in its document a line begins, not on how that is cut.
  void SampleText(std::string_view text, const DocumentPiece& piece, std::vector<uint32_t>* ids,
                  EncodeScratch* scratch) const {
    Sampler sampler(tables_, key_);
    const auto sample = [&](std::string_view part) {
      sampler.BeginRecord(piece.input, piece.record,
                          piece.document_begin + static_cast<uint64_t>(part.data() - text.data()));
      tokenizer_.Sample(part, &sampler, ids, scratch);
    };
    if (!tokenizer_.rules().cut_at_newlines) return sample(text);
    LineChunker lines(text);
    for (std::string_view line; lines.Next(&line);) sample(line);
  }

  const Tokenizer& tokenizer_;
  const IdWriter& writer_;
  const bool match_symbols_;
  const std::shared_ptr<const SampleTables> tables_;
  const RandomKey key_;
  const std::optional<uint32_t> bos_, eos_;
};

void AddToTotals(const Item& item, EncodeReport* report) {
  uint64_t begin = 0;
  for (size_t i = 0; i < item.batch->pieces.size(); ++i) {
    const DocumentPiece& piece = item.batch->pieces[i];
    EncodeTotals& totals = report->totals[piece.input];
    totals.documents += piece.last ? 1 : 0;
    totals.text_bytes += piece.text_end - begin;
    totals.tokens += item.rendered.parts[i].ids;
    report->tokens += item.rendered.parts[i].ids;
    begin = piece.text_end;
  }
}

}  // namespace

absl::Status CheckEncodeOptions(const EncodeOptions& options, const Vocabulary& vocabulary) {
  if (options.add_bos && !vocabulary.roles().bos.has_value()) {
    return UsageError(
        "the vocabulary has no symbol for the begin of a document; leave out "
        "--add-bos");
  }
  if (options.add_eos && !vocabulary.roles().eos.has_value()) {
    return UsageError(
        "the vocabulary has no symbol for the end of a document; leave out "
        "--add-eos");
  }
  if (options.match_symbols && options.sample.has_value()) {
    return UsageError("symbols in text are not sampled; leave out --match-symbols or --sample");
  }
  return absl::OkStatus();
}

absl::StatusOr<EncodeReport> EncodeDocuments(const std::vector<InputFile>& inputs,
                                             const EncodeOptions& options,
                                             const Tokenizer& tokenizer, IdWriter& writer,
                                             Context& context) {
  CM_RETURN_IF_ERROR(CheckEncodeOptions(options, tokenizer.vocabulary()));
  if (writer.needs().spans && (options.sample.has_value() || options.match_symbols)) {
    return UsageError(
        "offsets are of the most probable pieces; leave out --offsets, or --sample and "
        "--match-symbols");
  }
  std::shared_ptr<const SampleTables> tables;
  if (options.sample.has_value() && options.sample->alpha >= 0) {
    CM_ASSIGN_OR_RETURN(tables,
                        tokenizer.PrepareSampling(options.sample->method, options.sample->alpha));
  }
  EncodeReport report;
  report.totals.resize(inputs.size());
  DocumentReader reader(inputs, options.documents, context);
  DocumentBatches batches(
      reader, inputs, context,
      {.keep_empty = true,
       .keep_names = writer.needs().names,
       .cut_at_lines = tokenizer.rules().cut_at_newlines && !options.match_symbols,
       .one_piece = options.flush,
       .memory_per_text_byte =
           writer.needs().memory_per_text_byte + SamplingMemory(options.sample)});
  const BatchEncoder encoder(tokenizer, options, writer, tables);
  const auto produce = [&]() -> absl::StatusOr<std::unique_ptr<Item>> {
    CM_ASSIGN_OR_RETURN(std::unique_ptr<DocumentBatch> batch, batches.Next());
    if (batch == nullptr) return nullptr;
    return std::make_unique<Item>(Item{std::move(batch), {}});
  };
  const auto encode = [&](Item& item) {
    encoder.Encode(item);
    return absl::OkStatus();
  };
  const auto consume = [&](Item& item) {
    AddToTotals(item, &report);
    return writer.Write(item.rendered);
  };
  const Phase phase(context.reporter(), "encoding", TotalBytes(inputs));
  while (!batches.done()) {
    if (options.flush) {
      CM_ASSIGN_OR_RETURN(const std::unique_ptr<Item> item, produce());
      if (item == nullptr) continue;
      CM_RETURN_IF_ERROR(encode(*item));
      CM_RETURN_IF_ERROR(consume(*item));
    } else {
      CM_RETURN_IF_ERROR(
          context.OrderedPipeline<Item>(batches.max_in_flight(), produce, encode, consume));
    }
    batches.Drained();
  }
  CM_RETURN_IF_ERROR(reader.Close());
  report.documents = reader.counts();
  report.inputs = reader.inputs();
  return report;
}

}  // namespace corpusmill
