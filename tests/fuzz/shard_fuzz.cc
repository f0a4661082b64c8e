// Reads arbitrary bytes as files of a folder of shards: no crash, no hang, no memory beyond the
// budget. The first byte of the input selects the meaning of the rest:
//
//   0 mod 4: a manifest.json
//   1 mod 4: a safetensors file
//   2 mod 4: a shard of kManifest, from its first byte to its last
//   3 mod 4: the tensors of such a shard after a valid header, so that the fuzzer
//            reaches the rules of rows and segments without seeds

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "corpus/base/context.h"
#include "corpus/io/random_access.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/objective.h"
#include "pipelines/shards/safetensors.h"
#include "pipelines/shards/shard_reader.h"

namespace {

using corpusmill::Context;
using corpusmill::Manifest;

constexpr uint64_t kSeqLen = 4;

Manifest SmallManifest() {
  Manifest manifest;
  manifest.objective = corpusmill::kClmObjective.name;
  manifest.options.seq_len = kSeqLen;
  manifest.tokenizer = {"m.model", std::string(32, '0'), 264};
  manifest.inputs.resize(2);
  manifest.inputs[0].records = 3;
  manifest.inputs[1].records = 200;
  return manifest;
}

/// Returns a safetensors file of a few rows and segments with the tensors `data`, padded with
/// zeros.
std::string ShardOf(std::string_view data) {
  const auto byte = [&](size_t at) { return at < data.size() ? data[at] & 0xFF : 0; };
  const uint64_t rows = byte(0) % 3 + 1;
  const uint64_t segments = rows + byte(1) % 5;
  data.remove_prefix(std::min<size_t>(2, data.size()));
  uint64_t end = 0;
  std::string header = absl::StrFormat(
      R"({"__metadata__":{"format":"corpusmill.shard","version":"1","objective":"clm",)"
      R"("seq_len":"%d","vocab_size":"264","tokenizer_xxh3_128":"%s"},)",
      kSeqLen, std::string(32, '0'));
  const auto add = [&](const char* name, const char* dtype, uint64_t count, uint64_t bytes) {
    absl::StrAppendFormat(&header, R"("%s":{"dtype":"%s","shape":[%d],"data_offsets":[%d,%d]},)",
                          name, dtype, count, end, end + count * bytes);
    end += count * bytes;
  };
  absl::StrAppendFormat(&header,
                        R"("input_ids":{"dtype":"U16","shape":[%d,%d],"data_offsets":[0,%d]},)",
                        rows, kSeqLen, rows * kSeqLen * 2);
  end = rows * kSeqLen * 2;
  add("segment_record", "I64", segments, 8);
  add("segment_input", "I32", segments, 4);
  add("cu_seqlens", "I32", segments + 1, 4);
  add("row_segments", "I32", rows + 1, 4);
  add("row_tokens", "I32", rows, 4);
  add("last_labels", "I32", rows, 4);
  header.back() = '}';
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i));
  file += header;
  file += data.substr(0, end);
  file.append(8 + header.size() + end - file.size(), '\0');
  return file;
}

void ReadShard(std::string_view bytes, Context& context) {
  static const Manifest* const manifest = new Manifest(SmallManifest());
  const auto reader = corpusmill::OpenShardReader(
      corpusmill::kSafetensorsContainer, corpusmill::StringRandomAccessFile(bytes, "shard"),
      *manifest, context);
  if (!reader.ok()) return;
  (void)(*reader)->Check(context);
  for (uint64_t row = 0; row < (*reader)->rows() && row < 4; ++row) (void)(*reader)->ReadRow(row);
}

void ReadManifest(std::string_view json) {
  const auto manifest = corpusmill::ParseManifest(json, "manifest.json");
  if (!manifest.ok()) return;
  (void)corpusmill::CheckBalance(*manifest);
  // Writing the parsed value again gives the same bytes.
  const std::string written = corpusmill::SerializeManifest(*manifest);
  const auto again = corpusmill::ParseManifest(written, "manifest.json");
  if (!again.ok() || corpusmill::SerializeManifest(*again) != written) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Context* const context = new Context({.memory_limit_bytes = 64 << 20, .threads = 1});
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      ReadManifest(input);
      break;
    case 1:
      (void)corpusmill::SafetensorsReader::Open(
          corpusmill::StringRandomAccessFile(input, "tensors"), *context);
      break;
    case 2:
      ReadShard(input, *context);
      break;
    default:
      ReadShard(ShardOf(input), *context);
  }
  return 0;
}
