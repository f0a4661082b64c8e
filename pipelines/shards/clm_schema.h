#ifndef CORPUSMILL_PIPELINES_SHARDS_CLM_SCHEMA_H_
#define CORPUSMILL_PIPELINES_SHARDS_CLM_SCHEMA_H_

#include <cstddef>
#include <cstdint>

#include "pipelines/shards/schema.h"

/// The columns of the objective `clm`, causal language modelling; docs/formats/shards.md defines
/// them.
namespace corpusmill {

/// The indices of the columns in the schema.
enum ClmColumn : size_t {
  kClmInputIds,
  kClmSegmentRecord,
  kClmSegmentInput,
  kClmCuSeqlens,
  kClmRowSegments,
  kClmRowTokens,
  kClmLastLabels,
};

Schema ClmSchema(uint64_t vocab_size, uint64_t seq_len);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_CLM_SCHEMA_H_
