// Temporary files of a job in several folders: the job uses all folders, leaves no files in them,
// and names a missing folder.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/corpus/io/streams.h"
#include "tests/shuffle/job/job_fixture.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class JobFoldersTest : public ShuffleJobTest {
 protected:
  std::vector<std::string> Folders() const override {
    return {temp_.path(), second_.path(), third_.path()};
  }

  /// A part of each of two tasks fills memory more than once; includes oversized records.
  JobSetup Setup() const {
    const std::string text = RandomLines(20 << 20, 2000, 1) + RandomLines(1 << 20, 600'000, 2);
    return {.arguments = {inputs_.Write("in", text)},
            .options = {.seed = "s"},
            .files = {.pattern = "{shard}", .shards = 3},
            .scatter_tasks = 2,
            .gather_tasks = 2,
            .part_bytes = 32 << 20,
            .checkpoint_bytes = 1 << 20};
  }

  absl::Status Finalize(Context& context) const {
    CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(job_, context));
    return job->Finalize();
  }

  const TestFolder second_, third_;
};

uint64_t BytesIn(const std::string& folder, const std::string& name_part) {
  uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().string().find(name_part) != std::string::npos) bytes += entry.file_size();
  }
  return bytes;
}

TEST_F(JobFoldersTest, AllAreUsedAndEmptyAfterwards) {
  const JobSetup setup = Setup();
  Create(setup);
  Context context(Options());
  CM_ASSERT_OK(ScatterAll(context));
  uint64_t all = 0;
  for (const std::string& folder : Folders()) all += BytesIn(folder, ".buckets.");
  EXPECT_GT(all, 8 << 20);  // Holds with and without compression.
  for (const std::string& folder : Folders()) {
    EXPECT_GT(BytesIn(folder, ".buckets."), all / 10) << folder;
    for (const char* task : {".buckets.0-0", ".buckets.1-0"}) {
      EXPECT_GT(BytesIn(folder, task), 0) << folder << " " << task;
    }
  }
  EXPECT_GT(BytesIn(temp_.path(), ".oversized."), 500'000);
  CM_ASSERT_OK(RunAll(context));
  EXPECT_EQ(Difference(Expected(setup), ReadAll(out_)), "");
  ExpectRemoved();
}

TEST_F(JobFoldersTest, InAnyOrderOfTheTasks) {
  TestRandom random(1);
  ExpectSame(Setup(), random);
}

// Split buckets go to unnamed files in the same folders.
TEST_F(JobFoldersTest, WithBucketsThatDoNotFitInMemory) {
  TestRandom random(2);
  JobSetup setup = Setup();
  setup.buckets = 2;
  ExpectSame(setup, random);
}

TEST_F(JobFoldersTest, StoppedRepeatedly) {
  TestRandom random(3);
  JobSetup setup = Setup();
  setup.part_bytes = 5 << 20;
  setup.checkpoint_bytes = 300'000;
  Interrupt(setup, random, 21 << 20);
}

/// A folder that is missing for some time.
class Unmounted {
 public:
  explicit Unmounted(const std::string& folder) : folder_(folder) {
    fs::rename(folder_, folder_ + ".away");
  }
  ~Unmounted() {
    std::error_code error;
    fs::remove_all(folder_, error);
    fs::rename(folder_ + ".away", folder_, error);
  }

 private:
  const std::string folder_;
};

auto FailsInOneLineThatNames(const std::string& path) {
  return Fails(absl::StatusCode::kUnavailable, AllOf(HasSubstr(path), Not(HasSubstr("\n"))));
}

TEST_F(JobFoldersTest, MissingWhenWritten) {
  const JobSetup setup = Setup();
  const Outputs expected = Expected(setup);
  Create(setup);
  {
    Context context(Options());
    CM_ASSERT_OK(ScatterAll(context));
    CM_ASSERT_OK(Finalize(context));
  }
  for (const std::string& folder : Folders()) {
    SCOPED_TRACE(folder);
    for (const bool replaced_by_an_empty_one : {false, true}) {
      const Unmounted unmounted(folder);
      if (replaced_by_an_empty_one) fs::create_directory(folder);
      Context context(Options());
      EXPECT_THAT(GatherAll(context), FailsInOneLineThatNames(folder));
      for (const std::string& name : out_.List()) {
        EXPECT_TRUE(name.ends_with(".part")) << name << " is no output yet";
      }
    }
  }
  Context context(Options());
  CM_ASSERT_OK(GatherAll(context));
  EXPECT_EQ(Difference(expected, ReadAll(out_)), "");
  ExpectRemoved();
}

TEST_F(JobFoldersTest, MissingWhenRead) {
  JobSetup setup = Setup();
  setup.part_bytes = 5 << 20;
  const Outputs expected = Expected(setup);
  for (const std::string& folder : Folders()) {
    SCOPED_TRACE(folder);
    Create(setup);
    {  // Some parts of the first task exist, others do not.
      std::atomic<bool> cancelled{false};
      CancellingReporter reporter(8 << 20, &cancelled);
      ContextOptions options = Options();
      options.reporter = &reporter;
      options.cancelled = &cancelled;
      Context context(options);
      ASSERT_THAT(ScatterAll(context), Fails(absl::StatusCode::kCancelled, testing::_));
      ASSERT_TRUE(fs::exists(PartPathOf(0, 0)));
    }
    {
      const Unmounted unmounted(folder);
      Context context(Options());
      EXPECT_THAT(ScatterAll(context), FailsInOneLineThatNames(folder));
      // The files in the other folders do not count.
    }
    Context context(Options());
    CM_ASSERT_OK(RunAll(context));
    EXPECT_EQ(Difference(expected, ReadAll(out_)), "");
    ExpectRemoved();
  }
}

// The outputs are complete; the job removes the files that it can.
TEST_F(JobFoldersTest, MissingAfterTheLastTask) {
  const JobSetup setup = Setup();
  for (const std::string& folder : Folders()) {
    SCOPED_TRACE(folder);
    Create(setup);
    Context context(Options());
    CM_ASSERT_OK(RunAll(context));
    CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
    {
      const Unmounted unmounted(folder);
      job->RemoveTemporary();
    }
    for (const std::string& other : Folders()) EXPECT_EQ(fs::is_empty(other), other != folder);
    ExpectRemoved();
  }
}

}  // namespace
}  // namespace corpusmill
