#include "tokenizer/viterbi.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/vocabularies.h"
#include "tokenizer/piece_trie.h"

namespace corpusmill {
namespace {

constexpr double kUnreached = -std::numeric_limits<double>::infinity();

/// A vocabulary in two forms; values are indices of `pieces`.
struct Vocabulary {
  explicit Vocabulary(std::vector<Piece> p) : pieces(std::move(p)) {
    double total = 0;
    for (const Piece& piece : pieces) total += static_cast<double>(piece.count);
    std::vector<ScoredPiece> scored;
    for (const Piece& piece : pieces) {
      const double score = std::log(static_cast<double>(piece.count)) - std::log(total);
      scores[piece.bytes] = {score, static_cast<uint32_t>(scored.size())};
      longest = std::max(longest, piece.bytes.size());
      scored.push_back({piece.bytes, score, static_cast<uint32_t>(scored.size())});
    }
    trie = std::make_unique<PieceTrie>(*PieceTrie::Build(scored));
  }

  std::vector<Piece> pieces;
  std::map<std::string, std::pair<double, uint32_t>, std::less<>> scores;
  size_t longest = 0;
  std::unique_ptr<PieceTrie> trie;
};

/// The textbook search: for every end all pieces, longest first, strictly better.
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

/// The score of the best of all segmentations, added from left to right.
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

TEST(PieceTrieTest, FindsExactlyItsPieces) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const std::string alphabet = round % 2 == 0 ? std::string("ab\0\xFF", 4) : "abcdefghijklmnop";
    const Vocabulary vocabulary(RandomVocabulary(random, random() % 300, 1 + round % 9, alphabet));
    EXPECT_EQ(vocabulary.trie->max_piece_length_bytes(), vocabulary.longest);
    for (int i = 0; i < 200; ++i) {
      const std::string text = RandomText(random, 12, alphabet);
      uint32_t node = PieceTrie::kRoot;
      size_t length = 0;
      while (length < text.size() &&
             vocabulary.trie->Step(static_cast<uint8_t>(text[length]), &node)) {
        ++length;
        if (length == 1) {
          EXPECT_EQ(node, vocabulary.trie->FirstStep(static_cast<uint8_t>(text[0])));
        }
        const auto piece = vocabulary.scores.find(text.substr(0, length));
        if (piece == vocabulary.scores.end()) {
          EXPECT_EQ(vocabulary.trie->score(node), kUnreached);
        } else {
          EXPECT_EQ(vocabulary.trie->score(node), piece->second.first);
          EXPECT_EQ(vocabulary.trie->value(node), piece->second.second);
          EXPECT_EQ(vocabulary.trie->length(node), length);
        }
      }
      for (size_t more = length + 1; more <= text.size(); ++more) {
        EXPECT_EQ(vocabulary.scores.count(text.substr(0, more)), 0);
      }
    }
  }
}

TEST(ViterbiTest, AgreesWithTheTextbookSearch) {
  std::mt19937 random(2);
  Viterbi viterbi;
  for (int round = 0; round < 300; ++round) {
    const std::string alphabet = std::string("abcdefgh").substr(0, 1 + round % 8);
    const Vocabulary vocabulary(
        RandomVocabulary(random, random() % 200, 1 + random() % 40, alphabet));
    // Up to several times what is written out at once.
    const std::string text =
        RandomText(random, random() % 3000, alphabet + (round % 3 ? "" : "xyz"));
    std::vector<uint32_t> values = {7};
    viterbi.Segment(*vocabulary.trie, text, &values);
    EXPECT_EQ(values[0], 7);
    values.erase(values.begin());
    EXPECT_EQ(values, Textbook(vocabulary, text));
  }
}

TEST(ViterbiTest, FindsTheBestOfAllSegmentations) {
  std::mt19937 random(3);
  Viterbi viterbi;
  for (int round = 0; round < 200; ++round) {
    const Vocabulary vocabulary(RandomVocabulary(random, 30, 5, "abc"));
    const std::string text = RandomText(random, 1 + random() % 12, "abc");
    std::vector<uint32_t> values;
    viterbi.Segment(*vocabulary.trie, text, &values);
    double score = 0;
    std::string joined;
    for (const uint32_t value : values) {
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
  std::vector<uint32_t> values;
  Viterbi().Segment(*vocabulary.trie, "abc", &values);
  ASSERT_EQ(values.size(), 2);
  EXPECT_EQ(vocabulary.pieces[values[0]].bytes, "a");
  EXPECT_EQ(vocabulary.pieces[values[1]].bytes, "bc");
}

TEST(ViterbiTest, NeedsNoCutToSegmentLongTexts) {
  const Vocabulary vocabulary(BytesAnd({{"aa", 50}, {"aaa", 90}, {"aaaaa", 40}}));
  const std::string text(20011, 'a');
  std::vector<uint32_t> values;
  Viterbi().Segment(*vocabulary.trie, text, &values);
  EXPECT_EQ(values, Textbook(vocabulary, text));
}

TEST(ViterbiTest, GivesNothingForNothing) {
  const Vocabulary vocabulary(BytesAnd({}));
  std::vector<uint32_t> values;
  Viterbi().Segment(*vocabulary.trie, "", &values);
  EXPECT_TRUE(values.empty());
}

}  // namespace
}  // namespace corpusmill
