#include "corpus/base/random.h"

#include <cstdint>
#include <set>
#include <string>

#include "Random123/philox.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

/// Random123's kat_vectors, philox4x64 with 10 rounds.
TEST(Philox, PublishedKnownAnswers) {
  constexpr uint64_t kOnes = ~uint64_t{0};
  const struct {
    philox4x64_ctr_t counter;
    philox4x64_key_t key;
    philox4x64_ctr_t block;
  } cases[] = {
      {{{0, 0, 0, 0}},
       {{0, 0}},
       {{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}}},
      {{{kOnes, kOnes, kOnes, kOnes}},
       {{kOnes, kOnes}},
       {{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}}},
      {{{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}},
       {{0x452821e638d01377, 0xbe5466cf34e90c6c}},
       {{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}}},
  };
  for (const auto& test : cases) {
    const philox4x64_ctr_t block = philox4x64(test.counter, test.key);
    for (int word = 0; word < 4; ++word) EXPECT_EQ(block.v[word], test.block.v[word]);
  }
}

/// From Python: k = struct.unpack("<QQ", sha256(seed).digest()[:16]);
/// numpy.random.Philox(key=k, counter=(record, input, copy, purpose) - 1).random_raw(2).
/// (NumPy increments the counter before its first block.)
TEST(RandomKey, DrawsMatchNumPyWithTheSha256OfTheSeed) {
  constexpr uint64_t kMax = ~uint64_t{0};
  const struct {
    const char* seed;
    DrawPurpose purpose;
    uint64_t input, record, copy;
    Draw draw;
  } cases[] = {
      {"", DrawPurpose::kOrder, 0, 0, 0, {0x6f0f492451a7bf96, 0xc255338d404d5219}},
      {"", DrawPurpose::kOrder, 0, 41, 0, {0xc4bf91814b7a1d71, 0x65d2b1f6128b035d}},
      {"", DrawPurpose::kSplit, 2, 3, 4, {0xf1a08b17b24751d5, 0x59ef8101d7ba8e8d}},
      {"", DrawPurpose::kTokenSampling, kMax, kMax, 7, {0xc9c8091f8a595ed8, 0x7f9b24124c287de0}},
      {"", DrawPurpose::kRepeat, 0, uint64_t{1} << 40, 0, {0x1b8263e98a7243c6, 0xc22eb9734bef9d5e}},
      {"corpusmill", DrawPurpose::kOrder, 0, 0, 0, {0xe6f9cfa993b83f25, 0x483a807e93a1fb52}},
      {"corpusmill", DrawPurpose::kOrder, 0, 41, 0, {0x4a7d39ebb806aff0, 0xd63e269862224208}},
      {"corpusmill", DrawPurpose::kSplit, 2, 3, 4, {0xe61d384f2dbf0d75, 0x3b2f9574021a8a06}},
      {"corpusmill",
       DrawPurpose::kTokenSampling,
       kMax,
       kMax,
       7,
       {0xf98af115112d4757, 0xc52fd3b28831908}},
      {"corpusmill",
       DrawPurpose::kRepeat,
       0,
       uint64_t{1} << 40,
       0,
       {0x5bded20a790178ad, 0x11fee899f89f0217}},
      {"42", DrawPurpose::kOrder, 0, 0, 0, {0xee5ba46210a2c4ee, 0xdab675fd01646c7c}},
      {"42", DrawPurpose::kOrder, 0, 41, 0, {0x4f6bbc8dc03dde9e, 0xc0ce80c683562841}},
      {"42", DrawPurpose::kSplit, 2, 3, 4, {0xad4b2771838115b3, 0xa9f1b1f7279412b2}},
      {"42", DrawPurpose::kTokenSampling, kMax, kMax, 7, {0x90bc453429a5edc, 0x18585785a33b140b}},
      {"42",
       DrawPurpose::kRepeat,
       0,
       uint64_t{1} << 40,
       0,
       {0x89821270cc35c88d, 0xaf615a2a0f175581}},
      {"种子", DrawPurpose::kOrder, 0, 0, 0, {0x6f19ccd9542cc63f, 0x8ed7d7d2bafd952e}},
      {"种子", DrawPurpose::kOrder, 0, 41, 0, {0xc842b25ef2e8a958, 0x4b28817b124df427}},
      {"种子", DrawPurpose::kSplit, 2, 3, 4, {0xdb9dc6d1624adf33, 0x5d5c1260b8a1b751}},
      {"种子",
       DrawPurpose::kTokenSampling,
       kMax,
       kMax,
       7,
       {0xe67aec56e9ac25fc, 0x763ac3c937c8db48}},
      {"种子",
       DrawPurpose::kRepeat,
       0,
       uint64_t{1} << 40,
       0,
       {0x837d3db434588d3, 0xcbf135f36e8cc5f5}},
  };
  for (const auto& test : cases) {
    const Draw draw = RandomKey(test.seed).At(test.purpose, test.input, test.record, test.copy);
    EXPECT_EQ(draw.high, test.draw.high) << test.seed;
    EXPECT_EQ(draw.low, test.draw.low) << test.seed;
  }
}

TEST(RandomKey, SeedsMayHoldAnyBytes) {
  const RandomKey zero(std::string_view("a\0b", 3)), other(std::string_view("a\0c", 3)), cut("a");
  const auto draw = [](const RandomKey& key) { return key.At(DrawPurpose::kOrder, 0, 0); };
  EXPECT_NE(draw(zero), draw(other));
  EXPECT_NE(draw(zero), draw(cut));
}

TEST(RandomKey, EveryCoordinateChangesTheDraw) {
  const RandomKey key("seed");
  std::set<std::pair<uint64_t, uint64_t>> seen;
  for (const DrawPurpose purpose : {DrawPurpose::kOrder, DrawPurpose::kSplit, DrawPurpose::kRepeat,
                                    DrawPurpose::kTokenSampling}) {
    for (uint64_t input = 0; input < 8; ++input) {
      for (uint64_t record = 0; record < 8; ++record) {
        for (uint64_t copy = 0; copy < 8; ++copy) {
          const Draw draw = key.At(purpose, input, record, copy);
          seen.insert({draw.high, draw.low});
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), 4u * 8 * 8 * 8);
}

TEST(RandomKey, PurposesKeepTheirNumbers) {
  EXPECT_EQ(static_cast<int>(DrawPurpose::kOrder), 0);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kSplit), 1);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kRepeat), 2);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kTokenSampling), 3);
}

TEST(Draw, IsOrderedByHighThenLow) {
  EXPECT_LT((Draw{1, 9}), (Draw{2, 0}));
  EXPECT_LT((Draw{1, 8}), (Draw{1, 9}));
  EXPECT_LT((Draw{1, 0}), (Draw{~uint64_t{0}, 0}));
  EXPECT_EQ((Draw{1, 9}), (Draw{1, 9}));
}

TEST(RandomSeed, IsSixteenFreshHexadecimalDigits) {
  std::set<std::string> seeds;
  for (int i = 0; i < 100; ++i) {
    const std::string seed = RandomSeed();
    EXPECT_THAT(seed, testing::MatchesRegex("[0-9a-f]{16}"));
    seeds.insert(seed);
  }
  EXPECT_EQ(seeds.size(), 100);
}

}  // namespace
}  // namespace corpusmill
