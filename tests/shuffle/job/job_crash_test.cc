// Jobs that are stopped repeatedly, or whose files are damaged: the run gives the same bytes or an
// error that names the file.

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "shuffle/job/part_index.h"
#include "tests/corpus/io/streams.h"
#include "tests/corpus/jobs/crash_test.h"
#include "tests/shuffle/job/job_fixture.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class InterruptedJobTest : public ShuffleJobTest {};

TEST_F(InterruptedJobTest, GivesTheSameBytes) {
  TestRandom random(5);
  const std::string text =
      "header\n" + RandomLines(5 << 20, 300, 1) + RandomLines(900'000, 600'000, 2);
  const std::string path = inputs_.Write("in", text);
  for (const Codec codec : {Codec::kNone, Codec::kZstd, Codec::kGzip}) {
    SCOPED_TRACE(CodecName(codec));
    JobSetup setup = {.arguments = {path},
                      .options = {.seed = "s", .header_records = 1},
                      .files = {.pattern = "{shard}", .codec = codec, .shards = 2},
                      .scatter_tasks = 2,
                      .part_bytes = 1 << 20};
    Interrupt(setup, random, text.size());
    setup.files = {.pattern = "out", .codec = codec};
    setup.checkpoint_bytes = 300'000;
    Interrupt(setup, random, text.size());
    setup.files = {.pattern = "{shard}", .codec = codec, .shard_bytes = 700'000};
    setup.gather_tasks = 2;
    Interrupt(setup, random, text.size());
  }
}

TEST_F(InterruptedJobTest, WithSplitsAndASample) {
  TestRandom random(6);
  const std::string text = RandomLines(3 << 20, 300, 1);
  JobSetup setup = {
      .arguments = {inputs_.Write("in", text) + "@1.5"},
      .options = {.seed = "s", .take = 6000, .splits = ParseSplits("a=3,b=1").value()},
      .files = {.pattern = "{split}-{shard}", .shards = 3},
      .scatter_tasks = 2,
      .gather_tasks = 2};
  Interrupt(setup, random, text.size());
}

TEST_F(InterruptedJobTest, WithBucketsThatDoNotFitInMemory) {
  TestRandom random(7);
  const std::string text = RandomLines(20 << 20, 3000, 1);
  Interrupt({.arguments = {inputs_.Write("in", text)},
             .options = {.seed = "s"},
             .files = {.pattern = "{shard}", .shards = 3},
             .part_bytes = 4 << 20,
             .buckets = 2},
            random, text.size());
}

/// A small shuffle, from the plan to the removal of its temporary files.
class ShuffleScenario final : public CrashScenario {
 public:
  explicit ShuffleScenario(const ShuffleFiles& files) : files_(files) {
    path_ = in_.Write("in",
                      "header\n" + RandomLines(60'000, 900, 1) + RandomLines(300'000, 300'000, 2));
    files_.pattern = out_ / files_.pattern;
  }

  void Reset() override {
    for (const std::string& folder : {out_.path(), root_.path()}) {
      fs::remove_all(folder);
      fs::create_directories(folder);
    }
  }

  absl::Status Run() override {
    Context context({.memory_limit_bytes = 16 << 20, .threads = 2});
    CM_ASSIGN_OR_RETURN(const auto old, ShuffleJob::FindPlan(root_ / "job"));
    files_.overwrite = old.has_value();
    CM_ASSIGN_OR_RETURN(const auto inputs, ResolveInputs({path_}));
    CM_ASSIGN_OR_RETURN(
        ShuffleJobPlan plan,
        PlanShuffleJob(inputs, {.seed = "s", .header_records = 1}, files_, {root_ / "job"},
                       {16 << 20, 2, /*scatter_tasks=*/2, /*gather_tasks=*/1}, context));
    plan.part_bytes = 200'000;
    plan.checkpoint_bytes = 1;
    plan.buckets = 6;
    CM_ASSIGN_OR_RETURN(const auto job,
                        ShuffleJob::Create(root_ / "job", plan, /*resume=*/true, context));
    CM_RETURN_IF_ERROR(job->RunAll());
    job->RemoveTemporary();
    return absl::OkStatus();
  }

  Outputs Output() const override {
    Outputs outputs = ReadAll(out_);
    for (const auto& entry : fs::directory_iterator(root_ / "job")) {
      // The plan has a random id, the totals depend on the compression of spill files, and a mark
      // has the times of its outputs.
      const std::string name = entry.path().filename();
      const bool varies = name.ends_with(".json") || name.ends_with(".done");
      outputs["job/" + name] = varies ? "" : ReadFile(entry.path());
    }
    return outputs;
  }

 private:
  const TestFolder in_, out_, root_;
  std::string path_;
  ShuffleFiles files_;
};

CrashCase ShuffleCase(const std::string& name, const ShuffleFiles& files) {
  return {name, [files] { return std::make_unique<ShuffleScenario>(files); }};
}

INSTANTIATE_TEST_SUITE_P(Shuffle, JobCrashTest,
                         testing::Values(ShuffleCase("Shards", {.pattern = "{shard}", .shards = 4}),
                                         ShuffleCase("ShardsBySize", {.pattern = "{shard}",
                                                                      .shard_bytes = 80'000})),
                         CrashCase::Name);

class DamagedJobTest : public ShuffleJobTest {
 protected:
  DamagedJobTest() {
    setup_ = {.arguments = {inputs_.Write(
                  "in", RandomLines(900'000, 300, 1) + RandomLines(700'000, 700'000, 2))},
              .options = {.seed = "s"},
              .files = {.pattern = "{shard}", .shards = 2},
              .scatter_tasks = 2,
              .buckets = 2};
    Create(setup_);
    Context context(Options());
    const auto job = ShuffleJob::Open(job_, context).value();
    CM_EXPECT_OK(job->Scatter(0));
    CM_EXPECT_OK(job->Scatter(1));
  }
  JobSetup setup_;
};

TEST_F(DamagedJobTest, EveryByteOfAnIndexCounts) {
  const std::string path = PartPathOf(0, 0), bytes = ReadFile(path);
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    EXPECT_THAT(DecodePartIndex(damaged, path),
                Fails(absl::StatusCode::kDataLoss, HasSubstr(path + ": is damaged; remove it")))
        << at;
    EXPECT_THAT(DecodePartIndex(bytes.substr(0, at), path),
                Fails(absl::StatusCode::kDataLoss, testing::_))
        << at;
  }
  fs::resize_file(path, bytes.size() - 1);
  EXPECT_THAT(job->Finalize(), Fails(absl::StatusCode::kDataLoss, HasSubstr("is damaged")));
}

TEST_F(DamagedJobTest, ScattersARemovedPartAgain) {
  ASSERT_TRUE(fs::remove(PartPathOf(0, 1)));
  ASSERT_TRUE(fs::exists(PartPathOf(0, 2)));
  {
    Context context(Options());
    CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
    EXPECT_THAT(job->Finalize(), Fails(absl::StatusCode::kDataLoss,
                                       HasSubstr("run 'job run --task scatter.0' first")));
  }
  // Another memory limit cuts the rest into other parts; the run is stopped once.
  std::atomic<bool> cancelled{false};
  CancellingReporter reporter(150'000, &cancelled);
  for (const bool stopped : {true, false}) {
    ContextOptions options = {.memory_limit_bytes = 64 << 20, .threads = 1};
    if (stopped) {
      options.reporter = &reporter;
      options.cancelled = &cancelled;
    }
    Context context(options);
    EXPECT_EQ(RunAll(context).ok(), !stopped);
  }
  EXPECT_EQ(Difference(Expected(setup_), ReadAll(out_)), "");
}

TEST_F(DamagedJobTest, MissingOrChangedTemporaryFiles) {
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
  CM_ASSERT_OK(job->Finalize());
  for (const std::string& name : temp_.List()) {
    const std::string bytes = ReadFile(temp_ / name);
    fs::remove(temp_ / name);
    EXPECT_THAT(job->Gather(0), Fails(absl::StatusCode::kUnavailable, HasSubstr(name)));
    temp_.Write(name, std::string(bytes.size(), '\0'));
    EXPECT_THAT(job->Gather(0), testing::Not(IsOk())) << name;
    temp_.Write(name, bytes);
  }
  CM_EXPECT_OK(job->Gather(0));
  EXPECT_EQ(Difference(Expected(setup_), ReadAll(out_)), "");
}

TEST_F(DamagedJobTest, SmallFiles) {
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
  CM_ASSERT_OK(job->Finalize());
  for (const std::string name : {"totals.json", "plan.json"}) {
    const std::string bytes = ReadFile(job_ + "/" + name);
    for (size_t size = 0; size + 2 < bytes.size(); size += 1 + size / 8) {
      jobs_.Write("job/" + name, bytes.substr(0, size));
      EXPECT_THAT(RunAll(context), Fails(absl::StatusCode::kDataLoss, HasSubstr(name))) << size;
    }
    jobs_.Write("job/" + name, bytes);
  }
  CM_EXPECT_OK(RunAll(context));
}

}  // namespace
}  // namespace corpusmill
