#include "tests/shuffle/job/job_fixture.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "corpus/base/status.h"
#include "tests/shuffle/reference.h"

namespace corpusmill {

namespace fs = std::filesystem;

Outputs ReadAll(const TestFolder& folder) {
  Outputs outputs;
  for (const std::string& name : folder.List()) outputs[name] = ReadFile(folder / name);
  return outputs;
}

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

ShuffleFiles ShuffleJobTest::FilesIn(const TestFolder& folder, const JobSetup& setup) const {
  ShuffleFiles files = setup.files;
  files.pattern = folder / files.pattern;
  files.overwrite = true;
  for (const Split& split : setup.options.splits) files.splits.push_back(split.name);
  return files;
}

Outputs ShuffleJobTest::Expected(const JobSetup& setup) const {
  const TestFolder folder;
  Context context(Options());
  FilesTarget target(FilesIn(folder, setup), context);
  CM_EXPECT_OK(Shuffle(ResolveInputs(setup.arguments, {.allow_weights = true}).value(),
                       setup.options, target, context));
  return ReadAll(folder);
}

absl::StatusOr<ShuffleJobPlan> ShuffleJobTest::Plan(const JobSetup& setup, Context& context) const {
  CM_ASSIGN_OR_RETURN(const auto inputs, ResolveInputs(setup.arguments, {.allow_weights = true}));
  CM_ASSIGN_OR_RETURN(
      ShuffleJobPlan plan,
      PlanShuffleJob(inputs, setup.options, FilesIn(out_, setup), Folders(),
                     {16 << 20, 2, setup.scatter_tasks, setup.gather_tasks}, context));
  plan.part_bytes = setup.part_bytes;
  plan.checkpoint_bytes = setup.checkpoint_bytes;
  if (setup.buckets > 0) plan.buckets = setup.buckets;
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

void ShuffleJobTest::Create(const JobSetup& setup) const {
  fs::remove_all(job_);
  for (const std::string& name : out_.List()) fs::remove_all(out_ / name);
  for (const std::string& folder : Folders()) {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const ShuffleJobPlan plan, Plan(setup, context));
  CM_ASSERT_OK(ShuffleJob::Create(job_, plan, false, context));
}

absl::Status ShuffleJobTest::ScatterAll(Context& context) const {
  CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(job_, context));
  for (size_t i = 0; i < job->scatter_tasks(); ++i) CM_RETURN_IF_ERROR(job->Scatter(i));
  return absl::OkStatus();
}

absl::Status ShuffleJobTest::GatherAll(Context& context) const {
  CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(job_, context));
  for (size_t i = 0; i < job->gather_tasks(); ++i) CM_RETURN_IF_ERROR(job->Gather(i));
  return absl::OkStatus();
}

absl::Status ShuffleJobTest::RunAll(Context& context) const {
  CM_RETURN_IF_ERROR(ScatterAll(context));
  CM_ASSIGN_OR_RETURN(const auto job, ShuffleJob::Open(job_, context));
  CM_RETURN_IF_ERROR(job->Finalize());
  return GatherAll(context);
}

void ShuffleJobTest::RunShuffled(TestRandom& random) const {
  Context context(Options());
  const auto job = [&] { return ShuffleJob::Open(job_, context).value(); };
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

void ShuffleJobTest::Interrupt(const JobSetup& setup, TestRandom& random, uint64_t bytes) const {
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
                              : CrashingCalls::kNever);
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

void ShuffleJobTest::ExpectRemoved() const {
  Context context(Options());
  CM_ASSERT_OK_AND_ASSIGN(const auto job, ShuffleJob::Open(job_, context));
  job->RemoveTemporary();
  for (const std::string& folder : Folders()) EXPECT_TRUE(fs::is_empty(folder)) << folder;
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

void ShuffleJobTest::ExpectSame(const JobSetup& setup, TestRandom& random) const {
  Create(setup);
  RunShuffled(random);
  EXPECT_EQ(Difference(Expected(setup), ReadAll(out_)), "");
  ExpectRemoved();
}

}  // namespace corpusmill
