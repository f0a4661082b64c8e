#include "tokenizer/search/quick_search.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/search/automata.h"
#include "tokenizer/search/best_pieces.h"
#include "tokenizer/search/segmenter.h"

namespace corpusmill {
namespace {

class QuickSearchTest : public testing::Test {
 protected:
  void SetUp() override {
    const PieceSet pieces({{"a", 1}});
    if (!QuickSearch::IsPossible(pieces.Automaton(true))) {
      GTEST_SKIP() << "this processor has no AVX2";
    }
  }
};

/// The lengths of the best pieces in a line, by exact and by fixed-point sums.
struct Lengths {
  Lengths(const MatchAutomaton& automaton, std::string_view line) {
    const std::vector<uint16_t> symbols = SymbolsOf(automaton, line);
    const size_t size = symbols.size();
    std::vector<uint32_t> match_states(size + kMatchStatesAhead);
    MatchScanner().Scan(automaton, symbols.data(), 0, size, match_states.data());
    std::span<const uint32_t> out_of_vocabulary;
    std::vector<double> scores(automaton.max_length() + 1 + size);
    exact.resize(size);
    FindBestPieces(automaton, match_states.data(), size, scores.data() + automaton.max_length() + 1,
                   exact.data(), &out_of_vocabulary);
    for (uint16_t& length : exact) ++length;
    QuickSearch search;
    search.Begin(automaton);
    std::vector<uint16_t> found(size);
    // In steps of all sizes.
    std::mt19937 random(1);
    for (size_t done = 0; done < size;) {
      const size_t part = std::min<size_t>(size - done, 1 + random() % 50);
      search.Find(automaton, match_states.data() + done, part, found.data() + done);
      done += part;
    }
    for (const uint16_t f : found) quick.push_back(QuickSearch::LengthOf(f));
    failed = search.failed();
  }

  /// Counts the sure positions and expects them to be correct.
  size_t Sure() const {
    size_t sure = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      if (quick[i] == 0) continue;
      ++sure;
      EXPECT_EQ(quick[i], exact[i]) << "at " << i;
    }
    return sure;
  }

  std::vector<uint16_t> exact;
  std::vector<uint32_t> quick;  // 0 if unsure.
  bool failed;
};

TEST_F(QuickSearchTest, IsRightWhereItIsSureAndMostlyIsSure) {
  std::mt19937 random(1);
  size_t sure = 0, all = 0;
  for (int round = 0; round < 400; ++round) {
    RandomCase c(random, round % 2 == 0 ? Letters::kBytes : Letters::kCharacters, random() % 100,
                 1 + random() % 20);
    const MatchAutomaton automaton = c.pieces().Automaton(false);
    const Lengths lengths(automaton, c.RandomLetters(1 + random() % 1000));
    ASSERT_FALSE(lengths.failed);
    const size_t now = lengths.Sure();
    if (HasFailure()) FAIL() << "round " << round;
    sure += now;
    all += lengths.exact.size();
  }
  // Half of the cases have few ties.
  EXPECT_GT(sure, all / 2);
}

TEST_F(QuickSearchTest, IsSureOfNothingThatRoundingDecides) {
  // ab against a and b: scores that differ by less than a unit, either way.
  for (const double difference : {0.0, 1e-12, -1e-12, 1e-7, -1e-7}) {
    const PieceSet pieces =
        PieceSet::WithScores({{"a", -2.3}, {"b", -3.4}, {"ab", -5.7 + difference}}, -10);
    const Lengths lengths(pieces.Automaton(true), "ab");
    EXPECT_EQ(lengths.quick, (std::vector<uint32_t>{1, 0})) << difference;
  }
  for (const double difference : {1e-3, -1e-3}) {
    const PieceSet pieces =
        PieceSet::WithScores({{"a", -2.3}, {"b", -3.4}, {"ab", -5.7 + difference}}, -10);
    const Lengths lengths(pieces.Automaton(true), "ab");
    EXPECT_EQ(lengths.quick, (std::vector<uint32_t>{1, difference > 0 ? 2u : 1u})) << difference;
  }
}

TEST_F(QuickSearchTest, IsLessSureTheLongerAgoAllPathsMet) {
  // Each path through a run of x has a different sum of rounded scores.
  const PieceSet pieces = PieceSet::WithScores(
      {{"x", -1.0}, {"xx", -1.9}, {"a", -2}, {"b", -2}, {"ab", -4 + 1e-4}, {"xa", -50}}, -10);
  const MatchAutomaton automaton = pieces.Automaton(true);
  EXPECT_EQ(Lengths(automaton, "xxab").quick.back(), 2);
  EXPECT_EQ(Lengths(automaton, std::string(1000, 'x') + "ab").quick.back(), 0);
  const std::string met = std::string(1000, 'x') + std::string(20, '-') + "ab";
  EXPECT_EQ(Lengths(automaton, met).quick.back(), 2);
}

TEST_F(QuickSearchTest, FindsLongPiecesAndTheirTies) {
  const std::string eleven(11, 'a');
  const PieceSet sure = PieceSet::WithScores({{eleven, -2}, {"a", -3}, {"aa", -5}}, -10);
  EXPECT_EQ(Lengths(sure.Automaton(true), eleven).quick.back(), 11);
  const PieceSet tie =
      PieceSet::WithScores({{eleven, -12}, {"a", -3}, {std::string(9, 'a'), -7}, {"aa", -5}}, -10);
  EXPECT_EQ(Lengths(tie.Automaton(true), eleven).quick.back(), 0);
  EXPECT_EQ(Lengths(tie.Automaton(true), eleven).exact.back(), 11);
}

TEST_F(QuickSearchTest, KeepsItsRangeWhereScoresFallAndRiseFar) {
  std::mt19937 random(3);
  for (const size_t longest : {2, 8, 9, 15, 16, 17, 40, 100}) {
    // x and q cost much, and a long piece that ends with q takes them back.
    const PieceSet pieces = PieceSet::WithScores({{"a", -1},
                                                  {"ab", -1.5},
                                                  {"q", -240},
                                                  {std::string(longest - 1, 'x') + "q", -0.5},
                                                  {std::string(longest, 'x'), -200}},
                                                 -249);
    const MatchAutomaton automaton = pieces.Automaton(true);
    for (int round = 0; round < 30; ++round) {
      std::string text;
      while (text.size() < 500) text += std::string(random() % (2 * longest), "axqb"[random() % 4]);
      const Lengths lengths(automaton, text);
      EXPECT_FALSE(lengths.failed);
      EXPECT_GT(lengths.Sure(), 0);
    }
  }
}

TEST_F(QuickSearchTest, IsLeftAloneWhereScoresDoNotFit) {
  for (const double score : {-251.0, 251.0}) {
    const PieceSet pieces = PieceSet::WithScores({{"ab", score}}, -10);
    EXPECT_FALSE(QuickSearch::IsPossible(pieces.Automaton(true)));
  }
}

TEST_F(QuickSearchTest, LinesBeyondItsReachAreSearchedExactly) {
  std::mt19937 random(2);
  const PieceSet pieces({{"ab", 30}, {"bc", 31}, {"cd", 7}, {"abcd", 13}, {"a", 9}, {"b", 5}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  std::string text;
  while (text.size() < 1'200'000) text += "abcd"[random() % 4];
  Segmenter segmenter;
  std::vector<uint32_t> values;
  segmenter.Run(automaton, SymbolsOf(automaton, text + "\nab"), true, &values);
  EXPECT_TRUE(values == SegmentByTrie(pieces, text + "\nab", true));
}

}  // namespace
}  // namespace corpusmill
