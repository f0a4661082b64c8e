#ifndef CORPUSMILL_TESTS_CORPUS_JOBS_CRASH_TEST_H_
#define CORPUSMILL_TESTS_CORPUS_JOBS_CRASH_TEST_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/corpus/jobs/crashing_calls.h"
#include "tests/testing.h"

/// The test that every kind of job must pass: after a stop at any system call it can be run again,
/// and the output has the same bytes.
///
///   INSTANTIATE_TEST_SUITE_P(Training, JobCrashTest,
///                            testing::Values(CrashCase{"Plain", [] {
///                              return std::make_unique<TrainingScenario>();
///                            }}), CrashCase::Name);
namespace corpusmill {

/// A job that a test can run from a fixed state.
class CrashScenario {
 public:
  virtual ~CrashScenario() = default;
  /// Removes the results of Run.
  virtual void Reset() = 0;
  /// Starts the job, or resumes it, and runs it to its end.
  virtual absl::Status Run() = 0;
  /// The bytes of the output by name, and of the files that stay in the job's folder.
  virtual std::map<std::string, std::string> Output() const = 0;
  /// Stops at every call whose number is a multiple of this: 1, unless there are very many.
  virtual int64_t stride() const { return 1; }
};

struct CrashCase {
  std::string name;
  std::function<std::unique_ptr<CrashScenario>()> make;

  static std::string Name(const testing::TestParamInfo<CrashCase>& info) { return info.param.name; }
};

inline void PrintTo(const CrashCase& crash_case, std::ostream* out) { *out << crash_case.name; }

class JobCrashTest : public testing::TestWithParam<CrashCase> {
 protected:
  static absl::Status RunWith(CrashScenario& scenario, CrashingCalls& calls) {
    const ScopedFileCalls scope(&calls);
    return scenario.Run();
  }

  /// Stops the job at each call in turn, until it completes.
  void RunToTheEnd(CrashingCalls::Mode mode) {
    constexpr int64_t kMostCalls = 20'000;
    const std::unique_ptr<CrashScenario> scenario = GetParam().make();
    scenario->Reset();
    CrashingCalls undisturbed;
    CM_ASSERT_OK(RunWith(*scenario, undisturbed));
    const auto expected = scenario->Output();
    ASSERT_FALSE(expected.empty());
    int64_t stops = 0;
    for (int64_t at = 0; at <= undisturbed.calls(); at += scenario->stride()) {
      ASSERT_LT(at, kMostCalls);
      scenario->Reset();
      CrashingCalls calls(at, mode);
      const absl::Status status = RunWith(*scenario, calls);
      if (!status.ok()) {
        ++stops;
        EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
      }
      CrashingCalls again;
      ASSERT_THAT(RunWith(*scenario, again), IsOk())
          << "after call " << at << " failed: " << status;
      ASSERT_TRUE(scenario->Output() == expected) << "stopped at call " << at << ": " << status;
    }
    EXPECT_GT(stops, 10) << "it was hardly ever stopped";
  }
};

TEST_P(JobCrashTest, KilledAtEveryCall) { RunToTheEnd(CrashingCalls::Mode::kKilled); }

TEST_P(JobCrashTest, EveryCallFailsOnce) { RunToTheEnd(CrashingCalls::Mode::kOneFails); }

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_CORPUS_JOBS_CRASH_TEST_H_
