#include "pipelines/shards/shard_container.h"

namespace corpusmill {

const ShardContainer* FindShardContainer(std::string_view file_name) {
  for (const ShardContainer* const container : kShardContainers) {
    if (file_name.ends_with(container->extension)) return container;
  }
  return nullptr;
}

}  // namespace corpusmill
