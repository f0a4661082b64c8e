#ifndef CORPUSMILL_PIPELINES_SHARDS_SCHEMA_H_
#define CORPUSMILL_PIPELINES_SHARDS_SCHEMA_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "corpus/base/element_type.h"

/// The columns of a shard, independent of the file format. An objective (objective.h) defines the
/// schema; a container (shard_container.h) stores the columns.
namespace corpusmill {

/// The entries of a column. R = rows of the shard, S = segments of the shard.
enum class ColumnKind {
  kTokens,         ///< One value per position of each row: [R, seq_len].
  kRows,           ///< One value per row: [R].
  kRowBounds,      ///< One boundary per row and one at the end: [R+1].
  kSegments,       ///< One value per segment: [S].
  kSegmentBounds,  ///< One boundary per segment and one at the end: [S+1].
};

struct Column {
  std::string_view name;
  ElementType type = ElementType::kU8;
  ColumnKind kind = ColumnKind::kRows;
};

/// REQUIRES: at least one column is kTokens; from the second column on, element widths do not
/// increase, so that aligning the second column aligns the rest.
struct Schema {
  uint64_t seq_len = 0;  ///< Positions per row.
  std::vector<Column> columns;

  /// Returns the number of values per entry (first dimension) of a column.
  uint64_t EntryValues(const Column& column) const {
    return column.kind == ColumnKind::kTokens ? seq_len : 1;
  }
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SCHEMA_H_
