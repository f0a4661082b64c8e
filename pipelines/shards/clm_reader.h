#ifndef CORPUSMILL_PIPELINES_SHARDS_CLM_READER_H_
#define CORPUSMILL_PIPELINES_SHARDS_CLM_READER_H_

#include <memory>

#include "pipelines/shards/manifest.h"
#include "pipelines/shards/shard_container.h"
#include "pipelines/shards/shard_reader.h"

namespace corpusmill {

/// Reads and checks the rows of a shard of `clm`. `file` is bound to ClmSchema; the manifest must
/// outlive the reader.
std::unique_ptr<ShardReader> MakeClmReader(std::unique_ptr<ShardFile> file,
                                           const Manifest& manifest);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_CLM_READER_H_
