#ifndef CORPUSMILL_PIPELINES_CLEANING_SEGMENT_RUNNER_H_
#define CORPUSMILL_PIPELINES_CLEANING_SEGMENT_RUNNER_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/status.h"
#include "pipelines/cleaning/cleaning_plan.h"
#include "pipelines/cleaning/document_batch_work.h"

namespace corpusmill {

/// Runs batches through local stages, with scratch memory for as many threads as work at a time.
/// Thread-safe.
class SegmentRunner {
 public:
  /// The local stages [begin, end), and what the global stage at the end needs.
  absl::Status Run(const CleaningPlan& plan, size_t begin, size_t end, DocumentBatchWork& work) {
    Borrowed scratch(*this);
    CM_RETURN_IF_ERROR(work.RunStages(begin, end, *scratch));
    if (end == plan.stages.size()) return absl::OkStatus();
    return work.Prepare(end, *scratch);
  }

 private:
  class Borrowed {
   public:
    explicit Borrowed(SegmentRunner& pool) : pool_(pool), scratch_(pool.Take()) {}
    ~Borrowed() { pool_.Give(std::move(scratch_)); }
    StageScratch& operator*() { return *scratch_; }

   private:
    SegmentRunner& pool_;
    std::unique_ptr<StageScratch> scratch_;
  };

  std::unique_ptr<StageScratch> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) return std::make_unique<StageScratch>();
    std::unique_ptr<StageScratch> scratch = std::move(free_.back());
    free_.pop_back();
    return scratch;
  }
  void Give(std::unique_ptr<StageScratch> scratch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(scratch));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<StageScratch>> free_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_SEGMENT_RUNNER_H_
