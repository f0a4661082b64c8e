#include "tokenizer/model/model_counts.h"

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

Model Make(const std::map<std::string, uint64_t>& more) {
  return *Model::FromPieces(BytesAnd(more));
}

/// Merges by the definition, in long double.
std::map<std::string, long double> MeanProbabilities(const std::vector<Model>& models) {
  std::map<std::string, long double> means;
  for (const Model& model : models) {
    for (const Piece& piece : model.pieces()) {
      means[piece.bytes] += static_cast<long double>(piece.count) /
                            static_cast<long double>(model.total_count()) /
                            static_cast<long double>(models.size());
    }
  }
  return means;
}

TEST(WithCountsTest, KeepsIdsOfUncountedPiecesOrDropsThem) {
  const Model model = Make({{"ab", 5}, {"cd", 6}, {"efg", 7}});
  std::vector<uint64_t> counts(model.vocab_size());
  counts[3 + 'a'] = 12;
  counts[260] = 34;
  CM_ASSERT_OK_AND_ASSIGN(const Model kept, WithCounts(model, counts, UncountedPieces::kKeep));
  EXPECT_EQ(kept.Serialize(), Make({{"a", 12}, {"ab", 1}, {"cd", 34}, {"efg", 1}}).Serialize());
  CM_ASSERT_OK_AND_ASSIGN(const Model dropped, WithCounts(model, counts, UncountedPieces::kDrop));
  EXPECT_EQ(dropped.Serialize(), Make({{"a", 12}, {"cd", 34}}).Serialize());
}

TEST(MergeModelsTest, TakesTheMeanOfProbabilities) {
  // Of 1,024 in one model and of 512 in the other.
  const Model a = Make({{"x", 1 + 512}, {"ab", 256}});
  const Model b = Make({{"x", 1 + 128}, {"cd", 128}});
  ASSERT_EQ(a.total_count(), 1024u);
  ASSERT_EQ(b.total_count(), 512u);
  CM_ASSERT_OK_AND_ASSIGN(const Model merged, MergeModels(std::vector<Model>{a, b}));
  ASSERT_EQ(merged.pieces().size(), 258u);
  EXPECT_EQ(merged.total_count(), uint64_t{1} << 58) << "nothing was rounded";
  EXPECT_EQ(merged.pieces()['x'].count, (uint64_t{1} << 57) / 1024 * (513 + 2 * 129));
  EXPECT_EQ(merged.pieces()['y'].count, (uint64_t{1} << 57) / 1024 * (1 + 2 * 1));
  EXPECT_EQ(merged.pieces()[256].bytes, "ab");
  EXPECT_EQ(merged.pieces()[256].count, uint64_t{1} << 55);
  EXPECT_EQ(merged.pieces()[257].count, uint64_t{1} << 55);
}

TEST(MergeModelsTest, IsExactForVeryDifferentTotals) {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<Model> models;
    for (int i = 0; i < 2 + round % 3; ++i) {
      std::map<std::string, uint64_t> more;
      for (int j = 0; j < 200; ++j) {
        more[RandomText(random, 1 + random() % 4, "abcd")] =
            1 + (static_cast<uint64_t>(random()) >> (random() % 32)) * (i == 0 ? 8 : 1);
      }
      models.push_back(Make(more));
    }
    CM_ASSERT_OK_AND_ASSIGN(const Model merged, MergeModels(models));
    const std::map<std::string, long double> means = MeanProbabilities(models);
    ASSERT_EQ(merged.pieces().size(), means.size());
    for (const Piece& piece : merged.pieces()) {
      const long double share =
          static_cast<long double>(piece.count) / static_cast<long double>(merged.total_count());
      EXPECT_NEAR(std::log(share / means.at(piece.bytes)), 0, 3e-6) << piece.bytes;
    }
  }
}

TEST(MergeModelsTest, RoundsToTheNearest) {
  std::mt19937 random(4);
  std::map<std::string, uint64_t> more;
  for (int i = 0; i < 300; ++i) more[RandomText(random, 2 + i % 4, "abcdef")] = 1 + random() % 99;
  const Model model = Make(more);
  const uint64_t total = model.total_count();
  ASSERT_NE(total & (total - 1), 0u) << "2^58 cannot be divided by it";
  CM_ASSERT_OK_AND_ASSIGN(const Model merged, MergeModels(std::vector<Model>{model}));
  for (size_t i = 0; i < model.pieces().size(); ++i) {
    const auto exact = static_cast<__int128>(model.pieces()[i].count) << 58;
    const __int128 off = static_cast<__int128>(merged.pieces()[i].count) * total - exact;
    EXPECT_LE(2 * (off < 0 ? -off : off), total) << i;
  }
}

TEST(MergeModelsTest, DoesNotDependOnTheOrder) {
  const Model a = Make({{"ab", 7}}), b = Make({{"bc", 77}}), c = Make({{"ab", 3}, {"cd", 1}});
  CM_ASSERT_OK_AND_ASSIGN(const Model abc, MergeModels(std::vector<Model>{a, b, c}));
  CM_ASSERT_OK_AND_ASSIGN(const Model cab, MergeModels(std::vector<Model>{c, a, b}));
  EXPECT_EQ(abc.Serialize(), cab.Serialize());
}

TEST(MergeModelsTest, HoldsWithTheLargestAndSmallestCounts) {
  const Model rare = Make({{"aa", uint64_t{1} << 63}, {"bb", 1}});
  const Model other = Make({{"bb", 1}});
  CM_ASSERT_OK_AND_ASSIGN(const Model merged, MergeModels(std::vector<Model>{rare, rare, other}));
  // 257 of the 2^63 + 257 counts belong to the other pieces.
  EXPECT_EQ(merged.pieces()[256].count, ((uint64_t{1} << 58) / 3 - 3) * 2);
  CM_ASSERT_OK_AND_ASSIGN(const Model alone, MergeModels(std::vector<Model>{rare}));
  EXPECT_EQ(alone.pieces()[257].count, 1u) << "less than one half of a count";
}

TEST(MergeModelsTest, RefusesNothing) {
  EXPECT_THAT(MergeModels({}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("give between 1 and")));
}

}  // namespace
}  // namespace corpusmill
