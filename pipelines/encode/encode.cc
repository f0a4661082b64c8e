#include "pipelines/encode/encode.h"

#include <memory>
#include <string_view>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

/// The extra memory of sampling per byte of text: the sums or scores of all positions, also while
/// their array grows.
uint64_t SamplingMemory(const std::optional<SampleOptions>& sample) {
  if (!sample.has_value()) return 0;
  return sample->method == SampleMethod::kExact ? 24 : 16;
}

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

  void Encode(const DocumentBatch& batch, RenderedIds* rendered) const {
    thread_local EncodeScratch scratch;
    std::vector<uint32_t> ids;
    std::vector<TokenSpan> spans;
    for (size_t i = 0; i < batch.size(); ++i) {
      const DocumentPart& part = batch.part(i);
      ids.clear();
      spans.clear();
      EncodePart(batch.text(i), part, &ids, &spans, &scratch);
      writer_.Render({.first = part.first,
                      .last = part.last,
                      .id = batch.id(i),
                      .source = batch.source(i),
                      .ids = ids,
                      .spans = spans},
                     rendered);
    }
  }

 private:
  void EncodePart(std::string_view text, const DocumentPart& part, std::vector<uint32_t>* ids,
                  std::vector<TokenSpan>* spans, EncodeScratch* scratch) const {
    const bool with_spans = writer_.needs().spans;
    const auto add_symbol = [&](uint32_t id, uint64_t at) {
      ids->push_back(id);
      if (with_spans) spans->push_back({at, at});
    };
    if (part.first && bos_.has_value()) add_symbol(*bos_, 0);
    if (with_spans) {
      const size_t first = spans->size();
      tokenizer_.EncodeWithOffsets(text, ids, spans, scratch);
      for (size_t i = first; i < spans->size(); ++i) {
        (*spans)[i].begin += part.document_begin;
        (*spans)[i].end += part.document_begin;
      }
    } else {
      EncodeText(text, part, ids, scratch);
    }
    if (part.last && eos_.has_value()) add_symbol(*eos_, part.document_begin + text.size());
  }

  void EncodeText(std::string_view text, const DocumentPart& part, std::vector<uint32_t>* ids,
                  EncodeScratch* scratch) const {
    if (tables_ != nullptr) return SampleText(text, part, ids, scratch);
    const auto encode = [&](std::string_view run) { tokenizer_.Encode(run, ids, scratch); };
    if (!match_symbols_) return encode(text);
    tokenizer_.ForEachSymbol(text, encode, [&](uint32_t id) { ids->push_back(id); });
  }

  /// Draws depend on the position of a line in its document, not on the cut into parts.
  void SampleText(std::string_view text, const DocumentPart& part, std::vector<uint32_t>* ids,
                  EncodeScratch* scratch) const {
    Sampler sampler(tables_, key_);
    const auto sample = [&](std::string_view line) {
      sampler.BeginRecord(part.input, part.record,
                          part.document_begin + static_cast<uint64_t>(line.data() - text.data()));
      tokenizer_.Sample(line, &sampler, ids, scratch);
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

void AddToTotals(const DocumentBatch& batch, const RenderedIds& rendered, EncodeReport* report) {
  for (size_t i = 0; i < batch.size(); ++i) {
    const DocumentPart& part = batch.part(i);
    const uint64_t tokens = rendered.parts[i].ids;
    EncodeTotals& totals = report->totals[part.input];
    totals.documents += part.last ? 1 : 0;
    totals.text_bytes += batch.text(i).size();
    totals.tokens += tokens;
    report->tokens += tokens;
  }
}

}  // namespace

absl::Status CheckEncodeOptions(const EncodeOptions& options, const Vocabulary& vocabulary) {
  if (options.add_bos && !vocabulary.roles().bos.has_value()) {
    return UsageError(
        "the vocabulary has no symbol for the start of a document; leave out "
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
        "offsets need the most probable pieces; leave out --offsets, or --sample and "
        "--match-symbols");
  }
  std::shared_ptr<const SampleTables> tables;
  if (options.sample.has_value() && options.sample->alpha >= 0) {
    CM_ASSIGN_OR_RETURN(tables,
                        tokenizer.PrepareSampling(options.sample->method, options.sample->alpha));
  }
  EncodeReport report;
  report.totals.resize(inputs.size());
  const BatchEncoder encoder(tokenizer, options, writer, tables);
  const DocumentRunOptions run = {
      .phase = "encoding",
      .documents = options.documents,
      .batches = {.keep_empty = true,
                  .keep_members = writer.needs().names,
                  .cut_at_lines = tokenizer.rules().cut_at_newlines && !options.match_symbols,
                  .one_part = options.flush,
                  .memory_per_text_byte =
                      writer.needs().memory_per_text_byte + SamplingMemory(options.sample)}};
  CM_ASSIGN_OR_RETURN(DocumentReport read,
                      RunDocuments<RenderedIds>(
                          inputs, run, context,
                          [&](const DocumentBatch& batch, RenderedIds& rendered) {
                            encoder.Encode(batch, &rendered);
                            return absl::OkStatus();
                          },
                          [&](const DocumentBatch& batch, RenderedIds& rendered) {
                            AddToTotals(batch, rendered, &report);
                            return writer.Write(rendered);
                          }));
  report.documents = read.documents;
  report.inputs = std::move(read.inputs);
  return report;
}

}  // namespace corpusmill
