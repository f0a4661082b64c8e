#include "pipelines/shards/clm_schema.h"

#include <string>

#include "pipelines/shards/shard_format.h"

namespace corpusmill {

Schema ClmSchema(uint64_t vocab_size, uint64_t seq_len) {
  // In the order of ClmColumn.
  return {.seq_len = seq_len,
          .columns = {{kInputIds, ShardIdType(vocab_size), ColumnKind::kTokens},
                      {kSegmentRecord, ElementType::kI64, ColumnKind::kSegments},
                      {kSegmentInput, ElementType::kI32, ColumnKind::kSegments},
                      {kCuSeqlens, ElementType::kI32, ColumnKind::kSegmentBounds},
                      {kRowSegments, ElementType::kI32, ColumnKind::kRowBounds},
                      {kRowTokens, ElementType::kI32, ColumnKind::kRows},
                      {kLastLabels, ElementType::kI32, ColumnKind::kRows}}};
}

}  // namespace corpusmill
