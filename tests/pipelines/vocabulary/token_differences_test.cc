#include "pipelines/vocabulary/token_differences.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

/// Builds a vocabulary from the tokens of texts.
class Pieces {
 public:
  std::vector<uint32_t> Ids(const std::vector<std::string>& tokens) {
    std::vector<uint32_t> ids;
    for (const std::string& token : tokens) {
      const auto [place, added] = numbers_.emplace(token, entries_.size());
      if (added) entries_.push_back({.bytes = token});
      ids.push_back(static_cast<uint32_t>(place->second));
    }
    return ids;
  }
  Vocabulary Make() const {
    std::vector<Vocabulary::Entry> entries = entries_;
    entries.push_back({.bytes = "<unk>", .type = Vocabulary::Type::kUnknown});
    return *Vocabulary::FromEntries(entries, {.unknown = static_cast<uint32_t>(entries.size() - 1)},
                                    {});
  }

 private:
  std::map<std::string, size_t> numbers_;
  std::vector<Vocabulary::Entry> entries_;
};

struct Result {
  LineCounts counts;
  std::vector<std::string> lines, a, b;
};

Result CompareTokens(const std::vector<std::string>& tokens_a,
                     const std::vector<std::string>& tokens_b) {
  Pieces pieces_a, pieces_b;
  const std::vector<uint32_t> a = pieces_a.Ids(tokens_a), b = pieces_b.Ids(tokens_b);
  const Vocabulary vocabulary_a = pieces_a.Make(), vocabulary_b = pieces_b.Make();
  std::string text;
  for (const std::string& token : tokens_a) text += token;
  Result result;
  result.counts =
      CompareLines(text, vocabulary_a, a, vocabulary_b, b, [&](const DifferentLine& line) {
        result.lines.emplace_back(line.text);
        std::string shown_a, shown_b;
        ShowDifference(line, vocabulary_a, vocabulary_b, &shown_a, &shown_b);
        result.a.push_back(shown_a);
        result.b.push_back(shown_b);
      });
  return result;
}

using testing::ElementsAre;

TEST(CompareLines, ShowsTheTokensAroundTheFirstDifference) {
  const Result result =
      CompareTokens({"one", "\n", "a", "b", "c", "d", "e", "fg", "hi", "\n\n", "x"},
                    {"one", "\n", "a", "b", "c", "d", "e", "f", "gh", "i", "\n\n", "x"});
  EXPECT_EQ(result.counts.lines, 3u);
  EXPECT_EQ(result.counts.different, 1u);
  EXPECT_THAT(result.lines, ElementsAre("abcdefghi\n\n"));
  EXPECT_THAT(result.a, ElementsAre("…|b|c|d|e|fg|hi|\\n\\n"));
  EXPECT_THAT(result.b, ElementsAre("…|b|c|d|e|f|gh|i|\\n\\n"));
}

TEST(CompareLines, ATokenAcrossALineBreakDiffersInTheLineWithoutItsEnd) {
  const Result result = CompareTokens({"a", "\nb", "c"}, {"a", "\n", "b", "c"});
  EXPECT_EQ(result.counts.lines, 2u);
  EXPECT_EQ(result.counts.different, 1u);
  EXPECT_THAT(result.lines, ElementsAre("a\n"));
  EXPECT_THAT(result.a, ElementsAre("a|\\nb"));
  EXPECT_THAT(result.b, ElementsAre("a|\\n"));
}

TEST(CompareLines, FindsNoDifferenceInEqualTokens) {
  const Result result = CompareTokens({"a\n", "b\n"}, {"a\n", "b\n"});
  EXPECT_EQ(result.counts.lines, 2u);
  EXPECT_EQ(result.counts.different, 0u);
  EXPECT_EQ(CompareTokens({}, {}).counts.lines, 0u);
}

TEST(CompareLines, CountsBytesOfTheTextThatTokensStandFor) {
  Pieces pieces;
  const std::vector<uint32_t> a = pieces.Ids({" ", "the", "x"}), b = pieces.Ids({"the", "x", "x"});
  const Vocabulary vocabulary = pieces.Make();
  const auto compare = [&](const std::vector<uint32_t>& lengths_a,
                           const std::vector<uint32_t>& lengths_b) {
    return CompareLines("the\nxyz", vocabulary, {a, lengths_a}, vocabulary, {b, lengths_b},
                        [](const DifferentLine&) {});
  };
  EXPECT_EQ(compare({0, 4, 3}, {4, 3, 0}).different, 0u);  // Tokens without bytes on both sides.
  EXPECT_EQ(compare({0, 4, 3}, {4, 1, 2}).different, 1u);
  EXPECT_EQ(compare({1, 3, 3}, {4, 0, 3}).different, 1u);
  EXPECT_EQ(compare({1, 6, 0}, {3, 2, 2}).different, 2u);
}

TEST(CompareLines, TruncatesLongDifferences) {
  std::vector<std::string> bytes(1000, "x");
  const Result result = CompareTokens({std::string(1000, 'x')}, bytes);
  EXPECT_THAT(result.b[0], testing::EndsWith("x|…"));
  EXPECT_LT(result.b[0].size(), 100u);
}

// Compares with a reference on sets of token ends.
TEST(CompareLines, AgreesWithTheDefinition) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t i = random() % 30; i > 0; --i) text += "ab\n"[random() % 3];
    std::set<size_t> ends[2];
    std::vector<std::string> tokens[2];
    for (int side = 0; side < 2; ++side) {
      for (size_t at = 0; at < text.size();) {
        const size_t length = std::min<size_t>(text.size() - at, 1 + random() % 2);
        tokens[side].push_back(text.substr(at, length));
        ends[side].insert(at += length);
      }
    }
    std::vector<std::string> expected;
    uint64_t lines = 0;
    size_t begin = 0;
    LineChunker chunker(text);
    for (std::string_view line; chunker.Next(&line); begin += line.size(), ++lines) {
      for (size_t end = begin + 1; end <= begin + line.size(); ++end) {
        if (ends[0].contains(end) == ends[1].contains(end)) continue;
        expected.emplace_back(line);
        break;
      }
    }
    const Result result = CompareTokens(tokens[0], tokens[1]);
    EXPECT_EQ(result.counts.lines, lines);
    EXPECT_EQ(result.lines, expected);
    for (size_t i = 0; i < result.a.size(); ++i) EXPECT_NE(result.a[i], result.b[i]);
  }
}

}  // namespace
}  // namespace corpusmill
