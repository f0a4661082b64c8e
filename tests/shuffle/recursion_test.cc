// Buckets that are split repeatedly, as if memory held only a small part of them: the output has
// the same bytes.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/corpus/io/streams.h"
#include "tests/shuffle/hungry_target.h"
#include "tests/shuffle/passes.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kSeed[] = "s";

/// Records of a few bytes. Only records whose draws begin with the bits `dense` are long, so that
/// nearly all bytes are in a narrow interval of the order.
struct DenseLines {
  int lines = 0;
  int bits = 0;
  uint64_t dense = 0;
  size_t long_bytes = 0;
  /// One in this many records is oversized, four to eight times long_bytes; 0: none.
  int oversized_every = 0;

  std::string Text(uint64_t input = 0) const {
    const RandomKey key(kSeed);
    TestRandom random(input + 1);
    std::string text;
    for (int i = 0; i < lines; ++i) {
      const Draw draw = key.At(DrawPurpose::kOrder, input, static_cast<uint64_t>(i));
      size_t length = random.Below(16);
      if (draw.high >> (64 - bits) == dense) length = long_bytes - random.Below(long_bytes / 8);
      if (oversized_every > 0 && i % oversized_every == oversized_every / 2) {
        length = 4 * long_bytes + random.Below(4 * long_bytes);
      }
      std::string record = RandomBytes(length, random.Next());  // Incompressible.
      std::replace(record.begin(), record.end(), '\n', ' ');
      text += record + std::to_string(i) + "\n";
    }
    return text;
  }
};

/// Dense in an interval of 2^-12 of the order: two splits into 64 parts isolate it.
constexpr DenseLines kDense = {
    .lines = 60'000, .bits = 12, .dense = 0x5a7, .long_bytes = 30'000, .oversized_every = 2'500};
constexpr uint64_t kGatherBytes = 480 << 10;

class RecursionTest : public testing::Test {
 protected:
  std::vector<InputFile> Input(const std::string& text) const {
    return ResolveInputs({folder_.Write("in", text)}).value();
  }
  const TestFolder folder_, temp_;
  Context context_{{.memory_limit_bytes = 16 << 20, .threads = 2, .temp_dirs = {temp_.path()}}};
};

TEST_F(RecursionTest, ThreeLevelsWithOversizedRecords) {
  const std::string text = kDense.Text();
  const std::vector<InputFile> inputs = Input(text);
  const std::string expected = Joined(ReferenceOrder(text, kSeed));
  size_t oversized_records = 0;
  for (const std::string& record : RecordsOf(text))
    oversized_records += record.size() > 4 * 30'000 ? 1 : 0;
  ASSERT_EQ(oversized_records, 24);
  // Of three buckets the dense one is the second; its interval and its parts differ.
  for (const size_t buckets : {1, 3}) {
    SCOPED_TRACE(testing::Message() << buckets << " buckets");
    CM_ASSERT_OK_AND_ASSIGN(
        const PassesResult result,
        RunPasses(inputs,
                  {.shuffle = {.seed = kSeed}, .buckets = buckets, .gather_bytes = kGatherBytes},
                  context_));
    EXPECT_TRUE(result.out == expected);
    EXPECT_GE(result.split_buckets, 3);
    std::vector<size_t> all(buckets);
    for (size_t i = 0; i < buckets; ++i) all[i] = i;
    EXPECT_EQ(result.done, all);
    std::set<uint64_t> unused;
    for (const OversizedRecord& oversized : result.unused) unused.insert(oversized.offset);
    EXPECT_EQ(result.unused.size(), oversized_records);
    EXPECT_EQ(unused.size(), oversized_records);
    EXPECT_THAT(temp_.List(), IsEmpty());
  }
}

TEST_F(RecursionTest, EachLevelSplitsOnePart) {
  const std::vector<InputFile> inputs = Input(kDense.Text());
  const auto splits = [&](uint64_t gather_bytes) {
    const auto result =
        RunPasses(inputs, {.shuffle = {.seed = kSeed}, .gather_bytes = gather_bytes}, context_);
    CM_EXPECT_OK(result);
    return result.ok() ? result->split_buckets : 0;
  };
  EXPECT_EQ(splits(0), 0);
  EXPECT_EQ(splits(kGatherBytes), 3);
}

TEST_F(RecursionTest, SamplesThatEndAtAnyDepth) {
  const std::string text = kDense.Text();
  const std::vector<InputFile> inputs = Input(text);
  const std::vector<Placed> order = ReferenceOrder(text, kSeed);
  const auto rank = [&](uint64_t high) {
    return static_cast<size_t>(
        std::lower_bound(order.begin(), order.end(), high,
                         [](const Placed& record, uint64_t at) { return record.draw.high < at; }) -
        order.begin());
  };
  // At the borders of the dense interval, within it, and after the first-level part that
  // contains it.
  const size_t begin = rank(kDense.dense << 52), end = rank((kDense.dense + 1) << 52);
  ASSERT_GT(end - begin, 8);
  for (const size_t take :
       {begin, begin + 1, begin + (end - begin) / 2, end - 1, end, end + 1,
        rank((kDense.dense >> 6) << 58), rank(((kDense.dense >> 6) + 1) << 58), order.size() - 1}) {
    SCOPED_TRACE(testing::Message() << take << " of " << order.size());
    CM_ASSERT_OK_AND_ASSIGN(
        const PassesResult result,
        RunPasses(inputs, {.shuffle = {.seed = kSeed, .take = take}, .gather_bytes = kGatherBytes},
                  context_));
    EXPECT_TRUE(result.out == Joined(std::vector<Placed>(
                                  order.begin(), order.begin() + static_cast<ptrdiff_t>(take))));
    EXPECT_GE(result.split_buckets, take > begin + 1 ? 2 : 1);
  }
}

// Another copy of an oversized record may still follow, so none is freed.
TEST_F(RecursionTest, CopiesOfOversizedRecords) {
  const std::string text = kDense.Text();
  const auto inputs = ResolveInputs({folder_.Write("in", text) + "@2"}, {.allow_weights = true});
  CM_ASSERT_OK(inputs);
  CM_ASSERT_OK_AND_ASSIGN(
      const PassesResult result,
      RunPasses(*inputs, {.shuffle = {.seed = kSeed}, .gather_bytes = kGatherBytes}, context_));
  EXPECT_TRUE(result.out == Joined(ReferenceOrder({{.text = text, .copies = 2}}, kSeed)));
  EXPECT_GE(result.split_buckets, 3);
  EXPECT_THAT(result.unused, IsEmpty());
}

// Splitting cannot separate equal draws, which occur only in this test.
TEST_F(RecursionTest, EndsWhenNothingCanBeSplit) {
  const std::vector<InputFile> inputs = Input(RandomLines(1 << 20, 10'000, 1));
  EXPECT_THAT(
      RunPasses(inputs,
                {.shuffle = {.seed = kSeed, .draw_bits_for_testing = 1}, .gather_bytes = 480 << 10},
                context_),
      Fails(absl::StatusCode::kInternal, HasSubstr("cannot be split")));
  EXPECT_THAT(temp_.List(), IsEmpty());
}

// The same through Shuffle, which has at least 64 buckets: one of 64 parts of one bucket is dense.
TEST_F(RecursionTest, WithinAShuffle) {
  const std::string text = DenseLines{.lines = 400'000,
                                      .bits = 12,
                                      .dense = 0xfff,
                                      .long_bytes = 100'000,
                                      .oversized_every = 60'000}
                               .Text();
  const std::vector<InputFile> inputs = Input(text);
  std::string out;
  const auto sink = StringSink(&out, "out");
  HungryTarget target(*sink, 800 << 10, context_);
  CM_ASSERT_OK_AND_ASSIGN(const ShuffleReport report,
                          Shuffle(inputs, {.seed = kSeed}, target, context_));
  EXPECT_EQ(report.passes, 3);
  EXPECT_TRUE(out == Joined(ReferenceOrder(text, kSeed)));
  // Each level writes the dense interval once more.
  uint64_t dense_bytes = 0;
  for (const Placed& record : ReferenceOrder(text, kSeed)) {
    if (record.draw.high >> 52 == 0xfff && record.bytes.size() < 400'000) {
      dense_bytes += record.bytes.size();
    }
  }
  EXPECT_GT(dense_bytes, uint64_t{5} << 20);
  EXPECT_GT(report.temp_bytes, text.size() + 2 * dense_bytes);
  EXPECT_THAT(folder_.List(), ElementsAre("in"));
  EXPECT_THAT(temp_.List(), IsEmpty());
}

}  // namespace
}  // namespace corpusmill
