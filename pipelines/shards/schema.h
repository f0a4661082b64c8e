#ifndef CORPUSMILL_PIPELINES_SHARDS_SCHEMA_H_
#define CORPUSMILL_PIPELINES_SHARDS_SCHEMA_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "corpus/base/element_type.h"

/// The columns of a shard, whatever file format holds them. An objective gives the schema
/// (objective.h), a container stores it (shard_container.h).
namespace corpusmill {

/// What a column has a value for. R = rows of the shard, S = segments.
enum class ColumnKind {
  kTokens,         ///< Each position of each row: [R, seq_len].
  kRows,           ///< Each row: [R].
  kRowBounds,      ///< Each row, and one more at the end: [R+1].
  kSegments,       ///< Each segment: [S].
  kSegmentBounds,  ///< Each segment, and one more at the end: [S+1].
};

struct Column {
  std::string_view name;
  ElementType type = ElementType::kU8;
  ColumnKind kind = ColumnKind::kRows;
};

/// REQUIRES: at least one column of kTokens; after the first column, no column is wider than the
/// one before it, so that all are aligned if the second is.
struct Schema {
  uint64_t seq_len = 0;  ///< Positions of a row.
  std::vector<Column> columns;

  /// Values that one entry (the first dimension) of a column has.
  uint64_t EntryValues(const Column& column) const {
    return column.kind == ColumnKind::kTokens ? seq_len : 1;
  }
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SCHEMA_H_
