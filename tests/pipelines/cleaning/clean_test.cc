#include "pipelines/cleaning/clean.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/pipelines/cleaning/clean_testing.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// `count` documents, of which every third repeats an earlier text; every fifth is too short.
std::string ManyDocuments(size_t count) {
  std::string lines;
  for (size_t i = 0; i < count; ++i) {
    const size_t text = i % 3 == 2 ? i / 2 : i;
    lines += "{\"id\":" + std::to_string(i) + ",\"text\":\"" +
             (i % 5 == 0 ? "x" : "document " + std::to_string(text)) + "\"}\n";
  }
  return lines;
}

TEST(CleanTest, KeepsEveryByteOfADocumentThatDoesNotChange) {
  const TestFolder folder;
  folder.Write(
      "a.jsonl",
      "{\"n\": 1e400, \"text\":\"one two\" ,\"meta\":{\"text\":\"x\"}, \"z\":\"\\u00e9\"}\n"
      "\n{\"text\":\"\"}\n");
  const CleanResult result = RunRecipe(folder, "sources: [a.jsonl]\nstages: []");
  CM_ASSERT_OK(result.status);
  EXPECT_EQ(result.output,
            "{\"n\": 1e400, \"text\":\"one two\" ,\"meta\":{\"text\":\"x\"}, "
            "\"z\":\"\\u00e9\"}\n{\"text\":\"\"}\n");
}

TEST(CleanTest, OtherRecordsBecomeObjects) {
  const TestFolder folder;
  folder.Write("a.txt", "one\n\"two\"\n");
  const CleanResult result = RunRecipe(
      folder, "sources: [{path: a.txt, name: web, record: lines}]\nstages: [exact-dedup]");
  CM_ASSERT_OK(result.status);
  const std::string id = folder / "a.txt#0";
  EXPECT_THAT(Lines(result.output),
              ElementsAre("{\"id\":\"" + id + "\",\"source\":\"web\",\"text\":\"one\"}",
                          HasSubstr("\"text\":\"\\\"two\\\"\"")));
}

TEST(CleanTest, RejectsSayWhatWasMeasured) {
  const TestFolder folder;
  folder.Write("a.jsonl",
               "{\"id\":\"a\",\"text\":\"one two three\"}\n{\"id\":\"b\",\"text\":\"x\"}\n");
  const CleanResult result = RunRecipe(
      folder, "sources: [{path: a.jsonl, name: web}]\nstages: [{length: {min-bytes: 2}}]");
  CM_ASSERT_OK(result.status);
  EXPECT_EQ(result.rejects,
            "{\"id\":\"b\",\"source\":\"web\",\"stage\":\"length\",\"reason\":\"too-few-bytes\","
            "\"value\":1,\"threshold\":2,\"text\":\"x\"}\n");
  const auto stages = nlohmann::json::parse(StagesJson(result.report));
  EXPECT_EQ(stages[0]["documents"]["in"], 2);
  EXPECT_EQ(stages[0]["documents"]["dropped"], 1);
  EXPECT_EQ(stages[0]["bytes"]["dropped"], 1);
  EXPECT_EQ(stages[0]["reasons"]["too-few-bytes"]["documents"], 1);
  EXPECT_EQ(stages[0]["sources"]["web"]["bytes"]["out"], 13);
}

TEST(CleanTest, ExactDedupKeepsTheFirst) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"id\":1,\"text\":\"A b\"}\n{\"id\":2,\"text\":\"c\"}\n");
  folder.Write("b.jsonl", "{\"id\":3,\"text\":\"c\"}\n{\"id\":4,\"text\":\"a-B!\"}\n");
  EXPECT_EQ(
      RunRecipe(folder, "sources: [b.jsonl, a.jsonl]\nstages: [exact-dedup]").output,
      "{\"id\":3,\"text\":\"c\"}\n{\"id\":4,\"text\":\"a-B!\"}\n{\"id\":1,\"text\":\"A b\"}\n");
  EXPECT_EQ(
      RunRecipe(folder, "sources: [a.jsonl, b.jsonl]\nstages: [{exact-dedup: {compare: letters}}]")
          .output,
      "{\"id\":1,\"text\":\"A b\"}\n{\"id\":2,\"text\":\"c\"}\n");
}

// The set of hashes does not fit in a quarter of 16 MiB: later documents wait in a file.
TEST(CleanTest, SameBytesForAnyMemoryAndThreads) {
  const TestFolder folder;
  folder.Write("a.jsonl", ManyDocuments(400'000));
  const std::string recipe =
      "sources: [a.jsonl]\nstages: [{length: {min-bytes: 2}}, exact-dedup, {length: "
      "{max-bytes: 14}}]";
  const CleanResult large = RunRecipe(folder, recipe);
  CM_ASSERT_OK(large.status);
  EXPECT_EQ(large.report.passes, 1);
  std::set<std::string> seen;
  std::string expected;
  for (const std::string& line : Lines(ManyDocuments(400'000))) {
    const auto document = nlohmann::json::parse(line);
    const std::string text = document["text"];
    if (text.size() >= 2 && seen.insert(text).second && text.size() <= 14) expected += line + "\n";
  }
  EXPECT_TRUE(large.output == expected);
  for (const int threads : {1, 2}) {
    const CleanResult small =
        RunRecipe(folder, recipe, {.memory_limit_bytes = 16 << 20, .threads = threads});
    CM_ASSERT_OK(small.status);
    EXPECT_EQ(small.report.passes, 2);
    EXPECT_TRUE(small.output == large.output);
    EXPECT_TRUE(small.rejects == large.rejects);
    for (size_t stage = 0; stage < 3; ++stage) {
      EXPECT_EQ(small.report.ledger.Total(stage), large.report.ledger.Total(stage));
      EXPECT_EQ(small.report.statistics.samples[stage].size(),
                large.report.statistics.samples[stage].size());
    }
  }
}

TEST(CleanTest, ShufflesTheDocumentsThatAreLeft) {
  const TestFolder folder;
  folder.Write("a.jsonl", ManyDocuments(5'000));
  const std::string stages = "\nstages: [{length: {min-bytes: 2}}, exact-dedup";
  const CleanResult plain = RunRecipe(folder, "sources: [a.jsonl]" + stages + "]");
  const CleanResult mixed = RunRecipe(folder, "seed: 3\nsources: [a.jsonl]" + stages +
                                                  ", shuffle, {length: "
                                                  "{max-bytes: 100}}]");
  CM_ASSERT_OK(mixed.status);
  std::vector<std::string> in_order = Lines(plain.output), shuffled = Lines(mixed.output);
  EXPECT_NE(in_order, shuffled);
  EXPECT_EQ(mixed.report.passes, 2);
  const CleanResult again = RunRecipe(folder, "seed: 3\nsources: [a.jsonl]" + stages + ", shuffle]",
                                      {.memory_limit_bytes = 16 << 20, .threads = 1});
  EXPECT_TRUE(again.output == mixed.output);
  std::sort(in_order.begin(), in_order.end());
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(in_order, shuffled);
}

TEST(CleanTest, WeightsAndLimitsOfSources) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":\"a1\"}\n{\"text\":\"a2\"}\n{\"text\":\"a3\"}\n");
  folder.Write("b.jsonl", "{\"text\":\"b1\"}\n{\"text\":\"b2\"}\n");
  const CleanResult result = RunRecipe(folder, R"(
sources:
  - {path: a.jsonl, max-documents: 2}
  - {path: b.jsonl, weight: 3, max-bytes: 3}
stages: [exact-dedup])");
  CM_ASSERT_OK(result.status);
  EXPECT_EQ(result.output,
            "{\"text\":\"a1\"}\n{\"text\":\"a2\"}\n"
            "{\"text\":\"b1\"}\n{\"text\":\"b1\"}\n{\"text\":\"b1\"}\n");
  const LedgerEntry mixture = result.report.ledger.Total(1);
  EXPECT_EQ(mixture.documents.copied, 2);
  EXPECT_EQ(mixture.reasons.at("source-limit").documents, 2);
}

TEST(CleanTest, StagesOfASource) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":\"a\"}\n");
  folder.Write("b.jsonl", "{\"text\":\"b\"}\n");
  const CleanResult result = RunRecipe(folder, R"(
sources:
  - {path: a.jsonl, stages: [{length: {min-bytes: 2}}]}
  - b.jsonl
stages: [])");
  CM_ASSERT_OK(result.status);
  EXPECT_EQ(result.output, "{\"text\":\"b\"}\n");
  EXPECT_EQ(result.report.ledger.At(0, 1).documents.in, 0);
}

TEST(CleanTest, ShardsByNumberAndBySize) {
  const TestFolder folder;
  std::string all;
  for (int i = 0; i < 10; ++i) all += "{\"text\":\"" + std::to_string(i) + "\"}\n";
  folder.Write("a.jsonl", all);
  const std::string recipe = "sources: [a.jsonl]\nstages: []";
  CM_ASSERT_OK(
      RunRecipe(folder, recipe, {}, {.pattern = folder / "n-{shard}.jsonl", .shards = 3}).status);
  const std::string parts[] = {ReadFile(folder / "n-0.jsonl"), ReadFile(folder / "n-1.jsonl"),
                               ReadFile(folder / "n-2.jsonl")};
  EXPECT_EQ(parts[0] + parts[1] + parts[2], all);
  EXPECT_EQ(Lines(parts[0]).size(), 3);
  EXPECT_EQ(Lines(parts[1]).size(), 3);
  EXPECT_EQ(Lines(parts[2]).size(), 4);
  // 13 bytes a line: shards begin at bytes 0, 39, 65.
  CM_ASSERT_OK(
      RunRecipe(folder, recipe, {}, {.pattern = folder / "s-{shard}.jsonl", .shard_bytes = 30})
          .status);
  EXPECT_EQ(Lines(ReadFile(folder / "s-0.jsonl")).size(), 3);
  EXPECT_EQ(Lines(ReadFile(folder / "s-1.jsonl")).size(), 2);
}

TEST(CleanTest, AnErrorLeavesNoOutput) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":\"a\"}\n{\"text\":7}\n");
  const CleanResult result = RunRecipe(folder, "sources: [a.jsonl]\nstages: [exact-dedup]");
  EXPECT_THAT(result.status, Fails(absl::StatusCode::kDataLoss, HasSubstr("a.jsonl:2: ")));
  EXPECT_THAT(folder.List(), ElementsAre("a.jsonl"));
}

TEST(LedgerTest, FindsWhatDoesNotBalance) {
  Ledger ledger(2, 1);
  const std::vector<std::string> labels = {"a", "b"};
  const std::vector<size_t> all = {SIZE_MAX, SIZE_MAX};
  ledger.At(0, 0).documents = {.in = 2, .out = 1, .dropped = 1};
  ledger.At(0, 0).bytes = {.in = 10, .added = 1, .out = 5, .dropped = 4, .removed = 2};
  ledger.At(1, 0).documents = {.in = 1, .out = 1};
  ledger.At(1, 0).bytes = {.in = 5, .out = 5};
  CM_EXPECT_OK(ledger.Check(labels, all));
  Ledger lost_document = ledger;
  lost_document.At(1, 0).documents.out = 0;
  EXPECT_THAT(lost_document.Check(labels, all),
              Fails(absl::StatusCode::kInternal, HasSubstr("at stage b: documents: 1, not 0")));
  Ledger lost_byte = ledger;
  lost_byte.At(0, 0).bytes.removed = 1;
  EXPECT_THAT(lost_byte.Check(labels, all),
              Fails(absl::StatusCode::kInternal, HasSubstr("at stage a: bytes of text")));
  Ledger lost_between = ledger;
  lost_between.At(1, 0).bytes = {.in = 4, .out = 4};
  EXPECT_THAT(
      lost_between.Check(labels, all),
      Fails(absl::StatusCode::kInternal, HasSubstr("bytes of text that came in: 4, not 5")));
}

}  // namespace
}  // namespace corpusmill
