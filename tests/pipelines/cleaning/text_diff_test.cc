#include "pipelines/cleaning/text_diff.h"

#include <string>
#include <vector>

#include "corpus/base/random.h"
#include "corpus/text/unicode.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = TextPiece::Kind;

constexpr TextDiffOptions kEverything = {
    .context_bytes = 1u << 30, .change_bytes = 1u << 30, .total_bytes = 1u << 30};

/// One of the two texts, put together from the pieces.
std::string Side(const std::vector<TextPiece>& pieces, Kind without) {
  std::string text;
  for (const TextPiece& piece : pieces) {
    EXPECT_EQ(piece.left_out_bytes, 0u);
    if (piece.kind != without) text += piece.text;
  }
  return text;
}

void ExpectMakesBoth(const std::string& before, const std::string& after) {
  const std::vector<TextPiece> pieces = DiffTexts(before, after, kEverything);
  if (before == after) {
    EXPECT_THAT(pieces, IsEmpty());
    return;
  }
  EXPECT_EQ(Side(pieces, Kind::kAdded), before);
  EXPECT_EQ(Side(pieces, Kind::kRemoved), after);
}

TEST(TextDiffTest, FindsTheWordsThatChanged) {
  EXPECT_THAT(DiffTexts("one two three", "one 2 three"),
              ElementsAre(TextPiece{Kind::kSame, "one "}, TextPiece{Kind::kRemoved, "two"},
                          TextPiece{Kind::kAdded, "2"}, TextPiece{Kind::kSame, " three"}));
  EXPECT_THAT(DiffTexts("a\nb\nc\n", "a\nc\n"),
              ElementsAre(TextPiece{Kind::kSame, "a\n"}, TextPiece{Kind::kRemoved, "b\n"},
                          TextPiece{Kind::kSame, "c\n"}));
  EXPECT_THAT(DiffTexts("中文字", "中字"),
              ElementsAre(TextPiece{Kind::kSame, "中"}, TextPiece{Kind::kRemoved, "文"},
                          TextPiece{Kind::kSame, "字"}));
  EXPECT_THAT(DiffTexts("a  b", "a b"),
              ElementsAre(TextPiece{Kind::kSame, "a "}, TextPiece{Kind::kRemoved, " "},
                          TextPiece{Kind::kSame, "b"}));
}

TEST(TextDiffTest, PiecesMakeBothTexts) {
  ExpectMakesBoth("", "");
  ExpectMakesBoth("", "x");
  ExpectMakesBoth("x", "");
  ExpectMakesBoth("x\n", "x");
  const RandomKey key("diff");
  uint64_t record = 0;
  for (int round = 0; round < 300; ++round) {
    // Short alphabets make many equal tokens; the long ones need more than one search.
    const size_t size = round % 10 == 0 ? 2000 : 12;
    const std::vector<std::string> alphabet = {"a", "b", " ", "\n", "é", "\xFF", "\xE4\xB8", "中"};
    const auto make = [&] {
      std::string text;
      for (size_t i = 0; i < size; ++i) {
        text += alphabet[key.At(DrawPurpose::kRepeat, 0, record++, 0).high % alphabet.size()];
      }
      return text;
    };
    const std::string before = make();
    ExpectMakesBoth(before, make());
    ExpectMakesBoth(before, before.substr(0, size / 3) + "a" + before.substr(size / 3));
  }
}

TEST(TextDiffTest, LeavesOutTextFarFromChanges) {
  const std::string far(1000, 'x');
  const std::string before = far + "\nold\n" + far + "\n";
  const std::string after = far + "\nnew\n" + far + "\n";
  const std::vector<TextPiece> pieces = DiffTexts(before, after, {.context_bytes = 3});
  EXPECT_THAT(pieces, ElementsAre(TextPiece{Kind::kSame, "", 998}, TextPiece{Kind::kSame, "xx\n"},
                                  TextPiece{Kind::kRemoved, "old"}, TextPiece{Kind::kAdded, "new"},
                                  TextPiece{Kind::kSame, "\nxx", 999}));
}

TEST(TextDiffTest, CutsBetweenCharacters) {
  const std::vector<TextPiece> pieces =
      DiffTexts("中中中中x中中中中", "中中中中y中中中中", {.context_bytes = 4});
  for (const TextPiece& piece : pieces) EXPECT_TRUE(IsValidUtf8(piece.text)) << piece.text;
  EXPECT_EQ(TextStart(Kind::kAdded, "中中", 4), (TextPiece{Kind::kAdded, "中", 3}));
  EXPECT_EQ(TextStart(Kind::kAdded, "中中", 6), (TextPiece{Kind::kAdded, "中中", 0}));
}

TEST(TextDiffTest, EndsTheListAfterManyChanges) {
  std::string before, after;
  for (int i = 0; i < 1000; ++i) {
    before += "old " + std::to_string(i) + "\n";
    after += "new " + std::to_string(i) + "\n";
  }
  const std::vector<TextPiece> pieces = DiffTexts(before, after, {.total_bytes = 60});
  EXPECT_EQ(pieces.back().kind, Kind::kMore);
  EXPECT_LT(pieces.size(), 40u);
}

TEST(TextDiffTest, TakesLinearTimeWhereEverythingDiffers) {
  std::string before, after;
  for (size_t i = 0; i < 200000; ++i) {
    before += static_cast<char>('!' + i % 7);
    after += static_cast<char>(':' + i % 5);
  }
  ExpectMakesBoth(before, after);
}

}  // namespace
}  // namespace corpusmill
