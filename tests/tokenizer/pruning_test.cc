#include "tokenizer/pruning.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "corpus/context.h"
#include "tests/testing.h"
#include "tests/tokenizer/vocabularies.h"
#include "tokenizer/piece_counts.h"

namespace corpusmill {
namespace {

/// The counts of a model's pieces but of bytes counted once.
std::map<std::string, uint64_t> Counts(const Model& model) {
  std::map<std::string, uint64_t> counts;
  for (const Piece& piece : model.pieces()) {
    if (piece.bytes.size() > 1 || piece.count > 1) counts[piece.bytes] = piece.count;
  }
  return counts;
}

TEST(PieceCountsTest, AddsUpAndSorts) {
  MemoryBudget budget(1 << 20);
  PieceCounts counts(budget);
  CM_ASSERT_OK(counts.Add({{"b", 2}, {"a", 1}, {"", 5}}));
  CM_ASSERT_OK(counts.Add({{"ab", 3}, {"b", 4}}));
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<CountedPiece> pieces, counts.Sorted());
  ASSERT_EQ(pieces.size(), 4);
  EXPECT_EQ(pieces[0].bytes, "");
  EXPECT_EQ(pieces[1].bytes, "a");
  EXPECT_EQ(pieces[2].bytes, "ab");
  EXPECT_EQ(pieces[3].bytes, "b");
  EXPECT_EQ(pieces[3].count, 6);
}

TEST(PieceCountsTest, HoldsManyAndLongStrings) {
  MemoryBudget budget(64 << 20);
  std::mt19937 random(1);
  std::map<std::string, uint64_t> expected;
  {
    PieceCounts counts(budget);
    for (int i = 0; i < 20000; ++i) {
      const std::string text =
          RandomText(random, i % 100 == 0 ? 40000 : random() % 12, i % 2 == 0 ? "ab" : "abcdefgh");
      ++expected[text];
      CM_ASSERT_OK(counts.Add({{text, 1}}));
    }
    CM_ASSERT_OK_AND_ASSIGN(const std::vector<CountedPiece> pieces, counts.Sorted());
    std::map<std::string, uint64_t> actual;
    for (const CountedPiece& piece : pieces) actual[std::string(piece.bytes)] = piece.count;
    EXPECT_EQ(actual, expected);
  }
  EXPECT_EQ(budget.used_bytes(), 0);
}

TEST(PieceCountsTest, SaysWhenMemoryIsShort) {
  MemoryBudget budget(100000);
  PieceCounts counts(budget);
  absl::Status status;
  for (int i = 0; i < 100000 && status.ok(); ++i) status = counts.Add({{std::to_string(i), 1}});
  EXPECT_THAT(status,
              Fails(absl::StatusCode::kResourceExhausted, testing::HasSubstr("the piece table")));
}

TEST(PruningTest, AddsMissingBytes) {
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result,
                          PrunePieces({{"a", 5}}, {.vocab_sizes = {300}}, context));
  EXPECT_EQ(result.models[0].pieces().size(), 256);
  EXPECT_EQ(Counts(result.models[0]), (std::map<std::string, uint64_t>{{"a", 5}}));
}

TEST(PruningTest, GivesTheCountsOfDroppedPiecesToTheirParts) {
  Context context({.threads = 1});
  // "abab" is rare, "ababababab" too long.
  CM_ASSERT_OK_AND_ASSIGN(
      const PruningResult result,
      PrunePieces({{"a", 1}, {"ab", 100}, {"abab", 1}, {"ababababab", 7}, {"b", 1}},
                  {.vocab_sizes = {1000}, .max_piece_length_bytes = 8}, context));
  EXPECT_EQ(Counts(result.models[0]), (std::map<std::string, uint64_t>{{"ab", 100 + 2 + 5 * 7}}));
  EXPECT_EQ(result.pieces_kept, 257);
}

TEST(PruningTest, KeepsBytesThenFrequentThenLongPieces) {
  Context context({.threads = 1});
  // Of four pieces two fit: "xyz" before "pq" and "uv", as often but shorter.
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result,
                          PrunePieces({{"ab", 9000}, {"pq", 700}, {"uv", 700}, {"xyz", 700}},
                                      {.vocab_sizes = {300, 262, 261, 259}}, context));
  ASSERT_EQ(result.models.size(), 4);
  EXPECT_EQ(result.models[0].vocab_size(), 263);
  EXPECT_EQ(Counts(result.models[1]),
            (std::map<std::string, uint64_t>{
                {"ab", 9000}, {"pq", 700}, {"xyz", 700}, {"u", 701}, {"v", 701}}));
  EXPECT_EQ(Counts(result.models[2]),
            (std::map<std::string, uint64_t>{
                {"ab", 9000}, {"xyz", 700}, {"p", 701}, {"q", 701}, {"u", 701}, {"v", 701}}));
  EXPECT_EQ(result.models[3].vocab_size(), 259);
  EXPECT_EQ(result.models[3].pieces()['x'].count, 701);
}

TEST(PruningTest, DoesNotDependOnThreadsOrOrder) {
  std::mt19937 random(1);
  std::map<std::string, uint64_t> counts;
  for (int i = 0; i < 20000; ++i) counts[RandomText(random, 1 + random() % 9, "abcde")] += i % 50;
  std::vector<CountedPiece> pieces;
  for (const auto& [bytes, count] : counts) {
    if (count > 0) pieces.push_back({bytes, count});
  }
  const PruningOptions options = {.vocab_sizes = {3000, 600, 300}};
  Context one({.threads = 1}), four({.threads = 4});
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult expected, PrunePieces(pieces, options, one));
  std::shuffle(pieces.begin(), pieces.end(), random);
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult actual, PrunePieces(pieces, options, four));
  EXPECT_EQ(actual.rounds, expected.rounds);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(actual.models[i].Serialize(), expected.models[i].Serialize());
    EXPECT_LE(actual.models[i].vocab_size(), options.vocab_sizes[i]);
  }
}

}  // namespace
}  // namespace corpusmill
