#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/json_fields.h"
#include "pipelines/shards/manifest.h"

namespace corpusmill {
namespace {

constexpr size_t kHashDigits = 32;

absl::StatusOr<std::string> ReadHash(const JsonFields& fields, std::string_view name) {
  CM_ASSIGN_OR_RETURN(std::string hash, fields.String("xxh3_128"));
  if (hash.size() != kHashDigits ||
      hash.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return DataError(absl::StrFormat("%s: xxh3_128 is not 32 hexadecimal digits", name));
  }
  return hash;
}

absl::StatusOr<ManifestOptions> ReadOptions(const JsonFields& fields) {
  ManifestOptions options;
  CM_ASSIGN_OR_RETURN(options.seq_len, fields.Uint("seq_len"));
  CM_ASSIGN_OR_RETURN(options.shard_tokens, fields.Uint("shard_tokens"));
  CM_ASSIGN_OR_RETURN(options.add_bos, fields.Bool("add_bos"));
  CM_ASSIGN_OR_RETURN(options.add_eos, fields.Bool("add_eos"));
  CM_ASSIGN_OR_RETURN(options.tail, fields.String("tail"));
  CM_ASSIGN_OR_RETURN(options.normalization, fields.String("normalization"));
  CM_ASSIGN_OR_RETURN(options.record, fields.String("record"));
  CM_ASSIGN_OR_RETURN(options.field, fields.String("field"));
  CM_ASSIGN_OR_RETURN(options.on_bad_record, fields.String("on_bad_record"));
  CM_ASSIGN_OR_RETURN(options.invalid_utf8, fields.String("invalid_utf8"));
  return options;
}

absl::StatusOr<ManifestInput> ReadInput(const JsonFields& fields, std::string_view name) {
  ManifestInput input;
  CM_ASSIGN_OR_RETURN(input.path, fields.String("path"));
  CM_ASSIGN_OR_RETURN(input.bytes, fields.Uint("bytes"));
  CM_ASSIGN_OR_RETURN(input.xxh3_128, ReadHash(fields, name));
  CM_ASSIGN_OR_RETURN(input.codec, fields.String("codec"));
  CM_ASSIGN_OR_RETURN(input.record_format, fields.String("record_format"));
  CM_ASSIGN_OR_RETURN(input.records, fields.Uint("records"));
  return input;
}

absl::StatusOr<ManifestCounts> ReadCounts(const JsonFields& fields) {
  ManifestCounts counts;
  CM_ASSIGN_OR_RETURN(counts.records, fields.Uint("records"));
  CM_ASSIGN_OR_RETURN(counts.documents, fields.Uint("documents"));
  CM_ASSIGN_OR_RETURN(counts.text_bytes, fields.Uint("text_bytes"));
  CM_ASSIGN_OR_RETURN(counts.normalized_bytes, fields.Uint("normalized_bytes"));
  CM_ASSIGN_OR_RETURN(counts.tokens, fields.Uint("tokens"));
  CM_ASSIGN_OR_RETURN(counts.special_tokens, fields.Uint("special_tokens"));
  CM_ASSIGN_OR_RETURN(counts.rows, fields.Uint("rows"));
  CM_ASSIGN_OR_RETURN(counts.padding_tokens, fields.Uint("padding_tokens"));
  CM_ASSIGN_OR_RETURN(counts.segments, fields.Uint("segments"));
  return counts;
}

absl::StatusOr<Dropped> ReadDropped(const JsonFields& parent, std::string_view reason) {
  CM_ASSIGN_OR_RETURN(const JsonFields fields, parent.Object(reason));
  Dropped dropped;
  CM_ASSIGN_OR_RETURN(dropped.records, fields.Uint("records"));
  CM_ASSIGN_OR_RETURN(dropped.bytes, fields.Uint("bytes"));
  CM_ASSIGN_OR_RETURN(dropped.tokens, fields.Uint("tokens"));
  return dropped;
}

absl::StatusOr<ManifestShard> ReadShard(const JsonFields& fields, std::string_view name) {
  ManifestShard shard;
  CM_ASSIGN_OR_RETURN(shard.file, fields.String("file"));
  CM_ASSIGN_OR_RETURN(shard.rows, fields.Uint("rows"));
  CM_ASSIGN_OR_RETURN(shard.tokens, fields.Uint("tokens"));
  CM_ASSIGN_OR_RETURN(shard.segments, fields.Uint("segments"));
  CM_ASSIGN_OR_RETURN(shard.documents, fields.Uint("documents"));
  CM_ASSIGN_OR_RETURN(shard.text_bytes, fields.Uint("text_bytes"));
  CM_ASSIGN_OR_RETURN(shard.bytes, fields.Uint("bytes"));
  CM_ASSIGN_OR_RETURN(shard.xxh3_128, ReadHash(fields, name));
  return shard;
}

/// What readers of shards build upon: sizes within the limits of the format.
absl::Status CheckRanges(const Manifest& manifest, std::string_view name) {
  const auto error = [name](std::string_view what) {
    return DataError(absl::StrFormat("%s: %s", name, what));
  };
  constexpr uint64_t kLimit = uint64_t{1} << 31;
  if (manifest.options.seq_len == 0 || manifest.options.seq_len >= kLimit) {
    return error("options.seq_len is out of range");
  }
  if (manifest.tokenizer.vocab_size == 0 || manifest.tokenizer.vocab_size >= kLimit) {
    return error("tokenizer.vocab_size is out of range");
  }
  for (size_t i = 0; i < manifest.shards.size(); ++i) {
    const ManifestShard& shard = manifest.shards[i];
    if (shard.file != ShardFileName(i)) {
      return error(absl::StrFormat("shards[%d].file is not %s", i, ShardFileName(i)));
    }
    if (shard.rows == 0 || shard.rows >= kLimit ||
        shard.rows * manifest.options.seq_len >= kLimit) {
      return error(absl::StrFormat("shards[%d].rows is out of range", i));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Manifest> ParseManifest(std::string_view json, std::string_view name) {
  simdjson::dom::parser parser;
  CM_ASSIGN_OR_RETURN(const JsonFields root, JsonFields::Parse(parser, json, name));
  CM_ASSIGN_OR_RETURN(const std::string format, root.String("format"));
  if (format != kManifestFormat) {
    return DataError(absl::StrFormat("%s: not the manifest of a folder of shards", name));
  }
  CM_ASSIGN_OR_RETURN(const uint64_t version, root.Uint("version"));
  if (version != kManifestVersion) {
    return DataError(absl::StrFormat("%s: format version %d; this program reads version %d", name,
                                     version, kManifestVersion));
  }
  Manifest manifest;
  CM_ASSIGN_OR_RETURN(manifest.corpusmill, root.String("corpusmill"));
  CM_ASSIGN_OR_RETURN(manifest.objective, root.String("objective"));
  CM_ASSIGN_OR_RETURN(const JsonFields options, root.Object("options"));
  CM_ASSIGN_OR_RETURN(manifest.options, ReadOptions(options));
  CM_ASSIGN_OR_RETURN(const JsonFields tokenizer, root.Object("tokenizer"));
  CM_ASSIGN_OR_RETURN(manifest.tokenizer.file, tokenizer.String("file"));
  CM_ASSIGN_OR_RETURN(manifest.tokenizer.xxh3_128, ReadHash(tokenizer, name));
  CM_ASSIGN_OR_RETURN(manifest.tokenizer.vocab_size, tokenizer.Uint("vocab_size"));
  CM_ASSIGN_OR_RETURN(const std::vector<JsonFields> inputs, root.Objects("inputs"));
  for (const JsonFields& fields : inputs) {
    CM_ASSIGN_OR_RETURN(ManifestInput input, ReadInput(fields, name));
    manifest.inputs.push_back(std::move(input));
  }
  CM_ASSIGN_OR_RETURN(const JsonFields counts, root.Object("counts"));
  CM_ASSIGN_OR_RETURN(manifest.counts, ReadCounts(counts));
  CM_ASSIGN_OR_RETURN(const JsonFields dropped, root.Object("dropped"));
  CM_ASSIGN_OR_RETURN(manifest.dropped.bad_record, ReadDropped(dropped, "bad_record"));
  CM_ASSIGN_OR_RETURN(manifest.dropped.blank_line, ReadDropped(dropped, "blank_line"));
  CM_ASSIGN_OR_RETURN(manifest.dropped.empty_document, ReadDropped(dropped, "empty_document"));
  CM_ASSIGN_OR_RETURN(manifest.dropped.tail, ReadDropped(dropped, "tail"));
  CM_ASSIGN_OR_RETURN(const std::vector<JsonFields> shards, root.Objects("shards"));
  for (const JsonFields& fields : shards) {
    CM_ASSIGN_OR_RETURN(ManifestShard shard, ReadShard(fields, name));
    manifest.shards.push_back(std::move(shard));
  }
  CM_RETURN_IF_ERROR(CheckRanges(manifest, name));
  return manifest;
}

}  // namespace corpusmill
