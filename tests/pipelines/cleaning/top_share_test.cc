#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/random.h"
#include "tests/pipelines/cleaning/clean_testing.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

struct Scored {
  std::string line;
  std::optional<double> score;
  size_t source = 0;
};

/// Documents of two sources. Scores have many ties, both signs, and are missing for every ninth.
std::vector<Scored> MakeDocuments(size_t count) {
  const RandomKey key("top-share");
  std::vector<Scored> documents;
  for (size_t i = 0; i < count; ++i) {
    Scored& made = documents.emplace_back();
    made.source = i < count / 3 ? 0 : 1;
    const uint64_t draw = key.At(DrawPurpose::kRepeat, 0, i, 0).high;
    if (i % 9 != 0) made.score = (static_cast<double>(draw % 401) - 200) / 8;
    // Zero has two signs and is one score.
    const std::string score = made.score == 0 && i % 2 == 0 ? "-0.0"
                              : made.score                  ? absl::StrFormat("%.17g", *made.score)
                                                            : "\"none\"";
    made.line = absl::StrFormat("{\"text\":\"%d\",\"score\":%s}\n", i, score);
  }
  return documents;
}

struct Rule {
  double share = 1;
  bool per_source = false;
  bool lowest = false;
  bool keeps_missing = false;
};

/// The documents that stay, by sorting all of them.
std::string Expected(const std::vector<Scored>& documents, const Rule& rule) {
  std::vector<bool> keeps(documents.size());
  for (size_t group = 0; group < (rule.per_source ? 2u : 1u); ++group) {
    std::vector<size_t> order;
    for (size_t i = 0; i < documents.size(); ++i) {
      if (!documents[i].score) {
        keeps[i] = rule.keeps_missing;
      } else if (!rule.per_source || documents[i].source == group) {
        order.push_back(i);
      }
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return rule.lowest ? documents[a].score < documents[b].score
                         : documents[a].score > documents[b].score;
    });
    order.resize(static_cast<size_t>(std::llround(rule.share * static_cast<double>(order.size()))));
    for (const size_t i : order) keeps[i] = true;
  }
  std::string lines;
  for (size_t i = 0; i < documents.size(); ++i) {
    if (keeps[i]) lines += documents[i].line;
  }
  return lines;
}

void WriteSources(const TestFolder& folder, const std::vector<Scored>& documents) {
  std::string texts[2];
  for (const Scored& document : documents) texts[document.source] += document.line;
  folder.Write("a.jsonl", texts[0]);
  folder.Write("b.jsonl", texts[1]);
}

std::string RecipeText(const Rule& rule) {
  return absl::StrFormat(
      "sources: [a.jsonl, b.jsonl]\nstages: [{top-share: {score: score, share: %g, per-source: %s, "
      "order: %s, missing: %s}}]",
      rule.share, rule.per_source ? "true" : "false", rule.lowest ? "lowest" : "highest",
      rule.keeps_missing ? "keep" : "drop");
}

TEST(TopShareTest, KeepsTheDocumentsThatASortKeeps) {
  const TestFolder folder;
  const std::vector<Scored> documents = MakeDocuments(2000);
  WriteSources(folder, documents);
  for (const double share : {0.0001, 0.1, 0.37, 1.0}) {
    for (int bits = 0; bits < 8; ++bits) {
      const Rule rule = {share, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
      SCOPED_TRACE(RecipeText(rule));
      const CleanResult result = RunRecipe(folder, RecipeText(rule));
      CM_ASSERT_OK(result.status);
      EXPECT_EQ(result.output, Expected(documents, rule));
    }
  }
}

TEST(TopShareTest, OfEqualScoresTheFirstAreKept) {
  const TestFolder folder;
  folder.Write("a.jsonl",
               "{\"id\":1,\"s\":1,\"text\":\"a\"}\n{\"id\":2,\"s\":2,\"text\":\"b\"}\n"
               "{\"id\":3,\"s\":1.0,\"text\":\"c\"}\n{\"id\":4,\"s\":1e0,\"text\":\"d\"}\n");
  const CleanResult result = RunRecipe(
      folder,
      "sources: [{path: a.jsonl, name: web}]\nstages: [{top-share: {score: s, share: 0.5}}]");
  CM_ASSERT_OK(result.status);
  EXPECT_EQ(result.output,
            "{\"id\":1,\"s\":1,\"text\":\"a\"}\n{\"id\":2,\"s\":2,\"text\":\"b\"}\n");
  EXPECT_EQ(result.rejects,
            "{\"id\":\"3\",\"source\":\"web\",\"stage\":\"top-share\",\"reason\":"
            "\"not-in-top-share\",\"value\":1,\"threshold\":1,\"text\":\"c\"}\n"
            "{\"id\":\"4\",\"source\":\"web\",\"stage\":\"top-share\",\"reason\":"
            "\"not-in-top-share\",\"value\":1,\"threshold\":1,\"text\":\"d\"}\n");
}

TEST(TopShareTest, AnAnnotationIsAScoreBeforeAMember) {
  const TestFolder folder;
  folder.Write("a.jsonl",
               "{\"script-share\":9,\"text\":\"ab я\"}\n{\"script-share\":1,\"text\":\"ab\"}\n");
  const CleanResult result =
      RunRecipe(folder,
                "sources: [a.jsonl]\n"
                "stages: [script, exact-dedup, {top-share: {score: script-share, share: 0.5}}]");
  CM_ASSERT_OK(result.status);
  EXPECT_THAT(result.output, HasSubstr("\"text\":\"ab\""));
  EXPECT_THAT(result.output, Not(HasSubstr("я")));
  EXPECT_THAT(result.rejects, HasSubstr("\"threshold\":1,"));
}

TEST(TopShareTest, NumbersThatAreNoneAreMissing) {
  const TestFolder folder;
  folder.Write("a.jsonl",
               "{\"s\":\"nan\",\"text\":\"a\"}\n{\"s\":1e999,\"text\":\"b\"}\n"
               "{\"s\":null,\"text\":\"c\"}\n{\"s\":[1],\"text\":\"d\"}\n{\"text\":\"e\"}\n"
               "{\"s\":\"0.5x\",\"text\":\"f\"}\n{\"s\":\"\",\"text\":\"g\"}\n"
               "{\"s\":-3e-2,\"text\":\"h\"}\n");
  const CleanResult result =
      RunRecipe(folder, "sources: [a.jsonl]\nstages: [{top-share: {score: s, share: 1}}]");
  CM_ASSERT_OK(result.status);
  EXPECT_EQ(result.output, "{\"s\":-3e-2,\"text\":\"h\"}\n");
  EXPECT_THAT(result.rejects, HasSubstr("\"reason\":\"no-score\""));
}

TEST(TopShareTest, MemoryDoesNotChangeTheResult) {
  const TestFolder folder;
  // 16 MiB hold the scores of 64 Ki documents at a time.
  const std::vector<Scored> documents = MakeDocuments(300000);
  WriteSources(folder, documents);
  const Rule rule = {.share = 0.3, .per_source = true};
  const CleanResult small =
      RunRecipe(folder, RecipeText(rule), {.memory_limit_bytes = 16u << 20, .threads = 2});
  CM_ASSERT_OK(small.status);
  EXPECT_EQ(small.report.passes, 2);
  EXPECT_TRUE(small.output == Expected(documents, rule));
  const CleanResult usual = RunRecipe(folder, RecipeText(rule), {.threads = 1});
  CM_ASSERT_OK(usual.status);
  EXPECT_TRUE(usual.output == small.output);
  EXPECT_TRUE(usual.rejects == small.rejects);
}

TEST(TopShareTest, EmptyInputAndBadOptions) {
  const TestFolder folder;
  folder.Write("a.jsonl", "");
  const CleanResult empty = RunRecipe(folder, "sources: [a.jsonl]\nstages: [{top-share: 0.5}]");
  CM_EXPECT_OK(empty.status);
  EXPECT_EQ(empty.output, "");
  for (const std::string options : {"0", "1.5", "{score: s}", "{share: 0.1, score: ''}"}) {
    EXPECT_EQ(RunRecipe(folder, "sources: [a.jsonl]\nstages: [{top-share: " + options + "}]")
                  .status.code(),
              absl::StatusCode::kInvalidArgument)
        << options;
  }
}

}  // namespace
}  // namespace corpusmill
