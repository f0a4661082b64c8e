#include "pipelines/encode/encode.h"

#include <memory>
#include <string_view>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "tokenizer/encode/document_symbols.h"
#include "tokenizer/encode/symbol_names.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

/// The extra memory of sampling per byte of text: the sums or scores of all positions, also while
/// their array grows.
uint64_t SamplingMemory(const std::optional<SampleOptions>& sample) {
  if (!sample.has_value()) return 0;
  return sample->method == SampleMethod::kExact ? 24 : 16;
}

/// The ids of a batch, and the names of symbols in its text.
struct EncodedBatch {
  RenderedIds rendered;
  SymbolNames names;
};

DocumentSymbolOptions SymbolOptions(const EncodeOptions& options) {
  return {.add_bos = options.add_bos,
          .add_eos = options.add_eos,
          .bos = options.bos,
          .eos = options.eos};
}

/// The ids of a part of a document, and their spans in the document if a writer needs them.
struct PartIds {
  std::vector<uint32_t> ids;
  std::vector<TokenSpan> spans;
};

/// Encodes batches. Thread-safe.
class BatchEncoder {
 public:
  BatchEncoder(const Tokenizer& tokenizer, const EncodeOptions& options,
               const DocumentSymbols& around, const IdWriter& writer,
               std::shared_ptr<const SampleTables> tables)
      : tokenizer_(tokenizer),
        writer_(writer),
        match_symbols_(options.match_symbols),
        tables_(std::move(tables)),
        key_(options.sample.has_value() ? options.sample->seed : ""),
        around_(around) {}

  void Encode(const DocumentBatch& batch, EncodedBatch* result) const {
    thread_local EncodeScratch scratch;
    PartIds out;
    for (size_t i = 0; i < batch.size(); ++i) {
      const DocumentPart& part = batch.part(i);
      out.ids.clear();
      out.spans.clear();
      EncodePart(batch.text(i), part, &out, &scratch);
      if (!match_symbols_) result->names.Count(tokenizer_, batch.text(i));
      writer_.Render({.first = part.first,
                      .last = part.last,
                      .id = batch.id(i),
                      .source = batch.source(i),
                      .ids = out.ids,
                      .spans = out.spans},
                     &result->rendered);
    }
  }

 private:
  void EncodePart(std::string_view text, const DocumentPart& part, PartIds* out,
                  EncodeScratch* scratch) const {
    const auto add_symbol = [&](uint32_t id, size_t begin, size_t size) {
      out->ids.push_back(id);
      const uint64_t at = part.document_begin + begin;
      if (writer_.needs().spans) out->spans.push_back({at, at + size});
    };
    const auto begin_of = [text](std::string_view run) {
      return static_cast<size_t>(run.data() - text.data());
    };
    const auto encode = [&](std::string_view run) {
      EncodeRun(run, part.document_begin + begin_of(run), part, out, scratch);
    };
    if (part.first && around_.bos.has_value()) add_symbol(*around_.bos, 0, 0);
    if (match_symbols_) {
      tokenizer_.symbols().Split(text, encode, [&](uint32_t id, std::string_view name) {
        add_symbol(id, begin_of(name), name.size());
      });
    } else {
      encode(text);
    }
    if (part.last && around_.eos.has_value()) add_symbol(*around_.eos, text.size(), 0);
  }

  /// Encodes text without symbols, which begins at a byte of its document.
  void EncodeRun(std::string_view run, uint64_t begin, const DocumentPart& part, PartIds* out,
                 EncodeScratch* scratch) const {
    if (tables_ != nullptr) return SampleRun(run, begin, part, &out->ids, scratch);
    if (!writer_.needs().spans) return tokenizer_.Encode(run, &out->ids, scratch);
    const size_t first = out->spans.size();
    tokenizer_.EncodeWithOffsets(run, &out->ids, &out->spans, scratch);
    for (size_t i = first; i < out->spans.size(); ++i) {
      out->spans[i].begin += begin;
      out->spans[i].end += begin;
    }
  }

  /// Draws depend on the position of a line in its document, not on the cut into parts.
  void SampleRun(std::string_view run, uint64_t begin, const DocumentPart& part,
                 std::vector<uint32_t>* ids, EncodeScratch* scratch) const {
    Sampler sampler(tables_, key_);
    const auto sample = [&](std::string_view line) {
      sampler.BeginRecord(part.input, part.record,
                          begin + static_cast<uint64_t>(line.data() - run.data()));
      tokenizer_.Sample(line, &sampler, ids, scratch);
    };
    if (!tokenizer_.rules().cut_at_newlines) return sample(run);
    LineChunker lines(run);
    for (std::string_view line; lines.Next(&line);) sample(line);
  }

  const Tokenizer& tokenizer_;
  const IdWriter& writer_;
  const bool match_symbols_;
  const std::shared_ptr<const SampleTables> tables_;
  const RandomKey key_;
  const DocumentSymbols around_;
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
  return FindDocumentSymbols(SymbolOptions(options), vocabulary).status();
}

absl::StatusOr<EncodeReport> EncodeDocuments(const std::vector<InputFile>& inputs,
                                             const EncodeOptions& options,
                                             const Tokenizer& tokenizer, IdWriter& writer,
                                             Context& context) {
  CM_ASSIGN_OR_RETURN(const DocumentSymbols around,
                      FindDocumentSymbols(SymbolOptions(options), tokenizer.vocabulary()));
  if (writer.needs().spans && options.sample.has_value()) {
    return UsageError("offsets need the most probable pieces; leave out --offsets or --sample");
  }
  std::shared_ptr<const SampleTables> tables;
  if (options.sample.has_value() && options.sample->alpha >= 0) {
    CM_ASSIGN_OR_RETURN(tables,
                        tokenizer.PrepareSampling(options.sample->method, options.sample->alpha));
  }
  EncodeReport report;
  report.totals.resize(inputs.size());
  const BatchEncoder encoder(tokenizer, options, around, writer, tables);
  const DocumentRunOptions run = {
      .phase = "encoding",
      .documents = options.documents,
      .batches = {.keep_empty = true,
                  .keep_members = writer.needs().names,
                  .cut_at_lines = tokenizer.CutsAtLines(options.match_symbols),
                  .one_part = options.flush,
                  .memory_per_text_byte =
                      writer.needs().memory_per_text_byte + SamplingMemory(options.sample)}};
  SymbolNames names;
  CM_ASSIGN_OR_RETURN(DocumentReport read,
                      RunDocuments<EncodedBatch>(
                          inputs, run, context,
                          [&](const DocumentBatch& batch, EncodedBatch& result) {
                            encoder.Encode(batch, &result);
                            return absl::OkStatus();
                          },
                          [&](const DocumentBatch& batch, EncodedBatch& result) {
                            AddToTotals(batch, result.rendered, &report);
                            names.Add(result.names);
                            return writer.Write(result.rendered);
                          }));
  names.Warn(tokenizer.vocabulary(), context.reporter());
  report.documents = read.documents;
  report.inputs = std::move(read.inputs);
  return report;
}

}  // namespace corpusmill
