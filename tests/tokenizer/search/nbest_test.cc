#include "tokenizer/search/nbest.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/search/automata.h"
#include "tokenizer/search/segmenter.h"

namespace corpusmill {
namespace {

std::vector<ScoredSegmentation> Find(const MatchAutomaton& automaton, std::string_view text,
                                     bool cut, size_t n) {
  return FindNBest(automaton, SymbolsOf(automaton, text), cut, n);
}

/// All segmentations of a text with the sums of their lines' scores, best first.
std::vector<ScoredSegmentation> All(const PieceSet& pieces, std::string_view text, bool cut) {
  std::vector<ScoredSegmentation> all = {{}};
  for (const std::string_view line : Lines(text, cut)) {
    std::vector<ScoredSegmentation> next;
    std::vector<uint32_t> values;
    ForEachSegmentation(pieces, line, &values, [&](const std::vector<uint32_t>& found) {
      for (const ScoredSegmentation& before : all) {
        next.push_back({before.values, before.score + pieces.Score(found)});
        next.back().values.insert(next.back().values.end(), found.begin(), found.end());
      }
    });
    all = std::move(next);
  }
  // Ties: compared from the end, the longer piece first.
  std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) {
    if (a.score != b.score) return a.score > b.score;
    for (size_t i = 1; i <= std::min(a.values.size(), b.values.size()); ++i) {
      const size_t x = pieces.bytes[a.values[a.values.size() - i]].size();
      const size_t y = pieces.bytes[b.values[b.values.size() - i]].size();
      if (x != y) return x > y;
    }
    return false;
  });
  return all;
}

std::vector<double> Scores(const std::vector<ScoredSegmentation>& found) {
  std::vector<double> scores;
  for (const ScoredSegmentation& s : found) scores.push_back(s.score);
  return scores;
}

TEST(NBestTest, FindsTheBestOfAllSegmentations) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    RandomCase c(random, round % 2 == 0 ? Letters::kBytes : Letters::kCharacters, random() % 60,
                 1 + random() % 5);
    const bool cut = random() % 2 == 0;
    const MatchAutomaton automaton = c.pieces().Automaton(cut);
    std::string text = c.RandomLetters(random() % 9);
    if (text.size() > 12) text.resize(12);
    const std::vector<ScoredSegmentation> all = All(c.pieces(), text, cut);
    for (const size_t n : {1, 2, 3, 7, 20, 50}) {
      const std::vector<ScoredSegmentation> found = Find(automaton, text, cut, n);
      ASSERT_EQ(found.size(), std::min(n, all.size()));
      std::vector<double> expected = Scores(all);
      expected.resize(found.size());
      ASSERT_EQ(Scores(found), expected) << "round " << round << " n " << n;
      std::set<std::vector<uint32_t>> different;
      for (const ScoredSegmentation& s : found) {
        EXPECT_EQ(c.pieces().Join(s.values), text);
        double score = 0;  // Line by line.
        size_t at = 0;
        for (const std::string_view line : Lines(text, cut)) {
          double sum = 0;
          for (size_t size = 0; size < line.size(); ++at) {
            sum += c.pieces().scores[s.values[at]];
            size += c.pieces().bytes[s.values[at]].size();
          }
          score += sum;
        }
        EXPECT_EQ(score, s.score);
        EXPECT_TRUE(different.insert(s.values).second);
      }
    }
  }
}

TEST(NBestTest, BeginsWithWhatTheSegmenterGives) {
  std::mt19937 random(2);
  Segmenter segmenter;
  for (int round = 0; round < 200; ++round) {
    RandomCase c(random, round % 2 == 0 ? Letters::kBytes : Letters::kCharacters, random() % 60,
                 1 + random() % 12);
    const bool cut = random() % 2 == 0;
    const MatchAutomaton automaton = c.pieces().Automaton(cut);
    const std::string text = c.RandomLetters(random() % 300);
    std::vector<uint32_t> best;
    segmenter.Run(automaton, SymbolsOf(automaton, text), cut, &best);
    for (const size_t n : {1, 5}) {
      ASSERT_EQ(Find(automaton, text, cut, n)[0].values, best) << "round " << round;
    }
  }
}

TEST(NBestTest, OrdersEqualScoresByTheirLastPieces) {
  // Scores whose sums are exact.
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    std::map<std::string, double> scores;
    const char* const alphabet = round % 2 == 0 ? "ab" : "a";
    for (int i = 0; i < 12; ++i) {
      scores[RandomText(random, 1 + random() % 5, alphabet)] = -0.5 * (1 + random() % 4);
    }
    if (round % 3 == 0) scores["\u00e9"] = scores["a\u00e9"] = -1;
    if (round % 3 == 1) scores["a\u00e9"] = -1;
    const PieceSet pieces = PieceSet::WithScores(scores, -1);
    const MatchAutomaton automaton = pieces.Automaton(true);
    const std::string text = RandomText(random, 9, alphabet) + (round % 4 == 0 ? "" : "\u00e9") +
                             RandomText(random, 2, alphabet);
    const std::vector<ScoredSegmentation> all = All(pieces, text, true);
    for (const size_t n : {2, 10, 50}) {
      const std::vector<ScoredSegmentation> found = Find(automaton, text, true, n);
      ASSERT_EQ(found.size(), std::min(n, all.size()));
      for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i].values, all[i].values) << i;
    }
  }
}

TEST(NBestTest, JoinsLines) {
  const PieceSet pieces = PieceSet::WithScores({{"ab", -1}, {"a", -1}, {"b", -2}, {"\n", -1}}, -9);
  const MatchAutomaton automaton = pieces.Automaton(true);
  // Two ways in each of three lines.
  const std::vector<ScoredSegmentation> found = Find(automaton, "ab\nab\n\nab", true, 100);
  ASSERT_EQ(found.size(), 8);
  EXPECT_EQ(Scores(found), (std::vector<double>{-6, -8, -8, -8, -10, -10, -10, -12}));
  // Ties: the best last line first, then the line before.
  EXPECT_EQ(found[1].values.size(), 7);
  EXPECT_EQ(pieces.bytes[found[1].values[0]], "a");
  EXPECT_EQ(pieces.bytes[found[2].values[0]], "ab");
  EXPECT_EQ(pieces.bytes[found[2].values[2]], "a");
  EXPECT_EQ(pieces.bytes[found[3].values.back()], "b");
}

TEST(NBestTest, GivesFewerThanAsked) {
  const PieceSet pieces({{"ab", 5}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  EXPECT_EQ(Find(automaton, "abab", true, 50).size(), 4);
  EXPECT_EQ(Find(automaton, "c", true, 50).size(), 1);
  EXPECT_EQ(Find(automaton, "ab", true, static_cast<size_t>(-1)).size(), 2);
  EXPECT_TRUE(Find(automaton, "ab", true, 0).empty());
}

TEST(NBestTest, AnEmptyTextHasOneSegmentation) {
  const MatchAutomaton automaton = PieceSet({{"ab", 5}}).Automaton(true);
  const std::vector<ScoredSegmentation> found = Find(automaton, "", true, 5);
  ASSERT_EQ(found.size(), 1);
  EXPECT_TRUE(found[0].values.empty());
  EXPECT_EQ(found[0].score, 0);
}

TEST(NBestTest, TakesLinearTimeOnManyLines) {
  const PieceSet pieces({{"ab", 5}, {"ba", 4}, {"aba", 3}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  std::mt19937 random(4);
  std::string text;
  for (int i = 0; i < 30000; ++i) text += RandomText(random, 8, "ab") + "\n";
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<ScoredSegmentation> found = Find(automaton, text, true, 5);
  // Well below a second; the square of the number of lines would be minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  ASSERT_EQ(found.size(), 5);
  for (const ScoredSegmentation& s : found) EXPECT_TRUE(pieces.Join(s.values) == text);
  std::vector<uint32_t> best;
  Segmenter().Run(automaton, SymbolsOf(automaton, text), true, &best);
  EXPECT_TRUE(found[0].values == best);
}

}  // namespace
}  // namespace corpusmill
