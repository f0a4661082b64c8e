#ifndef CORPUSMILL_TESTS_SHUFFLE_JOB_JOB_FIXTURE_H_
#define CORPUSMILL_TESTS_SHUFFLE_JOB_JOB_FIXTURE_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/reporter.h"
#include "shuffle/job/shuffle_job.h"
#include "tests/corpus/io/streams.h"
#include "tests/corpus/jobs/crashing_calls.h"
#include "tests/testing.h"

/// Shared by tests of jobs: jobs in a test folder, and ways to stop them.
namespace corpusmill {

/// The bytes of all files in a folder, by name.
using Outputs = std::map<std::string, std::string>;

Outputs ReadAll(const TestFolder& folder);

/// The names and sizes of files that differ, such as "out-0: 17 bytes, ...".
std::string Difference(const Outputs& a, const Outputs& b);

/// Stops the work after a number of bytes were read or written.
class CancellingReporter final : public Reporter {
 public:
  CancellingReporter(uint64_t bytes, std::atomic<bool>* cancelled)
      : left_(static_cast<int64_t>(bytes)), cancelled_(cancelled) {}
  void Log(LogLevel, std::string_view) override {}
  void StartPhase(std::string_view, uint64_t) override {}
  void Advance(uint64_t bytes) override {
    if ((left_ -= static_cast<int64_t>(bytes)) <= 0) *cancelled_ = true;
  }
  void EndPhase() override {}

 private:
  std::atomic<int64_t> left_;
  std::atomic<bool>* const cancelled_;
};

struct JobSetup {
  std::vector<std::string> arguments;
  ShuffleOptions options;
  ShuffleFiles files = {.pattern = "out"};
  uint64_t scatter_tasks = 1;
  uint64_t gather_tasks = 1;
  /// Replaces scatter_tasks: offsets at which to cut the first input.
  std::vector<uint64_t> cuts;
  uint64_t part_bytes = 100'000;
  uint64_t checkpoint_bytes = 1;
  uint64_t buckets = 0;  ///< 0: as planned.
};

class ShuffleJobTest : public testing::Test {
 protected:
  static ContextOptions Options() { return {.memory_limit_bytes = 16 << 20, .threads = 2}; }

  /// Folders for temporary files.
  virtual std::vector<std::string> Folders() const { return {temp_.path()}; }

  ShuffleFiles FilesIn(const TestFolder& folder, const JobSetup& setup) const;
  /// The output of a shuffle without a job.
  Outputs Expected(const JobSetup& setup) const;
  absl::StatusOr<ShuffleJobPlan> Plan(const JobSetup& setup, Context& context) const;
  /// Plans the job again.
  void Create(const JobSetup& setup) const;

  absl::Status ScatterAll(Context& context) const;
  absl::Status GatherAll(Context& context) const;
  /// Runs every task once, the tasks of a verb in order, with `context`.
  absl::Status RunAll(Context& context) const;
  /// Runs the tasks in a random valid order, some twice, each through a new ShuffleJob.
  void RunShuffled(TestRandom& random) const;
  /// Runs the job to the end and stops it repeatedly at random points, at first within about
  /// `bytes` bytes, then later and later.
  void Interrupt(const JobSetup& setup, TestRandom& random, uint64_t bytes) const;

  /// Expects only the files that a finished job keeps.
  void ExpectRemoved() const;
  void ExpectSame(const JobSetup& setup, TestRandom& random) const;

  std::string PartPathOf(size_t task, size_t part) const {
    return PartPath(job_ + "/part", task, part);
  }

  const TestFolder inputs_, temp_, out_, jobs_;
  const std::string job_ = jobs_ / "job";
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_SHUFFLE_JOB_JOB_FIXTURE_H_
