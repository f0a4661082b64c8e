#include "corpus/jobs/job.h"

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "tests/corpus/jobs/crash_test.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using absl::StatusCode;
using testing::HasSubstr;

JobPlan SmallPlan() {
  return {.kind = "copy",
          .id = "1",
          .definition = R"({"letter":"a"})",
          .settings = R"({"speed":1})",
          .tasks = {{.key = "look.0", .is_optional = true},
                    {.key = "write.0"},
                    {.key = "write.1"},
                    {.key = "write.2", .needs = {"look.0"}},
                    {.key = "sum", .needs = {"write.0-2"}}}};
}

/// Tasks that each write a letter to a separate file.
class LetterWork final : public JobWork {
 public:
  explicit LetterWork(const Job& job) : job_(job) {}

  absl::StatusOr<bool> IsDone(const JobTask& task) const override {
    return Exists(job_.PathOf(task.key));
  }
  /// `look.0` is needed only until `write.0` exists.
  absl::StatusOr<bool> IsUsable(const JobTask& task) const override {
    return task.key == "look.0" ? Exists(job_.PathOf("write.0")) : IsDone(task);
  }
  absl::Status Run(const JobTask& task) override {
    ran.push_back(task.key);
    return WriteStringToFile(job_.PathOf(task.key), "a", {.overwrite = true});
  }

  std::vector<std::string> ran;

 private:
  const Job& job_;
};

class JobTest : public testing::Test {
 protected:
  absl::StatusOr<Job> Create(const JobPlan& plan, const JobOptions& options = {}) {
    return Job::Create(folder_, plan, options, context_);
  }

  const TestFolder root_;
  const std::string folder_ = root_ / "job";
  Context context_{ContextOptions{.threads = 1}};
};

TEST_F(JobTest, RunsUnfinishedTasksInOrder) {
  CM_ASSERT_OK_AND_ASSIGN(const Job job, Create(SmallPlan()));
  LetterWork work(job);
  CM_ASSERT_OK(job.RunTask("write.1", work));
  CM_ASSERT_OK(job.RunTask("write.1", work));
  EXPECT_EQ(job.StatusText(work), "look 0 of 1\nwrite 1 of 3\nsum 0 of 1\n");
  CM_ASSERT_OK(job.RunAll(work));
  EXPECT_THAT(work.ran, testing::ElementsAre("write.1", "write.0", "write.2", "sum"));
  EXPECT_EQ(job.StatusText(work), "look 0 of 1\nwrite 3 of 3\nsum 1 of 1\n");
}

TEST_F(JobTest, AFinishedJobDoesNothing) {
  CM_ASSERT_OK_AND_ASSIGN(const Job job, Create(SmallPlan()));
  LetterWork work(job);
  CM_ASSERT_OK(job.RunAll(work));
  work.ran.clear();
  fs::remove(job.PathOf("write.0"));
  CM_EXPECT_OK(job.RunTask("write.0", work));
  CM_EXPECT_OK(job.RunTask("look.0", work));
  CM_EXPECT_OK(job.RunAll(work));
  EXPECT_THAT(work.ran, testing::IsEmpty());
  EXPECT_EQ(job.StatusText(work), "look 0 of 1\nwrite 3 of 3\nsum 1 of 1\n");
}

TEST_F(JobTest, NeedsMustBeDoneFirst) {
  CM_ASSERT_OK_AND_ASSIGN(const Job job, Create(SmallPlan()));
  LetterWork work(job);
  EXPECT_THAT(job.RunTask("write.2", work),
              Fails(StatusCode::kDataLoss,
                    folder_ + ": task look.0 is not done yet; run 'job run --task look.0' first"));
  CM_ASSERT_OK(job.RunTask("write.0", work));
  EXPECT_THAT(job.RunTask("sum", work),
              Fails(StatusCode::kDataLoss, HasSubstr("task write.1 is not done yet")));
  CM_EXPECT_OK(job.RunTask("write.2", work));  // It can be done without the look.
}

TEST_F(JobTest, RefusesTasksOutsideThePlan) {
  CM_ASSERT_OK_AND_ASSIGN(const Job job, Create(SmallPlan()));
  LetterWork work(job);
  EXPECT_THAT(job.RunTask("write.3", work),
              Fails(StatusCode::kInvalidArgument,
                    folder_ + ": there is no task write.3; name one of write.0-2"));
  EXPECT_THAT(job.RunTask("x", work),
              Fails(StatusCode::kInvalidArgument,
                    folder_ + ": there is no task x; name one of look.0, write.0-2, sum"));
}

TEST_F(JobTest, OneProcessAtATimeRunsATask) {
  CM_ASSERT_OK(Create(SmallPlan()));
  std::vector<std::thread> threads;
  std::atomic<int> runs{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Context context(ContextOptions{.threads = 1});
      const Job job = Job::Open(folder_, "copy", context).value();
      LetterWork work(job);
      CM_EXPECT_OK(job.RunAll(work));
      runs += static_cast<int>(work.ran.size());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(runs, 4);
}

TEST_F(JobTest, IsResumedOnlyForTheSameOutput) {
  JobPlan plan = SmallPlan();
  plan.inputs = {{.path = "/a", .size_bytes = 1, .is_regular = true}};
  CM_ASSERT_OK(Create(plan, {.resume = true}));
  EXPECT_THAT(Create(plan), Fails(StatusCode::kInvalidArgument,
                                  folder_ + ": holds a job; use --resume to continue it, or "
                                            "remove the folder"));
  CM_EXPECT_OK(Create(plan, {.resume = true}));
  const auto expect_refused = [&](const JobPlan& other, const std::string& difference) {
    EXPECT_THAT(Create(other, {.resume = true}),
                Fails(StatusCode::kInvalidArgument,
                      folder_ + ": holds another job: " + difference +
                          "; repeat its inputs and flags, or remove the folder to begin again"));
  };
  JobPlan other = plan;
  other.definition = R"({"letter":"b"})";
  expect_refused(other, R"(its letter is "a", not "b")");
  other = plan;
  other.kind = "move";
  expect_refused(other, "its kind is copy, not move");
  other = plan;
  other.inputs.push_back(other.inputs[0]);
  expect_refused(other, "it has 1 inputs, not 2");
  other = plan;
  other.inputs[0].path = "/b";
  expect_refused(other, "its input 1 is /a, not /b");
  other = plan;
  other.inputs[0].weight.copies = 2;
  expect_refused(other, "its input /a has another weight");
  other = plan;
  other.inputs[0].modified_ns = 5;
  expect_refused(other, "its input /a has changed");
}

TEST_F(JobTest, KeepsSettingsUnlessReplaced) {
  CM_ASSERT_OK(Create(SmallPlan()));
  JobPlan faster = SmallPlan();
  faster.settings = R"({"speed":2})";
  faster.id = "2";
  CM_ASSERT_OK_AND_ASSIGN(const Job kept, Create(faster, {.resume = true}));
  EXPECT_EQ(kept.plan().settings, R"({"speed":1})");
  CM_ASSERT_OK(Create(faster, {.resume = true, .replace_settings = true}));
  CM_ASSERT_OK_AND_ASSIGN(const Job opened, Job::Open(folder_, "copy", context_));
  EXPECT_EQ(opened.plan().settings, R"({"speed":2})");
  EXPECT_EQ(opened.plan().id, "1");
}

TEST_F(JobTest, DetectsAnyChangedByteOfThePlan) {
  CM_ASSERT_OK(Create(SmallPlan()));
  const std::string path = folder_ + "/plan.json", bytes = ReadFile(path);
  for (size_t at = 0; at + 1 < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    root_.Write("job/plan.json", damaged);
    EXPECT_THAT(Job::FindPlan(folder_), Fails(StatusCode::kDataLoss, HasSubstr(path + ": is ")))
        << at;
  }
}

TEST_F(JobTest, RefusesAMissingJobAndOtherKinds) {
  EXPECT_THAT(Job::Open(folder_, "", context_),
              Fails(StatusCode::kInvalidArgument, HasSubstr("holds no job")));
  CM_ASSERT_OK(Create(SmallPlan()));
  EXPECT_THAT(Job::Open(folder_, "move", context_),
              Fails(StatusCode::kInvalidArgument, HasSubstr("of kind 'copy', not 'move'")));
}

TEST_F(JobTest, NeedsOfThePlanAreEarlierTasks) {
  for (const std::string need : {"sum", "write.0-3", "write.1-0", "write.0-99999999999", "x", ""}) {
    JobPlan plan = SmallPlan();
    plan.tasks[3].needs = {need};
    CM_ASSERT_OK_AND_ASSIGN(const std::string text, EncodeJobPlan(plan));
    EXPECT_THAT(DecodeJobPlan(text, "p"), Fails(StatusCode::kDataLoss, HasSubstr("this version")))
        << need;
  }
}

TEST_F(JobTest, RemovesOnlyItsOwnFiles) {
  CM_ASSERT_OK_AND_ASSIGN(const Job job, Create(SmallPlan()));
  LetterWork work(job);
  CM_ASSERT_OK(job.RunAll(work));
  CM_ASSERT_OK(job.MarkDone("sum"));
  root_.Write("job/package.lock", "");
  root_.Write("job/a.part", "");
  job.RemoveTemporary([](const std::string& name) { return name.starts_with("write."); });
  EXPECT_THAT(root_.List(), testing::ElementsAre("job", "job/a.part", "job/package.lock",
                                                 "job/plan.json", "job/sum", "job/sum.done"));
  CM_ASSERT_OK_AND_ASSIGN(const bool marked, job.IsMarked("sum"));
  EXPECT_TRUE(marked);
  CM_ASSERT_OK(job.RemoveMark("sum"));
  CM_ASSERT_OK_AND_ASSIGN(const bool still_marked, job.IsMarked("sum"));
  EXPECT_FALSE(still_marked);
}

/// The engine alone.
class LetterScenario final : public CrashScenario {
 public:
  void Reset() override { fs::remove_all(root_ / "job"); }
  absl::Status Run() override {
    Context context(ContextOptions{.threads = 1});
    CM_ASSIGN_OR_RETURN(const Job job,
                        Job::Create(root_ / "job", SmallPlan(), {.resume = true}, context));
    LetterWork work(job);
    CM_RETURN_IF_ERROR(job.RunAll(work));
    CM_RETURN_IF_ERROR(job.MarkDone("sum"));
    job.RemoveTemporary([](const std::string&) { return false; });
    return absl::OkStatus();
  }
  std::map<std::string, std::string> Output() const override {
    std::map<std::string, std::string> output;
    for (const auto& entry : fs::directory_iterator(root_ / "job")) {
      output[entry.path().filename()] = ReadFile(entry.path());
    }
    return output;
  }

 private:
  const TestFolder root_;
};

INSTANTIATE_TEST_SUITE_P(Engine, JobCrashTest,
                         testing::Values(CrashCase{
                             "Letters", [] { return std::make_unique<LetterScenario>(); }}),
                         CrashCase::Name);

}  // namespace
}  // namespace corpusmill
