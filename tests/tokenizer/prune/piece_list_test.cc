#include "tokenizer/prune/piece_list.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/prune/piece_selection.h"

namespace corpusmill {
namespace {

using Pieces = std::map<std::string, uint64_t>;

Pieces RandomPieces(std::mt19937& random, size_t size, size_t max_length, uint64_t max_count) {
  Pieces pieces;
  for (size_t i = 0; i < size; ++i) {
    pieces[RandomText(random, 1 + random() % max_length, "abcd")] = 1 + random() % max_count;
  }
  return pieces;
}

PieceList ListOf(const Pieces& pieces, MemoryBudget& budget) {
  PieceList list(budget);
  for (const auto& [bytes, count] : pieces) CM_EXPECT_OK(list.Add({bytes, count}));
  CM_EXPECT_OK(list.Finish());
  return list;
}

TEST(PieceListTest, GivesWhatWasAdded) {
  std::mt19937 random(1);
  MemoryBudget budget(1 << 30);
  for (const size_t size : {0, 1, 100, 20000}) {
    const Pieces pieces = RandomPieces(random, size, 30, uint64_t{1} << 40);
    PieceList list = ListOf(pieces, budget);
    EXPECT_EQ(list.size(), pieces.size());
    EXPECT_EQ(list.blocks() > 10, size > 10000);
    Pieces all, by_block, drained;
    const auto to = [](Pieces* to) {
      return [to](const CountedPiece& piece) {
        (*to)[std::string(piece.bytes)] = piece.count;
        return absl::OkStatus();
      };
    };
    CM_EXPECT_OK(list.ForEach(to(&all)));
    for (size_t i = list.blocks(); i-- > 0;) CM_EXPECT_OK(list.ForEachOfBlock(i, to(&by_block)));
    CM_EXPECT_OK(list.Drain(to(&drained)));
    EXPECT_EQ(all, pieces);
    EXPECT_EQ(by_block, pieces);
    EXPECT_EQ(drained, pieces);
    EXPECT_EQ(list.size(), 0);
    EXPECT_EQ(budget.used_bytes(), 0);
  }
}

TEST(PieceListTest, FreesWhatWasDrained) {
  std::mt19937 random(2);
  MemoryBudget budget(1 << 30);
  PieceList list = ListOf(RandomPieces(random, 50000, 20, 100), budget);
  const uint64_t before = budget.used_bytes();
  EXPECT_LT(before, 13 * list.size());
  PieceList other(budget);
  CM_EXPECT_OK(list.Drain([&](const CountedPiece& piece) { return other.Add(piece); }));
  CM_EXPECT_OK(other.Finish());
  EXPECT_EQ(budget.used_bytes(), before);
  EXPECT_LT(budget.peak_bytes(), before + (64 << 10));
}

TEST(PieceListTest, StopsAtAnError) {
  MemoryBudget budget(1 << 20);
  PieceList list = ListOf({{"a", 1}, {"b", 2}}, budget);
  size_t used = 0;
  const auto use = [&](const CountedPiece&) {
    ++used;
    return absl::CancelledError("stop");
  };
  EXPECT_THAT(list.ForEach(use), Fails(absl::StatusCode::kCancelled, testing::_));
  EXPECT_THAT(list.Drain(use), Fails(absl::StatusCode::kCancelled, testing::_));
  EXPECT_EQ(used, 2);
}

TEST(PieceListTest, SaysWhenMemoryIsShort) {
  MemoryBudget budget(100 << 10);
  PieceList list(budget);
  absl::Status status;
  for (int i = 0; i < 1000000 && status.ok(); ++i) {
    status = list.Add({absl::StrFormat("%07d", i), 1});
  }
  EXPECT_THAT(status, Fails(absl::StatusCode::kResourceExhausted,
                            testing::HasSubstr("the list of pieces needs")));
}

TEST(PieceSelectionTest, HasTheFirstInTheOrderOfWorth) {
  std::mt19937 random(3);
  MemoryBudget budget(1 << 30);
  for (int round = 0; round < 300; ++round) {
    const Pieces pieces =
        RandomPieces(random, 300, 2 + round % 7, round % 2 == 0 ? 3 : uint64_t{1} << 50);
    // In every third round some longer pieces are required too.
    std::vector<std::string> strings;
    for (const auto& [piece, count] : pieces) {
      if (round % 3 == 0 && piece.size() > 1 && random() % 20 == 0) strings.push_back(piece);
    }
    const RequiredPieces required(strings);
    std::vector<std::tuple<bool, uint64_t, uint64_t, std::string>> sorted;
    size_t first = 0;
    for (const auto& [piece, count] : pieces) {
      const bool stays =
          piece.size() == 1 || std::binary_search(strings.begin(), strings.end(), piece);
      sorted.emplace_back(!stays, ~count, ~piece.size(), piece);
      first += stays;
    }
    std::sort(sorted.begin(), sorted.end());
    const size_t size = first + random() % (pieces.size() - first);
    std::set<std::string> expected, actual;
    for (size_t i = 0; i < size; ++i) expected.insert(std::get<3>(sorted[i]));
    const PieceList list = ListOf(pieces, budget);
    CM_ASSERT_OK_AND_ASSIGN(const PieceSelection best,
                            PieceSelection::Of(list, size, required, budget));
    for (const auto& [piece, count] : pieces) {
      if (best.Has({piece, count})) actual.insert(piece);
    }
    EXPECT_EQ(actual, expected) << "round " << round;
  }
}

TEST(PieceSelectionTest, SaysWhenMemoryIsShort) {
  MemoryBudget budget(1 << 20);
  Pieces pieces;
  for (uint64_t i = 0; i < 20000; ++i) pieces[absl::StrFormat("%05d", i)] = i + 1;
  const PieceList list = ListOf(pieces, budget);
  const RequiredPieces required;
  EXPECT_THAT(PieceSelection::Of(list, 100, required, budget),
              Fails(absl::StatusCode::kResourceExhausted,
                    testing::HasSubstr("the histogram of counts needs")));
}

}  // namespace
}  // namespace corpusmill
