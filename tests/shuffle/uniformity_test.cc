// Is every order equally likely? Seeds are fixed, so that the tests give the same
// answer every time; error rates are those over a random choice of seeds.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "shuffle/shuffle.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

/// Upper bound that a χ² variable of `freedom` degrees exceeds with probability
/// 1e-6 (Wilson and Hilferty 1931).
double ChiSquaredBound(double freedom) {
  constexpr double kNormalQuantile = 4.7534;
  const double a = 2.0 / (9.0 * freedom);
  return freedom * std::pow(1.0 - a + kNormalQuantile * std::sqrt(a), 3);
}

double ChiSquaredOverPermutations(int records, int draws_per_permutation) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < records; ++i) text += std::string(1, static_cast<char>('a' + i)) + "\n";
  const std::vector<InputFile> inputs = ResolveInputs({folder.Write("in", text)}).value();
  Context context({.memory_limit_bytes = 32 << 20, .threads = 1});
  int permutations = 1;
  for (int i = 2; i <= records; ++i) permutations *= i;
  std::map<std::string, int> counts;
  for (int i = 0; i < permutations * draws_per_permutation; ++i) {
    std::string out;
    const auto sink = StringSink(&out, "out");
    CM_EXPECT_OK(
        Shuffle(inputs, {.seed = "run " + std::to_string(i)}, *SinkTarget(*sink), context));
    ++counts[out];
  }
  double sum = 0;
  for (const auto& [order, count] : counts) sum += std::pow(count - draws_per_permutation, 2);
  // Orders that never came up.
  sum += (permutations - static_cast<double>(counts.size())) * std::pow(draws_per_permutation, 2);
  return sum / draws_per_permutation;
}

// False alarms: 1e-6 each.
TEST(UniformityTest, AllOrdersOfTwoToFiveRecordsAreEquallyLikely) {
  EXPECT_LT(ChiSquaredOverPermutations(2, 1000), ChiSquaredBound(1));
  EXPECT_LT(ChiSquaredOverPermutations(3, 500), ChiSquaredBound(5));
  EXPECT_LT(ChiSquaredOverPermutations(4, 200), ChiSquaredBound(23));
  EXPECT_LT(ChiSquaredOverPermutations(5, 60), ChiSquaredBound(119));
}

constexpr int kChunks = 40;
constexpr int kChunkRecords = 250;

/// How far the mean number of different chunks among kChunks consecutive outputs
/// lies from what a uniform order gives, in standard errors.
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
  std::vector<int> reference(order.size());
  std::iota(reference.begin(), reference.end(), 0);
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

std::vector<int> NumbersUpTo(int count) {
  std::vector<int> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// False alarms: below 1e-6 (5 standard errors, 200 rounds of reference).
TEST(UniformityTest, WindowsHoldChunksAsAUniformOrderDoes) {
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

// The negative control: chunks shuffled alone, then one record of each in turn, is
// a well-known home-made method, and not uniform.
TEST(UniformityTest, TheWindowTestSeesThroughChunkwiseShuffling) {
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
