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
#include "pipelines/rows/packed_row.h"

namespace corpusmill {

/// Concatenates documents and cuts the result into rows of seq_len tokens. No token is lost or
/// repeated; a document may span many rows.
///
///   CM_ASSIGN_OR_RETURN(ConcatPacker packer, ConcatPacker::Create(2048, budget, write_row));
///   packer.BeginDocument(0, 41);
///   CM_RETURN_IF_ERROR(packer.Append(ids));   // Any number of times.
///   CM_RETURN_IF_ERROR(packer.EndDocument());
///   PackedRow rest;
///   if (packer.Rest(&rest)) Pad(rest);
///
/// A document without tokens has no segment. Takes 4 bytes per token and 16 bytes per segment of a
/// row from the budget. Movable. Not thread-safe.
class ConcatPacker {
 public:
  using RowCallback = std::function<absl::Status(const PackedRow&)>;

  /// Passes full rows to `write_row`. REQUIRES: 1 ≤ seq_len < 2^31.
  static absl::StatusOr<ConcatPacker> Create(uint32_t seq_len, MemoryBudget& budget,
                                             RowCallback write_row);

  /// REQUIRES: no document is open; (input, record) differ from the previous document's.
  void BeginDocument(int32_t input, int64_t record);
  absl::Status Append(std::span<const uint32_t> ids);
  absl::Status EndDocument();

  /// Sets *row to the tokens after the last full row; false if there are none.
  /// REQUIRES: no document is open.
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
  PackedSegment document_;       // Identity of the current document.
  bool segment_open_ = false;    // The row has a segment of the current document.
  bool document_begun_ = false;  // The current document has a token in this or an earlier row.
  bool continues_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_PACKING_PACKING_H_
