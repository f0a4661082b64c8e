#include "pipelines/shards/folder_kind.h"

#include <string>

#include "corpus/codecs/read_file.h"
#include "pipelines/shards/manifest.h"

namespace corpusmill {

constexpr FolderKind kShardFolder = {
    .name = "a folder of shards",
    .manifest_name = kManifestFile,
    .is_data_name =
        [](std::string_view name) { return name == kReportFile || IsShardFileName(name); },
    .is_manifest =
        [](const std::string& path) {
          const absl::StatusOr<std::string> json = ReadFileToString(path);
          return json.ok() && ParseManifest(*json, path).ok();
        },
};

}  // namespace corpusmill
