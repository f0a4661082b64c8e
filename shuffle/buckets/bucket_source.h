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

/// Read access to filled buckets. Thread-safe for different buckets.
class BucketSource {
 public:
  virtual ~BucketSource() = default;

  virtual const BucketTotals& totals(size_t bucket) const = 0;

  /// The size of the buffer that Read needs.
  virtual uint64_t ReadBytes(size_t bucket) const = 0;

  /// Reads the whole bucket to the aligned `buffer` and sets *logs to the parts of `buffer` that
  /// hold logs.
  virtual absl::Status Read(size_t bucket, char* buffer,
                            std::vector<std::string_view>* logs) const = 0;

  /// Passes the bucket to `use` run by run (see bucket_log.h); the bucket may be of any size.
  virtual absl::Status ReadRuns(
      size_t bucket, const std::function<absl::Status(std::string_view run)>& use) const = 0;

  /// Frees the space of buckets. Freeing neighbouring buckets in one call is faster.
  virtual absl::Status Free(const std::vector<size_t>& buckets) = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_SOURCE_H_
