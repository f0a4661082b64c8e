#include "tokenizer/search/segmenter.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/search/automata.h"

namespace corpusmill {
namespace {

constexpr size_t kBlock = 16384;  // As in PathSearch.

class SegmenterTest : public testing::TestWithParam<Simd> {
 protected:
  void SetUp() override {
    const PieceSet pieces({{"a", 1}});
    if (GetParam() != Simd::kPlain && !QuickSearch::IsPossible(pieces.Automaton(true))) {
      GTEST_SKIP() << "this processor has no AVX2";
    }
  }

  std::vector<uint32_t> Run(const MatchAutomaton& automaton, std::string_view text, bool cut) {
    std::vector<uint32_t> values = {7};
    segmenter_.Run(automaton, SymbolsOf(automaton, text), cut, &values);
    EXPECT_EQ(values[0], 7);
    const SymbolsAndOutOfVocabulary other(automaton, text);
    std::vector<uint32_t> same = {7};
    segmenter_.Run(automaton, other.symbols, cut, &same, other.out_of_vocabulary);
    EXPECT_TRUE(same == values) << "other values with out-of-vocabulary symbols";
    values.erase(values.begin());
    return values;
  }

  /// One segmenter for all texts and automata of a test: its reused buffers must not matter.
  Segmenter segmenter_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Each, SegmenterTest, testing::Values(Simd::kPlain, Simd::kAuto),
                         [](const auto& info) {
                           return info.param == Simd::kPlain ? "Plain" : "Quick";
                         });

TEST_P(SegmenterTest, AgreesWithTheTextbookOverBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 150; ++round) {
    RandomCase c(random, Letters::kBytes, random() % 100, 1 + random() % 20);
    const bool cut = random() % 2 == 0;
    const MatchAutomaton automaton = c.pieces().Automaton(cut);
    for (int i = 0; i < 8; ++i) {
      const std::string text = c.RandomLetters(random() % (i == 0 ? 700 : 40));
      ASSERT_EQ(Run(automaton, text, cut), Textbook(c.pieces(), text, cut)) << "round " << round;
    }
  }
}

TEST_P(SegmenterTest, AgreesWithTheTextbookOverCharacters) {
  std::mt19937 random(2);
  int with_characters = 0;
  for (int round = 0; round < 150; ++round) {
    RandomCase c(random, Letters::kCharacters, random() % 100, 1 + random() % 14);
    const bool cut = random() % 2 == 0;
    const MatchAutomaton automaton = c.pieces().Automaton(cut);
    with_characters += automaton.has_characters();
    for (int i = 0; i < 8; ++i) {
      const std::string text = c.RandomLetters(random() % (i == 0 ? 500 : 40));
      ASSERT_EQ(Run(automaton, text, cut), Textbook(c.pieces(), text, cut)) << "round " << round;
    }
  }
  EXPECT_EQ(with_characters, 150);
}

TEST_P(SegmenterTest, TakesBytesWhereACharacterIsBetterSpelled) {
  // p(é) < p(0xC3)·p(0xA9), by far, by less than a rounding error of long lines, and not.
  for (const double spelled : {-2.0, -5.0, -5.0005, -6.0}) {
    const PieceSet pieces = PieceSet::WithScores(
        {{"\u00e9", -5}, {"a\u00e9", -5.5}, {"\xC3", spelled / 2}, {"\xA9", spelled / 2}}, -10);
    const MatchAutomaton automaton = pieces.Automaton(true);
    EXPECT_EQ(automaton.has_characters(), spelled < -5.001);
    std::mt19937 random(3);
    for (int i = 0; i < 50; ++i) {
      std::string text;
      for (int k = 0; k < 30; ++k)
        text += random() % 2 == 0 ? "\u00e9" : random() % 2 == 0 ? "a" : "b";
      EXPECT_EQ(Run(automaton, text, true), Textbook(pieces, text, true));
    }
  }
}

TEST_P(SegmenterTest, SpellsCharactersThatOnlyLongerPiecesHave) {
  const PieceSet pieces({{"\u4e2d\u6587", 50}, {"a\u4e2d", 40}, {"a", 9}, {"\n", 9}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  ASSERT_TRUE(automaton.has_characters());
  for (const char* text : {"\u4e2d", "\u6587", "\u4e2d\u6587", "a\u4e2d\u6587", "\u6587\u4e2d",
                           "\u4e2d\u4e2d\u6587\n\u6587", "\xB8\u4e2d\xE4\xB8", "\u8a9e\u4e2d"}) {
    EXPECT_EQ(Run(automaton, text, true), Textbook(pieces, text, true)) << text;
  }
}

TEST_P(SegmenterTest, FindsLongPieces) {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round) {
    RandomCase c(random, round % 2 == 0 ? Letters::kBytes : Letters::kCharacters, 1 + random() % 60,
                 300);
    // The text is made of long pieces. Parts of them and nested ones are pieces, too.
    std::map<std::string, uint64_t> counts = {{"a", 3}, {"b", 2}};
    std::vector<std::string> longs;
    for (int i = 0; i < 6; ++i) {
      std::string piece = c.RandomLetters(1 + random() % 60);
      if (i % 2 == 0) piece = std::string(1 + random() % 300, 'a') + (i == 0 ? "" : "b");
      if (piece.size() > 300) piece.resize(300);
      longs.push_back(piece);
      for (size_t at = 0; at < piece.size(); at += 1 + random() % 9) {
        counts[piece.substr(at)] = uint64_t{1} << random() % 4;
      }
    }
    const PieceSet pieces(counts);
    const bool cut = random() % 2 == 0;
    const MatchAutomaton automaton = pieces.Automaton(cut);
    for (int i = 0; i < 3; ++i) {
      std::string text;
      while (text.size() < 1500) {
        const std::string& piece = longs[random() % longs.size()];
        const size_t at = random() % piece.size();
        text += random() % 2 == 0 ? piece : piece.substr(at, random() % 50);
        if (text.empty()) text = "a";
      }
      ASSERT_EQ(Run(automaton, text, cut), SegmentByTrie(pieces, text, cut)) << "round " << round;
    }
  }
}

TEST_P(SegmenterTest, FindsTheLongestPieceThatAModelMayHave) {
  const std::string longest(1 << 16, 'a');
  const PieceSet pieces({{longest, 1000}, {"a", 3}, {"aaa", 1}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  EXPECT_EQ(automaton.max_length(), longest.size());
  for (const size_t size :
       {longest.size() - 1, longest.size(), longest.size() + 1, 3 * longest.size() + 5}) {
    const std::string text(size, 'a');
    EXPECT_EQ(pieces.Join(Run(automaton, text, true)), text);
    const size_t rest = size % longest.size();
    EXPECT_EQ(Run(automaton, text, true).size(), size / longest.size() + rest / 3 + rest % 3);
  }
}

TEST_P(SegmenterTest, AgreesInLongTextsWithTheTrie) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    // From pieces that leave eight lanes to a block to those that leave none.
    static constexpr size_t kLengths[] = {1, 3, 8, 20, 100, 300};
    RandomCase c(random, round % 2 == 0 ? Letters::kBytes : Letters::kCharacters,
                 1 + random() % 200, kLengths[round % 6]);
    const bool cut = random() % 2 == 0;
    const MatchAutomaton automaton = c.pieces().Automaton(cut);
    const size_t size = round % 8 == 0 ? 200000 : random() % 60000;
    const std::string text = c.RandomLetters(size);
    ASSERT_TRUE(Run(automaton, text, cut) == SegmentByTrie(c.pieces(), text, cut))
        << "round " << round;
  }
}

TEST_P(SegmenterTest, AgreesAroundTheSizesWhereLanesAndBlocksChange) {
  std::mt19937 random(6);
  for (const size_t max_length : {1, 2, 5, 9}) {
    RandomCase c(random, Letters::kCharacters, 80, max_length);
    const MatchAutomaton automaton = c.pieces().Automaton(false);
    const size_t longest = automaton.max_length();
    for (const size_t size : {16 * longest, 32 * longest, kBlock, kBlock + 8 * longest,
                              kBlock + 16 * longest, kBlock + 32 * longest, 2 * kBlock}) {
      for (size_t near = std::max<size_t>(size, 3) - 3; near <= size + 3; ++near) {
        const std::string text = c.RandomLetters(near);
        ASSERT_TRUE(Run(automaton, text, false) == SegmentByTrie(c.pieces(), text, false))
            << "longest " << longest << " size " << near;
      }
    }
  }
}

TEST_P(SegmenterTest, CutsLinesAtNewlinesThatLieOverBlockBorders) {
  // The run of newlines is one, two or three pieces; a piece could begin in the next line.
  const PieceSet pieces({{"\n\n", 9}, {"\n\n\n", 9}, {"a\n", 9}, {"ab", 5}, {"\nab", 99}});
  for (const bool cut : {true, false}) {
    const MatchAutomaton automaton = pieces.Automaton(cut);
    for (size_t before = kBlock - 4; before <= kBlock + 1; ++before) {
      for (size_t run = 1; run <= 6; ++run) {
        for (const size_t line : {size_t{1}, before}) {
          std::string text;
          while (text.size() + line < before) text += std::string(line - 1, 'a') + "\n";
          text += std::string(before - text.size(), 'a') + std::string(run, '\n') + "abab\nab";
          ASSERT_TRUE(Run(automaton, text, cut) == Textbook(pieces, text, cut))
              << before << " " << run << " " << line;
        }
      }
    }
    const std::string newlines(3 * kBlock + 5, '\n');
    EXPECT_TRUE(Run(automaton, newlines + "ab", cut) == Textbook(pieces, newlines + "ab", cut));
  }
}

TEST_P(SegmenterTest, AgreesInRunsOfOneCharacter) {
  const PieceSet pieces({{"a", 2},
                         {"aa", 5},
                         {"aaa", 90},
                         {std::string(11, 'a'), 40},
                         {"\u4e2d", 3},
                         {"\u4e2d\u4e2d", 4},
                         {"\u6587\u6587", 9}});
  for (const char* letter : {"a", "\u4e2d", "\u6587", "\n", "\xFF"}) {
    const MatchAutomaton automaton = pieces.Automaton(true);
    for (const size_t size : {1, 2, 7, 8, 9, 1023, 1024, 1025, 16383, 16384, 16385, 100001}) {
      std::string text;
      for (size_t i = 0; i < size; ++i) text += letter;
      ASSERT_TRUE(Run(automaton, text, true) == SegmentByTrie(pieces, text, true)) << size;
    }
  }
}

TEST_P(SegmenterTest, ScoresBeginAtNothingInEachLine) {
  // A tie that rounding decides differently after an earlier sum.
  std::mt19937 random(7);
  const PieceSet pieces({{"a", 3}, {"c", 3}, {"ab", 3}, {"bc", 3}, {"x", 7}, {"abc", 1}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += std::string(random() % 50, 'x') + "abcabcab" + (random() % 2 == 0 ? "\n" : "\n\n");
  }
  EXPECT_TRUE(Run(automaton, text, true) == Textbook(pieces, text, true));
}

TEST_P(SegmenterTest, MayBeUsedWithASmallerAutomatonAfterALargerOne) {
  // The match states of the first automaton are far outside the second.
  std::mt19937 random(8);
  std::map<std::string, uint64_t> counts;
  for (int i = 0; i < 20000; ++i) counts[RandomText(random, 4, "abcdefghijklmnopqrst")] = 1 + i % 5;
  const PieceSet large(counts), small({{"ab", 3}});
  const MatchAutomaton first = large.Automaton(true), second = small.Automaton(true);
  const std::shared_ptr<char> exact = AlignedCopy(second.bytes());
  CM_ASSERT_OK_AND_ASSIGN(const MatchAutomaton third,
                          MatchAutomaton::FromBytes({exact.get(), second.bytes().size()}, exact));
  for (const size_t size : {5, 100, 20000}) {
    const std::string text = RandomText(random, 30000, "abcdefghijklmnopqrst");
    EXPECT_TRUE(Run(first, text, true) == SegmentByTrie(large, text, true));
    EXPECT_TRUE(Run(third, text.substr(0, size), true) ==
                SegmentByTrie(small, text.substr(0, size), true));
  }
}

TEST_P(SegmenterTest, GivesNothingForNothing) {
  const PieceSet pieces{std::map<std::string, uint64_t>{}};
  EXPECT_TRUE(Run(pieces.Automaton(true), "", true).empty());
  EXPECT_TRUE(Run(pieces.Automaton(false), "", false).empty());
}

/// A search that takes single symbols and records the size of its buffers.
class SizeSearch : public PathSearch {
 public:
  size_t most() const { return most_; }

 private:
  void BeginLine() override {}
  void Reserve(size_t size) override { most_ = std::max(most_, size); }
  void MoveToFront(size_t, size_t) override {}
  void Search(size_t, size_t) override {}
  void WritePath(size_t end) override {
    for (size_t at = end; at > written();) at = PutMatch(at, 1);
  }
  size_t most_ = 0;
};

TEST(PathSearchTest, NeedsLittleMemoryForALongLineWithCuts) {
  const PieceSet pieces({{"ab", 3}, {"bc", 3}, {"cd", 3}, {"abcd", 3}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  std::mt19937 random(9);
  const std::vector<uint16_t> symbols =
      SymbolsOf(automaton, RandomText(random, 20'000'000, "abcd "));
  SizeSearch search;
  std::vector<uint32_t> values;
  search.Run(automaton, symbols, true, &values);
  EXPECT_EQ(values.size(), symbols.size());
  EXPECT_LE(search.most(), 8 * kBlock);
}

TEST(PathSearchTest, NeedsLittleMemoryForManyLines) {
  const PieceSet pieces({{"aa", 3}});
  const MatchAutomaton automaton = pieces.Automaton(true);
  std::string text;
  while (text.size() < 4 << 20) text += std::string(5000, 'a') + "\n";
  SizeSearch search;
  std::vector<uint32_t> values;
  search.Run(automaton, SymbolsOf(automaton, text), true, &values);
  EXPECT_EQ(values.size(), text.size());
  EXPECT_LE(search.most(), 8 * kBlock);
}

}  // namespace
}  // namespace corpusmill
