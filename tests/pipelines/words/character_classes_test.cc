#include "pipelines/words/character_classes.h"

#include <gtest/gtest.h>

namespace corpusmill {
namespace {

using Classes = CharacterClasses;

size_t Count(uint32_t bits, uint32_t below = 0x110000) {
  size_t count = 0;
  for (uint32_t code = 0; code < below; ++code) count += (Classes::Get().Of(code) & bits) != 0;
  return count;
}

// The numbers are those of Python 3.11, datatrove 0.10.1 and spaCy 3.8; other versions of ICU must
// not change them.
TEST(CharacterClassesTest, HaveTheSizesOfTheDefinitions) {
  EXPECT_EQ(Count(Classes::kPunctuation), 281u);
  EXPECT_EQ(Count(Classes::kSpace), 29u);
  EXPECT_EQ(Count(Classes::kIcon), 5984u);
  EXPECT_EQ(Count(Classes::kAlpha), 105724u);
  EXPECT_EQ(Count(Classes::kLower), 105177u);
  EXPECT_EQ(Count(Classes::kUpper), 104939u);
  EXPECT_EQ(Count(Classes::kQuote), 31u);
  EXPECT_EQ(Count(Classes::kBeforeDot), 105241u);
  EXPECT_EQ(Count(Classes::kPrefix), 6091u);
  EXPECT_EQ(Count(Classes::kSuffix), 6051u);
}

TEST(CharacterClassesTest, LettersAreThoseOfPython) {
  const auto is_letter = [](uint32_t code) {
    return (Classes::Get().Of(code) & Classes::kLetter) != 0;
  };
  for (const uint32_t code : {0x61, 0x5A, 0xAA, 0xDF, 0x1C5, 0x3005, 0x4E2D}) {
    EXPECT_TRUE(is_letter(code)) << code;
  }
  for (const uint32_t code : {0x31, 0x5F, 0xB2, 0x300, 0x3007, 0x2160, 0xFF11}) {
    EXPECT_FALSE(is_letter(code)) << code;
  }
}

TEST(CharacterClassesTest, CharactersAreTheSameInBothDirections) {
  const std::string text = "a\u00E9\u4E2D\U0001F600\xF0\x9F\x98z\xED\xA0\x80\xC0\x80\xFF\xE2";
  const Classes& classes = Classes::Get();
  const char* begin = text.data();
  const char* end = begin + text.size();
  std::vector<std::pair<const char*, uint32_t>> forward, backward;
  for (const char* at = begin; at < end; at += forward.back().second) {
    forward.emplace_back(at, classes.At(at, end).bytes);
  }
  for (const char* at = end; at > begin; at = backward.back().first) {
    const auto character = classes.Before(begin, at);
    backward.emplace_back(at - character.bytes, character.bytes);
  }
  EXPECT_EQ(forward, std::vector(backward.rbegin(), backward.rend()));
  EXPECT_EQ(forward.size(), 4u + 3 + 1 + 3 + 2 + 1 + 1);
}

}  // namespace
}  // namespace corpusmill
