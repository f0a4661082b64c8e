#ifndef CORPUSMILL_PIPELINES_SHARDS_FOLDER_KIND_H_
#define CORPUSMILL_PIPELINES_SHARDS_FOLDER_KIND_H_

#include <string_view>

#include "corpus/io/output_folder.h"

namespace corpusmill {

/// The report that a run with a recipe leaves beside the shards.
inline constexpr std::string_view kReportFile = "report.html";

/// Recognizes a folder of shards: shard files, a manifest that ParseManifest accepts, and perhaps a
/// report.
extern const FolderKind kShardFolder;

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_FOLDER_KIND_H_
