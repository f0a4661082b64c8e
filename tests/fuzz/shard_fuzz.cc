// The readers of prepared folders over bytes that anyone could have written:
// `manifest.json`, and a shard with its manifest.
//
// The input is a manifest, a line "----", and a shard; without that line all of
// it is both. Nothing may crash, hang or take memory beyond the budget.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "corpus/context.h"
#include "pipelines/manifest.h"
#include "pipelines/random_access.h"
#include "pipelines/safetensors.h"
#include "pipelines/shard_reader.h"

namespace {

using corpusmill::Context;
using corpusmill::Manifest;

constexpr std::string_view kSeparator = "\n----\n";

/// The manifest that fits the shard of seeds/: fuzzing a shard alone then still
/// gets behind its header.
Manifest DefaultManifest() {
  Manifest manifest;
  manifest.objective = corpusmill::kObjectiveClm;
  manifest.options.seq_len = 8;
  manifest.tokenizer = {"tiny.model", std::string(32, '0'), 264};
  manifest.inputs = {{.path = "text",
                      .bytes = 40,
                      .xxh3_128 = std::string(32, '0'),
                      .codec = "none",
                      .record_format = "lines",
                      .records = 6}};
  return manifest;
}

void ReadShard(std::string_view bytes, const Manifest& manifest, Context& context) {
  const auto reader = corpusmill::ShardReader::Open(
      corpusmill::StringRandomAccessFile(bytes, "shard"), manifest, context);
  if (!reader.ok()) return;
  (void)(*reader)->Check(context);
  for (uint64_t row = 0; row < (*reader)->rows() && row < 4; ++row) (void)(*reader)->ReadRow(row);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Context* const context = new Context({.memory_limit_bytes = 64 << 20, .threads = 1});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t cut = input.find(kSeparator);
  const std::string_view json = input.substr(0, cut);
  const std::string_view shard =
      cut == std::string_view::npos ? input : input.substr(cut + kSeparator.size());

  (void)corpusmill::SafetensorsReader::Open(corpusmill::StringRandomAccessFile(shard, "shard"),
                                            *context);
  const auto manifest = corpusmill::ParseManifest(json, "manifest.json");
  if (manifest.ok()) {
    (void)corpusmill::CheckBalance(*manifest);
    (void)corpusmill::SerializeManifest(*manifest);
    ReadShard(shard, *manifest, *context);
  }
  ReadShard(shard, DefaultManifest(), *context);
  return 0;
}
