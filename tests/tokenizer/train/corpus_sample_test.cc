#include "tokenizer/train/corpus_sample.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "tests/testing.h"
#include "tests/tokenizer/train/corpora.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

std::vector<std::string> Sampled(const std::vector<std::string>& texts, uint64_t bytes,
                                 const std::string& seed) {
  Context context({.threads = 1});
  const absl::StatusOr<CorpusSample> sample =
      SampleCorpus(CorpusOf(texts, 7), bytes, seed, context);
  CM_EXPECT_OK(sample.status());
  std::vector<std::string> all;
  uint64_t size = 0;
  for (int pass = 0; pass < 2; ++pass) {
    all.clear();
    size = 0;
    const absl::StatusOr<NextText> next = sample->corpus();
    for (TrainText text; *(*next)(&text);) {
      EXPECT_EQ(text.weight, 7);
      all.emplace_back(text.bytes);
      size += text.bytes.size();
    }
  }
  EXPECT_EQ(all.size(), sample->texts);
  EXPECT_EQ(size, sample->bytes);
  EXPECT_LE(size, bytes);
  return all;
}

std::vector<std::string> Numbers(int from, int to, size_t width) {
  std::vector<std::string> texts;
  for (int i = from; i < to; ++i) {
    std::string text = std::to_string(i);
    text.resize(width, 'x');
    texts.push_back(text);
  }
  return texts;
}

TEST(CorpusSampleTest, TakesAsMuchAsFits) {
  const std::vector<std::string> texts = Numbers(0, 1000, 10);
  EXPECT_EQ(Sampled(texts, 10000, "1"), texts);
  EXPECT_EQ(Sampled(texts, 1 << 30, "1"), texts);
  // Texts that share one of a million draws are taken together: 2 at most here.
  EXPECT_GE(Sampled(texts, 5009, "1").size(), 498);
  EXPECT_LE(Sampled(texts, 5009, "1").size(), 500);
  EXPECT_GE(Sampled(texts, 20, "1").size(), 1);
}

TEST(CorpusSampleTest, DependsOnSeedAndTextsAlone) {
  std::vector<std::string> texts = Numbers(0, 1000, 10);
  std::vector<std::string> sample = Sampled(texts, 3000, "1");
  EXPECT_NE(Sampled(texts, 3000, "2"), sample);
  std::reverse(texts.begin(), texts.end());
  std::reverse(sample.begin(), sample.end());
  EXPECT_EQ(Sampled(texts, 3000, "1"), sample);
  // A larger one has all of a smaller one.
  const std::vector<std::string> larger = Sampled(texts, 4000, "1");
  const std::set<std::string> all(larger.begin(), larger.end());
  for (const std::string& text : sample) EXPECT_TRUE(all.contains(text)) << text;
}

// Each text is drawn with the same probability: for 200 seeds, 40 texts of 80 each time.
// Draws without replacement of half of all: Pearson's statistic is like half of one with 79
// degrees of freedom, above 70 with probability 3e-5 and below 19 with 3e-5.
TEST(CorpusSampleTest, DrawsUniformly) {
  const std::vector<std::string> texts = Numbers(0, 80, 4);
  std::vector<int> drawn(80);
  constexpr int kSeeds = 200;
  int total = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    for (const std::string& text : Sampled(texts, 160, std::to_string(seed))) {
      ++drawn[static_cast<size_t>(std::stoi(text))];
      ++total;
    }
  }
  EXPECT_GE(total, kSeeds * 40 - 5);
  double statistic = 0;
  const double expected = total / 80.0;
  for (const int count : drawn) statistic += (count - expected) * (count - expected) / expected;
  EXPECT_LT(statistic, 70);
  EXPECT_GT(statistic, 19);
}

TEST(CorpusSampleTest, TellsWhenNothingFits) {
  const std::vector<std::string> texts = Numbers(0, 3, 100);
  Context context({.threads = 1});
  EXPECT_THAT(SampleCorpus(CorpusOf(texts), 99, "1", context),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("a sample of 99 bytes has no text")));
}

}  // namespace
}  // namespace corpusmill
