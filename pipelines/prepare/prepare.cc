#include "pipelines/prepare/prepare.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/base/version.h"
#include "corpus/codecs/read_file.h"
#include "corpus/engine/document_engine.h"
#include "corpus/io/file.h"
#include "corpus/io/output_folder.h"
#include "corpus/io/sha256_file.h"
#include "pipelines/packing/packing.h"
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
absl::Status CheckOptions(const std::vector<InputFile>& inputs, const PrepareOptions& options) {
  if (options.seq_len < 2 || options.seq_len > kMaxSeqLen) {
    return UsageError(absl::StrFormat("a sequence length of %d; it must be 2 to %d",
                                      options.seq_len, kMaxSeqLen));
  }
  if (options.shard_tokens == 0 || options.shard_tokens > kMaxShardTokens) {
    return UsageError(absl::StrFormat("%d tokens in a shard; it must be 1 to %d",
                                      options.shard_tokens, kMaxShardTokens));
  }
  if (inputs.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return UsageError("more than 2147483647 inputs");
  }
  if (options.documents.on_bad_record.action == BadRecordAction::kQuarantine) {
    CM_RETURN_IF_ERROR(CheckOutputPath(options.documents.on_bad_record.quarantine_path,
                                       {.overwrite = options.documents.overwrite}));
  }
  return OutputFolder::Check(options.output_path, kShardFolder, {.overwrite = options.overwrite});
}

/// A tokenizer for normalised text, and its entry in the manifest.
struct LoadedTokenizer {
  Tokenizer tokenizer;
  ManifestTokenizer manifest;
  std::vector<uint32_t> token_bytes;  ///< Length of each id's piece.
};

absl::StatusOr<LoadedTokenizer> LoadTokenizer(const std::string& path) {
  CM_RETURN_IF_ERROR(CheckSha256(path));
  CM_ASSIGN_OR_RETURN(const std::string json, ReadFileToString(path));
  CM_ASSIGN_OR_RETURN(Tokenizer tokenizer,
                      Tokenizer::Parse(json, path, {.normalization = Normalization::kNone}));
  if (tokenizer.rules().replace_invalid_utf8 || !tokenizer.rules().cut_at_newlines) {
    return UsageError(absl::StrFormat(
        "%s: prepare cannot account for every byte under a SentencePiece model's text rules; try a "
        "BytePiece model",
        path));
  }
  ManifestTokenizer manifest{.file = path.substr(path.rfind('/') + 1),
                             .xxh3_128 = HashBytes(json).ToHex(),
                             .vocab_size = tokenizer.vocab_size()};
  std::vector<uint32_t> token_bytes;
  for (uint32_t id = 0; id < tokenizer.vocab_size(); ++id) {
    token_bytes.push_back(static_cast<uint32_t>(tokenizer.vocabulary().DecodedBytes(id).size()));
  }
  return LoadedTokenizer{std::move(tokenizer), std::move(manifest), std::move(token_bytes)};
}

/// The ids of a batch and the size of its normalised text.
struct PreparedBatch {
  TokenBatch tokens;
  uint64_t normalized_bytes = 0;
  uint64_t symbol_bytes = 0;  ///< Names of control symbols among them.
  uint64_t special_tokens = 0;
  SymbolNames names;
};

/// Encodes batches. Thread-safe: each thread encodes its own batch.
class BatchEncoder {
 public:
  BatchEncoder(const Tokenizer& tokenizer, const PrepareOptions& options,
               const DocumentSymbols& around)
      : tokenizer_(tokenizer), options_(options), around_(around) {}

  absl::Status Encode(const DocumentBatch& batch, PreparedBatch* result) const {
    EncodeScratch scratch;
    std::vector<uint32_t>& ids = result->tokens.open_ids();
    ids.reserve(batch.text_bytes() + 2 * batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      const DocumentPart& part = batch.part(i);
      const bool bos = part.first && around_.bos.has_value();
      const bool eos = part.last && around_.eos.has_value();
      if (bos) ids.push_back(*around_.bos);
      CM_RETURN_IF_ERROR(EncodePart(batch.text(i), &ids, &scratch, result));
      if (eos) ids.push_back(*around_.eos);
      result->special_tokens += (bos ? 1 : 0) + (eos ? 1 : 0);
      result->tokens.EndPart();
    }
    return absl::OkStatus();
  }

 private:
  absl::Status EncodePart(std::string_view text, std::vector<uint32_t>* ids, EncodeScratch* scratch,
                          PreparedBatch* result) const {
    if (!options_.match_symbols) {
      result->names.Count(tokenizer_, text);
      return EncodeRun(text, ids, scratch, result);
    }
    absl::Status status;
    tokenizer_.symbols().Split(
        text, [&](std::string_view run) { status.Update(EncodeRun(run, ids, scratch, result)); },
        [&](uint32_t id, std::string_view name) {
          ids->push_back(id);
          result->normalized_bytes += name.size();
          result->symbol_bytes += name.size() - tokenizer_.vocabulary().DecodedBytes(id).size();
        });
    return status;
  }

  absl::Status EncodeRun(std::string_view run, std::vector<uint32_t>* ids, EncodeScratch* scratch,
                         PreparedBatch* result) const {
    std::string normalized;
    if (options_.normalization != Normalization::kNone) {
      // The reader has applied the policy for invalid bytes.
      CM_RETURN_IF_ERROR(Normalize(run, options_.normalization, InvalidUtf8::kKeep, &normalized));
      run = normalized;
    }
    result->normalized_bytes += run.size();
    tokenizer_.Encode(run, ids, scratch);
    return absl::OkStatus();
  }

  const Tokenizer& tokenizer_;
  const PrepareOptions& options_;
  const DocumentSymbols around_;
};

absl::Status PackBatch(const DocumentBatch& batch, const TokenBatch& tokens, ConcatPacker& packer) {
  for (size_t i = 0; i < batch.size(); ++i) {
    const DocumentPart& part = batch.part(i);
    if (part.first) {
      packer.BeginDocument(static_cast<int32_t>(part.input), static_cast<int64_t>(part.record));
    }
    CM_RETURN_IF_ERROR(packer.Append(tokens.ids(i)));
    if (part.last) CM_RETURN_IF_ERROR(packer.EndDocument());
  }
  return absl::OkStatus();
}

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

/// Tokenizes, packs and writes all documents; counts them in `manifest`.
absl::Status Run(const std::vector<InputFile>& inputs, const PrepareOptions& options,
                 const LoadedTokenizer& loaded, const DocumentSymbols& around,
                 ShardSetWriter& writer, Context& context, Manifest* manifest) {
  CM_ASSIGN_OR_RETURN(
      ConcatPacker packer,
      ConcatPacker::Create(static_cast<uint32_t>(options.seq_len), context.memory(),
                           [&](const PackedRow& row) { return writer.WriteRow(row); }));
  const DocumentRunOptions run = {
      .phase = "preparing",
      .documents = options.documents,
      .batches = {.cut_at_lines = loaded.tokenizer.CutsAtLines(options.match_symbols)}};
  const BatchEncoder encoder(loaded.tokenizer, options, around);
  SymbolNames names;
  CM_ASSIGN_OR_RETURN(const DocumentReport read,
                      RunDocuments<PreparedBatch>(
                          inputs, run, context,
                          [&](const DocumentBatch& batch, PreparedBatch& result) {
                            return encoder.Encode(batch, &result);
                          },
                          [&](const DocumentBatch& batch, PreparedBatch& result) {
                            manifest->counts.normalized_bytes += result.normalized_bytes;
                            manifest->counts.symbol_bytes += result.symbol_bytes;
                            names.Add(result.names);
                            manifest->counts.tokens += result.tokens.ids().size();
                            manifest->counts.special_tokens += result.special_tokens;
                            return PackBatch(batch, result.tokens, packer);
                          }));
  names.Warn(loaded.tokenizer.vocabulary(), context.reporter());
  if (PackedRow tail; packer.Rest(&tail)) {
    if (options.tail == TailAction::kPad) {
      CM_RETURN_IF_ERROR(writer.WriteRow(tail));
    } else {
      manifest->dropped[DropReason::kTail] = DroppedTail(tail, loaded.token_bytes);
    }
  }
  CM_RETURN_IF_ERROR(writer.Finish());
  AddReadCounts(read, manifest);
  AddShards(writer, manifest);
  return absl::OkStatus();
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
  CM_RETURN_IF_ERROR(Run(inputs, options, loaded, around, *writer, context, &manifest));
  CM_RETURN_IF_ERROR(Annotate(CheckBalance(manifest), folder->path()));
  if (manifest.shards.empty()) {
    context.reporter().Log(LogLevel::kWarning,
                           absl::StrFormat("%s: no sequences: the inputs have %d tokens",
                                           folder->path(), manifest.counts.tokens));
  }
  CM_RETURN_IF_ERROR(WriteStringToFile(absl::StrFormat("%s/%s", folder->part_path(), kManifestFile),
                                       SerializeManifest(manifest), OutputOptions()));
  CM_RETURN_IF_ERROR(context.CheckCancelled());
  CM_RETURN_IF_ERROR(folder->Commit());
  return report;
}

}  // namespace corpusmill
