#ifndef CORPUSMILL_PIPELINES_SHARDS_FOLDER_KIND_H_
#define CORPUSMILL_PIPELINES_SHARDS_FOLDER_KIND_H_

#include "corpus/io/output_folder.h"

namespace corpusmill {

/// Recognizes a folder of shards: shard files and a manifest that ParseManifest accepts.
extern const FolderKind kShardFolder;

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_FOLDER_KIND_H_
