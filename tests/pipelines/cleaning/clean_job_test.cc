#include "pipelines/cleaning/clean_job.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipelines/cleaning/clean_progress.h"
#include "tests/corpus/jobs/crash_test.h"
#include "tests/pipelines/cleaning/clean_testing.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string Documents(size_t count, size_t first) {
  std::string lines;
  for (size_t i = first; i < first + count; ++i) {
    lines += "{\"id\":" + std::to_string(i) + ",\"text\":\"" +
             (i % 5 == 0 ? "x" : "document  " + std::to_string(i % 3 == 2 ? i / 2 : i)) + "\"}\n";
  }
  return lines;
}

/// Runs a job on a recipe and two inputs.
class JobRun {
 public:
  explicit JobRun(std::string recipe, uint64_t shards = 0, size_t documents = 300,
                  uint64_t part_bytes = 2500)
      : text_(std::move(recipe)), part_bytes_(part_bytes) {
    folder_.Write("a.jsonl", Documents(documents, 0));
    folder_.Write("b.jsonl", Documents(documents / 3, 2 * documents / 3));
    files_.pattern = folder_ / (shards > 0 ? "out-{shard}.jsonl" : "out.jsonl");
    files_.shards = shards;
  }

  absl::Status Run(bool resume = true, uint64_t memory = 0) {
    Context context(memory == 0 ? ContextOptions{} : ContextOptions{.memory_limit_bytes = memory});
    CM_ASSIGN_OR_RETURN(const Recipe recipe, ParseRecipe(text_, folder_ / "recipe.yaml"));
    CM_ASSIGN_OR_RETURN(const auto sources, ResolveSources(recipe, context));
    CleanOptions options;
    options.rejects_path = folder_ / "rejects.jsonl";
    options.take_samples = true;
    CM_ASSIGN_OR_RETURN(const auto job, CleanJob::Create(recipe, sources, options, files_,
                                                         {.folder = JobFolder(),
                                                          .resume = resume,
                                                          .part_bytes = part_bytes_,
                                                          .arguments = {},
                                                          .last_task = last_task},
                                                         context));
    CM_ASSIGN_OR_RETURN(auto report, job->Run());
    if (report) report_ = std::move(report->report);
    return absl::OkStatus();
  }

  void Reset() const {
    fs::remove_all(JobFolder());
    for (const auto& [name, bytes] : Output()) fs::remove(folder_ / name);
  }

  std::map<std::string, std::string> Output() const {
    std::map<std::string, std::string> output;
    for (const std::string& name : folder_.List()) {
      const bool is_output = name.starts_with("out") || name.starts_with("rejects");
      if (is_output) output[name] = ReadFile(folder_ / name);
    }
    return output;
  }

  const TestFolder& folder() const { return folder_; }
  const std::string& text() const { return text_; }
  const ShuffleFiles& files() const { return files_; }
  const CleanReport& report() const { return report_; }
  std::string JobFolder() const { return folder_ / "job"; }

  std::string last_task;

 private:
  const TestFolder folder_;
  std::string text_;
  uint64_t part_bytes_;
  ShuffleFiles files_;
  CleanReport report_;
};

constexpr const char* kLocal =
    "sources: [a.jsonl, b.jsonl]\nstages: [{length: {min-bytes: 2}}, normalize]";
constexpr const char* kDedup =
    "sources: [a.jsonl, b.jsonl]\nstages: [exact-dedup, {length: {min-bytes: 12}}]";
constexpr const char* kMixture =
    "sources: [{path: a.jsonl, name: a, weight: 1.5}, {path: b.jsonl, name: b, max-documents: "
    "20}]\n"
    "stages: [{length: {min-bytes: 2}}, exact-dedup, normalize, shuffle, {length: {max-bytes: "
    "12}}]";

TEST(CleanJobTest, HasTheBytesAndFiguresOfARun) {
  for (const char* recipe : {kLocal, kDedup, kMixture}) {
    for (const uint64_t shards : {0, 3}) {
      SCOPED_TRACE(recipe);
      JobRun run(recipe, shards);
      const CleanResult plain = RunRecipe(run.folder(), recipe, {}, run.files());
      CM_ASSERT_OK(plain.status);
      const auto expected = run.Output();
      ASSERT_GE(expected.size(), 2u);
      run.Reset();
      CM_ASSERT_OK(run.Run());
      EXPECT_TRUE(run.Output() == expected);
      EXPECT_EQ(StagesJson(run.report(), false), StagesJson(plain.report, false));
      EXPECT_EQ(AnnotationsJson(run.report()), AnnotationsJson(plain.report));
      EXPECT_EQ(run.report().kept_bytes, plain.report.kept_bytes);
      EXPECT_EQ(run.report().statistics.sizes_out, plain.report.statistics.sizes_out);
      EXPECT_EQ(run.report().read.documents, 400u);
      // Nothing else stays.
      for (const auto& entry : fs::directory_iterator(run.JobFolder())) {
        const std::string name = entry.path().filename().string();
        EXPECT_TRUE(name == "plan.json" || name == "publish.done") << name;
      }
    }
  }
}

TEST(CleanJobTest, AnOutputThatIsGoneIsWrittenAgain) {
  JobRun run(kMixture);
  CM_ASSERT_OK(run.Run(false));
  EXPECT_THAT(run.Run(false), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("--resume")));
  const auto expected = run.Output();
  fs::remove(run.folder() / "out.jsonl");
  CM_ASSERT_OK(run.Run());
  EXPECT_TRUE(run.Output() == expected);
  run.folder().Write("out.jsonl", "mine");
  EXPECT_THAT(run.Run(), Fails(absl::StatusCode::kDataLoss, HasSubstr("out.jsonl")));
}

TEST(CleanJobTest, RefusesOtherInputs) {
  JobRun run(kDedup);
  run.last_task = "pass.0";
  CM_ASSERT_OK(run.Run());
  run.folder().Write("b.jsonl", Documents(99, 200));
  EXPECT_THAT(run.Run(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("b.jsonl has changed")));
}

TEST(CleanJobTest, ReportsDamagedParts) {
  for (const std::string name : {"documents.0-1", "part.0-1", "pass.0"}) {
    JobRun run(kDedup);
    run.last_task = "pass.0";
    CM_ASSERT_OK(run.Run());
    std::string bytes = ReadFile(run.JobFolder() + "/" + name);
    ASSERT_GT(bytes.size(), 20u);
    bytes[bytes.size() / 2] ^= 1;
    run.folder().Write("job/" + name, bytes);
    run.last_task = "";
    EXPECT_THAT(run.Run(), Fails(absl::StatusCode::kDataLoss,
                                 HasSubstr(name + ": is damaged; remove " + run.JobFolder())));
  }
}

class CleanScenario final : public CrashScenario {
 public:
  /// A run of several global stages makes a thousand calls; `stride` leaves most of them out.
  CleanScenario(const char* recipe, uint64_t shards, int64_t stride)
      : run_(recipe, shards, 30, 250), stride_(stride) {}
  void Reset() override { run_.Reset(); }
  absl::Status Run() override { return run_.Run(); }
  std::map<std::string, std::string> Output() const override { return run_.Output(); }
  int64_t stride() const override { return stride_; }

 private:
  JobRun run_;
  int64_t stride_;
};

INSTANTIATE_TEST_SUITE_P(
    Clean, JobCrashTest,
    testing::Values(CrashCase{"Dedup",
                              [] { return std::make_unique<CleanScenario>(kDedup, 0, 3); }},
                    CrashCase{"MixtureAndShards",
                              [] { return std::make_unique<CleanScenario>(kMixture, 2, 17); }}),
    CrashCase::Name);

}  // namespace
}  // namespace corpusmill
