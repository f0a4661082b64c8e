#include <random>
#include <set>
#include <unordered_set>

#include "gtest/gtest.h"
#include "pipelines/stages/ngram_repeats.h"
#include "pipelines/stages/python_text.h"
#include "pipelines/stages/sentences.h"
#include "pipelines/stages/text_shape.h"
#include "pipelines/words/word_rule.h"
#include "tests/testing.h"

// What the rules share: Python's str methods, n-grams, sentences, lines.
namespace corpusmill {
namespace {

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  SplitLines(text, &lines);
  return {lines.begin(), lines.end()};
}

TEST(PythonTextTest, SplitLines) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(Lines(""), Strings());
  EXPECT_EQ(Lines("\n"), Strings{""});
  EXPECT_EQ(Lines("a\r\nb\rc\n\rd"), (Strings{"a", "b", "c", "", "d"}));
  EXPECT_EQ(Lines("a\x0B"
                  "b\x0C"
                  "c\x1C"
                  "d\x1D"
                  "e\x1E"
                  "f\x1F"
                  "g"),
            (Strings{"a", "b", "c", "d", "e", "f\x1Fg"}));
  EXPECT_EQ(Lines("a\u0085b\u2028c\u2029d\u202Ae"), (Strings{"a", "b", "c", "d\u202Ae"}));
  EXPECT_EQ(Lines("a\xC2"), Strings{"a\xC2"});
  EXPECT_EQ(Lines("a\xE2\x80"), Strings{"a\xE2\x80"});
}

TEST(PythonTextTest, StripKnowsAllWhitespace) {
  const std::string blanks =
      "\t\n\x0B\x0C\r\x1C\x1D\x1E\x1F \u0085\u00A0\u1680\u2000\u200A\u2028\u2029\u202F\u205F\u3000";
  EXPECT_EQ(Strip(blanks + "a b" + blanks), "a b");
  EXPECT_EQ(Strip(blanks), "");
  EXPECT_EQ(Strip("\u200B\u2060"), "\u200B\u2060");
  EXPECT_EQ(Strip(std::string_view("\0", 1)), std::string_view("\0", 1));
  EXPECT_EQ(StripLeft(" a "), "a ");
  EXPECT_EQ(StripRight(" a "), " a");
}

TEST(PythonTextTest, CountsInvalidBytesAsPythonReplacesThem) {
  EXPECT_EQ(CountCharacters("aé語😀"), 4u);
  EXPECT_EQ(CountCharacters("\xFF\xFE"), 2u);
  EXPECT_EQ(CountCharacters("\xE2\x80"), 1u);  // One maximal subpart.
  EXPECT_EQ(CountCharacters("\xE2\x80\xE2\x80x"), 3u);
  EXPECT_EQ(CountCharacters("\xED\xA0\x80"), 3u);  // An encoded surrogate.
  for (const size_t size : {0, 7, 8, 9, 255 * 8, 255 * 8 + 1, 5000}) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += "語";
    EXPECT_EQ(CountCharacters(text), size);
    EXPECT_EQ(CountCharacters(text + "a"), size + 1);
  }
}

TEST(PythonTextTest, WordCharacters) {
  for (const int32_t code : {0x61, 0x5A, 0x30, 0x5F, 0xE9, 0x8A9E, 0x661, 0xBD}) {
    EXPECT_TRUE(IsWordCharacter(code)) << code;
  }
  for (const int32_t code : {int32_t{' '}, int32_t{'-'}, 0x301, 0x3002, -1}) {
    EXPECT_FALSE(IsWordCharacter(code)) << code;
  }
}

std::vector<size_t> SentenceEnds(std::string_view text) {
  auto splitter = *MakeWordSplitter({});
  std::vector<Word> words;
  splitter->Split(text, &words);
  std::vector<size_t> ends;
  FindSentences(text, words, &ends);
  return ends;
}

TEST(SentencesTest, EndAfterTerminalsAndPunctuation) {
  using Ends = std::vector<size_t>;
  EXPECT_EQ(SentenceEnds(""), Ends{0});
  EXPECT_EQ(SentenceEnds("  "), Ends{2});
  EXPECT_EQ(SentenceEnds("Yes"), Ends{3});
  EXPECT_EQ(SentenceEnds("Yes. (No!) Why"), (Ends{6, 10, 14}));
  EXPECT_EQ(SentenceEnds("Yes.  No"), (Ends{4, 8}));  // The second space is a word.
  EXPECT_EQ(SentenceEnds("Yes. "), Ends{5});
  EXPECT_EQ(SentenceEnds("Yes.  "), (Ends{4, 6}));
  EXPECT_EQ(SentenceEnds("Yes.\n"), (Ends{4, 5}));
}

TEST(SentencesTest, TerminalPunctuationHas159Characters) {
  const std::vector<std::string_view>& all = TerminalPunctuation();
  EXPECT_EQ(all.size(), 159u);
  const std::set<std::string_view> distinct(all.begin(), all.end());
  EXPECT_EQ(distinct.size(), 159u);
  EXPECT_TRUE(distinct.contains("。"));
  EXPECT_FALSE(distinct.contains("\""));
}

/// The definitions, as they are written.
uint64_t SlowTop(const std::vector<std::string>& words, size_t n) {
  std::map<std::vector<std::string>, uint64_t> counts;
  uint64_t most = 0;
  for (size_t i = 0; i + n <= words.size(); ++i) {
    most = std::max(most, ++counts[{words.begin() + i, words.begin() + i + n}]);
  }
  for (size_t i = 0; i + n <= words.size(); ++i) {
    if (counts[{words.begin() + i, words.begin() + i + n}] != most) continue;
    uint64_t length = n - 1;
    for (size_t j = i; j < i + n; ++j) length += words[j].size();
    return length * most;
  }
  return 0;
}

uint64_t SlowDuplicates(const std::vector<std::string>& words, size_t n) {
  std::set<std::string> seen;
  uint64_t characters = 0;
  for (size_t i = 0; i + n <= words.size();) {
    std::string gram;
    for (size_t j = i; j < i + n; ++j) gram += words[j];
    const bool is_new = seen.insert(gram).second;
    characters += is_new ? 0 : gram.size();
    i += is_new ? 1 : n;
  }
  return characters;
}

TEST(NGramRepeatsTest, EqualsTheDefinition) {
  std::mt19937 random(17);
  NGramRepeats repeats;
  for (int round = 0; round < 300; ++round) {
    // Few letters, and words of all lengths: n-grams repeat, also divided otherwise.
    const int letters = 1 + round % 3;
    const size_t count = random() % 200;
    const size_t longest = 1 + random() % (round % 10 == 0 ? 40 : 5);
    std::vector<std::string> words;
    std::vector<Word> places;
    std::string text;
    for (size_t i = 0; i < count; ++i) {
      std::string word;
      const size_t length = 1 + random() % longest;
      for (size_t j = 0; j < length; ++j) word += static_cast<char>('a' + random() % letters);
      const auto begin = static_cast<uint32_t>(text.size());
      text += word + (i % 3 == 0 ? "" : " ");
      places.push_back({begin, static_cast<uint32_t>(begin + length), static_cast<uint32_t>(length),
                        Word::kHasLetter});
      words.push_back(word);
    }
    repeats.Start(text, places);
    for (size_t n = 1; n <= 4; ++n) {
      const uint64_t top = SlowTop(words, n);
      if (top > 0) {
        EXPECT_TRUE(repeats.TopMayExceed(n, static_cast<double>(top - 1)));
      }
      EXPECT_EQ(repeats.TopCharacters(n), top) << n << " of " << text;
    }
    for (size_t n = 5; n <= 10; ++n) {
      const uint64_t characters = SlowDuplicates(words, n);
      if (characters > 0) {
        EXPECT_TRUE(repeats.DuplicatesMayExceed(n, static_cast<double>(characters - 1)));
      }
      EXPECT_EQ(repeats.DuplicateCharacters(n), characters) << n << " of " << text;
    }
  }
}

TEST(NGramRepeatsTest, FindsCopiedPassagesAmongOtherText) {
  std::mt19937 random(18);
  NGramRepeats repeats;
  uint64_t found = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> words;
    while (words.size() < 300) {
      if (words.size() > 40 && random() % 20 == 0) {
        const size_t begin = random() % (words.size() - 30);
        const size_t copied = 3 + random() % 20;
        for (size_t i = 0; i < copied; ++i) words.push_back(std::string(words[begin + i]));
        // The same bytes, divided otherwise.
        if (random() % 2 == 0) words.back() += words[begin + copied];
      } else {
        std::string word;
        const size_t length = 1 + random() % (round % 2 == 0 ? 5 : 9);
        for (size_t j = 0; j < length; ++j) word += static_cast<char>('a' + random() % 26);
        words.push_back(word);
      }
    }
    std::string text;
    std::vector<Word> places;
    for (const std::string& word : words) {
      const auto begin = static_cast<uint32_t>(text.size());
      text += word + " ";
      places.push_back({begin, static_cast<uint32_t>(begin + word.size()),
                        static_cast<uint32_t>(word.size()), Word::kHasLetter});
    }
    repeats.Start(text, places);
    for (size_t n = 5; n <= 10; ++n) {
      const uint64_t characters = SlowDuplicates(words, n);
      found += characters;
      if (characters > 0) {
        EXPECT_TRUE(repeats.DuplicatesMayExceed(n, static_cast<double>(characters - 1)));
      }
      EXPECT_EQ(repeats.DuplicateCharacters(n), characters) << n << " of " << text;
    }
  }
  EXPECT_GT(found, 0u);
}

TEST(NGramRepeatsTest, SeesThatNoGramIsFrequent) {
  std::string text;
  std::vector<Word> words;
  for (uint32_t i = 0; i < 1000; ++i) {
    words.push_back({4 * i, 4 * i + 3, 3, Word::kHasLetter});
    text += absl::StrFormat("%03d ", i);
  }
  NGramRepeats repeats;
  repeats.Start(text, words);
  EXPECT_FALSE(repeats.TopMayExceed(2, 100));
  EXPECT_TRUE(repeats.TopMayExceed(2, 6));
  EXPECT_EQ(repeats.DuplicateCharacters(5), 0u);

  // Words of random letters: no beginning of an n-gram occurs twice.
  std::string letters;
  std::vector<Word> random_words;
  uint64_t state = 1;
  for (uint32_t i = 0; i < 1000; ++i) {
    random_words.push_back({9 * i, 9 * i + 8, 8, Word::kHasLetter});
    for (int j = 0; j < 8; ++j) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      letters += static_cast<char>('a' + (state >> 33) % 26);
    }
    letters += ' ';
  }
  repeats.Start(letters, random_words);
  EXPECT_FALSE(repeats.DuplicatesMayExceed(5, 400));
}

TEST(TextShapeTest, FollowsTheDocument) {
  StageScratch scratch;
  StageDocument first({}, "a\nbé");
  EXPECT_EQ(TextShape::Of(first, scratch).characters(), 4u);
  EXPECT_EQ(TextShape::Of(first, scratch).lines().size(), 2u);
  TextEdit edit(first.text());
  edit.RemoveTo(2);
  first.Replace(&edit);
  EXPECT_EQ(TextShape::Of(first, scratch).characters(), 2u);
  EXPECT_EQ(TextShape::Of(first, scratch).lines().size(), 1u);
  scratch.NextDocument();
  StageDocument second({}, "xyz");
  EXPECT_EQ(TextShape::Of(second, scratch).characters(), 3u);
}

}  // namespace
}  // namespace corpusmill
