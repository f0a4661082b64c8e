#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipelines/words/words_testing.h"

namespace corpusmill {
namespace {

struct Case {
  std::string text;
  std::vector<std::string> words;
};

// Invented sentences. The words are the tokens of spacy.blank("en").tokenizer of spaCy 3.8.18,
// stripped, without blank ones; printed by a script of ten lines around
// [t.text.strip() for t in tokenizer(text) if t.text.strip()].
const Case kCases[] = {
    {"Don't panic, said Mr. Smith (of St. Ives).",
     {"Do", "n't", "panic", ",", "said", "Mr.", "Smith", "(", "of", "St.", "Ives", ")", "."}},
    {"It’s 5 p.m., isn't it? I'm gonna go.",
     {"It", "’s", "5", "p.m.", ",", "is", "n't", "it", "?", "I", "'m", "gon", "na", "go", "."}},
    {"She cannot, e.g. in the U.S., pay US$5 or 10€.",
     {"She", "can", "not", ",", "e.g.", "in", "the", "U.S.", ",", "pay", "US$", "5", "or", "10€."}},
    {"A well-known mother-in-law---again -- left.",
     {"A", "well", "-", "known", "mother", "-", "in", "-", "law", "---", "again", "--", "left",
      "."}},
    {"See https://example.org/a-b?c=d. or mail me@example.co.uk!",
     {"See", "https://example.org/a-b?c=d", ".", "or", "mail", "me@example.co.uk", "!"}},
    {"Not a URL: lower.Upper, a,b and x=y; 1-2 but 1 - 2.",
     {"Not", "a", "URL", ":", "lower", ".", "Upper", ",",   "a", ",", "b", "and",
      "x",   "=", "y",   ";", "1",     "-", "2",     "but", "1", "-", "2", "."}},
    {"5km/h, 20°C. and 3m² of 7kg…",
     {"5", "km/h", ",", "20", "°", "C", ".", "and", "3", "m²", "of", "7", "kg", "…"}},
    {"Wait.... what?!? :-) :o) x:-D <3",
     {"Wait", "....", "what", "?", "!", "?", ":-)", ":o)", "x:-D", "<3"}},
    {"(foo/Mr.) and foo-can't a-Mr. Mr .) 8 )",
     {"(", "foo", "/", "Mr.", ")", "and", "foo", "-", "can't", "a", "-", "Mr.", "Mr", ".", ")", "8",
      ")"}},
    {"'Twas the dogs' 'cause; it's John's.",
     {"'", "Twas", "the", "dogs", "'", "'cause", ";", "it", "'s", "John", "'s", "."}},
    {"C++ and/or w/o ok. J. R. R. Tolkien, USA. Inc.",
     {"C++", "and/or", "w/o", "ok", ".", "J.", "R.", "R.", "Tolkien", ",", "USA", ".", "Inc."}},
    {"10.0.0.1/a-b 8.8.8.8/a-b user:pw@8.8.8.8:80/a-b",
     {"10.0.0.1", "/", "a", "-", "b", "8.8.8.8/a-b", "user:pw@8.8.8.8:80/a-b"}},
    {"“Quoted” ‘single’ «guillemets» 「鉤」",
     {"“", "Quoted", "”", "‘", "single", "’", "«", "guillemets", "»", "「", "鉤", "」"}},
    {"foo…bar…… ☃snow☃man 中文,字 a,b",
     {"foo", "…", "bar", "……", "☃", "snow", "☃", "man", "中文", ",", "字", "a", ",", "b"}},
    {"\u00A0two\u2003spaces\u3000here\034there \t\n end",
     {"two", "spaces", "here", "there", "end"}},
    {"a--b a----b a—b a——b a~b 1^-2 3*4 +5 5+",
     {"a", "--", "b", "a----b", "a",  "—", "b", "a", "——", "b", "a",
      "~", "b",  "1", "^",      "-2", "3", "*", "4", "+5", "5", "+"}},
    {"$1 A$2 C$3 €4 £5 6% 7µm 8тбكم",
     {"$", "1", "A$", "2", "C$", "3", "€", "4", "£", "5", "6", "%", "7", "µm", "8", "тбكم"}},
    {"id ol Im theyre ima wont.",
     {"i", "d", "ol", "I", "m", "they", "re", "i", "m", "a", "wo", "nt", "."}},
    {"ಠ_ಠ (╯°□°）╯︵┻━┻ ¯\\(ツ)/¯", {"ಠ_ಠ", "(╯°□°）╯︵┻━┻", "¯\\(ツ)/¯"}},
    {";-)foo foo;-) [x] {y} #z *w* _v_ a_b",
     {";", "-)foo", "foo;-", ")", "[", "x", "]", "{", "y", "}", "#", "z", "*", "w", "*", "_", "v",
      "_", "a_b"}},
};

TEST(EnglishWordsTest, AgreesWithSpacy) {
  for (const Case& c : kCases) EXPECT_EQ(WordsOf(WordRule::kSpacyEn, c.text), c.words) << c.text;
}

TEST(EnglishWordsTest, FlagsLettersAndPunctuation) {
  const auto splitter = MakeSplitter({.rule = WordRule::kSpacyEn});
  std::vector<Word> words;
  splitter->Split("Caf\u00E9, 42 ... a1", &words);
  EXPECT_EQ(words, (std::vector<Word>{{0, 5, 4, Word::kHasLetter},
                                      {5, 6, 1, Word::kPunctuation},
                                      {7, 9, 2, 0},
                                      {10, 13, 3, Word::kPunctuation},
                                      {14, 16, 2, Word::kHasLetter}}));
}

TEST(EnglishWordsTest, InvalidBytesAreCharactersOfNoClass) {
  using testing::ElementsAre;
  EXPECT_THAT(WordsOf(WordRule::kSpacyEn, "a\xFF. b\xE2\x80 (\xC3)"),
              ElementsAre("a\xFF.", "b\xE2\x80", "(", "\xC3", ")"));
  const auto splitter = MakeSplitter({.rule = WordRule::kSpacyEn});
  std::vector<Word> words;
  splitter->Split("b\xE2\x80", &words);
  EXPECT_EQ(words, (std::vector<Word>{{0, 3, 3, Word::kHasLetter}}));
}

TEST(EnglishWordsTest, LongestOverlappingExceptionWins) {
  // The words "Mr" and "." are an exception only without a blank between them.
  EXPECT_EQ(WordsOf(WordRule::kSpacyEn, "x-Mr. x-Mr ."),
            (std::vector<std::string>{"x", "-", "Mr.", "x", "-", "Mr", "."}));
}

TEST(EnglishWordsTest, TextsOfOneKindTakeLinearTime) {
  for (const std::string part : {"(", ".", "a-", "@a.", "x.y:", ":-", "\u00E9.", "\xFF", "'s"}) {
    std::string text;
    while (text.size() < 200'000) text += part;
    size_t bytes = 0;
    for (const std::string& word : WordsOf(WordRule::kSpacyEn, text)) bytes += word.size();
    EXPECT_EQ(bytes, text.size()) << part;
  }
}

}  // namespace
}  // namespace corpusmill
