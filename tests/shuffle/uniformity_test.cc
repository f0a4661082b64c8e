// Tests whether every order is equally likely. Seeds are fixed, so results are reproducible;
// error rates refer to a random choice of seeds.

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "shuffle/shuffle.h"
#include "tests/shuffle/hungry_target.h"
#include "tests/shuffle/passes.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

/// The bound that a χ² variable with `freedom` degrees of freedom exceeds with probability 1e-6
/// (Wilson and Hilferty 1931).
double ChiSquaredBound(double freedom) {
  constexpr double kNormalQuantile = 4.7534;
  const double a = 2.0 / (9.0 * freedom);
  return freedom * std::pow(1.0 - a + kNormalQuantile * std::sqrt(a), 3);
}

int Factorial(int n) { return n < 2 ? 1 : n * Factorial(n - 1); }

/// χ² of `tests` observations in `classes` equally likely classes.
template <typename Key>
double ChiSquared(const std::map<Key, int>& counts, int classes, int tests) {
  const double expected = static_cast<double>(tests) / classes;
  // Classes without observations.
  double sum = (classes - static_cast<double>(counts.size())) * expected * expected;
  for (const auto& [key, count] : counts) sum += std::pow(count - expected, 2);
  return sum / expected;
}

/// The order of a shuffle's records for each of many seeds.
using Shuffler = std::function<std::string(const std::vector<InputFile>& inputs,
                                           const std::string& seed, Context& context)>;

/// Shuffles the same few records with many seeds and counts the orders. False alarms:
/// 1e-6 for each call.
void ExpectAllOrders(int records, int per_order, size_t record_bytes, const Shuffler& shuffle) {
  SCOPED_TRACE(testing::Message() << records << " records");
  const TestFolder folder, temp;
  std::string text;
  for (int i = 0; i < records; ++i) {
    text += std::string(record_bytes, static_cast<char>('a' + i)) + "\n";
  }
  const std::vector<InputFile> inputs = ResolveInputs({folder.Write("in", text)}).value();
  Context context({.memory_limit_bytes = 32 << 20,
                   .threads = 1,
                   .temp_dirs = {temp.path()},
                   .io = IoMode::kCached});
  const int orders = Factorial(records), runs = orders * per_order;
  std::map<std::string, int> counts;
  for (int i = 0; i < runs; ++i) {
    const std::string out = shuffle(inputs, "run " + std::to_string(i), context);
    ASSERT_EQ(out.size(), text.size());
    std::string order;
    for (int record = 0; record < records; ++record) order += out[record * (record_bytes + 1)];
    ++counts[order];
  }
  EXPECT_LT(ChiSquared(counts, orders, runs), ChiSquaredBound(orders - 1));
}

TEST(UniformityTest, AllOrdersOfTwoToFourRecordsAreEquallyLikely) {
  const Shuffler shuffle = [](const auto& inputs, const std::string& seed, Context& context) {
    std::string out;
    const auto sink = StringSink(&out, "out");
    CM_EXPECT_OK(Shuffle(inputs, {.seed = seed}, *SinkTarget(*sink), context));
    return out;
  };
  ExpectAllOrders(2, 100, 1, shuffle);
  ExpectAllOrders(3, 40, 1, shuffle);
  ExpectAllOrders(4, 40, 1, shuffle);
}

/// Uses so few buckets that records share one; with Shuffle's buckets they hardly ever do.
Shuffler Passes(const PassesOptions& options, size_t* split_buckets = nullptr) {
  return [=](const auto& inputs, const std::string& seed, Context& context) {
    PassesOptions with_seed = options;
    with_seed.shuffle.seed = seed;
    const auto result = RunPasses(inputs, with_seed, context);
    CM_EXPECT_OK(result);
    if (!result.ok()) return std::string();
    EXPECT_EQ(result->temp_bytes > 0, options.spill);
    if (split_buckets != nullptr) *split_buckets += result->split_buckets;
    return result->out;
  };
}

TEST(UniformityTest, AllOrdersOfSixRecordsInMemory) {
  ExpectAllOrders(6, 40, 1, Passes({.buckets = 2, .spill = false, .pool_bytes = 64 << 10}));
}

TEST(UniformityTest, AllOrdersOfFourAndFiveSpilledRecords) {
  ExpectAllOrders(4, 40, 1, Passes({.buckets = 1, .pool_bytes = 64 << 10}));
  ExpectAllOrders(5, 40, 1, Passes({.buckets = 2, .pool_bytes = 64 << 10}));
}

// Memory for one record, not for two: buckets are split until each holds one record.
TEST(UniformityTest, AllOrdersOfFourRecordsInSplitBuckets) {
  size_t splits = 0;
  ExpectAllOrders(4, 40, 20'000, Passes({.buckets = 1, .gather_bytes = 150 << 10}, &splits));
  // One split in each of 960 runs, and another if two of the four records share one part of 64.
  EXPECT_GT(splits, 1000);
}

constexpr int kGroup = 6;

/// The index of the numbers' order among the 720 orders.
int RankOf(const int* numbers) {
  int rank = 0;
  for (int i = 0; i < kGroup; ++i) {
    int less = 0;
    for (int j = i + 1; j < kGroup; ++j) less += numbers[j] < numbers[i] ? 1 : 0;
    rank = rank * (kGroup - i) + less;
  }
  return rank;
}

/// In a uniform order, disjoint groups of positions hold records in independent uniform orders,
/// and disjoint groups of records have positions in independent uniform orders. False alarms:
/// 4e-6.
void ExpectUniformGroups(const std::vector<int>& order) {
  std::vector<int> positions(order.size());
  for (size_t i = 0; i < order.size(); ++i) positions[order[i]] = static_cast<int>(i);
  const int groups = static_cast<int>(order.size()) / kGroup;
  for (const bool neighbours : {true, false}) {
    for (const auto* numbers : std::initializer_list<const std::vector<int>*>{&order, &positions}) {
      std::map<int, int> counts;
      for (int group = 0; group < groups; ++group) {
        int members[kGroup];
        for (int i = 0; i < kGroup; ++i) {
          members[i] = (*numbers)[neighbours ? group * kGroup + i : i * groups + group];
        }
        ++counts[RankOf(members)];
      }
      EXPECT_LT(ChiSquared(counts, Factorial(kGroup), groups),
                ChiSquaredBound(Factorial(kGroup) - 1))
          << (neighbours ? "neighbours" : "far apart")
          << (numbers == &order ? " in the output" : " in the input");
    }
  }
}

std::vector<int> NumbersUpTo(int count) {
  std::vector<int> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// Numbers, one per line; each of the 720 orders of six is expected 40 times.
class LongOrderTest : public testing::Test {
 protected:
  static constexpr int kRecords = 720 * 40 * kGroup;
  explicit LongOrderTest(size_t padding = 0) {
    std::string text;
    for (const int i : NumbersUpTo(kRecords)) {
      text += std::to_string(i) + std::string(padding, ' ') + "\n";
    }
    inputs_ = ResolveInputs({folder_.Write("in", text)}).value();
  }
  std::vector<int> OrderOf(const std::string& out) const {
    std::vector<int> order;
    std::istringstream lines(out);
    for (int number; lines >> number;) order.push_back(number);
    EXPECT_EQ(order.size(), kRecords);
    return order;
  }

  const TestFolder folder_;
  std::vector<InputFile> inputs_;
};

class PaddedLongOrderTest : public LongOrderTest {
 protected:
  PaddedLongOrderTest() : LongOrderTest(80) {}
};

TEST_F(LongOrderTest, InMemory) {
  Context context;
  std::string out;
  const auto sink = StringSink(&out, "out");
  CM_ASSERT_OK_AND_ASSIGN(const auto report,
                          Shuffle(inputs_, {.seed = "1"}, *SinkTarget(*sink), context));
  EXPECT_EQ(report.passes, 1);
  ExpectUniformGroups(OrderOf(out));
}

TEST_F(PaddedLongOrderTest, ThroughTemporaryFiles) {
  Context context({.memory_limit_bytes = 16 << 20, .temp_dirs = {folder_.path()}});
  std::string out;
  const auto sink = StringSink(&out, "out");
  CM_ASSERT_OK_AND_ASSIGN(const auto report,
                          Shuffle(inputs_, {.seed = "2"}, *SinkTarget(*sink), context));
  EXPECT_EQ(report.passes, 2);
  ExpectUniformGroups(OrderOf(out));
}

TEST_F(PaddedLongOrderTest, InSplitBuckets) {
  Context context({.memory_limit_bytes = 16 << 20, .temp_dirs = {folder_.path()}});
  std::string out;
  const auto sink = StringSink(&out, "out");
  HungryTarget target(*sink, 600 << 10, context);
  CM_ASSERT_OK_AND_ASSIGN(const auto report, Shuffle(inputs_, {.seed = "3"}, target, context));
  EXPECT_EQ(report.passes, 3);
  ExpectUniformGroups(OrderOf(out));
}

constexpr int kChunks = 40;
constexpr int kChunkRecords = 250;

/// The deviation of the mean number of different chunks among kChunks consecutive outputs from its
/// value in a uniform order, in standard errors.
double WindowScore(const std::vector<int>& order) {
  const auto mean_of = [](const std::vector<int>& numbers) {
    double sum = 0;
    const size_t windows = numbers.size() / kChunks;
    for (size_t window = 0; window < windows; ++window) {
      std::vector<bool> seen(kChunks);
      for (int i = 0; i < kChunks; ++i) seen[numbers[window * kChunks + i] / kChunkRecords] = true;
      sum += static_cast<double>(std::count(seen.begin(), seen.end(), true));
    }
    return sum / static_cast<double>(windows);
  };
  std::mt19937_64 generator(1);
  std::vector<int> reference = NumbersUpTo(static_cast<int>(order.size()));
  constexpr int kRounds = 200;
  double sum = 0, squares = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::shuffle(reference.begin(), reference.end(), generator);
    const double mean = mean_of(reference);
    sum += mean;
    squares += mean * mean;
  }
  const double expected = sum / kRounds;
  const double deviation = std::sqrt(squares / kRounds - expected * expected);
  return std::abs(mean_of(order) - expected) / deviation;
}

// False alarms: below 1e-6 (5 standard errors, 200 rounds of reference).
TEST(UniformityTest, WindowsMixChunksLikeAUniformOrder) {
  const TestFolder folder;
  std::string text;
  for (const int i : NumbersUpTo(kChunks * kChunkRecords)) text += std::to_string(i) + "\n";
  const auto inputs = ResolveInputs({folder.Write("in", text)}).value();
  Context context;
  std::string out;
  const auto sink = StringSink(&out, "out");
  CM_ASSERT_OK(Shuffle(inputs, {.seed = "windows"}, *SinkTarget(*sink), context));
  std::vector<int> order;
  std::istringstream lines(out);
  for (int number; lines >> number;) order.push_back(number);
  EXPECT_LT(WindowScore(order), 5);
}

// The negative control: a common but non-uniform method shuffles each chunk, then takes one record
// of each chunk in turn.
TEST(UniformityTest, TheWindowTestRejectsChunkwiseShuffling) {
  std::mt19937_64 generator(7);
  std::vector<int> numbers = NumbersUpTo(kChunks * kChunkRecords);
  for (int chunk = 0; chunk < kChunks; ++chunk) {
    std::shuffle(numbers.begin() + chunk * kChunkRecords,
                 numbers.begin() + (chunk + 1) * kChunkRecords, generator);
  }
  std::vector<int> order, chunks = NumbersUpTo(kChunks);
  for (int row = 0; row < kChunkRecords; ++row) {
    std::shuffle(chunks.begin(), chunks.end(), generator);
    for (const int chunk : chunks) order.push_back(numbers[chunk * kChunkRecords + row]);
  }
  EXPECT_GT(WindowScore(order), 50);
}

}  // namespace
}  // namespace corpusmill
