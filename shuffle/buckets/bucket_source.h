#ifndef CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_SOURCE_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "shuffle/buckets/bucket_log.h"

namespace corpusmill {

/// Cells that were filled, to be read. Thread-safe for different cells.
class CellSource {
 public:
  virtual ~CellSource() = default;

  virtual const CellTotals& totals(size_t cell) const = 0;

  /// Room that Read needs.
  virtual uint64_t ReadBytes(size_t cell) const = 0;

  /// Reads the whole cell to `buffer`, which is aligned, and sets *logs to the parts
  /// of it that hold logs.
  virtual absl::Status Read(size_t cell, char* buffer,
                            std::vector<std::string_view>* logs) const = 0;

  /// Hands the cell to `use` run by run (see cell_log.h), however large it is.
  virtual absl::Status ReadRuns(
      size_t cell, const std::function<absl::Status(std::string_view run)>& use) const = 0;

  /// Gives back what cells take. Neighbours together are faster than one by one.
  virtual absl::Status Free(const std::vector<size_t>& cells) = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_SOURCE_H_
