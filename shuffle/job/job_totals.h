#ifndef CORPUSMILL_SHUFFLE_JOB_JOB_TOTALS_H_
#define CORPUSMILL_SHUFFLE_JOB_JOB_TOTALS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "shuffle/buckets/bucket_log.h"
#include "shuffle/order/selector.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

/// The totals of a job after all scatter tasks (totals.json).
struct ShuffleJobTotals {
  std::vector<uint64_t> records_read;  ///< From each input.
  std::optional<Place> last;           ///< As GatherPlan::last.
  std::vector<BucketTotals> cut;       ///< As GatherPlan::cut.
  BucketTotals sum;                    ///< Output records; log_bytes is not set.
  uint64_t temp_bytes = 0;  ///< Size of buckets and oversized records before any was freed.
  ShuffleResult result;     ///< Streams and header.

  uint64_t OutputBytes(size_t delimiter_bytes) const {
    return sum.record_bytes + sum.records * delimiter_bytes;
  }
  /// The number of output files, and output file `index`, from 0.
  uint64_t Outputs(const ShuffleFiles& files) const;
  OutputFile OutputAt(const ShuffleFiles& files, uint64_t index) const;
};

absl::Status WriteShuffleJobTotals(const std::string& path, const ShuffleJobTotals& totals);

/// `advice` says what to do if the file is damaged.
absl::StatusOr<ShuffleJobTotals> ReadShuffleJobTotals(const std::string& path,
                                                      const std::string& advice);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_TOTALS_H_
