#include "pipelines/prepare/prepare.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/base/version.h"
#include "corpus/codecs/read_file.h"
#include "corpus/engine/document_engine.h"
#include "corpus/io/file.h"
#include "corpus/io/output_folder.h"
#include "corpus/io/sha256_file.h"
#include "pipelines/cleaning/document_sink.h"
#include "pipelines/cleaning/report_html.h"
#include "pipelines/cleaning/report_json.h"
#include "pipelines/packing/packing.h"
#include "pipelines/prepare/clm_encoder.h"
#include "pipelines/shards/folder_kind.h"
#include "pipelines/shards/objective.h"
#include "pipelines/shards/shard_format.h"
#include "pipelines/shards/shard_set_writer.h"
#include "tokenizer/encode/document_symbols.h"
#include "tokenizer/encode/symbol_names.h"
#include "tokenizer/encode/token_batch.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {
namespace {

/// Checks cheap preconditions before reading.
absl::Status CheckOptions(size_t inputs, const PrepareOptions& options) {
  if (options.seq_len < 2 || options.seq_len > kMaxSeqLen) {
    return UsageError(absl::StrFormat("a sequence length of %d; it must be 2 to %d",
                                      options.seq_len, kMaxSeqLen));
  }
  if (options.shard_tokens == 0 || options.shard_tokens > kMaxShardTokens) {
    return UsageError(absl::StrFormat("%d tokens in a shard; it must be 1 to %d",
                                      options.shard_tokens, kMaxShardTokens));
  }
  if (inputs > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return UsageError("more than 2147483647 inputs");
  }
  if (options.documents.on_bad_record.action == BadRecordAction::kQuarantine) {
    CM_RETURN_IF_ERROR(CheckOutputPath(options.documents.on_bad_record.quarantine_path,
                                       {.overwrite = options.documents.overwrite}));
  }
  return OutputFolder::Check(options.output_path, kShardFolder, {.overwrite = options.overwrite});
}

/// Encodes and packs documents, and counts them.
class Packing {
 public:
  Packing(const ClmEncoder& encoder, ConcatPacker packer, Manifest* manifest)
      : encoder_(encoder), packer_(std::move(packer)), manifest_(*manifest) {}

  /// Thread-safe.
  absl::Status Encode(const DocumentBatch& batch, PreparedBatch* result) const {
    EncodeScratch scratch;
    result->tokens.open_ids().reserve(batch.text_bytes() + 2 * batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      const DocumentPart& part = batch.part(i);
      CM_RETURN_IF_ERROR(
          encoder_.EncodePart(batch.text(i), part.first, part.last, &scratch, result));
    }
    return absl::OkStatus();
  }

  absl::Status Pack(const DocumentBatch& batch, const PreparedBatch& prepared) {
    Count(prepared);
    for (size_t i = 0; i < batch.size(); ++i) {
      const DocumentPart& part = batch.part(i);
      CM_RETURN_IF_ERROR(
          Pack(part.input, part.record, part.first, part.last, prepared.tokens.ids(i)));
    }
    return absl::OkStatus();
  }

  absl::Status Pack(uint64_t input, uint64_t record, bool first, bool last,
                    std::span<const uint32_t> ids) {
    if (first) packer_.BeginDocument(static_cast<int32_t>(input), static_cast<int64_t>(record));
    CM_RETURN_IF_ERROR(packer_.Append(ids));
    return last ? packer_.EndDocument() : absl::OkStatus();
  }

  void Count(const PreparedBatch& prepared) {
    manifest_.counts.normalized_bytes += prepared.normalized_bytes;
    manifest_.counts.symbol_bytes += prepared.symbol_bytes;
    manifest_.counts.tokens += prepared.tokens.ids().size();
    manifest_.counts.special_tokens += prepared.special_tokens;
    names_.Add(prepared.names);
  }

  const ClmEncoder& encoder() const { return encoder_; }
  const SymbolNames& names() const { return names_; }
  ConcatPacker& packer() { return packer_; }

 private:
  const ClmEncoder& encoder_;
  ConcatPacker packer_;
  Manifest& manifest_;
  SymbolNames names_;
};

/// Packs the documents that have passed the stages of a recipe.
class PackingSink final : public DocumentSink {
 public:
  explicit PackingSink(Packing& packing) : packing_(packing) {}

  uint64_t memory_per_text_byte() const override { return BatchOptions::kEncodingMemory; }
  uint64_t empty_documents() const { return empty_documents_; }

  absl::StatusOr<std::unique_ptr<Rendered>> Render(
      std::span<const CleanDocument> documents) const override {
    auto batch = std::make_unique<Batch>();
    EncodeScratch scratch;
    for (const CleanDocument& clean : documents) {
      const StageDocument& document = *clean.document;
      if (document.text().empty()) {
        ++batch->empty_documents;
        continue;
      }
      batch->identities.push_back({document.identity().input, document.identity().record});
      CM_RETURN_IF_ERROR(
          packing_.encoder().EncodePart(document.text(), true, true, &scratch, &batch->prepared));
    }
    return batch;
  }

  absl::Status Write(Rendered& rendered) override {
    const Batch& batch = static_cast<Batch&>(rendered);
    packing_.Count(batch.prepared);
    empty_documents_ += batch.empty_documents;
    for (size_t i = 0; i < batch.identities.size(); ++i) {
      const auto [input, record] = batch.identities[i];
      CM_RETURN_IF_ERROR(packing_.Pack(input, record, true, true, batch.prepared.tokens.ids(i)));
    }
    return absl::OkStatus();
  }

 private:
  struct Batch final : Rendered {
    PreparedBatch prepared;
    std::vector<std::pair<uint64_t, uint64_t>> identities;  // Of the documents with tokens.
    uint64_t empty_documents = 0;
  };

  Packing& packing_;
  uint64_t empty_documents_ = 0;
};

ManifestOptions OptionsForManifest(const PrepareOptions& options, const Vocabulary& vocabulary,
                                   const DocumentSymbols& around) {
  const auto name_of = [&](const std::optional<uint32_t>& id) {
    return id.has_value() ? vocabulary[*id].bytes : "";
  };
  return {.seq_len = options.seq_len,
          .shard_tokens = options.shard_tokens,
          .add_bos = around.bos.has_value(),
          .add_eos = around.eos.has_value(),
          .bos = name_of(around.bos),
          .eos = name_of(around.eos),
          .match_symbols = options.match_symbols,
          .tail = std::string(TailActionName(options.tail)),
          .normalization = std::string(NormalizationName(options.normalization)),
          .record = RecordOptionsName(options.documents.record),
          .field = TextFieldsName(options.documents),
          .on_bad_record = BadRecordPolicyName(options.documents.on_bad_record),
          .invalid_utf8 = std::string(InvalidUtf8Name(options.documents.invalid_utf8))};
}

void AddReadCounts(const DocumentReport& report, Manifest* manifest) {
  const DocumentCounts& read = report.documents;
  manifest->counts.records = read.records;
  manifest->counts.documents = read.documents;
  manifest->counts.text_bytes = read.text_bytes;
  manifest->dropped[DropReason::kBadRecord] = {.records = read.bad_records,
                                               .bytes = read.bad_record_bytes};
  manifest->dropped[DropReason::kBlankLine] = {.records = read.blank_records};
  manifest->dropped[DropReason::kEmptyDocument] = {.records = report.empty_documents};
  for (const InputReport& input : report.inputs) {
    manifest->inputs.push_back({.path = input.path,
                                .bytes = input.stored_bytes,
                                .xxh3_128 = input.stored_hash.ToHex(),
                                .codec = input.codec,
                                .record_format = input.record_format,
                                .records = input.records});
  }
}

/// The tail as counted in the manifest.
Dropped DroppedTail(const PackedRow& tail, const std::vector<uint32_t>& token_bytes) {
  Dropped dropped{.records = tail.segments.size() - (tail.continues ? 1 : 0),
                  .tokens = tail.ids.size()};
  for (const uint32_t id : tail.ids) dropped.bytes += token_bytes[id];
  return dropped;
}

void AddShards(const ShardSetWriter& writer, Manifest* manifest) {
  manifest->shards = writer.shards();
  manifest->counts.padding_tokens = writer.padding_tokens();
  for (const ManifestShard& shard : manifest->shards) {
    manifest->counts.rows += shard.rows;
    manifest->counts.segments += shard.segments;
  }
}

/// Where the documents come from: inputs, or the sources of a recipe.
struct DocumentOrigin {
  const std::vector<InputFile>* inputs = nullptr;
  const Recipe* recipe = nullptr;
  const std::vector<std::vector<InputFile>>* sources = nullptr;
  const CleanOptions* clean = nullptr;
};

absl::Status ReadInputs(const DocumentOrigin& from, const PrepareOptions& options,
                        const Tokenizer& tokenizer, Packing& packing, Context& context,
                        Manifest* manifest) {
  const DocumentRunOptions run = {
      .phase = "preparing",
      .documents = options.documents,
      .batches = {.cut_at_lines = tokenizer.CutsAtLines(options.match_symbols)}};
  CM_ASSIGN_OR_RETURN(const DocumentReport read,
                      RunDocuments<PreparedBatch>(
                          *from.inputs, run, context,
                          [&](const DocumentBatch& batch, PreparedBatch& result) {
                            return packing.Encode(batch, &result);
                          },
                          [&](const DocumentBatch& batch, PreparedBatch& result) {
                            return packing.Pack(batch, result);
                          }));
  AddReadCounts(read, manifest);
  return absl::OkStatus();
}

absl::Status ReadRecipe(const DocumentOrigin& from, Packing& packing, Context& context,
                        PrepareReport* report) {
  PackingSink sink(packing);
  CM_ASSIGN_OR_RETURN(report->clean,
                      Clean(*from.recipe, *from.sources, *from.clean, sink, context));
  const CleanReport& clean = *report->clean;
  Manifest& manifest = report->manifest;
  AddReadCounts(
      {.documents = clean.read, .inputs = clean.inputs, .empty_documents = sink.empty_documents()},
      &manifest);
  Dropped& dropped = manifest.dropped[DropReason::kStage];
  for (size_t stage = 0; stage < clean.ledger.stages(); ++stage) {
    const LedgerEntry entry = clean.ledger.Total(stage);
    dropped.records += entry.documents.dropped;
    dropped.bytes += entry.bytes.dropped + entry.bytes.removed;
    manifest.counts.copied_documents += entry.documents.copied;
  }
  manifest.recipe_json =
      absl::StrFormat("{\"xxh3_128\":\"%s\",\"stages\":%s}", HashBytes(from.recipe->text).ToHex(),
                      StagesJson(clean, /*with_times=*/false));
  return absl::OkStatus();
}

/// Tokenizes, packs and writes all documents; counts them in the manifest.
absl::Status Run(const DocumentOrigin& from, const PrepareOptions& options,
                 const LoadedTokenizer& loaded, const DocumentSymbols& around,
                 ShardSetWriter& writer, Context& context, PrepareReport* report) {
  Manifest& manifest = report->manifest;
  CM_ASSIGN_OR_RETURN(
      ConcatPacker packer,
      ConcatPacker::Create(static_cast<uint32_t>(options.seq_len), context.memory(),
                           [&](const PackedRow& row) { return writer.WriteRow(row); }));
  const ClmEncoder encoder(loaded.tokenizer, options.normalization, options.match_symbols, around);
  Packing packing(encoder, std::move(packer), &manifest);
  CM_RETURN_IF_ERROR(from.recipe != nullptr ? ReadRecipe(from, packing, context, report)
                                            : ReadInputs(from, options, loaded.tokenizer, packing,
                                                         context, &manifest));
  packing.names().Warn(loaded.tokenizer.vocabulary(), context.reporter());
  if (PackedRow tail; packing.packer().Rest(&tail)) {
    if (options.tail == TailAction::kPad) {
      CM_RETURN_IF_ERROR(writer.WriteRow(tail));
    } else {
      manifest.dropped[DropReason::kTail] = DroppedTail(tail, loaded.token_bytes);
    }
  }
  CM_RETURN_IF_ERROR(writer.Finish());
  AddShards(writer, &manifest);
  return absl::OkStatus();
}

absl::StatusOr<PrepareReport> PrepareFrom(const DocumentOrigin& from, size_t inputs,
                                          const PrepareOptions& options, Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  CM_RETURN_IF_ERROR(CheckOptions(inputs, options));
  CM_ASSIGN_OR_RETURN(const LoadedTokenizer loaded, LoadTokenizer(options.model_path));
  CM_ASSIGN_OR_RETURN(const DocumentSymbols around,
                      FindDocumentSymbols({.add_bos = options.add_bos,
                                           .add_eos = options.add_eos,
                                           .bos = options.bos,
                                           .eos = options.eos},
                                          loaded.tokenizer.vocabulary()));
  CM_ASSIGN_OR_RETURN(
      const std::unique_ptr<OutputFolder> folder,
      OutputFolder::Create(options.output_path, kShardFolder, {.overwrite = options.overwrite}));
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ShardSetWriter> writer,
                      ShardSetWriter::Create({.folder = folder->part_path(),
                                              .temp_dir = context.TempDirFor(folder->path()),
                                              .objective = &kClmObjective,
                                              .tokenizer_xxh3_128 = loaded.manifest.xxh3_128,
                                              .vocab_size = loaded.tokenizer.vocab_size(),
                                              .seq_len = static_cast<uint32_t>(options.seq_len),
                                              .rows_per_shard = std::max<uint64_t>(
                                                  1, options.shard_tokens / options.seq_len),
                                              .token_bytes = loaded.token_bytes},
                                             context));
  PrepareReport report;
  Manifest& manifest = report.manifest;
  manifest.corpusmill = kVersion;
  manifest.objective = kClmObjective.name;
  manifest.options = OptionsForManifest(options, loaded.tokenizer.vocabulary(), around);
  manifest.tokenizer = loaded.manifest;
  CM_RETURN_IF_ERROR(Run(from, options, loaded, around, *writer, context, &report));
  CM_RETURN_IF_ERROR(Annotate(CheckBalance(manifest), folder->path()));
  if (manifest.shards.empty()) {
    context.reporter().Log(LogLevel::kWarning,
                           absl::StrFormat("%s: no sequences: the inputs have %d tokens",
                                           folder->path(), manifest.counts.tokens));
  }
  CM_RETURN_IF_ERROR(WriteStringToFile(absl::StrFormat("%s/%s", folder->part_path(), kManifestFile),
                                       SerializeManifest(manifest), OutputOptions()));
  if (report.clean) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    CM_RETURN_IF_ERROR(WriteStringToFile(absl::StrFormat("%s/%s", folder->part_path(), kReportFile),
                                         ReportHtml(*report.clean, *from.recipe,
                                                    {.title = options.output_path,
                                                     .seconds = seconds.count(),
                                                     .peak_memory_bytes = PeakRssBytes(),
                                                     .threads = context.threads()}),
                                         OutputOptions()));
  }
  CM_RETURN_IF_ERROR(context.CheckCancelled());
  CM_RETURN_IF_ERROR(folder->Commit());
  return report;
}

}  // namespace

absl::StatusOr<TailAction> ParseTailAction(std::string_view text) {
  if (text == "pad") return TailAction::kPad;
  if (text == "drop") return TailAction::kDrop;
  return UsageError(absl::StrFormat("'%s' is an unknown tail action; try pad or drop", text));
}

std::string_view TailActionName(TailAction action) {
  return action == TailAction::kPad ? "pad" : "drop";
}

absl::StatusOr<PrepareReport> Prepare(const std::vector<InputFile>& inputs,
                                      const PrepareOptions& options, Context& context) {
  return PrepareFrom({.inputs = &inputs}, inputs.size(), options, context);
}

absl::StatusOr<PrepareReport> Prepare(const Recipe& recipe,
                                      const std::vector<std::vector<InputFile>>& sources,
                                      const CleanOptions& clean, const PrepareOptions& options,
                                      Context& context) {
  size_t inputs = 0;
  for (const std::vector<InputFile>& source : sources) inputs += source.size();
  return PrepareFrom({.recipe = &recipe, .sources = &sources, .clean = &clean}, inputs, options,
                     context);
}

}  // namespace corpusmill
