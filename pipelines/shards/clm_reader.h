#ifndef CORPUSMILL_PIPELINES_SHARDS_CLM_READER_H_
#define CORPUSMILL_PIPELINES_SHARDS_CLM_READER_H_

#include <memory>

#include "pipelines/shards/manifest.h"
#include "pipelines/shards/shard_container.h"
#include "pipelines/shards/shard_reader.h"

namespace corpusmill {

/// Returns a reader of `clm` shards. REQUIRES: `file` is bound to ClmSchema. The manifest must
/// outlive the reader.
std::unique_ptr<ShardReader> MakeClmReader(std::unique_ptr<ShardFile> file,
                                           const Manifest& manifest);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_CLM_READER_H_
