// A training that was stopped, at any system call or within its corpus: the same models.

#include "tokenizer/train/training_job.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "tests/corpus/jobs/crash_test.h"
#include "tests/testing.h"
#include "tests/tokenizer/train/corpora.h"
#include "tokenizer/train/trainer.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

/// A corpus whose pass number `pass` fails behind `texts` texts.
OpenCorpus BreaksAt(const std::vector<std::string>& all, int pass, size_t texts) {
  return [&all, pass, texts, opened = 0]() mutable -> absl::StatusOr<NextText> {
    const bool breaks = opened++ == pass;
    return NextText(
        [&all, breaks, texts, i = size_t{0}](TrainText* text) mutable -> absl::StatusOr<bool> {
          if (breaks && i == texts) return CancelledError();
          if (i == all.size()) return false;
          *text = {all[i++]};
          return true;
        });
  };
}

TEST(TrainingJobTest, GoesOnBehindTheTextsThatWereCounted) {
  std::mt19937 random(11);
  const std::vector<std::string> texts = Words(random, 1800);  // Two batches.
  Context context({.threads = 2});
  TrainOptions options = {.vocab_sizes = {400, 300}, .fast = true};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult expected, Train(CorpusOf(texts), options, context));
  options.job.checkpoint_bytes = 1;  // A part for each batch of 1 MiB.
  for (const int pass : {0, 1}) {
    for (const size_t break_at : {size_t{100}, size_t{1700}}) {
      const TestFolder folder;
      options.job.folder = folder / "job";
      options.job.resume = false;
      EXPECT_THAT(Train(BreaksAt(texts, pass, break_at), options, context),
                  Fails(absl::StatusCode::kCancelled, testing::_));
      options.job.resume = true;
      CM_ASSERT_OK_AND_ASSIGN(const TrainResult actual, Train(CorpusOf(texts), options, context));
      EXPECT_EQ(Serialized(actual), Serialized(expected)) << pass << " " << break_at;
      EXPECT_EQ(actual.statistics.totals.texts, texts.size());
      CM_ASSERT_OK_AND_ASSIGN(const TrainingJob job,
                              TrainingJob::Open(options.job.folder, context));
      EXPECT_EQ(job.StatusText(), "ngrams 1 of 1\npieces 1 of 1\nmodels 0 of 1\n");
      CM_ASSERT_OK(job.Finish());
      EXPECT_THAT(folder.List(), testing::ElementsAre("job", "job/models.done", "job/ngrams",
                                                      "job/pieces", "job/plan.json"));
      EXPECT_EQ(job.StatusText(), "ngrams 1 of 1\npieces 1 of 1\nmodels 1 of 1\n");
      // Once more, from the counts of pieces.
      CM_ASSERT_OK_AND_ASSIGN(const TrainResult again, Train(CorpusOf(texts), options, context));
      EXPECT_EQ(Serialized(again), Serialized(expected));
    }
  }
}

TEST(TrainingJobTest, RefusesAnotherCorpusOrOtherOptions) {
  std::mt19937 random(12);
  std::vector<std::string> texts = Words(random, 1800);
  Context context({.threads = 1});
  const TestFolder folder;
  TrainOptions options = {.vocab_sizes = {300}, .fast = true, .job = {.folder = folder / "job"}};
  options.job.checkpoint_bytes = 1;  // A part for each batch of 1 MiB.
  EXPECT_FALSE(Train(BreaksAt(texts, 0, 1700), options, context).ok());
  EXPECT_THAT(folder.List(), testing::Contains("job/ngrams.1"));
  EXPECT_THAT(Train(CorpusOf(texts), options, context),
              Fails(kInvalidArgument, HasSubstr("use --resume")));
  options.job.resume = true;
  options.order = 5;
  EXPECT_THAT(Train(CorpusOf(texts), options, context),
              Fails(kInvalidArgument, HasSubstr("its order is 8, not 5")));
  options.order = 8;
  options.unit = 2;
  EXPECT_THAT(Train(CorpusOf(texts), options, context),
              Fails(kInvalidArgument, HasSubstr("its unit is 1, not 2")));
  options.unit = 1;
  EXPECT_THAT(Train(CorpusOf(texts, 2), options, context),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("other weights")));
  std::swap(texts[5], texts[1790]);
  EXPECT_THAT(Train(CorpusOf(texts), options, context),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("does not begin with the")));
  texts.resize(10);
  EXPECT_THAT(Train(CorpusOf(texts), options, context),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("does not begin with the")));
}

TEST(TrainingJobTest, MakesModelsOfOtherSizesOfTheSameCounts) {
  std::mt19937 random(14);
  const std::vector<std::string> texts = Words(random, 30);
  Context context({.threads = 1});
  const TestFolder folder;
  TrainOptions options = {
      .vocab_sizes = {300}, .fast = true, .job = {.folder = folder / "job", .resume = true}};
  options.job.arguments = {"--vocab-size=300"};
  CM_ASSERT_OK(Train(CorpusOf(texts), options, context));
  options.vocab_sizes = {280};
  options.job.arguments = {"--vocab-size=280"};
  options.job.outputs = {folder / "model"};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult actual, Train(CorpusOf(texts), options, context));
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult expected,
                          Train(CorpusOf(texts), {.vocab_sizes = {280}, .fast = true}, context));
  EXPECT_EQ(Serialized(actual), Serialized(expected));
  CM_ASSERT_OK_AND_ASSIGN(const TrainingJob job, TrainingJob::Open(options.job.folder, context));
  EXPECT_EQ(job.options().arguments, options.job.arguments);
  // Done is what is marked and has the output that it had.
  folder.Write("model", "it");
  CM_ASSERT_OK(job.Finish());
  const auto is_done = [&](bool overwrite) {
    options.job.resume = true;
    return TrainingJob::IsFinished(options, overwrite, context);
  };
  CM_ASSERT_OK_AND_ASSIGN(const bool when_written, is_done(false));
  EXPECT_TRUE(when_written);
  CM_ASSERT_OK_AND_ASSIGN(const bool is_its_own, job.HasWritten(folder / "model"));
  EXPECT_TRUE(is_its_own);
  folder.Write("model", "no");
  EXPECT_THAT(is_done(false).status(), Fails(absl::StatusCode::kDataLoss,
                                             HasSubstr("model: is not the file that this job")));
  CM_ASSERT_OK_AND_ASSIGN(const bool when_forced, is_done(true));
  EXPECT_FALSE(when_forced);
  CM_ASSERT_OK_AND_ASSIGN(const bool is_still_its_own, job.HasWritten(folder / "model"));
  EXPECT_FALSE(is_still_its_own);
  fs::remove(folder / "model");
  CM_ASSERT_OK_AND_ASSIGN(const bool when_missing, is_done(false));
  EXPECT_FALSE(when_missing);
  folder.Write("model", "it");
  options.vocab_sizes = {290};
  options.job.arguments = {"--vocab-size=290"};
  CM_ASSERT_OK_AND_ASSIGN(const bool for_another_size, is_done(false));
  EXPECT_FALSE(for_another_size);
}

TEST(TrainingJobTest, CountsWithoutAPlanAreRefused) {
  std::mt19937 random(17);
  const std::vector<std::string> texts = Words(random, 3);
  Context context({.threads = 1});
  const TestFolder folder;
  for (const std::string name : {"ngrams", "pieces.1"}) {
    const std::string path = folder.Write("job/" + name, "");
    EXPECT_THAT(
        Train(
            CorpusOf(texts),
            {.vocab_sizes = {300}, .fast = true, .job = {.folder = folder / "job", .resume = true}},
            context),
        Fails(kInvalidArgument, HasSubstr(path + ": belongs to a training without")));
    fs::remove(path);
  }
}

TEST(TrainingJobTest, OneTaskAtATime) {
  std::mt19937 random(15);
  const std::vector<std::string> texts = Words(random, 30);
  Context context({.threads = 1});
  const TestFolder folder;
  TrainOptions options = {
      .vocab_sizes = {300}, .fast = true, .job = {.folder = folder / "job", .resume = true}};
  std::string status;
  for (const auto& [task, expected] :
       {std::pair("ngrams", "ngrams 1 of 1\npieces 0 of 1\nmodels 0 of 1\n"),
        std::pair("pieces", "ngrams 1 of 1\npieces 1 of 1\nmodels 0 of 1\n")}) {
    options.job.last_task = task;
    CM_ASSERT_OK_AND_ASSIGN(const TrainResult result, Train(CorpusOf(texts), options, context));
    EXPECT_THAT(result.models, testing::IsEmpty());
    EXPECT_EQ(TrainingJob::Open(options.job.folder, context)->StatusText(), expected);
  }
}

class TrainingScenario final : public CrashScenario {
 public:
  TrainingScenario() {
    std::mt19937 random(16);
    texts_ = Words(random, 20);
    // Counting stops between batches of 1 MiB: two parts in each pass.
    texts_.insert(texts_.begin(), 1025, std::string(1024, '\n'));
  }
  void Reset() override { fs::remove_all(folder_ / "job"); }
  absl::Status Run() override {
    Context context({.memory_limit_bytes = 64 << 20, .threads = 1});
    TrainOptions options = {
        .order = 2, .vocab_sizes = {280}, .fast = true, .temp_dir = folder_.path()};
    options.job = {.folder = folder_ / "job", .resume = true, .checkpoint_bytes = 1};
    CM_ASSIGN_OR_RETURN(const TrainResult result, Train(CorpusOf(texts_), options, context));
    model_ = result.models[0].model.Serialize();
    CM_ASSIGN_OR_RETURN(const TrainingJob job, TrainingJob::Open(options.job.folder, context));
    return job.Finish();
  }
  std::map<std::string, std::string> Output() const override {
    std::map<std::string, std::string> output = {{"model", model_}};
    for (const auto& entry : fs::directory_iterator(folder_ / "job")) {
      const std::string name = entry.path().filename();
      output[name] = name == "plan.json" ? "" : ReadFile(entry.path());  // It has a random id.
    }
    return output;
  }

 private:
  const TestFolder folder_;
  std::vector<std::string> texts_;
  std::string model_;
};

INSTANTIATE_TEST_SUITE_P(Training, JobCrashTest,
                         testing::Values(CrashCase{
                             "TwoParts", [] { return std::make_unique<TrainingScenario>(); }}),
                         CrashCase::Name);

}  // namespace
}  // namespace corpusmill
