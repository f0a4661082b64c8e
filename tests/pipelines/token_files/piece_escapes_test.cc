#include "pipelines/token_files/piece_escapes.h"

#include <cstdint>
#include <string>

#include "corpus/text/unicode.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

std::string Escape(std::string_view bytes, EscapeSpaces spaces = EscapeSpaces::kYes) {
  std::string out;
  AppendEscaped(bytes, spaces, &out);
  return out;
}

std::string Unescape(std::string_view escaped) {
  std::string out;
  CM_EXPECT_OK(AppendUnescaped(escaped, &out));
  return out;
}

TEST(PieceEscapes, EscapesInvisibleAndSeparatingCharacters) {
  EXPECT_EQ(Escape(" the\n\t\r"), "\\sthe\\n\\t\\r");
  EXPECT_EQ(Escape("a b", EscapeSpaces::kNo), "a b");
  EXPECT_EQ(Escape("C:\\n"), "C:\\\\n");
  EXPECT_EQ(Escape("\u4e2d\xe4\xb8"), "\u4e2d\\xe4\\xb8");
  EXPECT_EQ(Escape(std::string("\0\x7f", 2)), "\\x00\\x7f");
  // Other programs end a line or a column at these characters.
  EXPECT_EQ(Escape("\u0085\u00a0\u2028\u3000"),
            "\\xc2\\x85\\xc2\\xa0\\xe2\\x80\\xa8\\xe3\\x80\\x80");
}

TEST(PieceEscapes, MarksSymbols) {
  std::string out;
  AppendEscapedPiece({"<bos>", Vocabulary::Type::kControl}, EscapeSpaces::kYes, &out);
  out += " ";
  AppendEscapedPiece({"<bos>", Vocabulary::Type::kPiece}, EscapeSpaces::kYes, &out);
  out += " ";
  AppendEscapedPiece({"\\@", Vocabulary::Type::kPiece}, EscapeSpaces::kYes, &out);
  EXPECT_EQ(out, "\\@<bos> <bos> \\\\@");
}

TEST(PieceEscapes, UnescapingRestoresAnyBytes) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const std::string bytes =
        seed % 2 == 0 ? RandomBytes(seed % 40, seed) : RandomText(seed % 40, seed);
    for (const EscapeSpaces spaces : {EscapeSpaces::kYes, EscapeSpaces::kNo}) {
      const std::string escaped = Escape(bytes, spaces);
      ASSERT_EQ(Unescape(escaped), bytes);
      ASSERT_TRUE(IsValidUtf8(escaped));
      ASSERT_EQ(escaped.find_first_of("\n\r\t\v\f"), std::string::npos);
      if (spaces == EscapeSpaces::kNo) continue;
      ASSERT_EQ(escaped.find(' '), std::string::npos);
    }
  }
  EXPECT_EQ(Unescape("\\xE4\\xb8"), "\xe4\xb8");
}

TEST(PieceEscapes, ErrorNamesAnUnknownEscape) {
  std::string out;
  for (const char* bad : {"\\", "a\\q", "\\x4", "\\xg0", "\\@<bos>"}) {
    EXPECT_THAT(AppendUnescaped(bad, &out),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("is not an escape")))
        << bad;
  }
}

}  // namespace
}  // namespace corpusmill
