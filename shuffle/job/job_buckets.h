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

/// The giants of a job, in one file for each part; Giant::file is task · 2^32 + part.
/// Thread-safe. Errors say which part has to be removed to be scattered again.
class JobGiants final : public GiantSource {
 public:
  JobGiants(const JobFiles& files, Context& context) : files_(files), context_(context) {}
  absl::Status Read(const Giant& giant,
                    const std::function<absl::Status(std::string_view)>& use) const override;
  absl::Status Free(const Giant& giant) override;
  /// Reads it to see whether it is what was written: kDataLoss naming its file if not.
  absl::Status Check(const Giant& giant) const;

 private:
  const JobFiles& files_;
  Context& context_;
};

/// The cells of a job: those of all its parts together. Holds no file open. Errors say
/// which part has to be removed to be scattered again.
class JobCells final : public CellSource {
 public:
  struct Part {
    PartIndex index;
    std::unique_ptr<SpillFiles> files;
    std::string name;  ///< Of the files, for errors.
    std::string path;  ///< Of the index.
  };
  JobCells(std::vector<Part> parts, size_t cells, MemoryLease lease);

  const CellTotals& totals(size_t cell) const override { return totals_[cell]; }
  uint64_t ReadBytes(size_t cell) const override;
  absl::Status Read(size_t cell, char* buffer, std::vector<std::string_view>* logs) const override;
  absl::Status ReadRuns(
      size_t cell, const std::function<absl::Status(std::string_view run)>& use) const override;
  absl::Status Free(const std::vector<size_t>& cells) override;

  /// Reads a cell and its giants to see whether they are what was written: kDataLoss naming
  /// the files if not. For a cell that could not be gathered, to find out why.
  absl::Status Check(size_t cell, const Interval& interval, const Selector& selector,
                     const JobGiants& giants) const;

 private:
  static absl::Status ReadRunsOf(const Part& part, size_t cell,
                                 const std::function<absl::Status(std::string_view run)>& use);

  const MemoryLease lease_;
  const std::vector<Part> parts_;
  std::vector<CellTotals> totals_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_BUCKETS_H_
