// A shuffle in tasks gives the bytes of a shuffle in one go, however it is cut, in
// whatever order, and however often it is stopped.

#include "shuffle/job.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "corpus/file_calls.h"
#include "tests/corpus/streams.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// The bytes of all files of a folder by name.
using Outputs = std::map<std::string, std::string>;

Outputs ReadAll(const TestFolder& folder) {
  Outputs outputs;
  for (const std::string& name : folder.List()) outputs[name] = ReadFile(folder / name);
  return outputs;
}

/// "out-0: 17 bytes, ..." of what differs: the bytes themselves are too many to print.
std::string Difference(const Outputs& a, const Outputs& b) {
  std::string text;
  for (const auto& [name, bytes] : a) {
    const auto other = b.find(name);
    if (other == b.end()) {
      text += name + " is missing; ";
    } else if (other->second != bytes) {
      const auto at =
          std::mismatch(bytes.begin(), bytes.end(), other->second.begin(), other->second.end());
      text += name + " differs at byte " + std::to_string(at.first - bytes.begin()) + " of " +
              std::to_string(bytes.size()) + " and " + std::to_string(other->second.size()) + "; ";
    }
  }
  for (const auto& [name, bytes] : b) {
    if (!a.contains(name)) text += name + " is too many; ";
  }
  return text;
}

/// Stops the work when so many bytes were read or written.
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

/// From the k-th on no call has an effect any more, as if the process had been killed.
class CrashingCalls final : public FileCalls {
 public:
  explicit CrashingCalls(int64_t after) : after_(after) {}
  int64_t calls() const { return calls_; }

  int Open(const char* path, int flags, mode_t mode) override {
    return Fails() ? -1 : FileCalls::Open(path, flags, mode);
  }
  ssize_t Write(int fd, const void* bytes, size_t size) override {
    return Fails() ? -1 : FileCalls::Write(fd, bytes, size);
  }
  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    return Fails() ? -1 : FileCalls::PWriteV(fd, parts, count, offset);
  }
  int FSync(int fd) override { return Fails() ? -1 : FileCalls::FSync(fd); }
  int FDataSync(int fd) override { return Fails() ? -1 : FileCalls::FDataSync(fd); }
  int FTruncate(int fd, off_t size) override {
    return Fails() ? -1 : FileCalls::FTruncate(fd, size);
  }
  int FAllocate(int fd, int mode, off_t offset, off_t size) override {
    return Fails() ? -1 : FileCalls::FAllocate(fd, mode, offset, size);
  }
  int Rename(const char* from, const char* to) override {
    return Fails() ? -1 : FileCalls::Rename(from, to);
  }
  int Unlink(const char* path) override { return Fails() ? -1 : FileCalls::Unlink(path); }

 private:
  bool Fails() {
    if (calls_++ < after_) return false;
    errno = EIO;
    return true;
  }

  const int64_t after_;
  std::atomic<int64_t> calls_{0};
};

struct JobSetup {
  std::vector<std::string> arguments;
  ShuffleOptions options;
  ShuffleFiles files = {.pattern = "out"};
  uint64_t scatter_tasks = 1;
  uint64_t gather_tasks = 1;
  /// Instead of scatter_tasks: where the first input is cut.
  std::vector<uint64_t> cuts;
  uint64_t part_bytes = 100'000;
  uint64_t checkpoint_bytes = 1;
  uint64_t cells = 0;  ///< 0: as is planned.
};

class JobTest : public testing::Test {
 protected:
  static ContextOptions Options() { return {.memory_limit_bytes = 16 << 20, .threads = 2}; }

  ShuffleFiles FilesIn(const TestFolder& folder, const JobSetup& setup) const {
    ShuffleFiles files = setup.files;
    files.pattern = folder / files.pattern;
    files.overwrite = true;
    for (const Split& split : setup.options.splits) files.splits.push_back(split.name);
    return files;
  }

  Outputs Expected(const JobSetup& setup) const {
    const TestFolder folder;
    Context context(Options());
    FilesTarget target(FilesIn(folder, setup), context);
    CM_EXPECT_OK(Shuffle(ResolveInputs(setup.arguments, {.allow_weights = true}).value(),
                         setup.options, target, context));
    return ReadAll(folder);
  }

  absl::StatusOr<JobPlan> Plan(const JobSetup& setup, Context& context) const {
    CM_ASSIGN_OR_RETURN(const auto inputs, ResolveInputs(setup.arguments, {.allow_weights = true}));
    CM_ASSIGN_OR_RETURN(
        JobPlan plan, MakeJobPlan(inputs, setup.options, FilesIn(out_, setup), {temp_.path()},
                                  {16 << 20, 2, setup.scatter_tasks, setup.gather_tasks}, context));
    plan.part_bytes = setup.part_bytes;
    plan.checkpoint_bytes = setup.checkpoint_bytes;
    if (setup.cells > 0) plan.cells = setup.cells;
    if (!setup.cuts.empty()) {
      plan.scatter_tasks.assign(1, {.begins_at_record = false});
      for (const uint64_t cut : setup.cuts) {
        plan.scatter_tasks.back().end_input = 0;
        plan.scatter_tasks.back().end_byte = cut;
        plan.scatter_tasks.push_back({.begin = {.byte = cut}, .begins_at_record = false});
      }
      plan.scatter_tasks.back().end_input = inputs.size();
    }
    return plan;
  }

  /// Plans anew.
  void Create(const JobSetup& setup) const {
    fs::remove_all(job_);
    for (const std::string& name : out_.List()) fs::remove_all(out_ / name);
    for (const std::string& name : temp_.List()) fs::remove_all(temp_ / name);
    Context context(Options());
    CM_ASSERT_OK_AND_ASSIGN(JobPlan plan, Plan(setup, context));
    CM_ASSERT_OK(Job::Create(job_, std::move(plan), false, context));
  }

  absl::Status GatherAll(Context& context) const {
    CM_ASSIGN_OR_RETURN(const auto job, Job::Open(job_, context));
    for (size_t i = 0; i < job->gather_tasks(); ++i) CM_RETURN_IF_ERROR(job->Gather(i));
    return absl::OkStatus();
  }

  /// All verbs once, those of a kind in order. The tasks are done by `context`.
  absl::Status RunAll(Context& context) const {
    CM_ASSIGN_OR_RETURN(const auto job, Job::Open(job_, context));
    for (size_t i = 0; i < job->scatter_tasks(); ++i) CM_RETURN_IF_ERROR(job->Scatter(i));
    CM_RETURN_IF_ERROR(job->Finalize());
    return GatherAll(context);
  }

  /// The same, in any order that is allowed, some twice, each by another Job.
  void RunShuffled(TestRandom& random) const {
    Context context(Options());
    const auto job = [&] { return Job::Open(job_, context).value(); };
    const auto each = [&](size_t tasks, const std::function<absl::Status(size_t)>& verb) {
      std::vector<size_t> order;
      for (size_t i = 0; i < tasks; ++i) order.insert(order.end(), 1 + random.Below(2), i);
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
      for (const size_t i : order) CM_EXPECT_OK(verb(i));
    };
    const size_t scatter_tasks = job()->scatter_tasks();
    if (random.Below(2) == 0) {
      each(scatter_tasks, [&](size_t i) { return job()->Count(i); });
      each(scatter_tasks, [&](size_t i) { return job()->Scatter(i); });
    } else {
      for (size_t i = 0; i < scatter_tasks; ++i) CM_EXPECT_OK(job()->Scatter(i));
    }
    CM_EXPECT_OK(job()->Finalize());
    CM_EXPECT_OK(job()->Finalize());
    each(job()->gather_tasks(), [&](size_t i) { return job()->Gather(i); });
    CM_EXPECT_OK(job()->Verify());
  }

  /// Only what a job that is done keeps is there.
  void ExpectRemoved() const {
    Context context(Options());
    CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
    CM_EXPECT_OK(job->RemoveTemporary());
    EXPECT_EQ(temp_.List(), std::vector<std::string>());
    std::vector<std::string> expected;
    for (size_t i = 0; i < job->gather_tasks(); ++i) {
      expected.push_back("gather." + std::to_string(i) + ".done");
    }
    expected.insert(expected.end(), {"plan.json", "totals.json"});
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(job_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, expected);
  }

  void ExpectSame(const JobSetup& setup, TestRandom& random) const {
    Create(setup);
    RunShuffled(random);
    EXPECT_EQ(Difference(Expected(setup), ReadAll(out_)), "");
    ExpectRemoved();
  }

  std::string PartPathOf(size_t task, size_t part) const {
    return PartPath(job_ + "/part", task, part);
  }

  const TestFolder inputs_, temp_, out_, jobs_;
  const std::string job_ = jobs_ / "job";
};

TEST_F(JobTest, PlainFilesCutAtAnyByte) {
  TestRandom random(1);
  const std::string text = "h\nh2\na\n\nlonger than a task\nb\nc";
  const std::string path = inputs_.Write("in", text);
  for (const uint64_t header : {0, 1, 2}) {
    JobSetup setup = {
        .arguments = {path}, .options = {.seed = "s", .header_records = header}, .cells = 3};
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

TEST_F(JobTest, TasksOfAllKinds) {
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
      {.arguments = {c},  // More shards than records in most cells; tasks share cells.
       .options = {.seed = "12"},
       .files = {.pattern = "{shard}", .shards = 40},
       .cells = 3},
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

TEST_F(JobTest, HeaderOfAllInputs) {
  TestRandom random(3);
  const std::string a = inputs_.Write("a", "id,text\n" + RandomLines(300'000, 100, 1));
  const std::string b = inputs_.Write("b", "id,text\n" + RandomLines(300'000, 100, 2));
  JobSetup setup = {.arguments = {a, b},
                    .options = {.seed = "s", .header_records = 1},
                    .files = {.pattern = "{shard}", .shards = 3},
                    .scatter_tasks = 5,
                    .gather_tasks = 2};
  ExpectSame(setup, random);
  // Tasks that each see one header see the difference when they are put together.
  setup.arguments[1] = inputs_.Write("c", "id;text\n" + RandomLines(300'000, 100, 2));
  setup.scatter_tasks = 2;
  Create(setup);
  Context context(Options());
  EXPECT_THAT(RunAll(context), Fails(absl::StatusCode::kDataLoss, HasSubstr("header")));
}

TEST_F(JobTest, CellsThatDoNotFitInMemory) {
  TestRandom random(4);
  JobSetup setup = {.arguments = {inputs_.Write("in", RandomLines(24 << 20, 3000, 1))},
                    .options = {.seed = "s"},
                    .files = {.pattern = "{shard}", .shards = 3},
                    .scatter_tasks = 2,
                    .gather_tasks = 2,
                    .part_bytes = 4 << 20,
                    .cells = 2};
  ExpectSame(setup, random);
  setup.options.take = 2000;
  ExpectSame(setup, random);
}

class InterruptedJobTest : public JobTest {
 protected:
  /// Runs until it is done, stopped again and again later and later.
  void Interrupt(const JobSetup& setup, TestRandom& random, uint64_t bytes) {
    Create(setup);
    int stops = 0;
    for (bool done = false; !done; ++stops) {
      ASSERT_LT(stops, 200);
      const uint64_t growth = 1 + static_cast<uint64_t>(stops) / 4;
      std::atomic<bool> cancelled{false};
      const bool crash = random.Below(2) == 0;
      CancellingReporter reporter(crash ? UINT32_MAX : 1 + random.Below(bytes / 8 * growth),
                                  &cancelled);
      CrashingCalls calls(crash ? static_cast<int64_t>(1 + random.Below(60 * growth))
                                : int64_t{1} << 60);
      ContextOptions options = Options();
      options.reporter = &reporter;
      options.cancelled = &cancelled;
      options.threads = static_cast<int>(1 + random.Below(2));
      absl::Status status;
      {
        const ScopedFileCalls scope(&calls);
        Context context(options);
        status = RunAll(context);
      }
      done = status.ok();
      if (!done) {
        ASSERT_TRUE(status.code() == absl::StatusCode::kCancelled ||
                    status.code() == absl::StatusCode::kUnavailable)
            << status;
      }
    }
    EXPECT_GT(stops, 2) << "it was not stopped";
    ASSERT_EQ(Difference(Expected(setup), ReadAll(out_)), "");
    ExpectRemoved();
  }
};

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

TEST_F(InterruptedJobTest, WithCellsThatDoNotFitInMemory) {
  TestRandom random(7);
  const std::string text = RandomLines(20 << 20, 3000, 1);
  Interrupt({.arguments = {inputs_.Write("in", text)},
             .options = {.seed = "s"},
             .files = {.pattern = "{shard}", .shards = 3},
             .part_bytes = 4 << 20,
             .cells = 2},
            random, text.size());
}

TEST_F(InterruptedJobTest, AtEveryCallOfTheSecondPass) {
  const std::string text =
      "header\n" + RandomLines(60'000, 900, 1) + RandomLines(300'000, 300'000, 2);
  const std::string path = inputs_.Write("in", text);
  for (const bool by_bytes : {false, true}) {
    const JobSetup setup = {.arguments = {path},
                            .options = {.seed = "s", .header_records = 1},
                            .files = {.pattern = "{shard}",
                                      .shards = by_bytes ? 0u : 4u,
                                      .shard_bytes = by_bytes ? 80'000u : 0u},
                            .cells = 6};
    const Outputs expected = Expected(setup);
    Create(setup);
    const TestFolder saved;
    {
      Context context(Options());
      CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
      CM_ASSERT_OK(job->Scatter(0));
      CM_ASSERT_OK(job->Finalize());
      fs::copy(job_, saved / "job", fs::copy_options::recursive);
      fs::copy(temp_.path(), saved / "temp", fs::copy_options::recursive);
    }
    bool done = false;
    for (int64_t at = 0; !done; ++at) {
      for (const std::string& name : out_.List()) fs::remove_all(out_ / name);
      fs::remove_all(job_);
      fs::copy(saved / "job", job_);
      fs::copy(saved / "temp", temp_.path(),
               fs::copy_options::recursive | fs::copy_options::overwrite_existing);
      {
        CrashingCalls calls(at);
        const ScopedFileCalls scope(&calls);
        Context context(Options());
        done = GatherAll(context).ok();
      }
      Context context(Options());
      ASSERT_THAT(GatherAll(context), IsOk()) << "stopped at call " << at;
      ASSERT_EQ(Difference(expected, ReadAll(out_)), "") << "stopped at call " << at;
      ASSERT_LT(at, 5000);
    }
  }
}

TEST_F(JobTest, TwoAtOnceOnTheSameTasks) {
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

TEST_F(JobTest, ATaskOfAJobThatIsDoneDoesNothing) {
  TestRandom random(8);
  const JobSetup setup = {.arguments = {inputs_.Write("in", "a\nb\nc\n")},
                          .options = {.seed = "s"}};
  ExpectSame(setup, random);
  Context context(Options());
  CM_EXPECT_OK(RunAll(context));
  ExpectRemoved();
}

TEST_F(JobTest, ChangedInput) {
  const std::string path = inputs_.Write("in", RandomLines(100'000, 300, 1));
  const JobSetup setup = {.arguments = {path}, .options = {.seed = "s"}, .scatter_tasks = 2};
  Create(setup);
  inputs_.Write("in", RandomLines(100'000, 300, 2) + "more\n");
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
  const auto changed = Fails(absl::StatusCode::kDataLoss, HasSubstr(path + ": has changed"));
  EXPECT_THAT(job->Count(0), changed);
  EXPECT_THAT(job->Scatter(0), changed);
  CM_ASSERT_OK_AND_ASSIGN(JobPlan plan, Plan(setup, context));
  EXPECT_THAT(Job::Create(job_, std::move(plan), true, context),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("have changed")));
}

TEST_F(JobTest, AJobIsGoneOnWithOnlyForTheSameOutput) {
  JobSetup setup = {.arguments = {inputs_.Write("in", "a\nb\n")}, .options = {.seed = "s"}};
  Create(setup);
  Context context(Options());
  const auto create = [&](const JobSetup& other, bool resume) {
    return Job::Create(job_, Plan(other, context).value(), resume, context).status();
  };
  const auto refused = [](const std::string& why) {
    return Fails(absl::StatusCode::kInvalidArgument, HasSubstr(why));
  };
  EXPECT_THAT(create(setup, false), refused("use --resume"));
  CM_EXPECT_OK(create(setup, true));
  JobSetup other = setup;
  other.options.seed = "t";
  EXPECT_THAT(create(other, true), refused("other inputs, outputs or options"));
  other = setup;
  other.options.take = 1;
  EXPECT_THAT(create(other, true), refused("other inputs, outputs or options"));
  other = setup;
  other.arguments[0] += "@2";
  EXPECT_THAT(create(other, true), refused("other inputs, outputs or options"));
  other = setup;
  other.files.pattern = "other";
  EXPECT_THAT(create(other, true), refused("other inputs, outputs or options"));
}

TEST_F(JobTest, VerbsTooEarlyAndTasksThatAreNot) {
  const JobSetup setup = {.arguments = {inputs_.Write("in", RandomLines(100'000, 300, 1))},
                          .options = {.seed = "s"},
                          .scatter_tasks = 2};
  Create(setup);
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
  const auto early = [](const std::string& what) {
    return Fails(absl::StatusCode::kDataLoss, HasSubstr(what));
  };
  EXPECT_THAT(job->Scatter(1), early("task 0 are not counted yet"));
  EXPECT_THAT(job->Finalize(), early("task 0 is not scattered yet"));
  EXPECT_THAT(job->Gather(0), early("not finalized yet"));
  EXPECT_THAT(job->Verify(), early("task 0 is not gathered yet"));
  EXPECT_THAT(job->Report(), early("not finalized yet"));
  for (const absl::Status& status : {job->Count(2), job->Scatter(2), job->Gather(1)}) {
    EXPECT_THAT(status, Fails(absl::StatusCode::kInvalidArgument, HasSubstr("there is no task")));
  }
  EXPECT_THAT(Job::Open(job_ + "x", context),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("holds no job")));
}

class DamagedJobTest : public JobTest {
 protected:
  DamagedJobTest() {
    setup_ = {.arguments = {inputs_.Write(
                  "in", RandomLines(900'000, 300, 1) + RandomLines(700'000, 700'000, 2))},
              .options = {.seed = "s"},
              .files = {.pattern = "{shard}", .shards = 2},
              .scatter_tasks = 2,
              .cells = 2};
    Create(setup_);
    Context context(Options());
    const auto job = Job::Open(job_, context).value();
    CM_EXPECT_OK(job->Scatter(0));
    CM_EXPECT_OK(job->Scatter(1));
  }
  JobSetup setup_;
};

TEST_F(DamagedJobTest, EveryByteOfAnIndexCounts) {
  const std::string path = PartPathOf(0, 0), bytes = ReadFile(path);
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
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

TEST_F(DamagedJobTest, APartThatIsRemovedIsDoneAgain) {
  ASSERT_TRUE(fs::remove(PartPathOf(0, 1)));
  ASSERT_TRUE(fs::exists(PartPathOf(0, 2)));
  {
    Context context(Options());
    CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
    EXPECT_THAT(job->Finalize(),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("run 'job scatter --task 0' first")));
  }
  // Another size of memory cuts the rest into other parts; stopped once on the way.
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

TEST_F(DamagedJobTest, TemporaryFilesThatAreMissingOrChanged) {
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
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
  CM_ASSERT_OK_AND_ASSIGN(const auto job, Job::Open(job_, context));
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
