#ifndef CORPUSMILL_PIPELINES_PACKING_PACKING_H_
#define CORPUSMILL_PIPELINES_PACKING_PACKING_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/memory.h"

namespace corpusmill {

/// Label of a position that has no next token to learn.
inline constexpr int32_t kIgnoreLabel = -100;

/// A stretch of one row that belongs to one document; it ends where the next
/// begins, the last one with the row's tokens.
struct PackedSegment {
  uint32_t begin = 0;  ///< First position in the row.
  int32_t input = 0;   ///< Identity of the document.
  int64_t record = 0;
};

/// One training sequence. The views are valid during the callback only.
struct PackedRow {
  std::span<const uint32_t> ids;  ///< Without padding: seq_len, but fewer in the last row.
  std::span<const PackedSegment> segments;
  /// The token that follows the last one in its document, kIgnoreLabel at its end.
  int32_t last_label = kIgnoreLabel;
  /// The first segment goes on with the document that ended the row before.
  bool continues = false;
};

/// Concatenates documents and cuts the result into rows of seq_len tokens: no
/// token is lost or repeated, a document may stretch over many rows.
///
///   CM_ASSIGN_OR_RETURN(ConcatPacker packer, ConcatPacker::Create(2048, budget, write_row));
///   packer.BeginDocument(0, 41);
///   CM_RETURN_IF_ERROR(packer.Append(ids));   // Any number of times.
///   CM_RETURN_IF_ERROR(packer.EndDocument());
///   PackedRow rest;
///   if (packer.Rest(&rest)) Pad(rest);
///
/// A document without tokens leaves no trace. Takes seq_len · 4 bytes from the
/// budget, and 16 for each segment of a row. Movable. Not thread-safe.
class ConcatPacker {
 public:
  using RowCallback = std::function<absl::Status(const PackedRow&)>;

  /// REQUIRES: 1 ≤ seq_len < 2^31. Full rows go to `write_row`.
  static absl::StatusOr<ConcatPacker> Create(uint32_t seq_len, MemoryBudget& budget,
                                             RowCallback write_row);

  /// REQUIRES: no document is begun. (input, record) differ from the last document's.
  void BeginDocument(int32_t input, int64_t record);
  absl::Status Append(std::span<const uint32_t> ids);
  absl::Status EndDocument();

  /// The tokens after the last full row: false when there are none.
  /// REQUIRES: no document is begun.
  bool Rest(PackedRow* row) const;

 private:
  ConcatPacker(uint32_t seq_len, MemoryLease lease, RowCallback write_row);
  absl::Status BeginSegment();
  absl::Status WriteRow(int32_t last_label);

  uint32_t seq_len_;
  MemoryLease lease_;
  RowCallback write_row_;
  std::vector<uint32_t> ids_;
  std::vector<PackedSegment> segments_;
  PackedSegment document_;       // The identity of the current one.
  bool segment_open_ = false;    // The row has a segment of the current document.
  bool document_begun_ = false;  // It has a token in this row or in one before.
  bool continues_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_PACKING_PACKING_H_
