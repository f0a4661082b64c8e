#ifndef CORPUSMILL_PIPELINES_ROWS_PACKED_ROW_H_
#define CORPUSMILL_PIPELINES_ROWS_PACKED_ROW_H_

#include <cstdint>
#include <span>

/// One training sequence, passed from a packer to a writer.
namespace corpusmill {

/// Label of a position without a next token.
inline constexpr int32_t kIgnoreLabel = -100;

/// The range of a row that belongs to one document. It ends at the next segment, or at the end of
/// the row's tokens.
struct PackedSegment {
  uint32_t begin = 0;  ///< First position in the row.
  int32_t input = 0;   ///< Identity of the document.
  int64_t record = 0;
};

/// The views are valid only during the call that receives the row.
struct PackedRow {
  std::span<const uint32_t> ids;  ///< Without padding: seq_len ids, fewer in the last row.
  std::span<const PackedSegment> segments;
  /// The next token of the last document; kIgnoreLabel at the document's end.
  int32_t last_label = kIgnoreLabel;
  /// True if the first segment continues the last document of the previous row.
  bool continues = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ROWS_PACKED_ROW_H_
