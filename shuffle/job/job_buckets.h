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

/// The oversized records of a job, in one file for each part; OversizedRecord::file is task · 2^32
/// + part. Thread-safe. Errors say which part has to be removed to be scattered again.
class JobOversizedRecords final : public OversizedSource {
 public:
  JobOversizedRecords(const ShuffleJobFiles& files, Context& context)
      : files_(files), context_(context) {}
  absl::Status Read(const OversizedRecord& oversized,
                    const std::function<absl::Status(std::string_view)>& use) const override;
  absl::Status Free(const OversizedRecord& oversized) override;
  /// Reads it to see whether it is what was written: kDataLoss naming its file if not.
  absl::Status Check(const OversizedRecord& oversized) const;

 private:
  const ShuffleJobFiles& files_;
  Context& context_;
};

/// The buckets of a job: those of all its parts together. Holds no file open. Errors say
/// which part has to be removed to be scattered again.
class JobBuckets final : public BucketSource {
 public:
  struct Part {
    PartIndex index;
    std::unique_ptr<SpillFiles> files;
    std::string name;  ///< Of the files, for errors.
    std::string path;  ///< Of the index.
  };
  JobBuckets(std::vector<Part> parts, size_t buckets, MemoryLease lease);

  const BucketTotals& totals(size_t bucket) const override { return totals_[bucket]; }
  uint64_t ReadBytes(size_t bucket) const override;
  absl::Status Read(size_t bucket, char* buffer,
                    std::vector<std::string_view>* logs) const override;
  absl::Status ReadRuns(
      size_t bucket, const std::function<absl::Status(std::string_view run)>& use) const override;
  absl::Status Free(const std::vector<size_t>& buckets) override;

  /// Reads a bucket and its oversized records to see whether they are what was written: kDataLoss
  /// naming the files if not. For a bucket that could not be gathered, to find out why.
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
