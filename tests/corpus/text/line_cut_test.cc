#include "corpus/text/line_cut.h"

#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;

std::vector<std::string> Pieces(std::string_view text, size_t target) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const size_t size = LinePrefix(text, target);
    EXPECT_GT(size, 0u);
    pieces.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

TEST(LinePrefix, TakesShortTextWhole) {
  EXPECT_EQ(LinePrefix("", 4), 0u);
  EXPECT_EQ(LinePrefix("a\nb", 3), 3u);
}

TEST(LinePrefix, TakesAsManyLinesAsFit) {
  EXPECT_THAT(Pieces("a\nb\nc\nd\n", 5), ElementsAre("a\nb\n", "c\nd\n"));
  EXPECT_THAT(Pieces("a\nb\nc\nd", 4), ElementsAre("a\nb\n", "c\nd"));
}

TEST(LinePrefix, TakesALongLineWhole) {
  EXPECT_THAT(Pieces("abcdefgh\nij", 3), ElementsAre("abcdefgh\n", "ij"));
  EXPECT_THAT(Pieces("abcdefgh", 3), ElementsAre("abcdefgh"));
}

TEST(LinePrefix, NeverCutsARunOfNewlines) {
  EXPECT_THAT(Pieces("a\n\n\n\nb\n", 3), ElementsAre("a\n\n\n\n", "b\n"));
  EXPECT_THAT(Pieces("x\na\n\n\nb", 4), ElementsAre("x\n", "a\n\n\n", "b"));
  EXPECT_THAT(Pieces("\n\n\n\n\n\n", 2), ElementsAre("\n\n\n\n\n\n"));
  // A newline just before and just after the target.
  EXPECT_THAT(Pieces("abc\n\nd", 4), ElementsAre("abc\n\n", "d"));
}

TEST(LinePrefix, PartsNormalizeAsTheWhole) {
  // A combining mark at the start of a line has nothing to compose with.
  const std::string text = "e\u0301\n\u0301e\n\uAC00\n\u11A8\n가\n\n각\u0301";
  for (size_t target = 1; target < text.size(); ++target) {
    std::string whole, joined;
    CM_ASSERT_OK(Normalize(text, Normalization::kNfkc, InvalidUtf8::kKeep, &whole));
    for (const std::string& piece : Pieces(text, target)) {
      std::string part;
      CM_ASSERT_OK(Normalize(piece, Normalization::kNfkc, InvalidUtf8::kKeep, &part));
      joined += part;
    }
    EXPECT_EQ(joined, whole) << target;
  }
}

}  // namespace
}  // namespace corpusmill
