// A job gives the bytes of a shuffle without a job, for any cut and any order of its tasks.

#include <string>
#include <thread>
#include <vector>

#include "corpus/codecs/codec.h"
#include "tests/corpus/io/streams.h"
#include "tests/shuffle/job/job_fixture.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

TEST_F(ShuffleJobTest, PlainFilesCutAtAnyByte) {
  TestRandom random(1);
  const std::string text = "h\nh2\na\n\nlonger than a task\nb\nc";
  const std::string path = inputs_.Write("in", text);
  for (const uint64_t header : {0, 1, 2}) {
    JobSetup setup = {
        .arguments = {path}, .options = {.seed = "s", .header_records = header}, .buckets = 3};
    const Outputs expected = Expected(setup);
    for (uint64_t cut = 1; cut < text.size(); ++cut) {
      setup.cuts = {cut};
      if (const uint64_t second = cut + 1 + random.Below(6); second < text.size()) {
        setup.cuts.push_back(second);
      }
      Create(setup);
      RunShuffled(random);
      ASSERT_EQ(Difference(expected, ReadAll(out_)), "") << header << " " << cut;
    }
  }
}

TEST_F(ShuffleJobTest, TasksOfAllKinds) {
  TestRandom random(2);
  const std::string lines = RandomLines(400'000, 300, 1) + RandomLines(600'000, 500'000, 2);
  const std::string a = inputs_.Write("a", lines), b = inputs_.Write("b", "");
  const std::string c = inputs_.Write("c", RandomLines(200'000, 20, 3) + "no newline");
  Context context(Options());
  const std::string gz =
      inputs_.Write("d.gz", Encode(RandomLines(400'000, 90, 4), Codec::kGzip, context).value());
  const std::string zst =
      inputs_.Write("e.zst", Encode(RandomLines(300'000, 90, 5), Codec::kZstd, context).value());
  const std::string fixed = inputs_.Write("f", RandomBytes(7 * 50'000, 6));
  const std::vector<std::string> all = {a, b, gz, c, b, zst};
  const auto splits = ParseSplits("train=8,valid=1,test=1").value();
  const std::vector<JobSetup> setups = {
      {.arguments = all, .options = {.seed = "1"}},
      {.arguments = all, .options = {.seed = "2"}, .files = {.pattern = "{shard}", .shards = 7}},
      {.arguments = all,
       .options = {.seed = "3"},
       .files = {.pattern = "{shard}", .shard_bytes = 150'000}},
      {.arguments = {a + "@2.5", c},
       .options = {.seed = "4"},
       .files = {.pattern = "{shard}.zst", .codec = Codec::kZstd, .shards = 3}},
      {.arguments = all,
       .options = {.seed = "5", .splits = splits},
       .files = {.pattern = "{split}-{shard}.gz", .codec = Codec::kGzip, .shards = 2}},
      {.arguments = all,
       .options = {.seed = "13", .splits = splits},
       .files = {.pattern = "{split}-{shard}", .split_shards = {5, 1, 2}}},
      {.arguments = all, .options = {.seed = "6", .take = 1000}},
      {.arguments = all,
       .options = {.seed = "7", .take = 100, .splits = splits, .split_by = SplitBy::kContent},
       .files = {.pattern = "{split}"}},
      {.arguments = {fixed},
       .options = {.seed = "8", .record = {RecordFormat::kBytes, 7}},
       .files = {.pattern = "{shard}", .shards = 4}},
      {.arguments = {a, a},
       .options = {.seed = "9", .aligned = true},
       .files = {.pattern = "{name}-{shard}", .shards = 2, .names = {"x", "y"}}},
      {.arguments = {a, a},
       .options = {.seed = "10", .take = 50, .aligned = true},
       .files = {.pattern = "{name}", .names = {"x", "y"}}},
      {.arguments = {b}, .options = {.seed = "11"}},
      {.arguments = {c},  // More shards than records in most buckets; tasks share buckets.
       .options = {.seed = "12"},
       .files = {.pattern = "{shard}", .shards = 40},
       .buckets = 3},
  };
  for (JobSetup setup : setups) {
    SCOPED_TRACE("seed " + setup.options.seed);
    for (const uint64_t tasks : {3, 7}) {
      setup.scatter_tasks = tasks;
      setup.gather_tasks = 1 + random.Below(3);
      ExpectSame(setup, random);
    }
  }
}

TEST_F(ShuffleJobTest, HeaderOfAllInputs) {
  TestRandom random(3);
  const std::string a = inputs_.Write("a", "id,text\n" + RandomLines(300'000, 100, 1));
  const std::string b = inputs_.Write("b", "id,text\n" + RandomLines(300'000, 100, 2));
  JobSetup setup = {.arguments = {a, b},
                    .options = {.seed = "s", .header_records = 1},
                    .files = {.pattern = "{shard}", .shards = 3},
                    .scatter_tasks = 5,
                    .gather_tasks = 2};
  ExpectSame(setup, random);
  // Each task sees one header; combining the tasks finds the difference.
  setup.arguments[1] = inputs_.Write("c", "id;text\n" + RandomLines(300'000, 100, 2));
  setup.scatter_tasks = 2;
  Create(setup);
  Context context(Options());
  EXPECT_THAT(RunAll(context), Fails(absl::StatusCode::kDataLoss, HasSubstr("header")));
}

TEST_F(ShuffleJobTest, BucketsThatDoNotFitInMemory) {
  TestRandom random(4);
  JobSetup setup = {.arguments = {inputs_.Write("in", RandomLines(24 << 20, 3000, 1))},
                    .options = {.seed = "s"},
                    .files = {.pattern = "{shard}", .shards = 3},
                    .scatter_tasks = 2,
                    .gather_tasks = 2,
                    .part_bytes = 4 << 20,
                    .buckets = 2};
  ExpectSame(setup, random);
  setup.options.take = 2000;
  ExpectSame(setup, random);
}

TEST_F(ShuffleJobTest, TwoAtOnceOnTheSameTasks) {
  const JobSetup setup = {.arguments = {inputs_.Write("in", RandomLines(3 << 20, 300, 1))},
                          .options = {.seed = "s"},
                          .files = {.pattern = "{shard}", .shards = 4},
                          .scatter_tasks = 3,
                          .gather_tasks = 2};
  Create(setup);
  absl::Status statuses[2];
  std::vector<std::thread> threads;
  for (absl::Status& status : statuses) {
    threads.emplace_back([this, &status] {
      Context context(Options());
      status = RunAll(context);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) CM_EXPECT_OK(status);
  EXPECT_EQ(Difference(Expected(setup), ReadAll(out_)), "");
  ExpectRemoved();
}

TEST_F(ShuffleJobTest, ATaskOfAFinishedJobDoesNothing) {
  TestRandom random(8);
  const JobSetup setup = {.arguments = {inputs_.Write("in", "a\nb\nc\n")},
                          .options = {.seed = "s"}};
  ExpectSame(setup, random);
  Context context(Options());
  CM_EXPECT_OK(RunAll(context));
  ExpectRemoved();
}

TEST_F(ShuffleJobTest, ChangedInput) {
  const std::string path = inputs_.Write("in", RandomLines(100'000, 300, 1));
  const JobSetup setup = {.arguments = {path}, .options = {.seed = "s"}, .scatter_tasks = 2};
  Create(setup);
  inputs_.Write("in", RandomLines(100'000, 300, 2) + "more\n");
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
  const auto changed = Fails(absl::StatusCode::kDataLoss, HasSubstr(path + ": has changed"));
  EXPECT_THAT(job->Count(0), changed);
  EXPECT_THAT(job->Scatter(0), changed);
  CM_ASSERT_OK_AND_ASSIGN(const ShuffleJobPlan plan, Plan(setup, context));
  EXPECT_THAT(
      ShuffleJob::Create(job_, plan, true, context),
      Fails(absl::StatusCode::kInvalidArgument, HasSubstr("its input " + path + " has changed")));
}

TEST_F(ShuffleJobTest, ResumesOnlyForTheSameOutput) {
  JobSetup setup = {.arguments = {inputs_.Write("in", "a\nb\n")}, .options = {.seed = "s"}};
  Create(setup);
  Context context(Options());
  const auto expect_refused = [&](const JobSetup& other, const std::string& difference) {
    EXPECT_THAT(ShuffleJob::Create(job_, Plan(other, context).value(), true, context),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr(difference)));
  };
  CM_EXPECT_OK(ShuffleJob::Create(job_, Plan(setup, context).value(), true, context));
  JobSetup other = setup;
  other.options.seed = "t";
  expect_refused(other, R"(its seed is "s", not "t")");
  other = setup;
  other.options.take = 1;
  expect_refused(other, "its take is 0, not 1");
  other = setup;
  other.arguments[0] += "@2";
  expect_refused(other, "has another weight");
  other = setup;
  other.files.pattern = "other";
  expect_refused(other, "its output is ");
}

TEST_F(ShuffleJobTest, TooEarlyVerbsAndUnknownTasks) {
  const JobSetup setup = {.arguments = {inputs_.Write("in", RandomLines(100'000, 300, 1))},
                          .options = {.seed = "s"},
                          .scatter_tasks = 2};
  Create(setup);
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
  const auto needs = [](const std::string& key) {
    return Fails(absl::StatusCode::kDataLoss, HasSubstr("task " + key + " is not done yet"));
  };
  EXPECT_THAT(job->Scatter(1), needs("count.0"));
  EXPECT_THAT(job->Finalize(), needs("scatter.0"));
  EXPECT_THAT(job->Gather(0), needs("finalize"));
  EXPECT_THAT(job->Verify(), needs("gather.0"));
  EXPECT_THAT(job->Report(), needs("finalize"));
  for (const absl::Status& status : {job->Count(2), job->Scatter(2), job->Gather(1)}) {
    EXPECT_THAT(status, Fails(absl::StatusCode::kInvalidArgument, HasSubstr("there is no task")));
  }
}

}  // namespace
}  // namespace corpusmill
