#include "pipelines/shards/manifest.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/text/json_fields.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kShardPrefix = "shard-";
constexpr size_t kShardDigits = 5;

Json ToJson(const Dropped& dropped) {
  return {{"records", dropped.records}, {"bytes", dropped.bytes}, {"tokens", dropped.tokens}};
}

Json ToJson(const ManifestOptions& options) {
  return {{"seq_len", options.seq_len},
          {"shard_tokens", options.shard_tokens},
          {"add_bos", options.add_bos},
          {"add_eos", options.add_eos},
          {"bos", options.bos},
          {"eos", options.eos},
          {"match_symbols", options.match_symbols},
          {"tail", options.tail},
          {"normalization", options.normalization},
          {"record", options.record},
          {"field", options.field},
          {"on_bad_record", options.on_bad_record},
          {"invalid_utf8", options.invalid_utf8}};
}

Json ToJson(const ManifestCounts& counts) {
  return {{"records", counts.records},
          {"documents", counts.documents},
          {"copied_documents", counts.copied_documents},
          {"text_bytes", counts.text_bytes},
          {"normalized_bytes", counts.normalized_bytes},
          {"symbol_bytes", counts.symbol_bytes},
          {"tokens", counts.tokens},
          {"special_tokens", counts.special_tokens},
          {"rows", counts.rows},
          {"padding_tokens", counts.padding_tokens},
          {"segments", counts.segments}};
}

Json ToJson(const ManifestInput& input) {
  return {{"path", input.path},
          {"bytes", input.bytes},
          {"xxh3_128", input.xxh3_128},
          {"codec", input.codec},
          {"record_format", input.record_format},
          {"records", input.records}};
}

Json ToJson(const ManifestShard& shard) {
  return {{"file", shard.file},           {"rows", shard.rows},
          {"tokens", shard.tokens},       {"segments", shard.segments},
          {"documents", shard.documents}, {"text_bytes", shard.text_bytes},
          {"bytes", shard.bytes},         {"xxh3_128", shard.xxh3_128}};
}

constexpr size_t kHashDigits = 32;

absl::StatusOr<std::string> ReadHash(const JsonFields& fields, std::string_view name) {
  CM_ASSIGN_OR_RETURN(std::string hash, fields.String("xxh3_128"));
  if (hash.size() != kHashDigits ||
      hash.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return DataError(absl::StrFormat("%s: xxh3_128 is not 32 hexadecimal digits", name));
  }
  return hash;
}

/// Members that the first manifests lack.
bool Has(const JsonFields& fields, std::string_view key) {
  return std::any_of(fields.members().begin(), fields.members().end(),
                     [key](const JsonFields::Member& member) { return member.key == key; });
}

absl::StatusOr<ManifestOptions> ReadOptions(const JsonFields& fields) {
  ManifestOptions options;
  CM_ASSIGN_OR_RETURN(options.seq_len, fields.Uint("seq_len"));
  CM_ASSIGN_OR_RETURN(options.shard_tokens, fields.Uint("shard_tokens"));
  CM_ASSIGN_OR_RETURN(options.add_bos, fields.Bool("add_bos"));
  CM_ASSIGN_OR_RETURN(options.add_eos, fields.Bool("add_eos"));
  if (Has(fields, "match_symbols")) {
    CM_ASSIGN_OR_RETURN(options.bos, fields.String("bos"));
    CM_ASSIGN_OR_RETURN(options.eos, fields.String("eos"));
    CM_ASSIGN_OR_RETURN(options.match_symbols, fields.Bool("match_symbols"));
  }
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
  if (Has(fields, "copied_documents")) {
    CM_ASSIGN_OR_RETURN(counts.copied_documents, fields.Uint("copied_documents"));
  }
  if (Has(fields, "symbol_bytes")) {
    CM_ASSIGN_OR_RETURN(counts.symbol_bytes, fields.Uint("symbol_bytes"));
  }
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

/// Checks sizes against the limits of the format; shard readers rely on it.
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
    const ShardContainer* const container = FindShardContainer(shard.file);
    const std::string file =
        ShardFileName(i, container == nullptr ? *kShardContainers[0] : *container);
    if (shard.file != file) return error(absl::StrFormat("shards[%d].file is not %s", i, file));
    if (shard.rows == 0 || shard.rows >= kLimit ||
        shard.rows * manifest.options.seq_len >= kLimit) {
      return error(absl::StrFormat("shards[%d].rows is out of range", i));
    }
  }
  return absl::OkStatus();
}

/// Checks the texts that have a few values or a narrow form.
absl::Status CheckTexts(const Manifest& manifest, std::string_view name) {
  using Values = std::initializer_list<std::string_view>;
  const ManifestOptions& options = manifest.options;
  const auto one_of = [&](std::string_view member, std::string_view value,
                          Values values) -> absl::Status {
    if (std::find(values.begin(), values.end(), value) != values.end()) return absl::OkStatus();
    return DataError(absl::StrFormat("%s: %s is '%s', which it cannot be", name, member, value));
  };
  // Without the file of "quarantine=PATH".
  const std::string_view action =
      std::string_view(options.on_bad_record).substr(0, options.on_bad_record.find('='));
  CM_RETURN_IF_ERROR(one_of("options.tail", options.tail, {"pad", "drop"}));
  CM_RETURN_IF_ERROR(
      one_of("options.normalization", options.normalization, {"none", "nfc", "nfkc"}));
  CM_RETURN_IF_ERROR(
      one_of("options.invalid_utf8", options.invalid_utf8, {"keep", "replace", "fail"}));
  CM_RETURN_IF_ERROR(one_of("options.on_bad_record", action, {"fail", "skip", "quarantine"}));
  const auto is_word = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return c > ' ' && c < 0x7F; });
  };
  const auto word = [&](const std::string& member, std::string_view value) -> absl::Status {
    if (is_word(value)) return absl::OkStatus();
    return DataError(absl::StrFormat("%s: %s is '%s', which it cannot be", name, member, value));
  };
  CM_RETURN_IF_ERROR(word("corpusmill", manifest.corpusmill));
  CM_RETURN_IF_ERROR(word("objective", manifest.objective));
  CM_RETURN_IF_ERROR(word("options.record", options.record));
  for (size_t i = 0; i < manifest.inputs.size(); ++i) {
    const std::string place = absl::StrFormat("inputs[%d].", i);
    CM_RETURN_IF_ERROR(word(place + "codec", manifest.inputs[i].codec));
    CM_RETURN_IF_ERROR(word(place + "record_format", manifest.inputs[i].record_format));
  }
  return absl::OkStatus();
}

// The last member is the hash of all bytes before it.
constexpr std::string_view kBeforeHash = ",\n  \"xxh3_128\": \"";
constexpr std::string_view kAfterHash = "\"\n}\n";

std::string EndWithHash(std::string_view body) {
  return absl::StrFormat("%s%s%s", kBeforeHash, HashBytes(body).ToHex(), kAfterHash);
}

absl::Status CheckHash(std::string_view json, std::string_view name) {
  const size_t end_bytes = kBeforeHash.size() + kHashDigits + kAfterHash.size();
  if (json.size() > end_bytes) {
    const std::string_view body = json.substr(0, json.size() - end_bytes);
    if (json.substr(body.size()) == EndWithHash(body)) return absl::OkStatus();
  }
  return DataError(
      absl::StrFormat("%s: has changed since it was written: its bytes do not have the hash "
                      "at its end; prepare the folder again",
                      name));
}

absl::Status Equal(std::string_view what, uint64_t left, std::string_view parts, uint64_t right) {
  if (left == right) return absl::OkStatus();
  return DataError(absl::StrFormat("the counts do not balance: %s are %d, but %s add up to %d",
                                   what, left, parts, right));
}

}  // namespace

std::string SerializeManifest(const Manifest& manifest) {
  Json json;
  json["format"] = std::string(kManifestFormat);
  json["version"] = kManifestVersion;
  json["corpusmill"] = manifest.corpusmill;
  json["objective"] = manifest.objective;
  json["options"] = ToJson(manifest.options);
  json["tokenizer"] = {{"file", manifest.tokenizer.file},
                       {"xxh3_128", manifest.tokenizer.xxh3_128},
                       {"vocab_size", manifest.tokenizer.vocab_size}};
  json["inputs"] = Json::array();
  for (const ManifestInput& input : manifest.inputs) json["inputs"].push_back(ToJson(input));
  json["counts"] = ToJson(manifest.counts);
  for (const DropReasonInfo& info : kDropReasons) {
    json["dropped"][std::string(info.member)] = ToJson(manifest.dropped[info.reason]);
  }
  if (!manifest.recipe_json.empty()) json["recipe"] = Json::parse(manifest.recipe_json);
  json["shards"] = Json::array();
  for (const ManifestShard& shard : manifest.shards) json["shards"].push_back(ToJson(shard));
  // A path that is not UTF-8 gets U+FFFD: JSON cannot hold it.
  std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  text.resize(text.size() - 2);  // Without "\n}".
  return text + EndWithHash(text);
}

absl::StatusOr<Manifest> ParseManifest(std::string_view json, std::string_view name) {
  simdjson::dom::parser parser;
  CM_ASSIGN_OR_RETURN(const JsonFields root, JsonFields::Parse(parser, json, name));
  CM_ASSIGN_OR_RETURN(const std::string format, root.String("format"));
  if (format != kManifestFormat) {
    return DataError(absl::StrFormat("%s: not the manifest of a folder of shards", name));
  }
  CM_ASSIGN_OR_RETURN(const uint64_t version, root.Uint("version"));
  if (version == 0 || version > kManifestVersion) {
    return DataError(absl::StrFormat("%s: format version %d; this program reads versions 1 to %d",
                                     name, version, kManifestVersion));
  }
  Manifest manifest;
  manifest.is_hashed = version > 1;
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
  for (const DropReasonInfo& info : kDropReasons) {
    if (info.reason == DropReason::kStage && !Has(dropped, info.member)) continue;
    CM_ASSIGN_OR_RETURN(manifest.dropped[info.reason], ReadDropped(dropped, info.member));
  }
  if (Has(root, "recipe")) manifest.recipe_json = "{}";
  CM_ASSIGN_OR_RETURN(const std::vector<JsonFields> shards, root.Objects("shards"));
  for (const JsonFields& fields : shards) {
    CM_ASSIGN_OR_RETURN(ManifestShard shard, ReadShard(fields, name));
    manifest.shards.push_back(std::move(shard));
  }
  CM_RETURN_IF_ERROR(CheckRanges(manifest, name));
  CM_RETURN_IF_ERROR(CheckTexts(manifest, name));
  if (manifest.is_hashed) CM_RETURN_IF_ERROR(CheckHash(json, name));
  return manifest;
}

absl::Status CheckBalance(const Manifest& manifest) {
  const ManifestCounts& counts = manifest.counts;
  const Dropped& tail = manifest.dropped[DropReason::kTail];
  uint64_t never_documents = 0, dropped_documents = 0;
  for (const DropReasonInfo& info : kDropReasons) {
    (info.of_documents ? dropped_documents : never_documents) +=
        manifest.dropped[info.reason].records;
  }
  uint64_t input_records = 0;
  for (const ManifestInput& input : manifest.inputs) input_records += input.records;
  ManifestShard sum;
  for (const ManifestShard& shard : manifest.shards) {
    sum.rows += shard.rows;
    sum.tokens += shard.tokens;
    sum.segments += shard.segments;
    sum.documents += shard.documents;
    sum.text_bytes += shard.text_bytes;
  }
  CM_RETURN_IF_ERROR(Equal("records", counts.records, "records of the inputs", input_records));
  CM_RETURN_IF_ERROR(Equal("records", counts.records, "documents, bad records and blank lines",
                           counts.documents + never_documents));
  CM_RETURN_IF_ERROR(Equal("documents", counts.documents + counts.copied_documents,
                           "documents in shards and dropped documents",
                           sum.documents + dropped_documents));
  CM_RETURN_IF_ERROR(Equal("normalized bytes", counts.normalized_bytes,
                           "bytes in shards, in the dropped tail and of control symbols",
                           sum.text_bytes + tail.bytes + counts.symbol_bytes));
  // Stages change texts; their own ledger balances.
  if (manifest.options.normalization == "none" && manifest.recipe_json.empty()) {
    CM_RETURN_IF_ERROR(Equal("normalized bytes", counts.normalized_bytes,
                             "the text bytes without normalization", counts.text_bytes));
  }
  const uint64_t specials = uint64_t{manifest.options.add_bos} + uint64_t{manifest.options.add_eos};
  CM_RETURN_IF_ERROR(Equal("special tokens", counts.special_tokens,
                           "special tokens requested per document",
                           (sum.documents + tail.records) * specials));
  CM_RETURN_IF_ERROR(Equal("tokens", counts.tokens, "tokens in shards and in the dropped tail",
                           sum.tokens + tail.tokens));
  CM_RETURN_IF_ERROR(Equal("rows", counts.rows, "rows of the shards", sum.rows));
  CM_RETURN_IF_ERROR(Equal("positions in rows", counts.rows * manifest.options.seq_len,
                           "tokens in shards and padding", sum.tokens + counts.padding_tokens));
  return Equal("segments", counts.segments, "segments of the shards", sum.segments);
}

std::string ShardFileName(uint64_t index, const ShardContainer& container) {
  return absl::StrFormat("%s%0*d%s", kShardPrefix, static_cast<int>(kShardDigits), index,
                         container.extension);
}

bool IsShardFileName(std::string_view name) {
  const ShardContainer* const container = FindShardContainer(name);
  if (container == nullptr || !name.starts_with(kShardPrefix)) return false;
  if (name.size() < kShardPrefix.size() + kShardDigits + container->extension.size()) return false;
  name.remove_prefix(kShardPrefix.size());
  name.remove_suffix(container->extension.size());
  if (name.size() > kShardDigits && name[0] == '0') return false;
  return name.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace corpusmill
