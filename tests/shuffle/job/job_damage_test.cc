// Damaged or lost files of a job: the output is never wrong, and the advice of the error works.
// Also disks that are too small.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "shuffle/job/shuffle_job.h"
#include "tests/corpus/io/streams.h"
#include "tests/shuffle/reference.h"
#include "tests/shuffle/small_disk.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

ContextOptions SmallContext() { return {.memory_limit_bytes = 16 << 20, .threads = 2}; }

/// Stops the work after a number of bytes were read or written.
class StoppingReporter final : public Reporter {
 public:
  StoppingReporter(int64_t bytes, std::atomic<bool>* stop) : left_(bytes), stop_(stop) {}
  void Log(LogLevel, std::string_view) override {}
  void StartPhase(std::string_view, uint64_t) override {}
  void Advance(uint64_t bytes) override {
    if ((left_ -= static_cast<int64_t>(bytes)) <= 0) *stop_ = true;
  }
  void EndPhase() override {}

 private:
  std::atomic<int64_t> left_;
  std::atomic<bool>* const stop_;
};

std::string AllBytes(const TestFolder& folder) {
  std::string bytes;
  for (const std::string& name : folder.List()) {
    if (!name.ends_with(".part")) bytes += ReadFile(folder / name);
  }
  return bytes;
}

class JobDamageTest : public testing::Test {
 protected:
  /// Cuts the output into two shards.
  ShuffleFiles FilesIn(const std::string& folder) const {
    return {.pattern = folder + "/{shard}", .codec = codec_, .overwrite = true, .shards = 2};
  }

  std::string Expected() const {
    const TestFolder folder;
    Context context(SmallContext());
    FilesTarget target(FilesIn(folder.path()), context);
    CM_EXPECT_OK(Shuffle(Inputs(), options_, target, context));
    return AllBytes(folder);
  }

  std::vector<InputFile> Inputs() const {
    return ResolveInputs(arguments_, {.allow_weights = true}).value();
  }

  /// Two scatter tasks, several parts, some with oversized records.
  void Plan(uint64_t gather_tasks = 1) {
    Context context(SmallContext());
    CM_ASSERT_OK_AND_ASSIGN(ShuffleJobPlan plan,
                            PlanShuffleJob(Inputs(), options_, FilesIn(out_.path()), {temp_.path()},
                                           {16 << 20, 2, 2, gather_tasks}, context));
    plan.part_bytes = 400'000;
    plan.checkpoint_bytes = 1;
    plan.buckets = 12;
    CM_ASSERT_OK(ShuffleJob::Create(job_, plan, false, context));
  }

  absl::Status Scatter(Context& context) const {
    CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(job_, context));
    for (size_t i = 0; i < job->scatter_tasks(); ++i) CM_RETURN_IF_ERROR(job->Scatter(i));
    return job->Finalize();
  }

  absl::Status GatherAll(Context& context) const {
    CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(job_, context));
    for (size_t i = 0; i < job->gather_tasks(); ++i) CM_RETURN_IF_ERROR(job->Gather(i));
    return absl::OkStatus();
  }

  /// Runs the job until it is done or `stop_bytes` were written.
  absl::Status Run(int64_t stop_bytes = INT64_MAX) const {
    std::atomic<bool> cancelled{false};
    StoppingReporter reporter(stop_bytes, &cancelled);
    ContextOptions options = SmallContext();
    {
      Context context(options);
      CM_RETURN_IF_ERROR(Scatter(context));
    }
    options.reporter = &reporter;
    options.cancelled = &cancelled;
    Context context(options);
    return GatherAll(context);
  }

  std::string InJob(const std::string& name) const { return job_ + "/" + name; }

  /// Flips a bit of each byte of a file in turn; `use` must report the damage.
  template <typename Use>
  void ExpectEveryByteCounts(const std::string& name, const std::string& advice, const Use& use) {
    const std::string bytes = ReadFile(InJob(name));
    for (size_t at = 0; at < bytes.size(); ++at) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
      jobs_.Write("job/" + name, damaged);
      const absl::Status status = use();
      EXPECT_THAT(status, Fails(absl::StatusCode::kDataLoss, HasSubstr(InJob(name) + ": is ")))
          << "byte " << at;
      if (Message(status).find("this version") != std::string::npos) continue;  // A plan.
      EXPECT_THAT(status, Fails(absl::StatusCode::kDataLoss, EndsWith(": is damaged; " + advice)));
    }
    jobs_.Write("job/" + name, bytes);
    CM_EXPECT_OK(use());
  }

  const TestFolder inputs_, temp_, out_, jobs_;
  const std::string job_ = jobs_ / "job";
  const std::string begin_again_ = "remove " + job_ + " to begin again";
  std::vector<std::string> arguments_ = {inputs_.path()};
  ShuffleOptions options_ = {.seed = "s"};
  Codec codec_ = Codec::kNone;
};

TEST_F(JobDamageTest, EveryByteOfASmallFileCounts) {
  inputs_.Write("in", "a header\n" + RandomLines(900'000, 300, 1));
  options_.header_records = 1;
  options_.take = 2500;
  Plan();
  Context context(SmallContext());
  const auto job = [&] { return ShuffleJob::Open(job_, context).value(); };
  ExpectEveryByteCounts("plan.json", begin_again_,
                        [&] { return ShuffleJob::FindPlan(job_).status(); });
  CM_ASSERT_OK(job()->Count(0));
  const auto scatter_nothing = [&] {
    std::atomic<bool> cancelled{true};
    ContextOptions options = SmallContext();
    options.cancelled = &cancelled;
    Context context(options);
    const absl::Status status = ShuffleJob::Open(job_, context).value()->Scatter(1);
    return absl::IsCancelled(status) ? absl::OkStatus() : status;
  };
  ExpectEveryByteCounts("count.0", "remove it and count this task again", scatter_nothing);
  CM_ASSERT_OK(Scatter(context));
  const auto report = [&] { return job()->Report().status(); };
  ExpectEveryByteCounts("totals.json", "remove it to do this task again", report);
  EXPECT_THAT(Run(500'000), Fails(absl::StatusCode::kCancelled, testing::_));
  ASSERT_TRUE(fs::exists(InJob("gather.0.journal")));
  ExpectEveryByteCounts("totals.json", begin_again_, report);
}

TEST_F(JobDamageTest, EveryByteOfAJournalCounts) {
  inputs_.Write("in", RandomLines(3 << 20, 300, 1));
  Plan();
  ASSERT_THAT(Run(1'000'000), Fails(absl::StatusCode::kCancelled, testing::_));
  const std::string journal = ReadFile(InJob("gather.0.journal"));
  const TestFolder saved;
  fs::copy(jobs_.path(), saved / "jobs", fs::copy_options::recursive);
  ExpectEveryByteCounts("gather.0.journal",
                        "the buckets of the written records are freed, so " + begin_again_, [&] {
                          if (ReadFile(InJob("gather.0.journal")) == journal)
                            return absl::OkStatus();
                          Context context(SmallContext());
                          return GatherAll(context);
                        });
  CM_EXPECT_OK(Run());
  EXPECT_TRUE(AllBytes(out_) == Expected());
}

/// A number in a journal.
uint64_t NumberIn(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":");
  return at == std::string::npos ? 0 : std::stoull(json.substr(at + name.size() + 3));
}

TEST_F(JobDamageTest, EveryDurableByteOfAnOutputCounts) {
  for (const bool compressed : {false, true}) {
    codec_ = compressed ? CodecForPath("a.zst") : Codec::kNone;
    // Frames have 2 MiB, and two are compressed at a time.
    inputs_.Write("in", RandomLines(compressed ? 28 << 20 : 3 << 20, 300, 1));
    fs::remove_all(job_);
    Plan();
    ASSERT_THAT(Run(compressed ? 12'000'000 : 1'000'000),
                Fails(absl::StatusCode::kCancelled, testing::_));
    const uint64_t durable = NumberIn(ReadFile(InJob("gather.0.journal")), "stored_bytes");
    const std::string part = out_ / "0.part";
    const std::string bytes = ReadFile(part);
    ASSERT_GT(durable, 1000u);
    ASSERT_LE(durable, bytes.size());
    TestRandom random(1);
    for (int i = 0; i < 40; ++i) {
      const size_t at = i == 0 ? 0 : i == 1 ? durable - 1 : random.Below(durable);
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
      out_.Write("0.part", damaged);
      EXPECT_THAT(Run(), Fails(absl::StatusCode::kDataLoss,
                               AllOf(StartsWith(part + ": is damaged"), EndsWith(begin_again_))))
          << "byte " << at;
      EXPECT_EQ(out_.List(), std::vector<std::string>{"0.part"});
    }
    out_.Write("0.part", bytes.substr(0, durable - 1));
    EXPECT_THAT(Run(), Fails(absl::StatusCode::kDataLoss, EndsWith(begin_again_)));
    fs::remove(part);
    EXPECT_THAT(Run(), Fails(absl::StatusCode::kDataLoss,
                             AllOf(StartsWith(part + ": is gone"), EndsWith(begin_again_))));
    // A file of somebody else is not what the job was writing.
    out_.Write("0", "mine");
    EXPECT_THAT(Run(), Fails(absl::StatusCode::kDataLoss, StartsWith(part + ": is gone")));
    EXPECT_EQ(ReadFile(out_ / "0"), "mine");
    fs::remove(out_ / "0");
    // What follows the durable bytes does not matter.
    out_.Write("0.part", bytes.substr(0, durable) + "other");
    CM_EXPECT_OK(Run());
    EXPECT_TRUE(AllBytes(out_) == Expected());
    for (const std::string name : {"0", "1"}) fs::remove(out_ / name);
  }
}

TEST_F(JobDamageTest, FinishedOutputsAreCheckedByAResumedJob) {
  inputs_.Write("in", RandomLines(3 << 20, 300, 1));
  Plan();
  ASSERT_THAT(Run(2'200'000), Fails(absl::StatusCode::kCancelled, testing::_));
  ASSERT_EQ(out_.List(), (std::vector<std::string>{"0", "1.part"}));
  const std::string bytes = ReadFile(out_ / "0");
  std::string damaged = bytes;
  damaged[bytes.size() / 2] = static_cast<char>(damaged[bytes.size() / 2] ^ 1);
  out_.Write("0", damaged);
  EXPECT_THAT(Run(), Fails(absl::StatusCode::kDataLoss,
                           AllOf(StartsWith(out_ / "0: is not the file that this job wrote"),
                                 EndsWith(begin_again_))));
  fs::remove(out_ / "0");
  EXPECT_THAT(Run(), Fails(absl::StatusCode::kDataLoss,
                           AllOf(StartsWith(out_ / "0: is gone"), EndsWith(begin_again_))));
  out_.Write("0", bytes);  // At another time.
  CM_EXPECT_OK(Run());
  EXPECT_TRUE(AllBytes(out_) == Expected());
  // So are those of a finished job; a missing one can be made again only if nothing was freed.
  out_.Write("0", damaged);
  EXPECT_THAT(Run(), Fails(absl::StatusCode::kDataLoss, HasSubstr("is not the file")));
}

TEST_F(JobDamageTest, FinalizeOfASampleReportsDamagedFiles) {
  inputs_.Write("in", RandomLines(3 << 20, 300, 1));
  options_.take = 2500;
  const std::string expected = Expected();
  Plan();
  Context context(SmallContext());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
  const std::string part = InJob("part.0-0");
  for (const bool is_missing : {false, true}) {
    for (const size_t task : {0, 1}) CM_ASSERT_OK(job->Scatter(task));
    const std::string buckets = temp_ / temp_.List().front();
    ASSERT_TRUE(buckets.ends_with(".buckets.0-0"));
    const auto size = fs::file_size(buckets);
    fs::resize_file(buckets, 0);
    fs::resize_file(buckets, size);
    if (is_missing) fs::remove(buckets);
    EXPECT_THAT(Message(job->Finalize()),
                AllOf(StartsWith(buckets + (is_missing ? ": cannot open" : ": is damaged")),
                      EndsWith("remove " + part + " to scatter that part again")));
    ASSERT_TRUE(fs::remove(part));
  }
  CM_EXPECT_OK(Run());
  EXPECT_TRUE(AllBytes(out_) == expected);
}

/// Before a gather task, and after it has freed some of the buckets.
class LostFilesTest : public JobDamageTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    inputs_.Write("a", RandomLines(900'000, 300, 1) + RandomLines(1'500'000, 600'000, 2));
    inputs_.Write("b", RandomLines(1'500'000, 300, 3) + RandomLines(1'000'000, 700'000, 4));
  }

  void RunToWhereFilesAreLost() {
    if (GetParam()) {
      ASSERT_THAT(Run(700'000), Fails(absl::StatusCode::kCancelled, testing::_));
      ASSERT_TRUE(fs::exists(InJob("gather.0.journal")));
    } else {
      Context context(SmallContext());
      CM_ASSERT_OK(Scatter(context));
    }
  }

  /// The index of a file of buckets or oversized records, such as "part.0-1".
  std::string PartOf(const std::string& name) const {
    return InJob("part." + name.substr(name.rfind('.') + 1));
  }

  /// Damages the files of each part and follows the advice of the error.
  template <typename Damage>
  void ExpectAdviceHelps(const Damage& damage) {
    const std::string expected = Expected();
    const TestFolder saved;
    const auto copy = [](const std::string& from, const std::string& to) {
      fs::remove_all(to);
      fs::copy(from, to, fs::copy_options::recursive);
    };
    RunToWhereFilesAreLost();
    copy(jobs_.path(), saved / "jobs");
    copy(temp_.path(), saved / "temp");
    copy(out_.path(), saved / "out");
    int told = 0;
    for (const std::string& name : temp_.List()) {
      SCOPED_TRACE(name);
      damage(temp_ / name);
      absl::Status status = Run();
      // The damaged file may no longer be needed.
      if (!status.ok()) {
        ++told;
        EXPECT_THAT(Message(status),
                    AllOf(StartsWith(temp_ / name + ": "),
                          HasSubstr("remove " + PartOf(name) + " to scatter that part again"),
                          testing::Not(HasSubstr("\n"))));
        ASSERT_TRUE(fs::remove(PartOf(name)));
        CM_EXPECT_OK(Run());
      }
      EXPECT_TRUE(AllBytes(out_) == expected);
      copy(saved / "jobs", jobs_.path());
      copy(saved / "temp", temp_.path());
      copy(saved / "out", out_.path());
    }
    EXPECT_GE(told, 8);
  }
};

TEST_P(LostFilesTest, Missing) {
  Plan();
  ExpectAdviceHelps([](const std::string& path) { fs::remove(path); });
}

TEST_P(LostFilesTest, CutShort) {
  Plan();
  ExpectAdviceHelps([](const std::string& path) { fs::resize_file(path, 4096); });
}

TEST_P(LostFilesTest, Zeros) {
  Plan();
  ExpectAdviceHelps([](const std::string& path) {
    const auto size = fs::file_size(path);
    fs::resize_file(path, 0);
    fs::resize_file(path, size);
  });
}

TEST_P(LostFilesTest, AByteOfEachBlockWithSeveralTasksAndCopies) {
  arguments_ = {inputs_ / "a@2", inputs_ / "b"};
  Plan(2);
  ExpectAdviceHelps([](const std::string& path) {
    std::string bytes = ReadFile(path);
    for (size_t at = 1000; at < bytes.size(); at += 4096) bytes[at] ^= 1;
    std::ofstream(path, std::ios::binary) << bytes;
  });
}

TEST_P(LostFilesTest, OfASample) {
  options_.take = 5000;
  Plan();
  ExpectAdviceHelps([](const std::string& path) { fs::remove(path); });
}

INSTANTIATE_TEST_SUITE_P(GatherHasBegun, LostFilesTest, testing::Bool());

class JobOnASmallDiskTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.is_mounted()) GTEST_SKIP() << "no permission to mount a small file system";
  }

  /// The status of a job over a number of bytes.
  absl::Status Run(uint64_t bytes, const ShuffleFiles& files, const std::string& temp) const {
    const TestFolder folder;
    Context context(SmallContext());
    const std::string in = folder.Write("in", RandomLines(bytes, 300, 1));
    CM_ASSIGN_OR_RETURN(ShuffleJobPlan plan,
                        PlanShuffleJob(ResolveInputs({in}).value(), {.seed = "s"}, files, {temp},
                                       {16 << 20, 2, 1, 1}, context));
    plan.checkpoint_bytes = 1;
    CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Create(folder / "job", plan, false, context));
    CM_RETURN_IF_ERROR(job->Scatter(0));
    const absl::Status finalized = job->Finalize();
    if (!finalized.ok()) {
      EXPECT_FALSE(fs::exists(folder / "job/totals.json"));
      return finalized;
    }
    CM_RETURN_IF_ERROR(job->Gather(0));
    return job->Verify();
  }

  const SmallDisk disk_;
  const TestFolder folder_;
};

TEST_F(JobOnASmallDiskTest, FinalizeReportsOutputsThatDoNotFit) {
  const std::string small = disk_.folder().path();
  EXPECT_THAT(Run(10 << 20, {.pattern = small + "/out"}, folder_.path()),
              Fails(absl::StatusCode::kUnavailable, StartsWith(small + ": has room for ")));
}

TEST_F(JobOnASmallDiskTest, OutputsGrowAsTemporaryFilesShrink) {
  const std::string small = disk_.folder().path();
  CM_EXPECT_OK(Run(6 << 20, {.pattern = small + "/out"}, small));
}

TEST_F(JobOnASmallDiskTest, SizeOfCompressedOutputsIsUnknown) {
  const std::string small = disk_.folder().path();
  CM_EXPECT_OK(
      Run(10 << 20, {.pattern = small + "/out.zst", .codec = Codec::kZstd}, folder_.path()));
}

}  // namespace
}  // namespace corpusmill
