// The selection of output records: samples, fractions and copies.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

ContextOptions Small(const TestFolder& folder) {
  return {.memory_limit_bytes = 16 << 20, .temp_dirs = {folder.path()}};
}

std::string FirstOf(const std::vector<Placed>& order, uint64_t count) {
  return Joined(
      std::vector<Placed>(order.begin(), order.begin() + std::min<uint64_t>(count, order.size())));
}

TEST(TakeTest, IsAPrefixOfTheWholeOrder) {
  const TestFolder folder;
  const std::vector<ReferenceInput> inputs = {{RandomLines(400'000, 20, 1)},
                                              {RandomLines(100'000, 50, 2)}};
  const std::vector<std::string> paths = {folder.Write("a", inputs[0].text),
                                          folder.Write("b", inputs[1].text)};
  const std::vector<Placed> order = ReferenceOrder(inputs, "s");
  const uint64_t all = order.size();
  for (const uint64_t take :
       {uint64_t{1}, uint64_t{2}, uint64_t{17}, all / 2, all - 1, all, all + 1, ~uint64_t{0}}) {
    for (const int threads : {1, 2}) {
      ShuffleReport report;
      EXPECT_TRUE(ShuffledTo(paths, {.seed = "s", .take = take}, {.threads = threads}, &report) ==
                  FirstOf(order, take))
          << take;
      EXPECT_EQ(report.records, std::min(take, all));
      EXPECT_EQ(report.records_read, all);
    }
  }
}

TEST(TakeTest, SpillsNoMoreThanTheSample) {
  const TestFolder folder;
  const std::string text = RandomLines(40 << 20, 200, 3);
  const std::string path = folder.Write("a", text);
  const std::vector<Placed> order = ReferenceOrder(text, "s");
  for (const uint64_t divisor : {1, 2, 100, 10'000}) {
    const uint64_t take = order.size() / divisor;
    ShuffleReport report;
    EXPECT_TRUE(ShuffledTo({path}, {.seed = "s", .take = take}, Small(folder), &report) ==
                FirstOf(order, take));
    EXPECT_EQ(report.passes, divisor < 100 ? 2 : 1) << divisor;
    EXPECT_EQ(report.temp_bytes > 0, divisor < 100);
  }
}

TEST(TakeTest, CountsCopies) {
  const TestFolder folder;
  const std::string text = RandomLines(100'000, 20, 4);
  const std::vector<Placed> order = ReferenceOrder({{.text = text, .copies = 3}}, "s");
  const std::string path = folder.Write("a", text);
  for (const uint64_t take : {uint64_t{1}, order.size() / 3, order.size() - 1, order.size()}) {
    EXPECT_TRUE(ShuffledTo({path + "@3"}, {.seed = "s", .take = take}) == FirstOf(order, take));
  }
}

TEST(TakeTest, CountsNoOversizedRecordTwice) {
  const TestFolder folder;
  const std::string text = RandomLines(20 << 20, 2 << 20, 5) + RandomLines(1000, 10, 5);
  const std::vector<Placed> order = ReferenceOrder(text, "s");
  const std::string path = folder.Write("a", text);
  for (uint64_t take = 1; take <= order.size(); take += 7) {
    EXPECT_TRUE(ShuffledTo({path}, {.seed = "s", .take = take}, Small(folder)) ==
                FirstOf(order, take));
  }
}

TEST(FractionTest, TakesTheRecordsWithADrawBelowIt) {
  const TestFolder folder;
  const std::string text = RandomLines(400'000, 20, 6);
  const std::string path = folder.Write("a", text);
  for (const char* const fraction : {"0.5", "0.001", "0.999", "1"}) {
    CM_ASSERT_OK_AND_ASSIGN(const auto below, ParseFraction(fraction));
    std::vector<Placed> expected = ReferenceOrder(text, "s");
    const double limit = std::stod(fraction) * 0x1p64;
    std::erase_if(expected, [&](const Placed& record) {
      return static_cast<double>(record.draw.high) >= limit;
    });
    EXPECT_TRUE(ShuffledTo({path}, {.seed = "s", .below = below}) == Joined(expected)) << fraction;
    // A smaller sample is a part of the sample.
    EXPECT_TRUE(ShuffledTo({path}, {.seed = "s", .take = 5, .below = below}) ==
                FirstOf(expected, 5));
  }
}

TEST(FractionTest, IsParsedExactly) {
  const auto draw = [](uint64_t high, uint64_t low) { return std::optional(Draw{high, low}); };
  EXPECT_EQ(*ParseFraction("0.5"), draw(uint64_t{1} << 63, 0));
  EXPECT_EQ(*ParseFraction(".25"), draw(uint64_t{1} << 62, 0));
  // floor(2^128 / 10), of which a double knows 53 bits.
  EXPECT_EQ(*ParseFraction("0.1"), draw(0x1999999999999999, 0x9999999999999999));
  EXPECT_EQ(*ParseFraction("0.00000000000000001"), draw(184, 0x77aa3236a4b44909));
  EXPECT_EQ(*ParseFraction("10%"), *ParseFraction("0.1"));
  EXPECT_EQ(*ParseFraction("0.5%"), *ParseFraction("0.005"));
  for (const char* const one : {"1", "1.0", "1.000", "100%"}) {
    EXPECT_EQ(*ParseFraction(one), std::nullopt) << one;
  }
  for (const char* const bad :
       {"", ".", "0", "0.0", "1.1", "2", "-0.5", "1e-3", "%", "0%", "101%", "5%%",
        "0.00000000000000001%", "0.5.1", " 0.5", "0.5 ", "nan", "0.0000000000000000001"}) {
    EXPECT_THAT(ParseFraction(bad), Fails(kInvalid, HasSubstr("no fraction; try"))) << bad;
  }
}

// n records with weight 2.5 have 2n + Binomial(n, 1/2) copies; false alarms 1e-6 (4.9 standard
// deviations).
TEST(WeightTest, FractionsOfACopyAreDrawnForEachRecord) {
  const TestFolder folder;
  constexpr int kRecords = 100'000;
  std::string text;
  for (int i = 0; i < kRecords; ++i) text += std::to_string(i) + "\n";
  const std::string path = folder.Write("a", text);
  std::map<std::string, int> counts;
  const std::string out = ShuffledTo({path + "@2.5"}, {.seed = "s"});
  for (const std::string& record : RecordsOf(out)) ++counts[record];
  EXPECT_EQ(counts.size(), kRecords);
  int thrice = 0;
  for (const auto& [record, count] : counts) {
    EXPECT_TRUE(count == 2 || count == 3) << record;
    thrice += count == 3;
  }
  EXPECT_NEAR(thrice, kRecords / 2, 4.9 * std::sqrt(kRecords / 4.0));
  // Every copy has its own draw.
  const RandomKey key("s");
  std::vector<std::pair<Draw, std::string>> expected;
  for (uint64_t i = 0; i < kRecords; ++i) {
    for (uint64_t copy = 0; copy < counts[std::to_string(i)]; ++copy) {
      expected.emplace_back(key.At(DrawPurpose::kOrder, 0, i, copy), std::to_string(i));
    }
  }
  std::sort(expected.begin(), expected.end());
  std::string joined;
  for (const auto& [draw, record] : expected) joined += record + "\n";
  EXPECT_TRUE(out == joined);
}

TEST(WeightTest, BelowOneSamplesAnInput) {
  const TestFolder folder;
  const std::string a = folder.Write("a", RandomLines(200'000, 10, 7));
  ShuffleReport report;
  ShuffledTo({a + "@0.25", folder.Write("b", "b\n") + "@4"}, {.seed = "s"}, {}, &report);
  const double n = static_cast<double>(report.records_read - 1);
  EXPECT_NEAR(static_cast<double>(report.records) - 4, n / 4, 4.9 * std::sqrt(n * 3 / 16));
}

TEST(WeightTest, SpillsAndRepeatsOversizedRecords) {
  const TestFolder folder;
  const std::string text = RandomLines(3 << 20, 500, 8) + RandomLines(3 << 20, 1 << 20, 9);
  ShuffleReport report;
  EXPECT_TRUE(ShuffledTo({folder.Write("a", text) + "@7"}, {.seed = "s"}, Small(folder), &report) ==
              Joined(ReferenceOrder({{.text = text, .copies = 7}}, "s")));
  EXPECT_EQ(report.passes, 2);
}

}  // namespace
}  // namespace corpusmill
