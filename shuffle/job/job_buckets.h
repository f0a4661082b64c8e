#ifndef CORPUSMILL_SHUFFLE_JOB_JOB_BUCKETS_H_
#define CORPUSMILL_SHUFFLE_JOB_JOB_BUCKETS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/context.h"
#include "shuffle/buckets/bucket_source.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/buckets/spill_files.h"
#include "shuffle/job/job_files.h"
#include "shuffle/job/part_index.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/order/selector.h"

namespace corpusmill {

/// The oversized records of a job, in one file per part; OversizedRecord::file is task · 2^32 +
/// part. Thread-safe. Errors name the part to remove to scatter it again.
class JobOversizedRecords final : public OversizedSource {
 public:
  JobOversizedRecords(const ShuffleJobFiles& files, Context& context)
      : files_(files), context_(context) {}
  absl::Status Read(const OversizedRecord& oversized,
                    const std::function<absl::Status(std::string_view)>& use) const override;
  absl::Status Free(const OversizedRecord& oversized) override;
  /// Reads the record and checks its hash. kDataLoss, naming the file, if the record is damaged.
  absl::Status Check(const OversizedRecord& oversized) const;

 private:
  const ShuffleJobFiles& files_;
  Context& context_;
};

/// The buckets of a job, over all its parts. Holds no file open. Errors name the part to remove
/// to scatter it again.
class JobBuckets final : public BucketSource {
 public:
  struct Part {
    PartIndex index;
    std::unique_ptr<SpillFiles> files;
    std::string name;  ///< Name of the files, for errors.
    std::string path;  ///< Path of the index.
  };
  JobBuckets(std::vector<Part> parts, size_t buckets, MemoryLease lease);

  const BucketTotals& totals(size_t bucket) const override { return totals_[bucket]; }
  uint64_t ReadBytes(size_t bucket) const override;
  absl::Status Read(size_t bucket, char* buffer,
                    std::vector<std::string_view>* logs) const override;
  absl::Status ReadRuns(
      size_t bucket, const std::function<absl::Status(std::string_view run)>& use) const override;
  absl::Status Free(const std::vector<size_t>& buckets) override;

  /// Finds out why a bucket could not be gathered: reads the bucket and its oversized records.
  /// kDataLoss, naming the files, if any of them is damaged.
  absl::Status Check(size_t bucket, const Interval& interval, const Selector& selector,
                     const JobOversizedRecords& oversized_records) const;

 private:
  static absl::Status ReadRunsOf(const Part& part, size_t bucket,
                                 const std::function<absl::Status(std::string_view run)>& use);

  const MemoryLease lease_;
  const std::vector<Part> parts_;
  std::vector<BucketTotals> totals_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_BUCKETS_H_
