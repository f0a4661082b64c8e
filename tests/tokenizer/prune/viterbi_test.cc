#include "tokenizer/prune/viterbi.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tests/tokenizer/search/trie_search.h"
#include "tokenizer/prune/piece_trie.h"

namespace corpusmill {
namespace {

constexpr double kUnreached = -std::numeric_limits<double>::infinity();

/// A vocabulary in two forms; values are indices of `pieces`.
struct Vocabulary {
  explicit Vocabulary(std::vector<Piece> p) : pieces(std::move(p)) {
    double total = 0;
    for (const Piece& piece : pieces) total += static_cast<double>(piece.count);
    std::vector<std::string> strings;
    std::vector<double> logs;
    for (const Piece& piece : pieces) {
      const double score = std::log(static_cast<double>(piece.count)) - std::log(total);
      scores[piece.bytes] = {score, static_cast<uint32_t>(strings.size())};
      longest = std::max(longest, piece.bytes.size());
      strings.push_back(piece.bytes);
      logs.push_back(score);
    }
    search = std::make_unique<TrieSearch>(strings, logs);
  }

  std::vector<Piece> pieces;
  std::map<std::string, std::pair<double, uint32_t>, std::less<>> scores;
  size_t longest = 0;
  std::unique_ptr<TrieSearch> search;
};

/// The textbook search: tries all pieces at every end, longest first; only a strictly better score
/// replaces.
std::vector<uint32_t> Textbook(const Vocabulary& vocabulary, std::string_view text) {
  std::vector<double> best(text.size() + 1, kUnreached);
  std::vector<size_t> starts(text.size() + 1);
  best[0] = 0;
  for (size_t end = 1; end <= text.size(); ++end) {
    for (size_t length = std::min(end, vocabulary.longest); length > 0; --length) {
      const auto piece = vocabulary.scores.find(text.substr(end - length, length));
      if (piece == vocabulary.scores.end()) continue;
      const double score = best[end - length] + piece->second.first;
      if (score > best[end]) {
        best[end] = score;
        starts[end] = end - length;
      }
    }
  }
  std::vector<uint32_t> values;
  for (size_t end = text.size(); end > 0; end = starts[end]) {
    values.push_back(
        vocabulary.scores.find(text.substr(starts[end], end - starts[end]))->second.second);
  }
  std::reverse(values.begin(), values.end());
  return values;
}

/// The best score of all segmentations, summed from left to right.
double BestOfAll(const Vocabulary& vocabulary, std::string_view rest, double score) {
  if (rest.empty()) return score;
  double best = kUnreached;
  for (size_t length = 1; length <= rest.size(); ++length) {
    const auto piece = vocabulary.scores.find(rest.substr(0, length));
    if (piece == vocabulary.scores.end()) continue;
    best = std::max(best, BestOfAll(vocabulary, rest.substr(length), score + piece->second.first));
  }
  return best;
}

/// The trie's matches of the prefixes of a text: lengths and values, without calls for prefixes
/// that are not pieces.
std::vector<std::pair<size_t, uint32_t>> Matches(const TrieSearch& search, std::string_view text) {
  std::vector<std::pair<size_t, uint32_t>> matches;
  search.trie().ForEachMatch(text, [&](size_t length, uint32_t code, PieceTrie::Node node) {
    if (code == 0) return;
    EXPECT_EQ(search.values()[search.trie().Index(node)], code - 1);
    EXPECT_EQ(search.trie().Find(text.substr(0, length)), node);
    matches.emplace_back(length, code - 1);
  });
  return matches;
}

TEST(PieceTrieTest, FindsExactlyItsPieces) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    const std::string alphabet = round % 2 == 0 ? std::string("ab\0\xFF", 4) : "abcdefghijklmnop";
    const size_t most = round % 5 == 0 ? 300 : 1 + round % 9;
    const Vocabulary vocabulary(RandomVocabulary(random, random() % 300, most, alphabet));
    EXPECT_EQ(vocabulary.search->trie().pieces(), vocabulary.pieces.size());
    EXPECT_EQ(vocabulary.search->trie().max_piece_length_bytes(), vocabulary.longest);
    for (int i = 0; i < 200; ++i) {
      // Random, or a piece, or nearly one.
      std::string text = RandomText(random, 1 + random() % 12, alphabet);
      if (i % 3 > 0) text = vocabulary.pieces[random() % vocabulary.pieces.size()].bytes;
      if (i % 3 == 2) text[random() % text.size()] = alphabet[random() % alphabet.size()];
      std::vector<std::pair<size_t, uint32_t>> expected;
      for (size_t length = 1; length <= text.size(); ++length) {
        const auto piece = vocabulary.scores.find(text.substr(0, length));
        if (piece != vocabulary.scores.end()) expected.emplace_back(length, piece->second.second);
      }
      EXPECT_EQ(Matches(*vocabulary.search, text), expected);
      // What follows changes nothing.
      auto more = Matches(*vocabulary.search, text + alphabet);
      while (!more.empty() && more.back().first > text.size()) more.pop_back();
      EXPECT_EQ(more, expected);
    }
  }
}

PieceList ListOf(const std::vector<Piece>& pieces, MemoryBudget& budget) {
  PieceList list(budget);
  for (const Piece& piece : pieces) CM_EXPECT_OK(list.Add({piece.bytes, piece.count}));
  CM_EXPECT_OK(list.Finish());
  return list;
}

TEST(PieceTrieTest, CallsPiecesByOtherCodes) {
  MemoryBudget budget(1 << 30);
  const PieceList list = ListOf(BytesAnd({{"ab", 2}, {"abc", 3}}), budget);
  CM_ASSERT_OK_AND_ASSIGN(PieceTrie trie,
                          PieceTrie::Build(
                              list, [](const CountedPiece& piece) { return piece.count; }, budget));
  std::vector<uint32_t> codes;
  const auto look = [&] {
    codes.clear();
    trie.ForEachMatch("abcd",
                      [&](size_t, uint32_t code, PieceTrie::Node) { codes.push_back(code); });
    return codes;
  };
  EXPECT_EQ(look(), (std::vector<uint32_t>{1, 2, 3}));
  const uint32_t index = trie.Index(trie.Find("abc"));
  trie.SetCode(trie.Find("ab"), 0);
  trie.SetCode(trie.Find("abc"), PieceTrie::kMaxCode);
  EXPECT_EQ(look(), (std::vector<uint32_t>{1, 0, PieceTrie::kMaxCode}));
  EXPECT_EQ(trie.Index(trie.Find("abc")), index);
}

TEST(PieceTrieTest, RefusesWhatItCannotHold) {
  MemoryBudget budget(1 << 20);
  const PieceList list = ListOf(BytesAnd({{"ab", 2}}), budget);
  const auto build = [&](uint32_t code) {
    return PieceTrie::Build(
               list, [&](const CountedPiece&) { return code; }, budget)
        .status();
  };
  CM_EXPECT_OK(build(PieceTrie::kMaxCode));
  EXPECT_THAT(build(PieceTrie::kMaxCode + 1),
              Fails(absl::StatusCode::kResourceExhausted, testing::HasSubstr("different counts")));
  CM_ASSERT_OK_AND_ASSIGN(const MemoryLease lease,
                          budget.Take(budget.available_bytes() - 2000, "the test"));
  EXPECT_THAT(build(1), Fails(absl::StatusCode::kResourceExhausted,
                              testing::HasSubstr("the trie of pieces needs")));
}

TEST(ViterbiTest, AgreesWithTheTextbookSearch) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    const std::string alphabet = std::string("abcdefgh").substr(0, 1 + round % 8);
    const Vocabulary vocabulary(
        RandomVocabulary(random, random() % 200, 1 + random() % 40, alphabet));
    // Texts of up to several times kFlushBytes, then texts shorter than the longest piece
    // (kSeesEnd).
    std::string text = RandomText(random, random() % 3000, alphabet + (round % 3 ? "" : "xyz"));
    EXPECT_EQ(vocabulary.search->Segment(text), Textbook(vocabulary, text));
    for (size_t i = 0; i < 20; ++i) {
      const size_t size = 1 + random() % vocabulary.longest;
      text = RandomText(random, size, alphabet);
      EXPECT_EQ(vocabulary.search->Segment(text), Textbook(vocabulary, text));
      text = vocabulary.pieces[random() % vocabulary.pieces.size()].bytes;
      EXPECT_EQ(vocabulary.search->Segment(text), Textbook(vocabulary, text));
    }
  }
}

TEST(ViterbiTest, FindsTheBestOfAllSegmentations) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const Vocabulary vocabulary(RandomVocabulary(random, 30, 5, "abc"));
    const std::string text = RandomText(random, 1 + random() % 12, "abc");
    double score = 0;
    std::string joined;
    for (const uint32_t value : vocabulary.search->Segment(text)) {
      joined += vocabulary.pieces[value].bytes;
      score += vocabulary.scores.find(vocabulary.pieces[value].bytes)->second.first;
    }
    EXPECT_EQ(joined, text);
    EXPECT_EQ(score, BestOfAll(vocabulary, text, 0));
  }
}

TEST(ViterbiTest, PrefersTheLongestLastPieceOfEqualScores) {
  // p(ab)·p(c) = p(a)·p(bc): the same factors, so the same sums.
  const Vocabulary vocabulary(BytesAnd({{"a", 3}, {"c", 3}, {"ab", 3}, {"bc", 3}}));
  const std::vector<uint32_t> values = vocabulary.search->Segment("abc");
  ASSERT_EQ(values.size(), 2);
  EXPECT_EQ(vocabulary.pieces[values[0]].bytes, "a");
  EXPECT_EQ(vocabulary.pieces[values[1]].bytes, "bc");
}

TEST(ViterbiTest, NeedsNoCutToSegmentLongTexts) {
  const Vocabulary vocabulary(BytesAnd({{"aa", 50}, {"aaa", 90}, {"aaaaa", 40}}));
  const std::string text(20011, 'a');
  EXPECT_EQ(vocabulary.search->Segment(text), Textbook(vocabulary, text));
}

TEST(ViterbiTest, GivesNothingForNothing) {
  EXPECT_TRUE(Vocabulary(BytesAnd({})).search->Segment("").empty());
}

TEST(ViterbiTest, AppendsToWhatIsThere) {
  MemoryBudget budget(1 << 30);
  const PieceList list = ListOf(BytesAnd({}), budget);
  CM_ASSERT_OK_AND_ASSIGN(const PieceTrie trie,
                          PieceTrie::Build(
                              list, [](const CountedPiece&) { return 1; }, budget));
  const PieceScores scores = {{kUnreached, -5}, std::vector<double>(1 << 16, -5)};
  std::vector<uint32_t> pieces = {7};
  Viterbi().Segment(trie, scores, "ab", &pieces);
  EXPECT_EQ(pieces,
            (std::vector<uint32_t>{7, trie.Index(trie.Find("a")), trie.Index(trie.Find("b"))}));
}

}  // namespace
}  // namespace corpusmill
