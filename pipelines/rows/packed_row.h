#ifndef CORPUSMILL_PIPELINES_ROWS_PACKED_ROW_H_
#define CORPUSMILL_PIPELINES_ROWS_PACKED_ROW_H_

#include <cstdint>
#include <span>

/// One training sequence, as a packer hands it to whoever stores it.
namespace corpusmill {

/// Label of a position that has no next token to learn.
inline constexpr int32_t kIgnoreLabel = -100;

/// A stretch of one row that belongs to one document; it ends where the next segment begins, the
/// last one with the row's tokens.
struct PackedSegment {
  uint32_t begin = 0;  ///< First position in the row.
  int32_t input = 0;   ///< Identity of the document.
  int64_t record = 0;
};

/// The views are valid during the call that gets the row.
struct PackedRow {
  std::span<const uint32_t> ids;  ///< Without padding: seq_len, but fewer in the last row.
  std::span<const PackedSegment> segments;
  /// The token that follows the last one in its document, kIgnoreLabel at its end.
  int32_t last_label = kIgnoreLabel;
  /// The first segment goes on with the document that ended the row before.
  bool continues = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ROWS_PACKED_ROW_H_
