#include "pipelines/shards/manifest.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kShardPrefix = "shard-";
constexpr std::string_view kShardSuffix = ".safetensors";
constexpr size_t kShardDigits = 5;

Json ToJson(const Dropped& dropped) {
  return {{"records", dropped.records}, {"bytes", dropped.bytes}, {"tokens", dropped.tokens}};
}

Json ToJson(const ManifestOptions& options) {
  return {{"seq_len", options.seq_len},
          {"shard_tokens", options.shard_tokens},
          {"add_bos", options.add_bos},
          {"add_eos", options.add_eos},
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
          {"text_bytes", counts.text_bytes},
          {"normalized_bytes", counts.normalized_bytes},
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

absl::Status Equal(std::string_view what, uint64_t left, std::string_view parts, uint64_t right) {
  if (left == right) return absl::OkStatus();
  return DataError(absl::StrFormat("the books do not balance: %s are %d, but %s make %d", what,
                                   left, parts, right));
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
  json["dropped"] = {{"bad_record", ToJson(manifest.dropped.bad_record)},
                     {"blank_line", ToJson(manifest.dropped.blank_line)},
                     {"empty_document", ToJson(manifest.dropped.empty_document)},
                     {"tail", ToJson(manifest.dropped.tail)}};
  json["shards"] = Json::array();
  for (const ManifestShard& shard : manifest.shards) json["shards"].push_back(ToJson(shard));
  // A path that is not UTF-8 gets U+FFFD: JSON cannot hold it.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::Status CheckBalance(const Manifest& manifest) {
  const ManifestCounts& counts = manifest.counts;
  const ManifestDropped& dropped = manifest.dropped;
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
  CM_RETURN_IF_ERROR(Equal("records", counts.records, "those of the inputs", input_records));
  CM_RETURN_IF_ERROR(
      Equal("records", counts.records, "documents, bad records and blank lines",
            counts.documents + dropped.bad_record.records + dropped.blank_line.records));
  CM_RETURN_IF_ERROR(Equal("documents", counts.documents, "those in shards and the dropped ones",
                           sum.documents + dropped.empty_document.records + dropped.tail.records));
  CM_RETURN_IF_ERROR(Equal("normalized bytes", counts.normalized_bytes,
                           "those in shards and the dropped tail",
                           sum.text_bytes + dropped.tail.bytes));
  if (manifest.options.normalization == "none") {
    CM_RETURN_IF_ERROR(Equal("normalized bytes", counts.normalized_bytes,
                             "the text bytes without normalization", counts.text_bytes));
  }
  const uint64_t specials = uint64_t{manifest.options.add_bos} + uint64_t{manifest.options.add_eos};
  CM_RETURN_IF_ERROR(Equal("special tokens", counts.special_tokens,
                           "those asked for in each document",
                           (counts.documents - dropped.empty_document.records) * specials));
  CM_RETURN_IF_ERROR(Equal("tokens", counts.tokens, "those in shards and the dropped tail",
                           sum.tokens + dropped.tail.tokens));
  CM_RETURN_IF_ERROR(Equal("rows", counts.rows, "those of the shards", sum.rows));
  CM_RETURN_IF_ERROR(Equal("places in rows", counts.rows * manifest.options.seq_len,
                           "tokens in shards and padding", sum.tokens + counts.padding_tokens));
  return Equal("segments", counts.segments, "those of the shards", sum.segments);
}

std::string ShardFileName(uint64_t index) {
  return absl::StrFormat("%s%0*d%s", kShardPrefix, static_cast<int>(kShardDigits), index,
                         kShardSuffix);
}

bool IsShardFileName(std::string_view name) {
  if (!name.starts_with(kShardPrefix) || !name.ends_with(kShardSuffix)) return false;
  if (name.size() < kShardPrefix.size() + kShardDigits + kShardSuffix.size()) return false;
  name.remove_prefix(kShardPrefix.size());
  name.remove_suffix(kShardSuffix.size());
  if (name.size() > kShardDigits && name[0] == '0') return false;
  return name.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace corpusmill
