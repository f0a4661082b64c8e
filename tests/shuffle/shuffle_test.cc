#include "shuffle/shuffle.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "corpus/base/random.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using ::testing::HasSubstr;

std::vector<InputFile> Inputs(const std::vector<std::string>& paths) {
  return ResolveInputs(paths).value();
}

std::string Shuffled(const std::vector<std::string>& paths, const ShuffleOptions& options,
                     const ContextOptions& context_options = {}, ShuffleReport* report = nullptr) {
  Context context(context_options);
  std::string out;
  const auto sink = StringSink(&out, "out");
  absl::StatusOr<ShuffleReport> result =
      Shuffle(Inputs(paths), options, *SinkTarget(*sink), context);
  CM_EXPECT_OK(result);
  if (result.ok() && report != nullptr) *report = *result;
  return out;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string Numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i) + "\n";
  return text;
}

TEST(ShuffleTest, SortsByTheDrawsOfInputAndRecord) {
  const TestFolder folder;
  const std::vector<std::string> paths = {folder.Write("a", Numbers(500)),
                                          folder.Write("b", Numbers(300))};
  const RandomKey key("seed");
  std::vector<std::tuple<Draw, std::string>> expected;
  for (uint64_t i = 0; i < 500; ++i) {
    expected.emplace_back(key.At(DrawPurpose::kOrder, 0, i), std::to_string(i));
  }
  for (uint64_t i = 0; i < 300; ++i) {
    expected.emplace_back(key.At(DrawPurpose::kOrder, 1, i), std::to_string(i));
  }
  std::sort(expected.begin(), expected.end());
  std::string text;
  for (const auto& [draw, line] : expected) text += line + "\n";
  EXPECT_EQ(Shuffled(paths, {.seed = "seed"}), text);
}

// Computed by an independent implementation of Philox4x64-10 and SHA-256. A change of the
// key scheme would break every order that users rely on.
TEST(ShuffleTest, OrderOfSeed42NeverChanges) {
  const TestFolder folder;
  EXPECT_EQ(Lines(Shuffled({folder.Write("a", Numbers(10))}, {.seed = "42"})),
            (std::vector<std::string>{"4", "7", "5", "8", "3", "6", "2", "9", "0", "1"}));
}

TEST(ShuffleTest, BytesDoNotDependOnThreadsOrMemory) {
  const TestFolder folder;
  const std::string path = folder.Write("a", Numbers(50'000));
  const std::string expected = Shuffled({path}, {.seed = "s"}, {.threads = 1});
  EXPECT_EQ(Shuffled({path}, {.seed = "s"}, {.threads = 2}), expected);
  EXPECT_EQ(Shuffled({path}, {.seed = "s"}, {.memory_limit_bytes = 16 << 20}), expected);
  EXPECT_NE(Shuffled({path}, {.seed = "t"}), expected);
}

TEST(ShuffleTest, InputsWithEqualCountsAndSeedStayAligned) {
  const TestFolder folder;
  std::string primed;
  for (int i = 0; i < 1000; ++i) primed += std::to_string(i) + "'\n";
  const auto a = Lines(Shuffled({folder.Write("a", Numbers(1000))}, {.seed = "x"}));
  const auto b = Lines(Shuffled({folder.Write("b", primed)}, {.seed = "x"}));
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i] + "'", b[i]);
}

TEST(ShuffleTest, OneInputDiffersFromItsHalves) {
  const TestFolder folder;
  const std::string whole = Numbers(1000), first = Numbers(400);
  const std::string expected = Shuffled({folder.Write("w", whole)}, {.seed = "x"});
  const std::string halves = Shuffled(
      {folder.Write("1", first), folder.Write("2", whole.substr(first.size()))}, {.seed = "x"});
  EXPECT_NE(halves, expected);
  auto a = Lines(expected), b = Lines(halves);
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  EXPECT_EQ(a, b);
}

TEST(ShuffleTest, ReportCountsRecordsAndHashesTheMultiset) {
  const TestFolder folder;
  ShuffleReport report;
  Shuffled({folder.Write("a", "b\n\nb\n"), folder.Write("b", "c")}, {.seed = "1"}, {}, &report);
  EXPECT_EQ(report.records, 4u);
  EXPECT_EQ(report.record_bytes, 3u);
  EXPECT_EQ(report.output_bytes, 7u);
  MultisetHash expected;
  for (const char* record : {"c", "b", "", "b"}) expected.Add(record);
  EXPECT_TRUE(report.multiset == expected);
}

TEST(ShuffleTest, LongRecordsPassWhole) {
  const TestFolder folder;
  const std::string text = std::string(2 << 20, 'a') + "\n" + std::string(300 << 10, 'b') + "\nc\n";
  const std::string out = Shuffled({folder.Write("a", text)}, {.seed = "1"});
  auto a = Lines(text), b = Lines(out);
  std::sort(b.begin(), b.end());
  EXPECT_EQ(a, b);
}

TEST(ShuffleTest, CancellationStopsIt) {
  const TestFolder folder;
  const std::atomic<bool> cancelled{true};
  Context context({.cancelled = &cancelled});
  std::string out;
  const auto sink = StringSink(&out, "out");
  EXPECT_THAT(
      Shuffle(Inputs({folder.Write("a", "a\n")}), {.seed = "1"}, *SinkTarget(*sink), context),
      Fails(absl::StatusCode::kCancelled, testing::_));
}

}  // namespace
}  // namespace corpusmill
