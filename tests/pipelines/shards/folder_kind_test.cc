#include "pipelines/shards/folder_kind.h"

#include <filesystem>
#include <string>

#include "pipelines/shards/manifest.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

std::string SmallManifest() {
  Manifest manifest;
  manifest.corpusmill = "0.1.0";
  manifest.objective = "clm";
  manifest.options = {.seq_len = 8,
                      .tail = "drop",
                      .normalization = "nfc",
                      .record = "auto",
                      .on_bad_record = "skip",
                      .invalid_utf8 = "keep"};
  manifest.tokenizer = {"m", std::string(32, 'a'), 300};
  return SerializeManifest(manifest);
}

TEST(ShardFolderKind, ReplacesAFolderOfShards) {
  const TestFolder folder;
  folder.Write("out/shard-00000.safetensors", "x");
  folder.Write("out/manifest.json", SmallManifest());
  CM_EXPECT_OK(OutputFolder::Check(folder / "out", kShardFolder, {.overwrite = true}));
}

TEST(ShardFolderKind, RejectsOtherFilesAndManifests) {
  const struct {
    const char* file;
    const char* content;
  } kForeign[] = {
      {"out/manifest.json", "{\"name\":\"a web app\"}"},
      {"out/manifest.json", "{"},
      {"out/shard-00000.safetensors", "no manifest beside it"},
      {"out/shard-x.safetensors", "another name"},
  };
  for (const auto& foreign : kForeign) {
    const TestFolder folder;
    folder.Write(foreign.file, foreign.content);
    EXPECT_THAT(OutputFolder::Check(folder / "out", kShardFolder, {.overwrite = true}),
                Fails(absl::StatusCode::kInvalidArgument,
                      HasSubstr("does not belong to a folder of shards")))
        << foreign.content;
  }
}

}  // namespace
}  // namespace corpusmill
